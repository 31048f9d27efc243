"""到货通知一览 (arrival notices): which parcels both were told of, and when they are expected."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.issue_notes import ArrivalAnnounced, ParcelDelivered, ParcelOpened
from shared.view import Key, Recorded, keys_by_stream

NAME = "arrivals"
VERSION = 1
KEY = ("note",)
INDEXES = (("branch",), ("ticket",))


@dataclass(frozen=True, slots=True)
class Row:
    """到货通知一行: the newest notice of a note's parcel."""

    note: str
    ticket: str
    branch: str
    expected_at: datetime
    technician_told_at: datetime
    customer_told_at: datetime
    told_by: str
    delivered_at: datetime | None
    opened: bool
    """Whether technician and customer have opened the parcel together."""
    changed_at: datetime


def keys(recorded: Recorded) -> list[Key]:
    """The note whose parcel it is."""
    told = keys_by_stream(ArrivalAnnounced, ParcelDelivered, ParcelOpened)(recorded)
    return [(recorded.stream.partition("-")[2],) for _ in told]


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    match recorded.fact:
        case ArrivalAnnounced(expected_at, technician_told_at, customer_told_at):
            return Row(
                note=str(key[0]),
                ticket=recorded.ticket or "",
                branch=recorded.branch,
                expected_at=expected_at,
                technician_told_at=technician_told_at,
                customer_told_at=customer_told_at,
                told_by=recorded.actor,
                delivered_at=row.delivered_at if row else None,
                opened=row.opened if row else False,
                changed_at=recorded.recorded_at,
            )
        case ParcelDelivered(at) if row is not None:
            return replace(row, delivered_at=at, changed_at=recorded.recorded_at)
        case ParcelOpened() if row is not None:
            return replace(row, opened=True, changed_at=recorded.recorded_at)
        case _:
            return row
