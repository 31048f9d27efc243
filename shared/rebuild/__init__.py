"""重建 (rebuild): a view made once more from the first fact, and compared with the live one."""
