"""All rooms in memory: what a whole repair is, played without Kafka, PostgreSQL or a clock.

What people do stands in `guiyi/play`, which knows the rooms by HTTP alone; here it is tried in any
order and by anybody.

`record.py`  the record in memory with a clock that stands where a story puts it
`post.py`    milestones on their way between rooms, in whatever order a story lets them arrive
`world.py`   the rooms as their app.py wires them, asked over HTTP
`people.py`  who else works there
`cases.py`   repairs of made-up machines
`detours.py` what people do when a repair does not go as it was told
`ways.py`    repairs that wind before they end
`states.py`  where the papers stand
`moves.py`   everything anybody might try, and what should be done next
`books.py`   what must never be otherwise, kept apart from the rooms
`picture.py` what stands in the end: documents, states and views, histories apart
"""
