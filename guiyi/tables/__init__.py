"""表格 (tables): CSV files, read row by row, and the rows that were rejected."""
