"""接口 (the HTTP of a room): every command and every query, each behind one access check.

`entrypoint` is the process, `application` what it serves. `steps` makes routes of the steps of
papers, `api` of queries; `access` says who may use them, `context` is what is known of a request.
`form` and `registers` look things up before a command is made; `problem` and `validation` say no.
"""
