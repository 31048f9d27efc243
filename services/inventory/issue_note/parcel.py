"""邮寄 (posted parts): a parcel on its way: it is announced, delivered, or comes back unopened.

A parcel that comes back to the store is told, and its pieces are accounted for as brought home or
lost. What is found in one that is opened stands in `opening.py`; what was told of a parcel and did
not happen is taken back in `taking_back.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.inventory.issue_note.checks import in_force, not_back
from services.inventory.issue_note.state import IssueNote
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.issue_notes import ArrivalAnnounced, ParcelDelivered, ParcelReturned
from shared.events.order_sheet import NoteStage
from shared.events.values import At, Past, Text
from shared.step import LONG_AGO, WORDS


@dataclass(frozen=True, slots=True)
class AnnounceArrival:
    """到货通知: both were told when the parcel comes, and to open it only together."""

    technician_told_at: Past
    customer_told_at: Past
    expected_at: At | None = None
    """If it will not come when the parcel's own paper says."""


@dataclass(frozen=True, slots=True)
class DeliverParcel:
    """邮件送达: the parcel has arrived."""

    at: Past


@dataclass(frozen=True, slots=True)
class ReturnParcel:
    """邮件退回: the parcel came back to the store, unopened; when, and why."""

    at: Past
    because: Text


def announce(command: AnnounceArrival, note: IssueNote, asked: Asked) -> Decision:
    """到货通知: once everything is in the parcel; again, if it will come at another time."""
    parcel = note.parcel
    expected = command.expected_at or (parcel.expected_at if parcel else asked.at)
    announced = ArrivalAnnounced(expected, command.technician_told_at, command.customer_told_at)
    if note.announced == announced:
        return []
    number, waiting = number_of(asked.home), note.open_lines
    early = parcel is not None and expected < parcel.sent_at
    refuse_if(
        *_under_way(note, asked),
        (early, reason("arrival-before-sending", number=number)),
        (bool(waiting), reason("lines-open", number=number, parts=waiting)),
        (note.opened is not None, reason("parcel-opened", number=number)),
    )
    return asked.here(announced)


def deliver(command: DeliverParcel, note: IssueNote, asked: Asked) -> Decision:
    """邮件送达: said once, also afterwards; a parcel is not opened before it is there."""
    delivered = ParcelDelivered(command.at)
    if note.delivered == delivered:
        return []
    number, opened = number_of(asked.home), note.opened
    refuse_if(
        *_under_way(note, asked),
        (note.delivered is not None, reason("delivered-already", number=number)),
        (
            opened is not None and opened.at < command.at,
            reason("parcel-opened", number=number),
        ),
    )
    return asked.here(delivered)


def take_back(command: ReturnParcel, note: IssueNote, asked: Asked) -> Decision:
    """邮件退回: said once, of a parcel that nobody has opened; it is accounted for next."""
    returned = ParcelReturned(command.at, command.because)
    if note.came_back == returned:
        return []
    number, come = number_of(asked.home), note.delivered
    refuse_if(
        *_under_way(note, asked),
        (note.opened is not None, reason("parcel-opened", number=number)),
        (
            come is not None and LONG_AGO != command.at < come.at,
            reason("back-before-delivery", number=number),
        ),
    )
    return asked.here(returned)


def _under_way(note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the note's parts were posted, and are not settled."""
    yield from sent(note, asked)
    yield note.stage is NoteStage.SETTLED, reason("note-settled", number=number_of(asked.home))
    yield not_back(note, asked)


def sent(note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the note is in force, and its parts were posted."""
    number = number_of(asked.home)
    yield from in_force(note, asked)
    carried = note.released is not None and not note.is_posted
    yield carried, reason("not-posted", number=number)
    yield note.is_posted and note.stage is NoteStage.RELEASED, reason("not-sent", number=number)


def offered_announcement(_number: str, note: IssueNote) -> Iterator[AnnounceArrival]:
    """The arrival of a posted note's parcel, unless it came back."""
    if note.is_posted and note.came_back is None:
        yield AnnounceArrival(LONG_AGO, LONG_AGO)


def offered_delivery(_number: str, note: IssueNote) -> Iterator[DeliverParcel]:
    """The delivery of a posted note's parcel, while nobody has opened it and it is not back."""
    if note.is_posted and note.opened is None and note.came_back is None:
        yield DeliverParcel(LONG_AGO)


def offered_return(_number: str, note: IssueNote) -> Iterator[ReturnParcel]:
    """Of a parcel that nobody has opened and that did not come back yet."""
    if note.is_posted and note.opened is None and note.came_back is None:
        yield ReturnParcel(LONG_AGO, WORDS)
