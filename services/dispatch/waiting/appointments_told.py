"""改约待通知 (appointments that are told): each time that a visit was moved to another window."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.visit import schedule
from services.dispatch.visit.link import BEFORE_DEPARTURE
from services.dispatch.work_order import board
from shared.decider import number_of
from shared.document import Around, CommandOwed, Timer
from shared.events.notices import NoticeKind
from shared.events.visits import VisitRescheduled
from shared.notices.asking import wanted_of_people
from shared.notices.reminders import GOOD_FOR
from shared.notices.reminding import Addressee, TellReminded
from shared.view import Key, Recorded, View

NAME = "appointments_told"
VERSION = 1
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """改约待通知一行: a visit that was moved, and to when."""

    stream: str
    """The stream on which it is decided who is told; the notice stands on the one after it."""
    visit: str
    ticket: str | None
    branch: str
    start_at: datetime
    due: datetime
    """When it was recorded: they are told at once."""


def keys(recorded: Recorded) -> list[Key]:
    """One for each time."""
    if not isinstance(recorded.fact, VisitRescheduled):
        return []
    return [(f"notice-{number_of(recorded.stream)}-M{recorded.version}-N0",)]


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row of this time; it stays as it is."""
    if not isinstance(recorded.fact, VisitRescheduled):
        return row
    return Row(
        stream=str(key[0]),
        visit=number_of(recorded.stream),
        ticket=recorded.ticket,
        branch=recorded.branch,
        start_at=recorded.fact.window.start_at,
        due=recorded.recorded_at,
    )


def timer_of(view: View) -> Timer:
    """改约通知: the timer that has the customer told."""
    return Timer("tell-appointment", view, _tell, looks_at=(schedule, board), good_for=GOOD_FOR)


def _tell(row: Row, around: Around) -> CommandOwed | None:
    policy = around.policy.notices
    notice = wanted_of_people(policy, row.branch, NoticeKind.APPOINTMENT_MOVED)
    people = tuple(_customer(row, around))
    if notice is None or not policy.announces(row.branch) or not people:
        return None
    under = number_of(row.stream).removesuffix("-N0")
    return CommandOwed(row.stream, TellReminded(row.visit, under, notice, people, row.start_at))


def _customer(row: Row, around: Around) -> Iterator[Addressee]:
    """By the phone of the order, while the visit is still to be made then."""
    for visit in around.rows(schedule, {"number": row.visit}):
        if visit.start_at == row.start_at > row.due and visit.stage in BEFORE_DEPARTURE:
            for order in around.rows(board, {"number": visit.order}):
                yield Addressee(order.contact_phone)
