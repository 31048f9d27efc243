"""故事时钟 (the clock of an installation for stories): how far it is ahead, and how it goes on."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from guiyi.access import Access

Databases: TypeAlias = "Mapping[str, Engine]"
"""By room, its database, open."""
Ahead: TypeAlias = Mapping[str, timedelta]
"""By room, how far its clock is ahead."""


class RealClock(Exception):
    """The installation keeps real time, which nobody advances."""


def ahead_of(access: "Access") -> Ahead:
    """Of the rooms with a clock for stories. Raises Unavailable."""
    with databases(access) as opened:
        return _ahead_in(opened)


def advance(access: "Access", step: timedelta, actor: str) -> timedelta:
    """Let the clock of every room go on; how far ahead it is now. Raises RealClock, Unavailable.

    It is the same for all, also for one that was away when the others advanced.
    """
    with databases(access) as opened:
        return advance_in(opened, step, actor)


@contextmanager
def databases(access: "Access") -> Iterator[Databases]:
    """The database of each room that is known here; they are closed at the end."""
    from guiyi.database import worker_database

    with ExitStack() as open_:
        yield {
            room: open_.enter_context(worker_database(access.settings(room)))
            for room in access.rooms
        }


def advance_in(opened: Databases, step: timedelta, actor: str) -> timedelta:
    """As advance, in databases that stay open. Raises RealClock, Unavailable."""
    from shared.record import interventions, story_clock
    from shared.record.interventions import Because
    from shared.record.transaction import transaction

    to = max(_all_ahead(opened).values()) + step
    for database in opened.values():
        with transaction(database) as db:
            story_clock.advance(db, to)
            what = f"ahead by {story_clock.iso(to)}"
            interventions.note(db, "clock advance", what, Because(actor, "a story goes on"))
    return to


def for_stories(access: "Access") -> Ahead:
    """As ahead_of, of all rooms. Raises RealClock, Unavailable."""
    with databases(access) as opened:
        return _all_ahead(opened)


def _all_ahead(opened: Databases) -> Ahead:
    found = _ahead_in(opened)
    if not found or len(found) < len(opened):
        raise RealClock
    return found


def _ahead_in(opened: Databases) -> Ahead:
    from shared.record import story_clock
    from shared.record.transaction import transaction

    found: dict[str, timedelta] = {}
    for room, database in opened.items():
        with transaction(database) as db:
            if (ahead := story_clock.ahead(db)) is not None:
                found[room] = ahead
    return found
