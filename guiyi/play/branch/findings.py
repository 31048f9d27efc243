"""现场所见 (findings): what is found on site otherwise than it was told, approved or delivered.

Each repair goes on to its true end all the same.
"""

from collections.abc import Sequence
from dataclasses import replace

import httpx

from guiyi.play import after, commissioning, detours, note, order, report
from guiyi.play.branch import acts
from guiyi.play.branch.pairs import OTHER, OTHER_FILED
from guiyi.play.case import Act, Case
from guiyi.play.hard_days import DONE, ON_SITE, SETTLED, SIGNED
from guiyi.play.people import APPROVER, CLERK, LIU, Person
from guiyi.play.player import Turn
from guiyi.play.repairs import END, Story, agreed_by, home, ordered_for, there
from guiyi.play.report import REPORT


def draft_fewer(case: Case, who: Person) -> httpx.Response | None:
    """更正草拟: one piece less of the first part is to be used."""
    seen = case.seen("intake", f"{REPORT}/{case.ticket}")
    said = (seen or {}).get("report", {}).get("diagnosis") or {}
    if not (parts := said.get("parts_to_bring")):
        return None
    first = {**parts[0], "quantity": parts[0]["quantity"] - 1}
    less = [each for each in (first, *parts[1:]) if each["quantity"]]
    changed = {"parts_to_bring": less, "no_parts": not less}
    return detours.draft(case, who, changed, because="有一只还好，不必更换")


def when_heard(then: Act) -> Act:
    """As soon as the order says what is approved by now."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        seen, ordered = case.seen("intake", f"{REPORT}/{case.ticket}"), case.ordered()
        if seen is None or ordered is None:
            return None
        approved, noted = (each["diagnosis"] for each in (seen["report"], ordered["approved"]))
        return then(case, who) if approved == noted else None

    return act


def grant_excess(case: Case, who: Person) -> httpx.Response | None:
    """超批准许: of what the order shows as used beyond what is approved."""
    lines = (case.ordered() or {}).get("excess")
    return acts.on_order("excess-grants", lines=lines)(case, who) if lines else None


def open_anew(case: Case, who: Person) -> httpx.Response | None:
    """会同拆验更正: what was missing was in the parcel after all."""
    return note.open_parcel(because="少的一只夹在填料里")(case, who)


def report_defect(case: Case, who: Person) -> httpx.Response:
    """缺陷报修: what is wrong with a new machine is a repair of its own."""
    sold = {name: said for name, said in case.said["report"].items() if name != "sale"}
    answer = case.does(who, "intake", REPORT, {**sold, **case.said["defect"]})
    if answer.is_success:
        case.papers[OTHER] = answer.json()["ticket"]
    return answer


def of_other(act: Act) -> Act:
    """The same of the case's other ticket."""
    return lambda case, who: act(replace(case, ticket=case.papers[OTHER]), who)


def record_with_defect(case: Case, who: Person) -> httpx.Response:
    """调试记录: the machine runs, and what is wrong with it is reported."""
    return commissioning.record_with(case, who, no_defects=False, defects=[case.papers[OTHER]])


BEYOND: Sequence[Turn] = (
    *(*ON_SITE, Turn(draft_fewer, LIU), Turn(detours.of_draft("signatures"), LIU)),
    *(Turn(detours.of_draft("amendments"), CLERK), Turn(detours.approve_change, APPROVER)),
    *(Turn(when_heard(order.record_work()), LIU), DONE, SIGNED, SETTLED),
    *(Turn(grant_excess, APPROVER), *home(LIU), *END),
)
"""超批用量: fewer parts are approved while all are out; all are used, and an approver agrees."""
DEFECTIVE: Sequence[Turn] = (
    *(Turn(report.report, CLERK), Turn(commissioning.plan, CLERK)),
    *(Turn(report.submit, CLERK), Turn(report.approve, APPROVER), *ordered_for(LIU)),
    *(*agreed_by(CLERK), *there(LIU), Turn(report_defect, CLERK)),
    Turn(record_with_defect, LIU, waits_for=("defect-unreported",)),
    *(DONE, SIGNED, *home(LIU)),
    Turn(of_other(report.guide("solved")), LIU),
    Turn(of_other(report.close_report("solved_remotely")), LIU),
    *(*END, Turn(of_other(after.answer), CLERK), OTHER_FILED),
)
"""调试缺陷: a new machine runs with a defect, which is reported and mended as a repair."""
beyond = Story("beyond", BEYOND, "rings")
defective = Story("defective", DEFECTIVE, "defective")
