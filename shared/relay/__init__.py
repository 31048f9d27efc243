"""转发 (the relay): sends a room's record to Kafka, in order, by leases, through kafka-python.

`entrypoint` is the process. `session` is one run of its loop, and `assignment` says which
partitions it sends. `check` compares topics with the record. `window` and `producer_record` say
what is sent. `operations` and `restore` are for the operator.
"""
