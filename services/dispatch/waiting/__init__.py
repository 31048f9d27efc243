"""派工时限 (what was due on orders): the next visit, and the claims of those who travelled."""
