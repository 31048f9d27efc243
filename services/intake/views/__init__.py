"""受理的视图 (read models of intake), one a file."""
