"""停用一览 (hidden values): which values a branch chooses no more, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.decider import number_of
from shared.events.intake import ValueHidden, ValueShown
from shared.view import Key, Recorded

NAME = "hidden_values"
VERSION = 1
KEY = ("branch", "field", "value")
INDEXES = (("branch", "field"),)


@dataclass(frozen=True, slots=True)
class Row:
    """停用一行: one value of one list that a branch hides."""

    branch: str
    field: str
    value: str
    because: str | None
    hidden_at: datetime
    version: int


def keys(recorded: Recorded) -> Iterable[Key]:
    """The value that is hidden or shown."""
    match recorded.fact:
        case ValueHidden(field, value) | ValueShown(field, value):
            return [(number_of(recorded.stream), str(field), value)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact; none while it is shown."""
    match recorded.fact:
        case ValueHidden(field, value, because):
            at = recorded.occurred_at
            return Row(str(key[0]), str(field), value, because, at, recorded.version)
        case ValueShown():
            return None
        case _:
            return row
