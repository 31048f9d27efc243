"""The toy room's worker or relay as a process, for tests that kill it.

TOY_VERSION: which version of its view of jars it has. TOY_UNKNOWN: a fact its book lacks. TOY_ONE:
it has that view alone and owes nothing. TOY_PATIENCE: how long a gap may stay open (s).
TOY_ROOM: it works for another room, which hears of the toy room's jars.
TOY_OWING: what it owes besides comes round on Fridays (`fridays`) or takes numbers (`numbers`).
"""

import os
from dataclasses import replace

from shared import config, events
from shared.room import ProcessRole
from shared.serving import serve
from shared.worker import gaps
from tests.shared import toy, toy_owing


def toy_child(role: str) -> None:
    """Play the role until told to stop."""
    toy.JARS.VERSION = int(os.environ.get("TOY_VERSION", "1"))
    with toy.in_the_book():
        if unknown := os.environ.get("TOY_UNKNOWN"):
            del events._book[unknown]
        gaps.PATIENCE_S = float(os.environ.get("TOY_PATIENCE", gaps.PATIENCE_S))
        room = toy.room
        if os.environ.get("TOY_ONE"):
            room = replace(room, views=(toy.JARS,), reactions=(), timers=())
        match os.environ.get("TOY_OWING"):
            case "fridays":
                room = replace(room, timers=(toy_owing.WEEKLY,))
            case "numbers":
                room = replace(room, papers=toy_owing.DECIDERS, reactions=(toy_owing.RENEW,))
            case _:
                pass
        name = os.environ.get("TOY_ROOM", toy.ROOM)
        serve(replace(room, name=name), ProcessRole(role), config.read(name))
