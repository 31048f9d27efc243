"""待列旧件 (old parts waiting): what came home and stands on no list."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.inventory import Movement, StockMoved
from shared.events.old_parts import OldClass, OldPiecesSet
from shared.view import Key, Recorded

NAME = "old_parts_waiting"
VERSION = 2
KEY = ("store", "part", "source")
INDEXES = (("store", "is_waiting"), ("month",))
CLASSES = {"old_warranty": OldClass.WARRANTY, "old_other": OldClass.OTHER}
"""By the account in which they lie."""
STOCK, QUARANTINE = "stock-", "quarantine"
BY_NOTE = (Movement.OLD_PART, Movement.CORRECTION)
"""Movements of a line of an issue note."""


@dataclass(frozen=True, slots=True)
class Row:
    """待列旧件一行: the old parts of one line of an issue note, or of a part in quarantine."""

    store: str
    part: str
    source: str
    """The number of the issue note, or `quarantine`."""
    issue_note: str | None
    branch: str
    """The store's."""
    old_class: OldClass
    came: int
    """How many came home."""
    listed: int
    """How many of them are on lists, or have gone with one."""
    waiting: int
    is_waiting: bool
    since: datetime
    """When the first of them was recorded."""
    month: str
    """Of that moment, by universal time: `2026-11`."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """Movements of old parts by issue notes, and what of them is listed."""
    match recorded.fact:
        case OldPiecesSet(issue_note, part) if recorded.stream.startswith(STOCK):
            store = recorded.stream.removeprefix(STOCK).partition(":")[0]
            return [(store, part, issue_note or QUARANTINE)]
        case StockMoved(store, part, because=because, paper=paper) as move if because in BY_NOTE:
            old = {move.source, move.target} & CLASSES.keys()
            return [(store, part, paper or "")] if old else []
        case StockMoved(store, part, because=Movement.JUDGED, target=target):
            return [(store, part, QUARANTINE)] if target in CLASSES else []
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """What waits after the fact."""
    match recorded.fact:
        case OldPiecesSet(listed=listed) if row is not None:
            row = replace(row, listed=listed)
        case StockMoved() as move:
            row = row or _first(key, move, recorded.recorded_at)
            coming = move.quantity * (1 if move.target in CLASSES else -1)
            row = replace(row, came=row.came + coming)
        case _:
            return row
    waiting = row.came - row.listed
    return replace(row, waiting=waiting, is_waiting=waiting > 0)


def _first(key: Key, move: StockMoved, at: datetime) -> Row:
    store, part, source = map(str, key)
    account = move.target if move.target in CLASSES else move.source
    return Row(
        store=store,
        part=part,
        source=source,
        issue_note=None if source == QUARANTINE else source,
        branch=store,
        old_class=CLASSES[account],
        came=0,
        listed=0,
        waiting=0,
        is_waiting=False,
        since=at,
        month=at.strftime("%Y-%m"),
    )
