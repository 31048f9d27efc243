"""表 (lists): parts, machines, customers and people, from a file of any shape through the API."""
