"""在手 (what a technician had before the books): listed by the keeper, signed for, brought back."""

import httpx

from guiyi.play.case import Case
from guiyi.play.note import NOTE, settle
from guiyi.play.people import Person

NOTES = "issue-notes"
RING = "RING-32"
HELD = {"part": RING, "quantity": 1, "old_paper": "旧出库单 0917"}


def open_account(case: Case, who: Person) -> httpx.Response:
    """在手登记: one ring, of a paper from before."""
    body = {"technician": case.technician.id, "repair_nature": "warranty", "lines": [HELD]}
    answer = case.does(who, "inventory", NOTE, body)
    if answer.is_success:
        case.papers[NOTES] = answer.json()["stream"].partition("-")[2]
    return answer


def sign_account(case: Case, who: Person) -> httpx.Response | None:
    """在手签字: as it is shown to them."""
    if (number := case.papers.get(NOTES)) is None:
        return None
    shown = case.shown(who, "inventory", f"{NOTE}/{number}")
    assert shown is not None
    (to_sign,) = shown["to_sign"]
    body = {"how": "session", "content": to_sign["content"]}
    return case.does(who, "inventory", f"{NOTE}/{number}/{to_sign['step']}", body)


def bring_back(case: Case, who: Person) -> httpx.Response | None:
    """核销: it comes home unused."""
    shown = case.shown(who, "inventory", f"{NOTE}/{case.papers.get(NOTES)}")
    account = {"used": 0, "unused": 1}
    return settle(case, who, shown, {"part": RING, "account": account}) if shown else None
