"""不满 (who is not satisfied): a fault that is back, and a complaint of a technician's manner."""

from collections.abc import Callable, Mapping, Sequence

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Act, Case
from guiyi.play.people import APPROVER, CLERK, DEPUTY, Person
from guiyi.play.player import A_DAY, Turn
from guiyi.play.repairs import SOLVED_REMOTELY, Story

COMPLAINTS = "/v1/complaints"
KIND = "complaint"


def receive(case: Case, who: Person) -> httpx.Response:
    """投诉受理: the customer calls about whoever spoke to them."""
    about = {"ticket": case.ticket, "complained_of": case.technician.id}
    answer = case.does(who, "intake", COMPLAINTS, {**case.said["complaint"], **about})
    if answer.is_success:
        case.papers[KIND] = answer.json()["stream"].partition("-")[2]
    return answer


def assign(owner: Person) -> Act:
    """投诉分派: the least grave of the classes, to this owner."""
    return _step(
        "assignments", {"class_code": "general", "department": "service", "owner": owner.id}
    )


def resolve(case: Case, who: Person) -> httpx.Response:
    """投诉处理: what was found, and what was done."""
    return _step("resolutions", case.said["resolution"])(case, who)


def reopen(case: Case, who: Person) -> httpx.Response:
    """投诉重办: the customer is not satisfied yet."""
    return _step("reopenings", {"said": case.said["unhappy"]})(case, who)


def confirm(satisfied: str) -> Act:
    """投诉回访: the customer is called and says how satisfied they are."""
    return _step("confirmations", {"satisfied": satisfied})


def close(case: Case, who: Person) -> httpx.Response:
    """投诉结案: whoever did not own it has looked at it."""
    return _step("closings", {})(case, who)


def _step(step: str, body: Mapping[str, object]) -> Callable[[Case, Person], httpx.Response]:
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
UNHAPPY: Sequence[Story] = (came_back, of_manner)
"""Each ends with a filed dossier, and with what became of what was said."""
