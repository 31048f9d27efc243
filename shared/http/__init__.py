"""接口 (the HTTP shell): one guarded door to every command and query of a room.

`serving` is the process; `door` hangs routes; `errand` is one request let in; `query` and `views`
answer questions; `problem` and `invalid` say no.
"""
