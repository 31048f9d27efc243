"""Stories of notices: what is owed to whom, how it is sent, and what the other side may do."""
