"""行序 (the order of rows): which way a file runs, and which of equal rows the record has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count, pairwise

from guiyi.legacy.mapping import Map
from guiyi.legacy.rows import Entry, Said, entry_id
from shared import view
from shared.events.legacy import LegacyEntryImported
from shared.record.store import Store

ROOM = "intake"
_AT_ONCE = 8


class Direction:
    """方向: whether the newest row stands first, as the map says or as the first rows show."""

    def __init__(self, legacy_map: Map) -> None:
        said = legacy_map.order
        self.newest_first = None if said == "found" else said == "newest-first"

    def upwards(self, window: Sequence[Entry]) -> Sequence[Entry]:
        """The rows in the order of time, as far as the file has one."""
        if self.newest_first is None:
            self.newest_first = runs_downwards(window)
        if not self.newest_first:
            return window
        turned = [replace(each, newest_first=True) for each in window]
        return sorted(turned, key=lambda each: (-each.row, each.step))


def runs_downwards(window: Sequence[Entry]) -> bool:
    """Whether more rows of a ticket are followed by an earlier one than by a later one.

    If every ticket has one row, all rows are compared.
    """
    last: dict[str, datetime] = {}
    down = up = 0
    for each in (each for each in window if each.step == 0):
        before = last.get(each.case)
        if before is not None and before != each.at:
            down, up = down + (each.at < before), up + (each.at > before)
        last[each.case] = each.at
    if down == up == 0:
        moments = [each.at for each in window if each.step == 0]
        down = sum(a > b for a, b in pairwise(moments))
        up = sum(a < b for a, b in pairwise(moments))
    return down > up


class Twins:
    """双生行: rows that say the same. Which of them the record has is told by their other values.

    A longer export may have a new row above an old one that says the same. And a row that was
    mended may say what another row says already. So such rows are compared with the facts.
    """

    def __init__(self, store: Store | None, legacy_map: Map) -> None:
        self._store, self._map = store, legacy_map
        self._taken: set[tuple[Said, int]] = set()

    def settle(self, window: Sequence[Entry]) -> Sequence[Entry]:
        """The rows, each with the id under which the record has it or will have it."""
        said = {each.said for each in window if each.twin > 1 or each.is_mended}
        if not said or self._store is None:
            return window
        groups: dict[Said, list[Entry]] = {}
        for each in window:
            if each.said in said and not each.is_mended:
                groups.setdefault(each.said, []).append(each)
        settled = {
            (each.row, each.step): each for group in groups.values() for each in self._group(group)
        }
        return [
            self._mended(each) if each.is_mended else settled.get((each.row, each.step), each)
            for each in window
        ]

    def _group(self, group: Sequence[Entry]) -> Sequence[Entry]:
        """Rows of a file that say the same: each takes the place of the fact that it is."""
        known = self._known(group[0].said, [each.twin for each in group])
        free = [each.twin for each in group]
        settled, left = [], []
        for each in group:
            own = next((n for n in free if n in known and _same(known[n], each)), None)
            if own is None:
                left.append(each)
            else:
                free.remove(own)
                settled.append(self._as(each, own))
        # What is known and fits none was edited in the other desk. It is not new.
        free.sort(key=lambda n: n not in known)
        return [*settled, *(self._as(each, n) for each, n in zip(left, free, strict=True))]

    def _mended(self, entry: Entry) -> Entry:
        """A mended row is a row of its own, but the same one however often it is sent."""
        for first in count(1, _AT_ONCE):
            numbers = range(first, first + _AT_ONCE)
            known = self._known(entry.said, numbers)
            for n in numbers:
                is_it = n in known and known[n].row == entry.row and _same(known[n], entry)
                if is_it or (n not in known and (entry.said, n) not in self._taken):
                    self._taken.add((entry.said, n))
                    return self._as(entry, n)
        raise AssertionError

    def _known(self, said: Said, numbers: Sequence[int]) -> Mapping[int, LegacyEntryImported]:
        """The facts of these rows, by their number among those that say the same."""
        assert self._store is not None
        ids = {entry_id(self._map, said, n): n for n in numbers}
        found = self._store.read((), list(ids)).known
        facts = {ids[i]: view.recorded(ROOM, stored[0]).fact for i, stored in found.items()}
        return {n: fact for n, fact in facts.items() if isinstance(fact, LegacyEntryImported)}

    def _as(self, entry: Entry, n: int) -> Entry:
        return replace(entry, twin=n, id=entry_id(self._map, entry.said, n))


def _same(fact: LegacyEntryImported, entry: Entry) -> bool:
    return fact.original == entry.original
