"""大小 (sizes): how large a workbook may be; a CSV may be of any size."""

MB = 2**20
MOST_MB = 20
"""The largest workbook, in MB; it is read into memory as a whole."""
LARGEST = MOST_MB * MB
LARGEST_UNPACKED = 200 * MB
"""Bytes of what it holds, so that a small file cannot become a large one: some 300 MB of memory."""
