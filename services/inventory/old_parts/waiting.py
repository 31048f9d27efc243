"""待列旧件 (old parts waiting): what came home and stands on no list."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.inventory import Movement, StockMoved
from shared.events.old_parts import (
    BARE,
    BY_NOTE,
    CLASSES,
    OldClass,
    OldPiecesAdjusted,
    OldPiecesSet,
    source_of,
)
from shared.view import Key, Recorded

NAME = "old_parts_waiting"
VERSION = 4
KEY = ("store", "part", "source")
INDEXES = (("store", "is_waiting"), ("month",))
STOCK = "stock-"


@dataclass(frozen=True, slots=True)
class Row:
    """待列旧件一行: the old parts of one line of an issue note, or of a part in quarantine."""

    store: str
    part: str
    source: str
    """The number of the issue note; without one `quarantine`, of warranty parts `stocktake`."""
    issue_note: str | None
    branch: str
    """The store's."""
    old_class: OldClass
    came: int
    """How many came home."""
    listed: int
    """How many of them are on lists, or have gone with one."""
    written_off: int
    """How many of them stocktakes did not find, and have not found since."""
    waiting: int
    is_waiting: bool
    since: datetime
    """When the first of them was recorded."""
    month: str
    """Of that moment, by universal time: `2026-11`."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """Movements of old parts by issue notes, and what of them is listed."""
    match recorded.fact:
        case OldPiecesSet() | OldPiecesAdjusted() as fact if recorded.stream.startswith(STOCK):
            store = recorded.stream.removeprefix(STOCK).partition(":")[0]
            return [(store, fact.part, source_of(fact.issue_note, fact.old_class))]
        case StockMoved(store, part, because=because, paper=paper) as move if because in BY_NOTE:
            old = {move.source, move.target} & CLASSES.keys()
            return [(store, part, paper or "")] if old else []
        case StockMoved(store, part, because=Movement.JUDGED, target=target):
            return [(store, part, BARE[CLASSES[target]])] if target in CLASSES else []
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """What waits after the fact: as the book of the part has it (`old_pieces.py`)."""
    match recorded.fact:
        case OldPiecesSet(listed=listed, waiting=waits) if row is not None:
            older = row.came - listed - row.written_off
            row = replace(row, listed=listed, waiting=older if waits is None else waits)
        case OldPiecesAdjusted() as fact:
            row = _adjusted(row or _first(key, fact.old_class, recorded.recorded_at), fact)
        case StockMoved() as move:
            account = move.target if move.target in CLASSES else move.source
            row = row or _first(key, CLASSES[account], recorded.recorded_at)
            coming = move.quantity * (1 if move.target in CLASSES else -1)
            row = replace(row, came=row.came + coming, waiting=max(0, row.waiting + coming))
        case _:
            return row
    return replace(row, is_waiting=row.waiting > 0)


def _adjusted(row: Row, fact: OldPiecesAdjusted) -> Row:
    """A piece of no line that a stocktake finds has come home just then."""
    waits = max(0, row.waiting - fact.written_off) + fact.found
    if fact.issue_note is None:
        off = row.written_off + fact.written_off
        return replace(row, came=row.came + fact.found, written_off=off, waiting=waits)
    off = row.written_off + fact.written_off - fact.found
    return replace(row, written_off=off, waiting=waits)


def _first(key: Key, old_class: OldClass, at: datetime) -> Row:
    store, part, source = map(str, key)
    return Row(
        store=store,
        part=part,
        source=source,
        issue_note=None if source == BARE[old_class] else source,
        branch=store,
        old_class=old_class,
        came=0,
        listed=0,
        written_off=0,
        waiting=0,
        is_waiting=False,
        since=at,
        month=at.strftime("%Y-%m"),
    )
