"""待列旧件 (old parts waiting): what reconciled lines brought home and stands on no list."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.inventory import Movement, StockMoved
from shared.events.old_parts import OldClass, OldPiecesSet
from shared.view import Key, Recorded

NAME = "old_parts_waiting"
VERSION = 1
KEY = ("issue_note", "part")
INDEXES = (("store", "is_waiting"), ("month",))
CLASSES = {"old_warranty": OldClass.WARRANTY, "old_other": OldClass.OTHER}
"""By the account in which they lie."""
BY_NOTE = (Movement.OLD_PART, Movement.CORRECTION)
"""Movements of a line of an issue note."""


@dataclass(frozen=True, slots=True)
class Row:
    """待列旧件一行: the old parts of one line of an issue note."""

    issue_note: str
    part: str
    store: str
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
        case OldPiecesSet(issue_note, part):
            return [(issue_note, part)]
        case StockMoved(part=part, because=because, paper=paper) as move if because in BY_NOTE:
            return [(paper or "", part)] if {move.source, move.target} & CLASSES.keys() else []
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
    note, part = map(str, key)
    account = move.target if move.target in CLASSES else move.source
    return Row(
        issue_note=note,
        part=part,
        store=move.store,
        branch=move.store,
        old_class=CLASSES[account],
        came=0,
        listed=0,
        waiting=0,
        is_waiting=False,
        since=at,
        month=at.strftime("%Y-%m"),
    )
