"""首月 (first months): since when a store has anything, and so which month it closes first.

Its facts are those of its parts, so each group of them has its own first moment; the earliest comes
first, and a store is reminded of its first month once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.events.inventory import StockMoved
from shared.view import Key, Recorded

NAME = "first_months"
VERSION = 1
KEY = ("stream",)
INDEXES = (("branch",),)


@dataclass(frozen=True, slots=True)
class Row:
    """首月一行: a store, and the month in which its first piece was recorded."""

    stream: str
    """Of its closings."""
    branch: str
    """The store's."""
    month: str
    """By universal time: `2026-11`."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """Whatever moves in a store."""
    move = recorded.fact
    return [(f"closing-{move.store}",)] if isinstance(move, StockMoved) else []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from the first movement on, for ever."""
    assert isinstance(recorded.fact, StockMoved)
    return row or Row(str(key[0]), recorded.fact.store, f"{recorded.recorded_at:%Y-%m}")
