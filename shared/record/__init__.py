"""记录 (the record): what is promised (`store`), and how PostgreSQL and memory keep it alike."""
