"""配件库的视图 (read models of inventory), one a file."""
