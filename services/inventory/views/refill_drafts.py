"""补库草稿 (refill drafts): what the calendar drafted last for each part that a store lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from shared.events.replenishments import RefillDrafted
from shared.fields import filled
from shared.view import Key, Recorded

NAME = "refill_drafts"
VERSION = 2
KEY = ("store", "part")
INDEXES = (("branch", "drafted_on"), ("stream",))


@dataclass(frozen=True, slots=True)
class Row:
    """补库草稿一行: how many of a part to ask for, and the figures that say so."""

    store: str
    part: str
    branch: str
    """The store's."""
    drafted_on: date
    quota: int
    on_hand: int
    in_transit: int
    on_order: int
    lacking: int
    """quota − on hand − in transit − on order."""
    stream: str
    """Of the book of the part."""
    drafted_at: datetime


def keys(recorded: Recorded) -> Iterable[Key]:
    """What was drafted."""
    match recorded.fact:
        case RefillDrafted(store, part):
            return [(store, part)]
        case _:
            return []


def project(_: Key, _row: Row | None, recorded: Recorded) -> Row | None:
    """The newest draft of a part; it is gone where nothing was lacking on the day."""
    drafted = recorded.fact
    assert isinstance(drafted, RefillDrafted)
    lacking = drafted.figures.lacking
    if not lacking:
        return None
    return filled(
        Row,
        drafted,
        drafted.figures,
        branch=drafted.store,
        lacking=lacking,
        stream=recorded.stream,
        drafted_at=recorded.recorded_at,
    )
