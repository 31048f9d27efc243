"""视图 (the kernel of views): pure folds (`projection`), their tables (`table`), and versions."""
