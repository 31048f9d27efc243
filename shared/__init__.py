"""公用的核心 (the kernel): the record, the relay, the worker and what deciders and views look like.

Rooms build on it; it knows no room. `events` is the book of facts everybody may read.
"""
