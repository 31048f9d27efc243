"""演习 (the play): whole repairs as people carry them out, step by step, over HTTP alone.

The demo, the README's walk-through, `tests/world` and the stories on the real stack play the same
acts, on a running stack or on rooms in memory.

`people.py`    who works at the branch
`cast.py`      what is entered, and what people say in each repair: the tables of cast.toml
`case.py`      one repair that is played, and what the rooms must answer for it
`desk.py`      the rooms of a running stack
`player.py`    steps taken in their order, each accepted or refused as it should be
`registers.py` what has to be known before anybody calls
`report.py` `order.py` `visit.py` `note.py` `after.py`  the acts, by the paper they are about
`store/`       a month of the store, from goods in to the report of what was consumed
`repairs.py`   the repairs that are told: their steps in order, and who takes each
"""
