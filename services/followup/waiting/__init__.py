"""回访待办 (what waits for whoever calls back and files): for whom, and by when."""
