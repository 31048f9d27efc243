"""查看记录 (openings): who had hidden texts shown, whose they were, and why; beside the record.

Rows are added before anything is shown, and only the newest are kept. Nobody changes one. Web
processes add to them; only the owner of the database reads them.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.record.database import Connections
from shared.record.transaction import DatabaseTransaction, at_once, each_committed

_NOTE = "SELECT record.note_opening(%s, %s, %s, %s)"
_LISTED = """
SELECT at, actor, request, reason, whom FROM record.openings
WHERE (%(actor)s::text IS NULL OR actor = %(actor)s)
    AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
    AND (%(whom)s::text[] IS NULL OR whom && %(whom)s::text[])
ORDER BY id DESC LIMIT %(limit)s
"""
# A sealed text names whose key it needs (`shared.events.values.Sealed`).
_SUBJECTS = """
SELECT DISTINCT s.said #>> '{}' FROM record.facts AS f, jsonb_path_query(
    convert_from(f.body, 'UTF8')::jsonb, 'strict $.**?(exists(@.cipher)).subject'
) AS s (said) WHERE f.ticket = %s
"""


@dataclass(frozen=True, slots=True)
class TextsOpened:
    """查看: hidden texts that somebody had shown to them."""

    actor: str
    request: str
    """Its id, as the log has it."""
    reason: str
    whom: tuple[str, ...]
    """The subjects whose texts they were."""


@dataclass(frozen=True, slots=True)
class NotedOpening:
    """One row, as it is read."""

    at: datetime
    actor: str
    request: str
    reason: str
    whom: Sequence[str]


@dataclass(frozen=True, slots=True)
class OpeningsWanted:
    """Which openings are asked for; None: of any."""

    actor: str | None
    since: datetime | None
    whom: Sequence[str] | None
    """Of any of these subjects."""
    limit: int


def listed(owner_url: str, wanted: OpeningsWanted) -> Sequence[NotedOpening]:
    """The openings of a room that are asked for, the newest first. Raises Unavailable."""
    whom = None if wanted.whom is None else list(wanted.whom)
    asked = {"actor": wanted.actor, "since": wanted.since, "whom": whom, "limit": wanted.limit}
    with _reading(owner_url) as db:
        return [NotedOpening(*row) for row in db.query(_LISTED, asked)]


def subjects_of(owner_url: str, ticket: str) -> Sequence[str]:
    """The subjects whose texts stand on the papers of a ticket in a room. Raises Unavailable."""
    with _reading(owner_url) as db:
        return [subject for (subject,) in db.query(_SUBJECTS, (ticket,))]


@contextmanager
def _reading(url: str) -> Iterator[DatabaseTransaction]:
    with closing(Connections(url, 1)) as connections, at_once(connections) as db:
        db.execute("SET TRANSACTION READ ONLY")
        yield db


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
