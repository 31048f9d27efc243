"""视图库 (the shelf of views): a room's rows as its worker has built them, asked page by page.

Pages follow the view's key, so that a row is neither missed nor shown twice while others come and
go. A view that is not built yet, or not yet as far as the caller's token, says so.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore

from psycopg2.errors import UndefinedTable

from shared import envelope
from shared.consumers import documents, lookup
from shared.consumers.cursor_news import CursorNews
from shared.consumers.dead_letters import key_text
from shared.decider import Document, reason
from shared.events import reading
from shared.events.meaning import LookUpKind
from shared.http.problem import NOT_BUILT, Problem
from shared.http.query import (
    Before,
    Found,
    NotABookmark,
    Wanted,
    Within,
    bookmark,
    place_of,
    positions_of,
)
from shared.personal.digest import Digester
from shared.record import branch_wall
from shared.record.database import Connections
from shared.record.statements import ResultRow
from shared.record.store import Position
from shared.record.transaction import DatabaseTransaction, each_committed
from shared.topics import journal_topic
from shared.view import RowKey, View
from shared.views import versions, wall
from shared.views.asking import condition, plain
from shared.views.projection import consumer_name
from shared.views.table import PARTITION, ViewTable, view_table

PATIENCE_S = 2.0
"""How long a query waits for its view to hold what the caller wrote."""
PAUSE_S = 0.05
"""How long it waits for news of the view before it looks by itself."""
ACTIVE_LIFE_S = 5.0
"""How long a version that answers is taken to go on answering."""
WAITING = 8
"""How many queries wait so at once, of the 32 that are worked on; others are answered as it is."""
FOUND = 50
"""How many streams a look-up names at most."""

_INT4, _INT8 = 2**31, 2**63

_PARKED = "SELECT record.count_parked(%s, %s, %s)"
# A sub-select is evaluated once for a statement, not once for a row.
_ANY_PARKED = "(SELECT record.is_any_parked(%s))"
_WAITING = "SELECT record.count_parked_unseen(%s, %s, %s)"
_REACHED = """
SELECT bool_and(coalesce(c.seq, 0) >= w.seq)
FROM unnest(%s::int4[], %s::int8[]) AS w (partition, seq)
LEFT JOIN worker.cursors AS c
    ON c.consumer = %s AND c.topic = %s AND c.room = %s AND c.partition = w.partition
