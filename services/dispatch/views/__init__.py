"""派工的视图 (read models of dispatch) that no folder of a paper holds, one a file."""
