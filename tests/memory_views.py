"""内存视图 (views in memory): what a worker would have built, folded from a record when asked.

For tests and try-outs; keeps the promises of `shared.http.query.Views` for the memory record.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from shared.consumers.lookup import Opener, entries
from shared.decider import Document, reason
from shared.events.meaning import LookUpKind
from shared.events.values import ALL_BRANCHES
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
from shared.personal.keys import Keys
from shared.record.store import Store
from shared.view import Recorded, View, ViewRow, recorded
from shared.views.asking import FIRST
from tests.memory_folds import Fold, Folds, Rows
from tests.memory_record import Memory

_ALL = 1_000_000
FOUND = 50
"""As many streams as a look-up names at most."""


class MemoryViews:
    """内存视图: as new as the record, but for what is `unseen`."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store, self._keys = store, keys
        self._folds = Folds(store.room)
        self._digester = Digester(keys.master)
        self.documents: dict[tuple[str, str], Document] = {}
        """The newest public documents of other rooms, by room and stream."""
        self.unseen: frozenset[type] = frozenset()
        """Classes of facts that the worker has not come to yet."""
        self.is_building = False
        """Whether no view answers yet."""

    def page(self, view: View, wanted: Wanted) -> Found:
        """As Views.page."""
        if self.is_building:
            raise Problem(503, "unavailable", reason(NOT_BUILT))
        rows = self._folded(view)
        order = sorted(rows, reverse=wanted.newest_first)
        if wanted.after is not None:
            *key, partition = place_of(wanted.after, len(view.KEY) + 1)
            kinds = [type(each) for place in list(rows)[:1] for each in place[0]] or [
                *map(type, key)
            ]
            if type(partition) is not int or [*map(type, key)] != kinds:
                raise NotABookmark
            mark = (tuple(key), partition)
            order = [p for p in order if (p < mark if wanted.newest_first else p > mark)]
        found = [place for place in order if _is_wanted(rows[place], wanted)]
        shown = found[: wanted.limit]
        more = len(found) > wanted.limit
        following = bookmark((*shown[-1][0], shown[-1][1])) if more else None
        return Found([rows[place] for place in shown], following)

    def one(
        self, view: View, key: Sequence[object], branches: frozenset[str] | None = None
    ) -> Found:
        """As Views.one."""
        rows, wanted = self._folded(view), tuple(key)
        found = [row for (each, _), row in rows.items() if each[: len(wanted)] == wanted]
        return Found([row for row in found if _is_within(row, branches)][:1])

    def first_rows(self, view: View, where: Mapping[str, object]) -> Sequence[ViewRow]:
        """As `shared.views.asking.first_rows`."""
        return self.page(view, Wanted(where, None, FIRST, None, newest_first=False)).rows

    def document(self, room: str, stream: str) -> Document:
        """As Views.document."""
        return self.documents.get((room, stream))

    def documents_of(self, room: str, prefix: str) -> Mapping[str, Document]:
        """As Views.documents."""
        begin = f"{prefix}-"
        kept = self.documents.items()
        return {
            stream: each for (of, stream), each in kept if of == room and stream.startswith(begin)
        }

    def streams(
        self,
        sought: Sequence[tuple[LookUpKind, str]],
        branches: frozenset[str] | None,
        prefix: str | None = None,
    ) -> Sequence[str]:
        """As Views.streams."""
        facts, opener = self._facts(), Opener(self._keys)
        kept = {each.stream: each.branch for each in facts}
        told = [each for fact in facts for each in entries(fact, self._digester, opener)]
        found = set(kept) if sought else set()
        for kind, text in sought:
            wanted = self._digester.digests(kind, text)
            found &= {e.stream for e in told if e.kind is kind and e.digest in wanted}
        theirs = sorted(s for s in found if branches is None or kept[s] in branches)
        if prefix is None:
            return theirs[:FOUND]
        return [s for s in reversed(theirs) if s.startswith(f"{prefix}-")][:FOUND]

    def reached(self, view: View, token: str) -> bool | None:  # noqa: ARG002
        """As Views.reached; there is nothing to wait for."""
        positions = positions_of(self._store.room, token)
        if positions is None:
            return None
        return all(self._store.facts(p.partition, p.seq - 1, 1) for p in positions)

    def _folded(self, view: View) -> Rows:
        if isinstance(self._store, Memory) and not self.unseen:
            return self._folds.rows(view, self._store.tables.lines)
        fold = Fold(view)
        fold.take(self._facts())
        return fold.shown()

    def _facts(self) -> Sequence[Recorded]:
        return [each for each in self._told() if type(each.fact) not in self.unseen]

    def _told(self) -> Sequence[Recorded]:
        if isinstance(self._store, Memory):
            return self._folds.facts(self._store.tables.lines)
        return [
            recorded(self._store.room, stored)
            for partition in range(self._store.partitions)
            for stored in self._store.facts(partition, 0, _ALL)
        ]


def _is_wanted(row: ViewRow, wanted: Wanted) -> bool:
    if not _is_within(row, wanted.branches):
        return False
    return all(_fits(getattr(row, name), value) for name, value in wanted.where.items())


def _fits(found: Any, asked: object) -> bool:
    if isinstance(asked, Before):
        return found is not None and found < asked.bound
    if isinstance(asked, Within):
        return found is not None and asked.first <= found <= asked.last
    if isinstance(found, tuple):
        return any(each in _choices(asked) for each in found)
    return found in _choices(asked)


def _is_within(row: ViewRow, branches: frozenset[str] | None) -> bool:
    if branches is None:
        return True
    of = row.branches if hasattr(row, "branches") else (row.branch,)
    return ALL_BRANCHES in of or not branches.isdisjoint(of)


def _choices(value: object) -> Collection[object]:
    return value if isinstance(value, tuple | frozenset | list) else (value,)
