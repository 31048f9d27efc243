"""到货待通知 (arrivals that are told): when technician and customer may expect a parcel."""

from collections.abc import Iterator
from datetime import datetime

from services.inventory.issue_note import board
from shared.decider import Fact
from shared.document import Around, Timer
from shared.events.issue_notes import ArrivalAnnounced
from shared.events.notices import NoticeKind
from shared.events.order_sheet import WorkOrderDocument
from shared.notices import moments
from shared.notices.moments import Moment
from shared.notices.reminders import as_heard
from shared.notices.reminding import Addressee
from shared.view import Key, Recorded, View

NAME = "arrivals_told"
VERSION = 2
KEY = moments.KEY
INDEXES = moments.INDEXES
Row = moments.Row


def _comes(fact: Fact) -> datetime | None:
    return fact.expected_at if isinstance(fact, ArrivalAnnounced) else None


_EXPECTED = Moment(NoticeKind.PARCEL_ARRIVAL, "A", _comes)
keys = moments.keys_of(_EXPECTED)


def project(key: Key, row: moments.Row | None, recorded: Recorded) -> moments.Row | None:
    """One row a note, of the moment that was announced last."""
    return moments.after(_EXPECTED, key, row, recorded)


def timer_of(view: View) -> Timer:
    """到货通知: the timer that has both told."""
    return moments.timer_of("tell-arrival", view, _EXPECTED, _both, (board,))


def _both(row: moments.Row, around: Around) -> Iterator[Addressee]:
    """Whoever has the note, by their card, and the customer of its order, by its phone."""
    for note in around.rows(board, {"number": row.about}):
        for card in as_heard(around, {"id": (note.recipient,), "active": (True,)}):
            yield Addressee(card.phone, card.email)
        for order in around.documents("dispatch", f"work_order-{row.ticket}").values():
            if isinstance(order, WorkOrderDocument) and order.number == note.order:
                yield Addressee(order.approved.contact_phone)
