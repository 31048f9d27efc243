"""在外配件 (parts out): what left the shelves and is not accounted for, by paper, with who has it.

In somebody's hands, in the parcel of a note, or under way between two stores: the store answers for
the pieces, and they lie on no shelf of it. A row for each part of each paper, until nothing is out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.events.inventory import StockMoved
from shared.view import Key, Recorded

NAME = "parts_out"
VERSION = 1
KEY = ("store", "paper", "parcel", "part")
INDEXES = (("branch", "since"), ("paper",))
_HANDS, _MAIL = "technician:", "parcel:"
_OF_PARCEL = re.compile(r"(.+)-(P\d+)")


class OutPlace(StrEnum):
    """在外何处: where pieces are that lie on no shelf."""

    HANDS = "hands"
    MAIL = "mail"
    """In the parcel of an issue note."""
    TRANSIT = "transit"
    """Between two stores, or missing from the parcel and not written off."""
    OLD_TRANSIT = "old_transit"
    """Old parts on their way to base."""


@dataclass(frozen=True, slots=True)
class OutPieces:
    """在外一处: what of the part is in one account."""

    account: str
    place: OutPlace
    technician: str | None
    """Whose hands."""
    quantity: int
    """Below zero where a stocktake found fewer in somebody's hands than their notes say."""
    serials: tuple[str, ...]
    since: datetime
    """When the first of them were recorded there."""


@dataclass(frozen=True, slots=True)
class Row:
    """在外一行: a part that one paper took off the shelves."""

    store: str
    paper: str
    parcel: str
    """`P1`: which parcel of the paper; empty if it is an issue note."""
    part: str
    branch: str
    """The store's; of what is under way, the receiver's."""
    quantity: int
    since: datetime
    """When it was recorded that they left; hand-overs and parcels do not begin it anew."""
    technicians: tuple[str, ...]
    places: tuple[OutPlace, ...]
    out: tuple[OutPieces, ...]
    changed_at: datetime


def keys(recorded: Recorded) -> Iterable[Key]:
    """Movements that begin or end in a place that is no shelf."""
    match recorded.fact:
        case StockMoved(store, part, source, target, paper=str(paper)):
            is_out = place_of(source) or place_of(target)
            return [(store, *_paper(paper), part)] if is_out else []
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """What is out after the movement; gone once nothing is."""
    moved = recorded.fact
    assert isinstance(moved, StockMoved)
    out = {each.account: each for each in (row.out if row else ())}
    for account, sign in ((moved.source, -1), (moved.target, 1)):
        if (place := place_of(account)) is not None:
            before = out.pop(account, None) or _nothing(account, place, recorded.recorded_at)
            if (after := _after(before, moved, sign)).quantity:
                out[account] = after
    if not out:
        return None
    pieces = tuple(out[account] for account in sorted(out))
    store, paper, parcel, part = map(str, key)
    return Row(
        store=store,
        paper=paper,
        parcel=parcel,
        part=part,
        branch=store,
        quantity=sum(each.quantity for each in pieces),
        since=row.since if row else recorded.recorded_at,
        technicians=tuple(each.technician for each in pieces if each.technician),
        places=tuple(dict.fromkeys(each.place for each in pieces)),
        out=pieces,
        changed_at=recorded.recorded_at,
    )


def place_of(account: str) -> OutPlace | None:
    """Where pieces of an account are; None: on a shelf, or outside the books."""
    if account.startswith(_HANDS):
        return OutPlace.HANDS
    if account.startswith(_MAIL):
        return OutPlace.MAIL
    ways = {"in_transit": OutPlace.TRANSIT, "old_in_transit": OutPlace.OLD_TRANSIT}
    return ways.get(account)


def _paper(moved_by: str) -> tuple[str, str]:
    """The number of the paper, and which parcel of it: `DB-…-0001` and `P1`."""
    found = _OF_PARCEL.fullmatch(moved_by)
    return (found[1], found[2]) if found else (moved_by, "")


def _nothing(account: str, place: OutPlace, at: datetime) -> OutPieces:
    technician = account.partition(_HANDS)[2] or None
    return OutPieces(account, place, technician, 0, (), at)


def _after(before: OutPieces, moved: StockMoved, sign: int) -> OutPieces:
    named = set(moved.serials)
    serials = set(before.serials) | named if sign > 0 else set(before.serials) - named
    quantity = before.quantity + sign * moved.quantity
    return replace(before, quantity=quantity, serials=tuple(sorted(serials)))
