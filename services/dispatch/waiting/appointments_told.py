"""改约待通知 (appointments that are told): each visit that was moved to another window."""

from collections.abc import Iterator
from datetime import datetime

from services.dispatch.visit import schedule
from services.dispatch.visit.link import BEFORE_DEPARTURE
from services.dispatch.work_order import board
from shared.decider import Fact
from shared.document import Around, Timer
from shared.events.notices import NoticeKind
from shared.events.visits import VisitRescheduled
from shared.notices import moments
from shared.notices.moments import Moment
from shared.notices.reminding import Addressee
from shared.view import Key, Recorded, View

NAME = "appointments_told"
VERSION = 2
KEY = moments.KEY
INDEXES = moments.INDEXES
Row = moments.Row


def _begins(fact: Fact) -> datetime | None:
    return fact.window.start_at if isinstance(fact, VisitRescheduled) else None


_MOVED = Moment(NoticeKind.APPOINTMENT_MOVED, "M", _begins)
keys = moments.keys_of(_MOVED)


def project(key: Key, row: moments.Row | None, recorded: Recorded) -> moments.Row | None:
    """One row a visit, of the window that it was moved to last."""
    return moments.after(_MOVED, key, row, recorded)


def timer_of(view: View) -> Timer:
    """改约通知: the timer that has the customer told."""
    return moments.timer_of("tell-appointment", view, _MOVED, _customer, (schedule, board))


def _customer(row: moments.Row, around: Around) -> Iterator[Addressee]:
    """By the phone of the order, while the visit is still to be made then."""
    for visit in around.rows(schedule, {"number": row.about}):
        if visit.start_at == row.at and visit.stage in BEFORE_DEPARTURE:
            for order in around.rows(board, {"number": visit.order}):
                yield Addressee(order.contact_phone)
