"""调试 (commissioning): a new machine is set up, tried, explained and accepted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx

from guiyi.play import order, report, visit
from guiyi.play.case import Case
from guiyi.play.people import APPROVER, CLERK, LIU, Person
from guiyi.play.player import Turn
from guiyi.play.repairs import END, Story, agreed_by, home, ordered_for, there
from guiyi.play.report import MODE, REPORT


def plan(case: Case, who: Person) -> httpx.Response:
    """调试计划: what is set up, who travels when and how, and what it costs."""
    at = datetime.fromisoformat(case.now).replace(microsecond=0)
    travel = {"mode": MODE, "at": at.isoformat(), "travellers": [case.technician.id]}
    planned = {**case.said["plan"], "travel": travel}
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/plans", planned)


def trial_run(case: Case) -> dict[str, str]:
    """试运行: for a minute until now; whoever tells a story does not wait longer."""
    began = datetime.fromisoformat(case.now) - timedelta(minutes=1)
    return {"from_at": began.isoformat(), "until_at": case.now}


def record(case: Case, who: Person) -> httpx.Response:
    """调试记录: what was set up, for how long it was tried, who was shown what."""
    return record_with(case, who)


def record_with(case: Case, who: Person, **said: object) -> httpx.Response:
    """调试记录: with what else is said of it."""
    done = {**case.said["work"]["commissioned"], "trial_run": trial_run(case), **said}
    return order.records(case, who, (), commissioned=done)


def record_in_part(case: Case, who: Person) -> httpx.Response:
    """调试记录: before the machine was tried."""
    return order.records(case, who, ())


def find_no_power(case: Case, who: Person) -> httpx.Response | None:
    """现场不具备条件: there is no power yet, and somebody comes again."""
    said = {"because": "配电箱未接好，不能通电", "next_step": "通电后再上门"}
    return visit.end_visit("site_not_ready", **said)(case, who)


COMMISSIONED: Sequence[Turn] = (
    Turn(report.report, CLERK),
    Turn(report.guide("not_solved"), LIU, refused=("not-of-this-kind",)),
    Turn(plan, CLERK),
    Turn(report.submit, CLERK),
    Turn(report.approve, APPROVER),
    *ordered_for(LIU),
    *(*agreed_by(CLERK), *there(LIU), Turn(find_no_power, LIU)),
    *(*agreed_by(CLERK), *there(LIU)),
    Turn(record_in_part, LIU),
    Turn(visit.end_visit("done"), LIU),
    Turn(order.sign_as_customer, LIU, refused=("work-incomplete",)),
    Turn(record, LIU),
    Turn(order.sign_as_customer, LIU),
    *home(LIU),
    *END,
)
"""新机调试: the site is not ready at first; then the machine runs, and its warranty starts."""
commissioned = Story("commissioned", COMMISSIONED, "sold")


def card_of(case: Case) -> str:
    """设备: the machine that is commissioned."""
    return str(case.said["report"]["equipment"]["machine"])
