"""发件 (the sender): the process that sends what the rooms have noted that people must be told.

It decides nothing: it reads the outbox, asks the record, sends, and has what became of it noted.
"""
