"""不满 (who is not satisfied): a fault that is back, and a complaint of a technician's manner."""

from collections.abc import Callable, Mapping, Sequence

import httpx

from guiyi.plain import JsonObject
from guiyi.play import after, order, report
from guiyi.play.case import Act, Case
from guiyi.play.hard_days import DONE, SETTLED, SIGNED
from guiyi.play.people import APPROVER, CLERK, DEPUTY, LIU, Person
from guiyi.play.player import A_DAY, Turn
from guiyi.play.repairs import (
    DRAWN,
    END,
    ENDED_REMOTELY,
    SOLVED_REMOTELY,
    Story,
    agreed_by,
    home,
    ordered_for,
    reported_by,
    there,
)

COMPLAINTS = "/v1/complaints"
KIND, FIRST = "complaint", "first"


def receive(case: Case, who: Person) -> httpx.Response:
    """投诉受理: the customer calls about whoever spoke to them."""
    about = {"ticket": case.ticket, "complained_of": case.technician.id}
    answer = case.does(who, "intake", COMPLAINTS, {**case.said["complaint"], **about})
    if answer.is_success:
        case.papers[KIND] = answer.json()["stream"].partition("-")[2]
    return answer


def assign(owner: Person) -> Act:
    """投诉分派: the least grave of the classes, to this owner."""
    return complaint_step(
        "assignments", {"class_code": "general", "department": "service", "owner": owner.id}
    )


def resolve(case: Case, who: Person) -> httpx.Response:
    """投诉处理: what was found, and what was done."""
    return complaint_step("resolutions", case.said["resolution"])(case, who)


def reopen(case: Case, who: Person) -> httpx.Response:
    """投诉重办: the customer is not satisfied yet."""
    return complaint_step("reopenings", {"said": case.said["unhappy"]})(case, who)


def confirm(satisfied: str) -> Act:
    """投诉回访: the customer is called and says how satisfied they are."""
    return complaint_step("confirmations", {"satisfied": satisfied})


def close(case: Case, who: Person) -> httpx.Response:
    """投诉结案: whoever did not own it has looked at it."""
    return complaint_step("closings", {})(case, who)


def complaint_step(
    step: str, body: Mapping[str, object]
) -> Callable[[Case, Person], httpx.Response]:
    """A step of the complaint that was received."""
    said: JsonObject = dict(body)

    def act(case: Case, who: Person) -> httpx.Response:
        return case.does(who, "intake", f"{COMPLAINTS}/{case.papers[KIND]}/{step}", said)

    return act


came_back = Story("came_back", SOLVED_REMOTELY, "came_back")
"""再次报修: the customer says at the call-back that the fault is back; a new report says so."""
OF_MANNER: Sequence[Turn] = (
    *SOLVED_REMOTELY,
    Turn(receive, CLERK),
    Turn(assign(DEPUTY), CLERK),
    Turn(resolve, APPROVER, refused=("not-its-owner",)),
    Turn(resolve, DEPUTY),
    Turn(confirm("no"), CLERK, A_DAY, refused=("complainant-dissatisfied",)),
    Turn(reopen, DEPUTY, refused=("owner-calls",)),
    Turn(reopen, CLERK),
    Turn(resolve, DEPUTY),
    Turn(confirm("yes"), CLERK, A_DAY),
    Turn(close, DEPUTY, refused=("owner-closes",)),
    Turn(close, CLERK),
)
"""态度投诉: reopened once; its owner is no part of it, and somebody else closes it."""
of_manner = Story("of_manner", OF_MANNER, "rude")


def call_again(case: Case, who: Person) -> httpx.Response:
    """再次来电: the machine stands still again; the clerk registers it, as of any other fault."""
    said, first = case.said, case.ticket
    body = {**said["report"], "fault_description": said["again"]}
    answer = case.does(who, "intake", report.REPORT, body)
    if answer.is_success:
        case.papers[FIRST], case.ticket = first, answer.json()["ticket"]
    return answer


def answer_the_first(*, named: bool = True) -> Act:
    """回访应答: of the case that was over; the clerk names the report it goes on as, or nothing."""

    def act(case: Case, who: Person) -> httpx.Response:
        said: JsonObject = case.said["unsolved"]
        goes_on = {"action": "new_report", "action_ref": case.ticket} if named else {}
        path = f"{after.SURVEY}/{case.papers[FIRST]}-H1/answers"
        return case.does(who, "followup", path, {**said, **goes_on})

    return act


def file_the_first(case: Case, who: Person) -> httpx.Response:
    """归档: the papers of the case that was over."""
    return case.does(who, "followup", f"{after.DOSSIER}/{case.papers[FIRST]}/filings", {})


BACK_AGAIN: Sequence[Turn] = (
    *ENDED_REMOTELY,
    Turn(call_again, CLERK, A_DAY),
    Turn(answer_the_first(named=False), CLERK, refused=("action-missing",)),
    Turn(answer_the_first(), CLERK),
    Turn(file_the_first, CLERK, waits_for=("papers-missing",)),
    *reported_by(LIU)[1:],
    *ordered_for(LIU),
    *(DRAWN, *agreed_by(CLERK), *there(LIU)),
    *(Turn(order.record_work(), LIU), DONE, SIGNED, SETTLED, *home(LIU), *END),
)
"""次日复发: solved by telephone, and back the next day; a new report, marked as a repeat."""
back_again = Story("back_again", BACK_AGAIN, "back_again")
UNHAPPY: Sequence[Story] = (came_back, of_manner)
"""Each ends with a filed dossier, and with what became of what was said."""
