"""到货通知一览 (arrival notices): which parcel is expected when, and who was told of it.

A parcel that came back to the store is expected by nobody any more.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.issue_notes import (
    ArrivalAnnounced,
    Parcel,
    ParcelDelivered,
    ParcelOpened,
    ParcelReturned,
    PartIssued,
)
from shared.view import Key, Recorded, first_row, keys_by_stream

NAME = "arrivals"
VERSION = 3
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
    changed_at: datetime


def keys(recorded: Recorded) -> list[Key]:
    """The note whose parcel it is."""
    facts = (PartIssued, ArrivalAnnounced, ParcelDelivered, ParcelReturned, ParcelOpened)
    return [(recorded.stream.partition("-")[2],) for _ in keys_by_stream(*facts)(recorded)]


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
        case ParcelDelivered(at):
            return replace(row, delivered_at=at)
        case ParcelReturned():
            return None
        case ParcelOpened():
            return replace(row, opened=True)
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
        changed_at=recorded.recorded_at,
    )
