"""故事时钟 (the clock for stories): the record's own clock, which may be ahead of real time.

An installation that was made for stories records, reminds and decides by the database's clock plus
an offset, which only advances. So a story of days is told in minutes. Leases, time-outs and tokens
keep real time. Any other installation has no such offset and never gets one.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg2

from shared.record.database import Connections, engine, translating_errors
from shared.record.store import Unavailable
from shared.record.transaction import DatabaseTransaction, each_committed, transaction

REFUSED = "RC008"
HEADER = "X-Story-Clock"
_AHEAD = "SELECT record.story_ahead()"
_BEGIN = "INSERT INTO record.story_clock DEFAULT VALUES ON CONFLICT DO NOTHING"
_ADVANCE = "SELECT record.advance_clock(%s)"


class NoStoryClock(Exception):
    """The installation is real, or facts of real time are recorded there already."""


class StoryClock:
    """故事时钟, asked by a process of a room. Safe for threads."""

    def __init__(self, url: str, *, connections: int = 2) -> None:
        self._connections = Connections(url, connections)
        self._is_real = False
        """Known for ever: an installation that is real once stays real."""
        self._last: timedelta | None = None

    def close(self) -> None:
        """Close the connections that are not lent."""
        self._connections.close()

    def ahead(self) -> timedelta | None:
        """How far the clock is ahead; None: it is real. While nobody answers, as it last was."""
        if not self._is_real:
            with suppress(Unavailable), each_committed(self._connections) as db:
                self._last = ahead(db)
                self._is_real = self._last is None
        return self._last

    def now(self) -> datetime:
        """This moment, UTC, as the record counts it."""
        return datetime.now(UTC) + (self.ahead() or timedelta())

    def notes(self) -> Sequence[str]:
        """The line of /readyz that says that this room's moments are no real ones."""
        return [] if (found := self.ahead()) is None else [told(found)]

    def stamps(self) -> Mapping[str, str]:
        """The header of every answer that says the same; it asks nobody."""
        return {} if self._last is None else {HEADER: iso(self._last)}


def told(ahead: timedelta) -> str:
    """That the clock is one for stories, and how far it is ahead."""
    return f"a clock for stories, ahead by {iso(ahead)}; see docs/story-clock.md"


def iso(ahead: timedelta) -> str:
    """A duration as ISO 8601 has it: `P1D`."""
    return str(msgspec.to_builtins(ahead))


def ahead(db: DatabaseTransaction) -> timedelta | None:
    """How far the clock of this room is ahead; None: it is real."""
    ((found,),) = db.query(_AHEAD)
    assert found is None or isinstance(found, timedelta)
    return found


def advance(db: DatabaseTransaction, to: timedelta) -> timedelta:
    """Let the clock be so far ahead, if it is not already. Raises NoStoryClock."""
    try:
        ((found,),) = db.query(_ADVANCE, (to,))
    except psycopg2.Error as error:
        raise _refused(error) from error
    assert isinstance(found, timedelta)
    return found


def begin(owner_url: str) -> None:
    """Make a room one for stories, as the owner of its tables. Raises NoStoryClock."""
    owner = engine(owner_url, pool=1)
    try:
        with transaction(owner) as db:
            if ahead(db) is None:
                db.execute(_BEGIN)
    except psycopg2.Error as error:
        with translating_errors():
            raise _refused(error) from error
    finally:
        owner.dispose()


def _refused(error: psycopg2.Error) -> Exception:
    if error.pgcode == REFUSED:
        return NoStoryClock(str(error.diag.message_primary))
    return error
