"""到货通知一览 (arrival notices): which parcel is expected when, and who was told of it.

One that came back to the store (`returned`) is expected by nobody, unless that is taken back.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.issue_notes import (
    ArrivalAnnounced,
    Parcel,
    ParcelDelivered,
    ParcelOpened,
    ParcelReturned,
    ParcelWord,
    ParcelWordWithdrawn,
    PartIssued,
)
from shared.view import Key, Recorded, first_row, keys_by_stream

NAME = "arrivals"
VERSION = 4
KEY = ("note",)
INDEXES = (("branch",), ("ticket",), ("parcel_no",))


@dataclass(frozen=True, slots=True)
class Row:
    """到货通知一行: the parcel of a note, with the newest notice of it."""

    note: str
    ticket: str
    branch: str
    carrier: str
    parcel_no: str
    sent_at: datetime
    expected_at: datetime
    """As both were told last; before that, as the parcel's own paper says."""
    told: bool
    """Whether technician and customer were told of it."""
    technician_told_at: datetime | None
    customer_told_at: datetime | None
    told_by: str | None
    delivered_at: datetime | None
    opened: bool
    """Whether technician and customer have opened the parcel together."""
    returned: bool
    """Whether it came back to the store."""
    changed_at: datetime


def keys(recorded: Recorded) -> list[Key]:
    """The note whose parcel it is."""
    told = (PartIssued, ArrivalAnnounced, ParcelDelivered, ParcelReturned, ParcelOpened)
    of_note = keys_by_stream(*told, ParcelWordWithdrawn)
    return [(recorded.stream.partition("-")[2],) for _ in of_note(recorded)]


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact; there from the first part on that travels by post."""
    if isinstance(recorded.fact, PartIssued) and recorded.fact.parcel is not None:
        row = _posted(str(key[0]), row, recorded.fact.parcel, recorded)
    if row is None:
        return None
    row = replace(row, changed_at=recorded.recorded_at)
    match recorded.fact:
        case ArrivalAnnounced(expected_at, technician_told_at, customer_told_at):
            return replace(
                row,
                expected_at=expected_at,
                told=True,
                technician_told_at=technician_told_at,
                customer_told_at=customer_told_at,
                told_by=recorded.actor,
            )
        case _:
            return _told(row, recorded.fact)


def _told(row: Row, fact: object) -> Row:
    """The row after what was told of the parcel, or taken back."""
    match fact:
        case ParcelDelivered(at):
            return replace(row, delivered_at=at)
        case ParcelWordWithdrawn(ParcelWord.DELIVERED):
            return replace(row, delivered_at=None)
        case ParcelReturned() | ParcelWordWithdrawn(ParcelWord.RETURNED):
            return replace(row, returned=isinstance(fact, ParcelReturned))
        case ParcelOpened() | ParcelWordWithdrawn(ParcelWord.OPENED):
            return replace(row, opened=isinstance(fact, ParcelOpened))
        case _:
            return row


def _posted(note: str, row: Row | None, parcel: Parcel, recorded: Recorded) -> Row:
    if row is not None:
        return replace(row, carrier=parcel.carrier, parcel_no=parcel.parcel_no)
    return first_row(
        Row,
        parcel,
        note=note,
        ticket=recorded.ticket or "",
        branch=recorded.branch,
        told=False,
        opened=False,
        returned=False,
        changed_at=recorded.recorded_at,
    )
