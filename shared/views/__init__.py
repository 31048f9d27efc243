"""视图 (the kernel of views): pure folds (`projecting`), their tables (`table`), and `rebuild`."""
