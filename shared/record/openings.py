"""查看记录 (openings): who had hidden texts shown, whose they were, and why; beside the record.

Rows are added before anything is shown, and only the newest are kept. Nobody changes one.
"""

from dataclasses import dataclass
from typing import Protocol

from shared.record.database import Connections
from shared.record.transaction import each_committed

_NOTE = "SELECT record.note_opening(%s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class TextsOpened:
    """查看: hidden texts that somebody had shown to them."""

    actor: str
    request: str
    """Its id, as the log has it."""
    reason: str
    whom: tuple[str, ...]
    """The subjects whose texts they were."""


class Openings(Protocol):
    """查看记录 of one room."""

    def note(self, opened: TextsOpened) -> None:
        """Keep it. Raises Unavailable."""


class OpeningTable:
    """查看记录 on PostgreSQL: the table `record.openings` of the room. Safe for threads."""

    def __init__(self, url: str, *, connections: int = 2) -> None:
        self._connections = Connections(url, connections)

    def close(self) -> None:
        """Close the connections that are not lent."""
        self._connections.close()

    def note(self, opened: TextsOpened) -> None:
        """As Openings.note."""
        with each_committed(self._connections) as db:
            db.query(_NOTE, (opened.actor, opened.request, opened.reason, list(opened.whom)))
