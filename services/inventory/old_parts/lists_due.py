"""待列清单 (lists due): the parts of which old pieces wait for a list; feeds the clock."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.inventory.old_parts import waiting
from shared.view import Key, Recorded

NAME = "old_lists_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("branch",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待列清单一行: a part of a store, with all its old pieces, line by line."""

    stream: str
    """Of the book of the part."""
    store: str
    part: str
    branch: str
    """The store's."""
    lines: tuple[waiting.Row, ...]

    @property
    def since(self) -> str | None:
        """The month of what has waited longest; None: nothing waits."""
        return min((each.month for each in self.lines if each.is_waiting), default=None)


def keys(recorded: Recorded) -> Iterable[Key]:
    """The part whose old pieces a fact is about."""
    return [(recorded.stream,)] if list(waiting.keys(recorded)) else []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """What waits of the part after the fact, as the list of old parts that wait has it."""
    (told,) = waiting.keys(recorded)
    lines = row.lines if row else ()
    before = next((each for each in lines if each.source == told[2]), None)
    after = waiting.project(told, before, recorded)
    if after is None:
        return row
    kept = tuple(each for each in lines if each is not before)
    return Row(str(key[0]), after.store, after.part, after.branch, (*kept, after))
