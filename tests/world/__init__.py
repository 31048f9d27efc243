"""All rooms in memory: what a whole repair is, played without Kafka, PostgreSQL or a clock.

`record.py`  the record in memory with a clock that stands where a story puts it
`post.py`    milestones on their way between rooms, in whatever order a story lets them arrive
`world.py`   the rooms as their app.py wires them, asked over HTTP
`people.py`  who works there
`cases.py`   what each kind of repair takes, step by step
`picture.py` what stands in the end: documents, states and views, histories apart
"""
