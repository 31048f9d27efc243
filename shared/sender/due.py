"""待发 (what is due): the outbox as whoever sends reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from shared.events.notices import NoticeStage
from shared.notices import outbox
from shared.notices.outbox import Row
from shared.record import branch_wall
from shared.record.database import Connections, RawConnection, translating_errors
from shared.record.transaction import DatabaseTransaction, transaction
from shared.views import versions
from shared.views.table import view_table

AT_ONCE = 500
"""So many rows are looked at in one go."""


class Outbox(Protocol):
    """待发箱: where notices wait, by the record's own clock."""

    def now(self) -> datetime:
        """The record's clock, UTC."""

    def is_open(self) -> bool:
        """Whether the record is known to be whole: it was compared with its journal."""

    def due(self, now: datetime, without: Sequence[str]) -> Sequence[Row]:
        """What may be tried now, the longest due first; without those with these numbers."""


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    """待发箱: in the room's database, as the view has it."""

    engine: Engine

    def now(self) -> datetime:
        """As Outbox.now."""
        with transaction(self.engine) as db:
            return db.now()

    def is_open(self) -> bool:
        """As Outbox.is_open."""
        with transaction(self.engine) as db:
            ((is_open,),) = db.query("SELECT record.is_open()")
            return bool(is_open) and versions.is_active(db, outbox)

    def due(self, now: datetime, without: Sequence[str]) -> Sequence[Row]:
        """As Outbox.due."""
        condition = "t.stage = %s AND t.due <= %s AND NOT t.number = ANY (%s)"
        ordered = f"{condition} ORDER BY t.due, t.number LIMIT %s"
        return self._rows(ordered, (NoticeStage.WAITING.value, now, list(without), AT_ONCE))

    def _rows(self, condition: str, values: Sequence[object]) -> Sequence[Row]:
        table = view_table(outbox)
        asked = f"SELECT {table.selected_placed} FROM {table.full_name} AS t WHERE {condition}"  # noqa: S608
        with transaction(self.engine) as db:
            shown = branch_wall.shown(db.connection, None)
            return [row for _, row in map(table.placed, shown.query(asked, values))]


_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('guiyi notices', 0))"


class Alone:
    """独占: one process of a room sends at a time; the others wait until it has gone.

    The lock is that of a session: it goes with the connection, however the process ends.
    """

    def __init__(self, url: str) -> None:
        self._connections = Connections(url, 1)
        self._held: RawConnection | None = None

    def holds(self) -> bool:
        """Whether this process may send now. Raises Unavailable."""
        with translating_errors():
            if self._held is None or self._held.closed:
                self.close()
                self._held = self._connections.take()
            # Who holds the lock gets it again.
            ((is_ours,),) = DatabaseTransaction(self._held).query(_LOCK)
            return bool(is_ours)

    def close(self) -> None:
        """Let go."""
        if self._held is not None:
            held, self._held = self._held, None
            held.close()
            self._connections.give(held)
        self._connections.close()
