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
`present.py` a branch of three with two lent people, one of whom may be away
`truth.py`   what really happened, and which facts are lies
`silence.py` which facts are lies of a customer who answers nobody
`unreached.py` what is done about such a customer
`honest.py`  what people do who put down what is so
`exits.py`   the moves that a search for the end of a case may take; `parts.py` those of parts,
             `amending.py` those of a change of what was approved
`table.py`   what a move is, and who may take it
`distance.py` how far a case is from its end
`moment.py`  all that is so in a world, to come back to
`search.py`  the search itself; `memory.py` what earlier searches found
`starts.py`  where cases may stand when it begins; `walks.py` where nobody told them to
`books.py`   what must never be otherwise, kept apart from the rooms
`picture.py` what stands in the end: documents, states and views, histories apart
"""
