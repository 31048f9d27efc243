"""钱包 (the purse): what the pieces of one part of one store have cost, as ADR 56 says it.

Written apart from the product, which keeps its layers in another way.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

OUTSIDE = {"supplier", "maker", "installed", "scrapped", "difference", "transfer", "consumed"}
OLD = {"old_warranty", "old_other", "old_in_transit"}
FIFO = "first_in_first_out"
KEPT = 50
"""Of so many papers it is told apart what they took out; of those before them the mean is."""


@dataclass
class Lot:
    """Pieces of one age, and what they cost all together; None: nobody said it."""

    age: int
    pieces: int
    fen: int | None


@dataclass
class Purse:
    """What the pieces of one part of one store cost, by one method."""

    method: str
    age: int = 0
    accounts: dict[str, list[Lot]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[tuple[str, str | None], list[Lot]] = field(default_factory=dict)
    """What each paper took to an account outside, the one that took last at the end."""
    older: dict[str, list[Lot]] = field(default_factory=lambda: defaultdict(list))
    """What papers before them took there, all of one age."""

    def move(self, move: Mapping[str, Any]) -> list[Lot]:
        """What a movement carries, after it was made."""
        lots = self._given(move)
        if move["target"] not in OUTSIDE:
            self._put(self.accounts[move["target"]], lots)
        elif move["source"] not in OLD:
            self._keep((move["target"], move["paper"]), lots)
        return lots

    def _keep(self, paper: tuple[str, str | None], lots: Sequence[Lot]) -> None:
        """What a paper took out; the one that took nothing for the longest is not told apart."""
        had = self.taken.pop(paper, [])
        self._put(had, lots)
        self.taken[paper] = had
        while len(self.taken) > KEPT:
            oldest = next(iter(self.taken))
            same = [Lot(0, lot.pieces, lot.fen) for lot in self.taken.pop(oldest)]
            self._put(self.older[oldest[0]], same)

    def _given(self, move: Mapping[str, Any]) -> list[Lot]:
        count, source = move["quantity"], move["source"]
        if source not in OUTSIDE:
            back = move["target"] == "supplier" and move["fen"] is not None
            take = self._bought_back if back else self._take
            lots = take(self.accounts[source], count, *([move["fen"]] if back else []))
        elif move["fen"] is not None:
            self.age += 1
            return [Lot(self.age, count, move["fen"])]
        elif move["target"] in OLD:
            return [Lot(0, count, 0)]
        else:
            lots = self._take(self.taken.get((source, move["paper"]), []), count)
            lots += self._take(self.older[source], count - sum(lot.pieces for lot in lots))
            self.taken = {name: left for name, left in self.taken.items() if left}
        if missing := count - sum(lot.pieces for lot in lots):
            self.age += 1
            lots.append(Lot(self.age, missing, self._mean(move, missing)))
        return lots

    def _mean(self, move: Mapping[str, Any], count: int) -> int | None:
        """What pieces are worth that a stocktake found too many: the mean of its place, or all."""
        if move["because"] != "stocktake":
            return None
        new = [lots for name, lots in self.accounts.items() if name not in OLD]
        for found in (self.accounts[move["target"]], [lot for lots in new for lot in lots]):
            known = [lot for lot in found if lot.fen is not None]
            if pieces := sum(lot.pieces for lot in known):
                return int(Fraction(fen(known) * count, pieces) + Fraction(1, 2))
        return None

    def _take(self, lots: list[Lot], count: int) -> list[Lot]:
        """The first pieces; their share is rounded half up, and the rest stays with the others."""
        out: list[Lot] = []
        while count and lots:
            lot = lots[0]
            n, fen = min(count, lot.pieces), lot.fen
            if fen is not None:
                fen = int(Fraction(fen * n, lot.pieces) + Fraction(1, 2))
            out.append(Lot(lot.age, n, fen))
            lot.pieces, count = lot.pieces - n, count - n
            lot.fen = None if fen is None or lot.fen is None else lot.fen - fen
            if not lot.pieces:
                lots.pop(0)
        return out

    def _bought_back(self, lots: list[Lot], count: int, fen_back: int) -> list[Lot]:
        """The known pieces that came last, for what is given back; the others bear the rest."""
        known = [lot for lot in lots if lot.fen is not None]
        before, newest = fen(known), known[::-1]
        out = self._take(newest, count)
        more = self._take(strange := [lot for lot in lots if lot.fen is None], count - _pieces(out))
        lots[:] = sorted([*newest, *strange], key=lambda lot: (lot.age, lot.fen is not None))
        if newest:
            gone = min(fen_back, before)
            _left(newest, before - gone)
        else:
            gone = before
        return [*more, *([Lot(out[0].age, _pieces(out), gone)] if out else [])]

    def _put(self, lots: list[Lot], more: Sequence[Lot]) -> None:
        for lot in more:
            age = lot.age if self.method == FIFO else 0
            same = [e for e in lots if (e.age, e.fen is None) == (age, lot.fen is None)]
            if not same:
                lots.append(Lot(age, lot.pieces, lot.fen))
                continue
            same[0].pieces += lot.pieces
            same[0].fen = None if lot.fen is None else (same[0].fen or 0) + lot.fen
        lots.sort(key=lambda lot: (lot.age, lot.fen is not None))


def fen(lots: Sequence[Lot]) -> int:
    """What is known of what they cost."""
    return sum(lot.fen or 0 for lot in lots)


def _pieces(lots: Sequence[Lot]) -> int:
    return sum(lot.pieces for lot in lots)


def _left(newest: Sequence[Lot], whole: int) -> None:
    """So much is left for these: what differs is of the newest, as far as it has so much."""
    differs = whole - fen(newest)
    for lot in newest:
        had = lot.fen or 0
        lot.fen = max(0, had + differs)
        differs -= lot.fen - had
