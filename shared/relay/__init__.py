"""转发 (the relay): from the record to Kafka, in order, by leases, through kafka-python.

`serving` is the process; `session` one holder's work on its partitions; `check` compares topics
with the record; `window` and `record` say what is sent; `operate` and `restore` are the operator's.
"""
