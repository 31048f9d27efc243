"""待列清单 (lists due): the parts of which old pieces wait for a list; feeds the clock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.events.inventory import Movement, StockMoved
from shared.events.old_parts import (
    BARE,
    BY_NOTE,
    CLASSES,
    OldPiecesAdjusted,
    OldPiecesSet,
    source_of,
)
from shared.view import Key, Recorded

NAME = "old_lists_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("branch",),)
STOCK = "stock-"


@dataclass(frozen=True, slots=True)
class Waits:
    """待列: so many old pieces of one line, and since which month."""

    source: str
    """The number of the issue note, or what stands for one."""
    month: str
    """When the first of them was recorded, by universal time: `2026-11`."""
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """待列清单一行: a part of a store, with its old pieces, line by line."""

    stream: str
    """Of the book of the part."""
    store: str
    part: str
    branch: str
    """The store's."""
    lines: tuple[Waits, ...] = ()

    @property
    def since(self) -> str | None:
        """The month of what has waited longest; None: nothing waits."""
        return min((each.month for each in self.lines if each.count), default=None)


def keys(recorded: Recorded) -> Iterable[Key]:
    """The part whose old pieces a fact is about."""
    return [(recorded.stream,)] if _source(recorded) is not None else []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """What waits of the part after the fact; the book is asked before anything is said of it."""
    source, stream = _source(recorded), str(key[0])
    store, _, part = stream.removeprefix(STOCK).partition(":")
    row = row or Row(stream, store, part, store)
    before = next((each for each in row.lines if each.source == source), None)
    line = before or Waits(source or "", f"{recorded.recorded_at:%Y-%m}", 0)
    after = replace(line, count=max(0, _left(line.count, recorded)))
    return replace(row, lines=(*(each for each in row.lines if each is not before), after))


def _source(recorded: Recorded) -> str | None:
    """The line that a fact is about; None: it is about none."""
    match recorded.fact:
        case OldPiecesSet() | OldPiecesAdjusted() as fact if recorded.stream.startswith(STOCK):
            return source_of(fact.issue_note, fact.old_class)
        case StockMoved(because=because, paper=paper) as move if because in BY_NOTE:
            return (paper or "") if {move.source, move.target} & CLASSES.keys() else None
        case StockMoved(because=Movement.JUDGED, target=target) if target in CLASSES:
            return BARE[CLASSES[target]]
        case _:
            return None


def _left(count: int, recorded: Recorded) -> int:
    """How many of the line are on no list; an older list took all that waited."""
    match recorded.fact:
        case OldPiecesSet(waiting=waiting):
            return waiting or 0
        case OldPiecesAdjusted(written_off=off, found=found):
            return count - off + found
        case StockMoved(target=target, quantity=quantity):
            return count + (quantity if target in CLASSES else -quantity)
        case _:
            return count
