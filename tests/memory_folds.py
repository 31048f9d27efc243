"""内存折叠 (folds in memory): how far each view has come with a record in memory.

A view goes on where it stood, as a worker's does: asked after each of a thousand facts, it takes a
thousand, not half a million. If the record was set back, it goes on from what is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeAlias

from shared.view import Key, Recorded, View, ViewRow, recorded
from tests.memory_tables import FactLine

Rows: TypeAlias = Mapping[tuple[Key, int], ViewRow]
_ByPartition: TypeAlias = dict[int, dict[Key, ViewRow]]


@dataclass
class Fold:
    """折叠: the rows of a view after the first so many facts."""

    view: View
    count: int = 0
    rows: _ByPartition = field(default_factory=dict)
    kept_at: int = 0
    kept: _ByPartition = field(default_factory=dict)
    """The rows as they were after the first `kept_at` facts, to which the record was set back."""

    def take(self, facts: Sequence[Recorded]) -> None:
        """Go on with these facts."""
        for each in facts:
            rows = self.rows.setdefault(each.partition, {})
            for key in self.view.keys(each):
                rows[key] = self.view.project(key, rows.get(key), each)
        self.count += len(facts)

    def come_to(self, facts: Sequence[Recorded], mark: int) -> None:
        """Take what is new of all facts; on the way keep the rows as they are at the mark."""
        if self.kept_at < mark and self.count <= mark:
            self.take(facts[self.count : mark])
            self.kept_at, self.kept = mark, _copied(self.rows)
        self.take(facts[self.count :])

    def set_back(self, count: int) -> None:
        """Forget what came after the first so many facts."""
        if self.kept_at > count:
            self.kept_at, self.kept = 0, {}
        if self.count > count:
            self.count, self.rows = self.kept_at, _copied(self.kept)

    def shown(self) -> Rows:
        """The rows that there are, partition by partition."""
        return {
            (key, partition): row
            for partition in sorted(self.rows)
            for key, row in self.rows[partition].items()
            if row is not None
        }


class Folds:
    """All views of a room, over one record in memory. Safe for threads."""

    def __init__(self, room: str) -> None:
        self._room = room
        self._lines: Sequence[FactLine] = ()
        self._facts: list[Recorded] = []
        """Of the first lines, each read once."""
        self._mark = 0
        """How many facts were left when the record was last set back."""
        self._folds: dict[Any, Fold] = {}
        self._lock = Lock()

    def facts(self, lines: Sequence[FactLine]) -> Sequence[Recorded]:
        """Every fact of these lines."""
        with self._lock:
            self._come_to(lines)
            return [*self._facts]

    def rows(self, view: View, lines: Sequence[FactLine]) -> Rows:
        """The rows of a view after these lines."""
        known = (view.keys, view.project)
        with self._lock:
            self._come_to(lines)
            fold = self._folds.pop(known, None) or Fold(view)
            fold.come_to(self._facts, self._mark)
            self._folds[known] = fold  # a view that raised begins anew
            return fold.shown()

    def _come_to(self, lines: Sequence[FactLine]) -> None:
        """Read the lines that are new. A record that is written to keeps the lines that it has."""
        known = len(self._facts)
        if known and (len(lines) < known or lines[known - 1] is not self._lines[known - 1]):
            self._set_back(_alike(self._lines[:known], lines))
        self._lines = lines
        for _, stored in lines[len(self._facts) :]:
            self._facts.append(recorded(self._room, stored))

    def _set_back(self, count: int) -> None:
        self._mark = count
        del self._facts[count:]
        for fold in self._folds.values():
            fold.set_back(count)


def _alike(some: Sequence[FactLine], others: Sequence[FactLine]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((n for n, (one, other) in pairs if one is not other), min(len(some), len(others)))


def _copied(rows: _ByPartition) -> _ByPartition:
    return {partition: dict(each) for partition, each in rows.items()}
