"""请假日历 (away): who is away on which day, for whoever plans."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from shared.decider import number_of
from shared.events.order_sheet import LeaveKind
from shared.events.visits import LeaveCancelled, LeaveRecorded
from shared.view import Key, Recorded

NAME = "away"
VERSION = 1
KEY = ("id",)
INDEXES = (("branch", "on"), ("person", "on"))


@dataclass(frozen=True, slots=True)
class Row:
    """请假一行: one day on which a person is away; a cancelled leave has none."""

    id: str
    """The day, the person and the number of the leave among theirs: `2026-11-24:T-LIUYANG:1`."""
    on: date
    person: str
    number: int
    branch: str
    kind: LeaveKind
    from_on: date
    until_on: date
    version: int


def keys(recorded: Recorded) -> Iterable[Key]:
    """Each day of the leave that is recorded or cancelled."""
    match recorded.fact:
        case LeaveRecorded() | LeaveCancelled() as leave:
            person, length = number_of(recorded.stream), leave.until_on - leave.from_on
            days = (leave.from_on + timedelta(n) for n in range(length.days + 1))
            return [(f"{day}:{person}:{leave.number}",) for day in days]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    match recorded.fact:
        case LeaveRecorded() as leave:
            return Row(
                id=str(key[0]),
                on=date.fromisoformat(str(key[0]).partition(":")[0]),
                person=number_of(recorded.stream),
                number=leave.number,
                branch=leave.branch,
                kind=leave.kind,
                from_on=leave.from_on,
                until_on=leave.until_on,
                version=recorded.version,
            )
        case LeaveCancelled():
            return None
        case _:
            return row
