"""大小 (sizes): how large a workbook may be; a CSV may be of any size."""

MB = 2**20
MOST_MB = 40
"""The largest workbook, in MB; it is read into memory as a whole."""
LARGEST = MOST_MB * MB
LARGEST_UNPACKED = 400 * MB
"""Bytes of what it holds, so that a small file cannot become a large one."""
