"""本机全套 (the local stack): Kafka, PostgreSQL and the rooms on one machine.

`supervisor` keeps all of it up, `plan` says what runs, `part` is the life of one child process, and
`run` is what `guiyi up` and `guiyi down` do.
"""
