"""工作进程 (the worker): from Kafka into views, documents, reactions; and what falls due.

`entrypoint` is the process and `subscription` its Faust; `fanout` gives a batch to the consumers;
`reactions`, `timers` and `commands_owed` turn documents and moments into commands; `gaps` watches
for missing records, `retry` tries dead letters again.
"""