"""
_RECORDED = """
SELECT bool_and(coalesce(c.seq, 0) >= w.seq)
FROM unnest(%s::int4[], %s::int8[]) AS w (partition, seq)
LEFT JOIN record.counters AS c USING (partition)
"""
_DOCUMENT = "SELECT record.newest_document(%s, %s)"
"""Past the wall of rows: what is decided knows foreign cards, and is not shown them."""
CARDS_LIFE_S = 5.0
"""How long the cards of a register are taken to be so."""


class TableViews:
    """视图库: the views of one room on PostgreSQL."""

    def __init__(self, url: str, room: str, digester: Digester, *, connections: int) -> None:
        self._connections, self._room = Connections(url, connections), room
        self._digester = digester
        self._news = CursorNews(url)
        self._waiting = BoundedSemaphore(WAITING)
        self._active: dict[str, float] = {}
        self._cards: dict[tuple[str, str], tuple[float, Mapping[str, Document]]] = {}

    def close(self) -> None:
        """Close the connections that are not lent."""
        self._news.close()
        self._connections.close()

    def page(self, view: View, wanted: Wanted) -> Found:
        """As Views.page."""
        table = view_table(view)
        statement, values = _select(table, wanted)
        with self._database(wanted.branches) as db:
            self._check_active(db, view)
            lines = db.query(statement, (consumer_name(view), *values, wanted.limit + 1))
            shown = [table.placed(line[1:]) for line in lines[: wanted.limit]]
            parked = _parked(db, view, lines, [place for place, _ in shown])
        if len(lines) <= wanted.limit:
            return Found([row for _, row in shown], None, parked)
        partition, key = shown[-1][0]
        return Found([row for _, row in shown], bookmark((*key, partition)), parked)

    def one(
        self, view: View, key: Sequence[object], branches: frozenset[str] | None = None
    ) -> Found:
        """As Views.one."""
        table = view_table(view)
        same = " AND ".join(f't."{name}" = %s' for name in table.key)
        statement = f"{_from(table)} WHERE {same} LIMIT 1"
        with self._database(branches) as db:
            self._check_active(db, view)
            wanted = tuple(map(plain, key))
            lines = db.query(statement, (consumer_name(view), *wanted))
            if not lines:
                text = key_text(wanted)
                asked = (consumer_name(view), text, branch_wall.named(branches))
                ((waiting,),) = db.query(_WAITING, asked)
                return Found([], None, int(waiting))
            place, row = table.placed(lines[0][1:])
            return Found([row], None, _parked(db, view, lines, [place]))

    def document(self, room: str, stream: str) -> Document:
        """As Views.document."""
        with self._database() as db:
            ((body,),) = db.query(_DOCUMENT, (room, stream))
        if body is None:
            return None
        head = envelope.public_head(bytes(body))
        return reading.load_document(head.document, head.schema, bytes(head.state))

    def documents_of(self, room: str, prefix: str) -> Mapping[str, Document]:
        """As Views.documents_of."""
        now = time.monotonic()
        until, cards = self._cards.get((room, prefix), (0.0, {}))
        if until < now:
            with self._database() as db:
                cards = documents.kept(db, room, prefix)
            self._cards[room, prefix] = (now + CARDS_LIFE_S, cards)
        return cards

    def streams(
        self,
        sought: Sequence[tuple[LookUpKind, str]],
        branches: frozenset[str] | None,
        prefix: str | None = None,
    ) -> Sequence[str]:
        """As Views.streams."""
        digests = [(kind, self._digester.searched(kind, text)) for kind, text in sought]
        with self._database(branches) as db:
            return lookup.find(db, digests, branches, limit=FOUND, prefix=prefix)

    def reached(self, view: View, token: str) -> bool | None:
        """As Views.reached; a token says nothing of what other rooms wrote."""
        positions = positions_of(self._room, token)
        if positions is None:
            return None
        if not self._waiting.acquire(blocking=False):
            return self._holds(view, positions)
        try:
            return self._waited(view, positions)
        finally:
            self._waiting.release()

    def _waited(self, view: View, positions: Sequence[Position]) -> bool:
        due, name = time.monotonic() + PATIENCE_S, consumer_name(view)
        is_told = self._news.is_following(name, positions)
        if is_told and self._news.wait(name, positions, PAUSE_S):
            return True
        if self._holds(view, positions):
            return True
        if not self._is_recorded(positions):
            return False
        while time.monotonic() <= due:
            if self._news.wait(name, positions, PAUSE_S) or self._holds(view, positions):
                return True
        return False

    def _holds(self, view: View, positions: Sequence[Position]) -> bool:
        values = (
            [each.partition for each in positions],
            [each.seq for each in positions],
            consumer_name(view),
            journal_topic(self._room),
            self._room,
        )
        with self._database() as db:
            ((holds,),) = db.query(_REACHED, values)
        return bool(holds)

    def _is_recorded(self, positions: Sequence[Position]) -> bool:
        """Whether the record holds what is waited for; nobody waits for what was never written."""
        values = [each.partition for each in positions], [each.seq for each in positions]
        with self._database() as db:
            ((holds,),) = db.query(_RECORDED, values)
        return bool(holds)

    def _check_active(self, db: DatabaseTransaction, view: View) -> None:
        """Raise Problem if another version of the view is the one that answers.

        Its rows do not fit our Row, and those of ours do not hold everything yet.
        """
        now = time.monotonic()
        if self._active.get(view.NAME, 0.0) < now:
            if versions.active(db, view) not in (None, view.VERSION):
                raise _building()
            self._active[view.NAME] = now + ACTIVE_LIFE_S

    @contextmanager
    def _database(self, branches: Collection[str] | None = None) -> Iterator[DatabaseTransaction]:
        """Statements that see rows of these branches; None: of all."""
        try:
            with each_committed(self._connections) as db:
                yield branch_wall.shown(db.connection, branches)
        except UndefinedTable:
            raise _building() from None


def _building() -> Problem:
    building = reason(NOT_BUILT)
    return Problem(503, "unavailable", building, headers={"Retry-After": "5"})


def _select(table: ViewTable, wanted: Wanted) -> tuple[str, list[object]]:
    parts = {part.name: part for part in table.parts}
    conditions, values = ["true"], list[object]()
    for name, value in wanted.where.items():
        so, asked = _condition(name, parts[name].stored, value)
        conditions.append(so)
        values += asked
    if wanted.branches is not None:
        of = wall.belongs(table, "%s::text[]")
        assert of is not None, "a view without branches is asked without them"
        conditions.append(of)
        values.append(sorted(wanted.branches))
    keys = ", ".join([*(f't."{name}"' for name in table.key), f"t.{PARTITION}"])
    if wanted.after is not None:
        marks = ", ".join([*(f"%s::{parts[name].stored}" for name in table.key), "%s::int4"])
        conditions.append(f"({keys}) {'<' if wanted.newest_first else '>'} ({marks})")
        values += _behind(table, wanted.after)
    order = keys.replace(", ", " DESC, ") + " DESC" if wanted.newest_first else keys
    where = " AND ".join(conditions)
    return f"{_from(table)} WHERE {where} ORDER BY {order} LIMIT %s", values


def _condition(name: str, stored: str, value: object) -> tuple[str, Sequence[object]]:
    """What is asked of a column, as SQL, and the values for its places."""
    match value:
        case Before(bound):
            return f't."{name}" < %s', [bound]
        case Within(first, last):
            return f't."{name}" BETWEEN %s AND %s', [first, last]
        case _:
            so, asked = condition(name, stored, value)
            return so, [asked]


def _from(table: ViewTable) -> str:
    # Names of a Row's fields, never of a caller's.
    return f"SELECT {_ANY_PARKED}, {table.selected_placed} FROM {table.full_name} AS t"  # noqa: S608


def _behind(table: ViewTable, after: str) -> Sequence[object]:
    place = place_of(after, len(table.key) + 1)
    stored = [*(part.stored for name in table.key for part in table.parts if part.name == name)]
    kinds = [int if each == "int8" else bool if each == "bool" else str for each in stored]
    if [type(value) for value in place] != [*kinds, int] or not _can_be_asked(place):
        raise NotABookmark
    return place


def _can_be_asked(place: Sequence[object]) -> bool:
    """Whether the database can hold the values of a bookmark; whoever forged it may name others."""
    *key, partition = place
    fits = all(abs(each) < _INT8 for each in key if isinstance(each, int))
    return fits and partition in range(_INT4) and "\0" not in "".join(map(str, key))


def _parked(
    db: DatabaseTransaction, view: View, lines: Sequence[ResultRow], shown: Sequence[RowKey]
) -> int:
    """How many of the rows shown are parked; not asked if none of the view was, as a line says."""
    if not lines or not lines[0][0]:
        return 0
    keys = [key_text(key) for _, key in shown]
    values = (consumer_name(view), [partition for partition, _ in shown], keys)
    ((count,),) = db.query(_PARKED, values)
    return int(count)
