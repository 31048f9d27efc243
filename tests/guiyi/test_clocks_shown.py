"""时限: of every clock that was met late both times are shown, by one piece for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from guiyi.rooms import wiring
from guiyi.verbs import desk
from shared.clock_runs import ClockShown, Row, shown
from shared.events.order_sheet import ClaimDue
from tests.dispatch import example as order
from tests.dispatch import job
from tests.dispatch.claim import example as claim
from tests.dispatch.work_order import test_work_order_cash as cash
from tests.dispatch.work_order.test_work_order_claiming import URGED
from tests.dispatch.work_order.test_work_order_urging import REMINDED
from tests.followup import example as followup
from tests.followup.dossier import test_custody as custody
from tests.followup.dossier import test_filing_due as filing
from tests.followup.dossier.test_dossier import FILED
from tests.intake import example as intake
from tests.intake.complaint import example as complaint
from tests.intake.complaint import test_complaint_closing_due as complaint_closing
from tests.inventory.closing import test_closing as closing
from tests.inventory.old_parts import test_old_reminder as old
from tests.inventory.replenishment import test_replenishment as refill
from tests.pages.clocks import clocks
from tests.seen import fold_view, recorded_on

AT, BRANCH, TICKET = order.AT, order.BRANCH, order.TICKET
DUE = AT + timedelta(days=1)
LATE = AT + timedelta(days=400)


@dataclass(frozen=True)
class Told:
    """A story of a clock: where its facts stand, the last of them recorded far too late."""

    home: str
    facts: Sequence[Any]
    end: Any
    ends_on: str = ""
    """Where the last of them stands, if elsewhere."""


STORIES = {
    "intake approvals": Told(
        intake.HOME, (intake.REPORTED, intake.DIAGNOSED, intake.SUBMITTED), intake.APPROVED
    ),
    "intake resolutions": Told(
        complaint.HOME, (complaint.RECEIVED, complaint.ASSIGNED), complaint.RESOLVED
    ),
    "intake confirmations": Told(
        complaint.HOME,
        (complaint.RECEIVED, complaint.ASSIGNED, complaint.RESOLVED),
        complaint.CONFIRMED,
    ),
    "intake closings": Told(
        complaint.HOME,
        (*complaint.TO_CONFIRMED, complaint_closing.URGED),
        complaint_closing.CLOSED,
    ),
    "dispatch signatures": Told(
        order.HOME, (order.NOTED, order.OPENED, replace(order.ASSIGNED, due_at=DUE)), order.SIGNED
    ),
    "dispatch plans": Told(order.HOME, (*job.DRAWN, REMINDED), job.PLANNED, job.VISIT),
    "dispatch hand-ins": Told(
        order.HOME, (*job.TAKEN, replace(job.CUSTOMER_SIGNED, due_at=DUE)), job.HANDED_IN
    ),
    "dispatch cash-settlements": Told(order.HOME, (*cash.CHARGING, cash.URGED), cash.RECEIVED),
    "dispatch claims": Told(
        order.HOME,
        (
            replace(job.HANDED_IN, claim=ClaimDue((order.LIU,), DUE, DUE)),
            URGED,
        ),
        claim.SUBMITTED,
        claim.CLAIM,
    ),
    "followup answers": Told(followup.HOME, (followup.SCHEDULED,), followup.ANSWERED),
    "followup filings": Told(followup.FILE, (*filing.WHOLE, filing.URGED), FILED),
    "followup returns": Told(followup.FILE, (custody.LENT,), custody.BACK),
    "inventory sendings": Told(
        refill.HOME, (*refill.PAST, refill.LATE, refill.SENT_1), refill.SENT_2
    ),
    "inventory old-parts": Told(old.BOOK, (old.CAME, old.URGED), old.ALL),
    "inventory consumption-reports": Told(f"closing-{BRANCH}", (closing.CLOSED,), closing.sent()),
    "inventory closings": Told(
        f"closing-{BRANCH}", (closing.reminded("2026-11", DUE, None),), closing.CLOSED
    ),
}


def clocks_of(name: str, told: Told, *, ended: bool = True) -> Sequence[ClockShown]:
    """What the room shows of its clocks after the story, or before its end."""
    room, _, step = name.partition(" ")
    facts = [
        recorded_on(room, told.home, fact, seq=n, version=n, ticket=TICKET, branch=BRANCH, at=AT)
        for n, fact in enumerate((*told.facts, told.end), start=1)
    ]
    facts[-1] = replace(facts[-1], recorded_at=LATE, stream=told.ends_on or told.home)
    facts = facts if ended else facts[:-1]
    views = [view for view in wiring(room).views if issubclass(view.Row, Row)]
    rows = [row for view in views for row in fold_view(view, facts).values()]
    return [each for row in rows for each in shown(row, LATE) if each.clock == step]


@pytest.mark.parametrize("name", STORIES)
def test_a_clock_that_was_met_late_shows_both_times(name: str) -> None:
    (told,) = clocks_of(name, STORIES[name])
    assert told.due_at is not None
    assert told.due_at < LATE
    assert (told.met_at, told.is_late) == (LATE, True)


@pytest.mark.parametrize("name", STORIES)
def test_one_that_waits_shows_by_when(name: str) -> None:
    (waits,) = clocks_of(name, STORIES[name], ended=False)
    assert (waits.met_at, waits.is_late) == (None, True)


def test_what_is_done_before_anybody_was_reminded_of_it_is_in_time() -> None:
    story = STORIES["intake closings"]
    unurged = replace(story, facts=story.facts[:-1])
    (waits,) = clocks_of("intake closings", unurged, ended=False)
    assert (waits.due_at, waits.met_at, waits.is_late) == (None, None, False)
    (done,) = clocks_of("intake closings", unurged)
    assert (done.due_at, done.met_at, done.is_late) == (None, LATE, False)


def test_the_desk_lists_them_with_what_nobody_was_reminded_of_at_the_end() -> None:
    """Of that there is no moment at all."""
    told = (("3", None, None), ("2", None, "2026-11-24"), ("1", "2026-11-23", "2026-11-25"))
    rows = [
        {"number": n, "clock": "closings", "due_at": due, "met_at": met} for n, due, met in told
    ]
    assert [row["number"] for row in sorted(rows, key=desk.clock_order)] == ["1", "2", "3"]


def test_every_clock_of_the_table_has_a_story_or_says_why_not() -> None:
    rows = [each for each in clocks() if each.clock]
    assert {each.shown for each in clocks() if each.shown} == set(STORIES)
    for each in rows:
        assert bool(each.shown) != bool(each.open), each.name
