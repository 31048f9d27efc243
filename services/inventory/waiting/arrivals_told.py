"""到货待通知 (arrivals that are told): each time that technician and customer hear of a parcel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.inventory.issue_note import board
from shared.decider import number_of
from shared.document import Around, CommandOwed, Timer
from shared.events.issue_notes import ArrivalAnnounced
from shared.events.notices import NoticeKind
from shared.events.order_sheet import WorkOrderDocument
from shared.notices.asking import wanted_of_people
from shared.notices.reminders import GOOD_FOR, as_heard
from shared.notices.reminding import Addressee, TellReminded
from shared.view import Key, Recorded, View

NAME = "arrivals_told"
VERSION = 1
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """到货待通知一行: when a parcel is expected, as both were told it."""

    stream: str
    """The stream on which it is decided who is told; the notices stand on those after it."""
    note: str
    ticket: str | None
    branch: str
    expected_at: datetime
    due: datetime
    """When it was recorded: they are told at once."""


def keys(recorded: Recorded) -> list[Key]:
    """One for each time."""
    if not isinstance(recorded.fact, ArrivalAnnounced):
        return []
    return [(f"notice-{number_of(recorded.stream)}-A{recorded.version}-N0",)]


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row of this time; it stays as it is."""
    if not isinstance(recorded.fact, ArrivalAnnounced):
        return row
    return Row(
        stream=str(key[0]),
        note=number_of(recorded.stream),
        ticket=recorded.ticket,
        branch=recorded.branch,
        expected_at=recorded.fact.expected_at,
        due=recorded.recorded_at,
    )


def timer_of(view: View) -> Timer:
    """到货通知: the timer that has both told."""
    return Timer("tell-arrival", view, _tell, looks_at=(board,), good_for=GOOD_FOR)


def _tell(row: Row, around: Around) -> CommandOwed | None:
    policy = around.policy.notices
    notice = wanted_of_people(policy, row.branch, NoticeKind.PARCEL_ARRIVAL)
    if notice is None or not policy.announces(row.branch) or row.expected_at <= row.due:
        return None
    under, people = number_of(row.stream).removesuffix("-N0"), tuple(_both(row, around))
    told = TellReminded(row.note, under, notice, people, row.expected_at)
    return CommandOwed(row.stream, told)


def _both(row: Row, around: Around) -> Iterator[Addressee]:
    """Whoever has the note, by their card, and the customer of its order, by its phone."""
    (note,) = around.rows(board, {"number": row.note})
    for card in as_heard(around, {"id": (note.recipient,), "active": (True,)}):
        yield Addressee(card.phone, card.email)
    for order in around.documents("dispatch", f"work_order-{row.ticket}").values():
        if isinstance(order, WorkOrderDocument) and order.number == note.order:
            yield Addressee(order.approved.contact_phone)
