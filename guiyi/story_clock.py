"""故事时钟 (the clock of an installation for stories): how far it is ahead, and how it goes on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from guiyi.access import Access

Ahead: TypeAlias = Mapping[str, timedelta]
"""By room, how far its clock is ahead."""


class RealClock(Exception):
    """The installation keeps real time, which nobody advances."""


def ahead_of(access: "Access") -> Ahead:
    """Of the rooms with a clock for stories. Raises Unavailable."""
    from guiyi.database import worker_database
    from shared.record import story_clock
    from shared.record.transaction import transaction

    found: dict[str, timedelta] = {}
    for room in access.rooms:
        with worker_database(access.settings(room)) as database, transaction(database) as db:
            if (ahead := story_clock.ahead(db)) is not None:
                found[room] = ahead
    return found


def advance(access: "Access", step: timedelta, actor: str) -> timedelta:
    """Let the clock of every room go on; how far ahead it is now. Raises RealClock, Unavailable.

    It is the same for all, also for one that was away when the others advanced.
    """
    from guiyi.database import worker_database
    from shared.record import interventions, story_clock
    from shared.record.interventions import Because
    from shared.record.transaction import transaction

    to = max(for_stories(access).values()) + step
    for room in access.rooms:
        with worker_database(access.settings(room)) as database, transaction(database) as db:
            story_clock.advance(db, to)
            what = f"ahead by {story_clock.iso(to)}"
            interventions.note(db, "clock advance", what, Because(actor, "a story goes on"))
    return to


def for_stories(access: "Access") -> Ahead:
    """As ahead_of, of all rooms. Raises RealClock, Unavailable."""
    found = ahead_of(access)
    if not found or len(found) < len(access.rooms):
        raise RealClock
    return found
