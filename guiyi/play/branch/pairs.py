"""成双 (pairs): what a month tells of two tickets, one of which names the other."""

from collections.abc import Sequence

import httpx

from guiyi.play import report
from guiyi.play.after import DOSSIER
from guiyi.play.case import Act, Case
from guiyi.play.complaints import FIRST, back_again
from guiyi.play.people import CLERK, LIU, Person
from guiyi.play.player import Turn
from guiyi.play.repairs import SOLVED_REMOTELY, Story, reported_by

OTHER = FIRST
"""Under which name a case keeps the number of its other ticket."""


def report_twice(case: Case, who: Person) -> httpx.Response:
    """重复报修: somebody else of the customer calls about the same machine."""
    answer = case.does(who, "intake", report.REPORT, case.said["report"])
    if answer.is_success:
        case.papers[OTHER] = answer.json()["ticket"]
    return answer


def enquire(case: Case, who: Person) -> httpx.Response:
    """咨询: the customer asks something, and nothing is broken yet."""
    body = {**case.said["report"], **case.said["enquiry"]}
    answer = case.does(who, "intake", report.REPORT, body)
    if answer.is_success:
        case.papers[OTHER] = answer.json()["ticket"]
    return answer


def close_other(ending: str, **said: object) -> Act:
    """结案: the other ticket ends, and names this one."""

    def act(case: Case, who: Person) -> httpx.Response:
        body = {"ending": ending, "customer_told_at": case.now, "other_ticket": case.ticket}
        path = f"{report.REPORT}/{case.papers[OTHER]}/closings"
        return case.does(who, "intake", path, {**body, **said})

    return act


def file_other(case: Case, who: Person) -> httpx.Response:
    """归档: the papers of the other ticket."""
    return case.does(who, "followup", f"{DOSSIER}/{case.papers[OTHER]}/filings", {})


OTHER_FILED = Turn(file_other, CLERK, waits_for=("papers-missing",))
DUPLICATE: Sequence[Turn] = (
    Turn(report.report, CLERK),
    Turn(report_twice, CLERK),
    Turn(close_other("duplicate", reason="同一台泵，前台已报过"), CLERK),
    OTHER_FILED,
    *SOLVED_REMOTELY[1:],
)
"""重复报修: the same machine is reported twice; one report ends, and names the one that goes on."""
ENQUIRED: Sequence[Turn] = (
    Turn(enquire, CLERK),
    *reported_by(LIU)[:1],
    Turn(close_other("answered", answer="半年一换；既已漏水，另立报修"), CLERK),
    OTHER_FILED,
    *SOLVED_REMOTELY[1:],
)
"""咨询转报修: an enquiry is answered, and becomes a report that it names."""
PAIRS: Sequence[Story] = (
    Story("duplicate", DUPLICATE, "tripped"),
    Story("enquired", ENQUIRED, "enquired"),
    back_again,
)
"""Each ends with two cases that are closed and two dossiers that are filed."""
