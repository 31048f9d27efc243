"""投诉回避 (kept apart): who neither calls back about a complaint nor ends it."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.events.complaints import (
    ComplaintAssigned,
    ComplaintLinked,
    ComplaintReassigned,
    ComplaintReceived,
    ComplaintResolved,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "complaint_kept_apart"
VERSION = 1
KEY = ("stream",)


@dataclass(frozen=True, slots=True)
class Row:
    """投诉回避一行: a complaint, and everybody who is kept apart from how it ends."""

    stream: str
    branch: str
    people: tuple[str, ...]
    """Whom it was ever about, and who ever owned or resolved it."""


keys = keys_by_stream(
    ComplaintReceived,
    ComplaintAssigned,
    ComplaintReassigned,
    ComplaintLinked,
    ComplaintResolved,
)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """Whoever has a part in it once has it for good."""
    before = row.people if row else ()
    people = dict.fromkeys((*before, *(each for each in _named(recorded) if each is not None)))
    return Row(str(key[0]), recorded.branch, tuple(people))


def _named(recorded: Recorded) -> Iterator[str | None]:
    match recorded.fact:
        case ComplaintReceived(complained_of=person):
            yield person
        case ComplaintAssigned(owner=owner, complained_of=person):
            yield from (owner, person)
        case ComplaintReassigned(owner=owner, complained_of=person):
            yield from (owner, person)
        case ComplaintLinked(complained_of=people):
            yield from people
        case ComplaintResolved(by=by):
            yield from (by, recorded.actor, recorded.acting_for)
        case _:
            pass
