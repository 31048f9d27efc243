"""授权一览 (delegations): who stands in for whom at a branch, from when until when."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from shared.decider import number_of
from shared.events.intake import DelegationEnded, DelegationRecorded
from shared.view import Key, Recorded

NAME = "delegations"
VERSION = 1
KEY = ("id",)
INDEXES = (("branch", "until_on"),)


@dataclass(frozen=True, slots=True)
class Row:
    """授权一行: one delegation; what was ended before its last day stays, marked."""

    id: str
    """The person and the number among theirs: `A-ZHAOLEI:1`."""
    person: str
    number: int
    deputy: str
    as_what: tuple[str, ...]
    branch: str
    from_on: date
    until_on: date
    because: str | None
    ended: bool
    version: int


def keys(recorded: Recorded) -> Iterable[Key]:
    """The delegation that is recorded or ended."""
    match recorded.fact:
        case DelegationRecorded(number=number) | DelegationEnded(number=number):
            return [(f"{number_of(recorded.stream)}:{number}",)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    match recorded.fact:
        case DelegationRecorded() as given:
            return Row(
                id=str(key[0]),
                person=number_of(recorded.stream),
                number=given.number,
                deputy=given.deputy,
                as_what=given.as_what,
                branch=given.branch,
                from_on=given.from_on,
                until_on=given.until_on,
                because=given.because,
                ended=False,
                version=recorded.version,
            )
        case DelegationEnded() if row is not None:
            return replace(row, ended=True, version=recorded.version)
        case _:
            return row
