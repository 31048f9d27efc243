"""重复单 as stories: what is approved already turns out to be another ticket's matter."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order import grounds
from services.dispatch.work_order.closing import CloseRepair
from services.dispatch.work_order.duplicates import Twin, twin_of
from services.dispatch.work_order.state import WorkOrderFact
from shared.decider import Asked, Happened
from shared.events.dispatch import IssueNoteNoted
from shared.events.intake import RepairClosed
from shared.events.report_form import Basics, Equipment, ReportDocument
from shared.events.values import Ending, ReportKind
from tests.dispatch.desk import Dispatch
from tests.dispatch.example import AT, BRANCH, CLERK, HOME, NOTED, OPENED, TICKET
from tests.dispatch.job import DRAWN, HANDED_IN, LATER, PAPERS, asks, settled
from tests.dispatch.work_order.test_work_order_continuing import PAST
from tests.shared.goldens import sample
from tests.shared.http_desk import codes
from tests.spec import given

OTHER = "BX-HZ01-20261123-0002"
GOES_ON = Twin(is_known=True)
END = CloseRepair(Ending.DUPLICATE, "与上一单重复", LATER, other_ticket=OTHER, twin=GOES_ON)
ENDED = RepairClosed(Ending.DUPLICATE, "与上一单重复", customer_told_at=LATER, other_ticket=OTHER)
ORDERS, TWIN = f"work_order-{OTHER}-W", f"work_order-{OTHER}-W1"
BESIDE = asks(CLERK, visits=())
HERE = replace(BESIDE, series={**BESIDE.series, ORDERS: ()})
BASICS = Basics(customer="C-1")
PUMP = Equipment(machine="M-1", model="MFQ-32", serial_no="SN-1")
REPORT: ReportDocument = replace(
    sample(ReportDocument),
    branch=BRANCH,
    kind=ReportKind.REPAIR,
    basics=BASICS,
    equipment=PUMP,
    ending=None,
    received_at=None,
    registered_at=None,
)


@pytest.mark.parametrize(
    "past", [(NOTED,), (NOTED, OPENED), (*DRAWN, IssueNoteNoted(settled(None, 0, 0)))]
)
def test_it_ends_as_what_it_is_and_names_the_ticket_that_goes_on(
    past: tuple[WorkOrderFact, ...],
) -> None:
    """Nobody withdrew anything."""
    given(work_order, *past).when(END, HERE).then(ENDED)
    given(work_order, *past, ENDED).when(END, HERE).then()
    alone = replace(END, other_ticket=None, twin=None)
    given(work_order, *past).when(alone, HERE).refused_with(
        "closing-incomplete", fields=["other_ticket"]
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"twin": None}, "ticket-unknown"),
        ({"twin": Twin(is_known=False)}, "ticket-unknown"),
        ({"twin": Twin(is_known=True, is_alike=False)}, "duplicate-of-stranger"),
        ({"twin": Twin(is_known=True, goes_on=False)}, "duplicate-of-duplicate"),
        ({"other_ticket": TICKET}, "duplicate-of-itself"),
        ({"ending": Ending.WITHDRAWN}, "other-ticket-unasked"),
    ],
)
def test_it_names_a_ticket_that_goes_on_with_the_same(changed: dict[str, Any], code: str) -> None:
    given(work_order, NOTED, OPENED).when(replace(END, **changed), HERE).refused(code)


def beside(*facts: WorkOrderFact) -> Asked:
    """With the order of the other ticket after these facts."""
    other = given(work_order, *facts).state
    return replace(HERE, series={**HERE.series, ORDERS: (TWIN,)}, reads={TWIN: other})


def test_of_two_that_name_each_other_one_goes_on() -> None:
    """That an order ended as a duplicate stands in no report."""
    ended = beside(NOTED, replace(ENDED, other_ticket=TICKET))
    given(work_order, NOTED).when(END, ended).refused("duplicate-of-duplicate")
    given(work_order, NOTED).when(END, beside(NOTED)).then(ENDED)


@pytest.mark.parametrize("days", [1, -1])
def test_what_was_over_when_this_was_reported_has_happened_again(days: int) -> None:
    """By the record of the other order, and by what the report of this one says."""
    since = replace(GOES_ON, this_since=AT)
    over = replace(ENDED, ending=Ending.REPAIRED, other_ticket=None)
    ended_at = AT - timedelta(days=days)
    asked = replace(beside(NOTED, over), happened={TWIN: (Happened(over, ended_at, ended_at),)})
    story = given(work_order, NOTED).when(replace(END, twin=since), asked)
    if days > 0:
        story.refused_with("duplicate-of-over", ticket=OTHER)
    else:
        story.then(ENDED)


def test_a_call_counts_from_when_it_is_recorded() -> None:
    """As intake has it: by then whoever registers the call can see what is over."""
    nine, ten, three = (AT + timedelta(hours=hours) for hours in (0, 1, 6))
    twin = twin_of(replace(REPORT, received_at=nine, registered_at=three), REPORT, BRANCH)
    over = replace(ENDED, ending=Ending.REPAIRED, other_ticket=None)
    asked = replace(beside(NOTED, over), happened={TWIN: (Happened(over, ten, ten),)})
    story = given(work_order, NOTED).when(replace(END, twin=twin), asked)
    story.refused_with("duplicate-of-over", ticket=OTHER)


def test_what_is_told_of_time_is_held_to_its_own_order() -> None:
    """Not to the other one, which is read beside it."""
    earlier, later = (Happened(NOTED, at, at) for at in (AT - timedelta(days=1), LATER))
    asked = replace(HERE, happened={HOME: (Happened(NOTED, AT, AT),), TWIN: (earlier, later)})
    assert grounds.ENDED(asked) == grounds.SINCE_CLOSED["customer_told_at"](asked) == AT


def test_everything_that_is_wrong_with_it_is_told_at_once() -> None:
    silent = replace(END, reason=None, twin=None)
    given(work_order, NOTED).when(silent, HERE).refused("closing-incomplete", "ticket-unknown")


def test_what_somebody_worked_on_is_no_duplicate_any_more() -> None:
    given(work_order, *PAST).when(replace(END, papers_checked=PAPERS), HERE).refused(
        "ending-differs"
    )
    assert PAST[-1] is HANDED_IN


@pytest.mark.parametrize(
    ("this", "other", "twin"),
    [
        (REPORT, None, Twin(is_known=False)),
        (REPORT, replace(REPORT, branch="SH02"), Twin(is_known=False)),
        (REPORT, REPORT, GOES_ON),
        (replace(REPORT, received_at=AT), REPORT, replace(GOES_ON, this_since=AT)),
        (
            replace(REPORT, received_at=AT, registered_at=LATER),
            REPORT,
            replace(GOES_ON, this_since=LATER),
        ),
        (None, REPORT, GOES_ON),
        (REPORT, replace(REPORT, kind=ReportKind.INQUIRY), replace(GOES_ON, is_alike=False)),
        (REPORT, replace(REPORT, basics=Basics(customer="C-2")), GOES_ON),
        (REPORT, replace(REPORT, ending=Ending.DUPLICATE), replace(GOES_ON, goes_on=False)),
        (
            REPORT,
            replace(
                REPORT,
                basics=Basics(customer="C-2"),
                equipment=Equipment(machine="M-2", model="MFQ-32", serial_no="sn - 1"),
            ),
            GOES_ON,
        ),
        (
            REPORT,
            replace(REPORT, basics=Basics(customer="C-2"), equipment=Equipment(machine="M-2")),
            replace(GOES_ON, is_alike=False),
        ),
    ],
)
def test_what_the_report_of_the_other_says(
    this: ReportDocument | None, other: ReportDocument | None, twin: Twin
) -> None:
    assert twin_of(this, other, BRANCH) == twin


def test_a_clerk_ends_it_at_the_desk(dispatch: Dispatch) -> None:
    path = dispatch.opened()
    said = {"ending": "duplicate", "reason": "与上一单重复", "other_ticket": OTHER}
    body = {**said, "customer_told_at": LATER.isoformat()}
    assert codes(dispatch.does(dispatch.clerk, f"{path}/closings", body)) == ["ticket-unknown"]
    dispatch.views.documents["intake", f"report-{OTHER}"] = REPORT
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/closings", body))
    assert dispatch.shown(path)["ending"] == "duplicate"
