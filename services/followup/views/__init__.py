"""回访的视图 (read models of followup), one a file."""
