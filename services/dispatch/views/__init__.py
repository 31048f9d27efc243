"""派工的视图 (read models of dispatch), one a file."""
