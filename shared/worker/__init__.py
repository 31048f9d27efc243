"""工作进程 (the worker): from Kafka into views, documents, reactions; and what falls due.

`serving` is the process and `app` its Faust; `cursor` is the rule of holes; `reacting`, `owing` and
`timing` turn documents and moments into commands; `parking` and `healing` keep what failed.
"""
