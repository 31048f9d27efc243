"""在手 (in hand): what a technician had before the books began; signed for, and brought home."""

from collections.abc import Sequence

import httpx

from guiyi.play.branch.people import THIRD
from guiyi.play.case import Case
from guiyi.play.evidence import drawn
from guiyi.play.note import NOTE
from guiyi.play.people import KEEPER, Person
from guiyi.play.player import A_DAY, Turn
from guiyi.play.store.papers import ROOM, begin, go_on, paper, sign

NOTES = "issue-notes"


def list_in_hand(case: Case, who: Person) -> httpx.Response:
    """在手登记: the keeper lists what the technician has on an old paper."""
    return begin(case, who, NOTES, {"technician": THIRD.id, **case.said["in_hand"]})


def sign_in_hand(case: Case, who: Person) -> httpx.Response | None:
    """在手签字: at the keeper's desk."""
    by_hand = drawn(case, who, ROOM, case.papers.get(NOTES, ""))
    return sign(case, who, NOTES, "account-signatures", by_hand)


def bring_home(case: Case, who: Person) -> httpx.Response | None:
    """核销: none of it was used."""
    shown = paper(case, who, NOTES)
    sheets = shown["to_sign"] if shown else ()
    sheet = next((each for each in sheets if each["step"] == "reconciliations"), None)
    if sheet is None:
        return None
    (line,) = case.said["in_hand"]["lines"]
    account = {**sheet["account"], "used": 0, "unused": line["quantity"], "old_returned": 0}
    settling = {"part": sheet["part"], "account": {**account, "fault_nature": None}}
    number = case.papers[NOTES]
    path = f"{NOTE}/{number}/reconciliation-sheets"
    content = case.rooms.looks(who, ROOM, path, settling).json()["content"]
    signed = {"technician": THIRD.id, "content": content, **drawn(case, who, ROOM, number)}
    return go_on(case, who, NOTES, "reconciliations", {**settling, **signed})


IN_HAND: Sequence[Turn] = (
    Turn(list_in_hand, KEEPER),
    Turn(sign_in_hand, KEEPER),
    Turn(bring_home, KEEPER, 3 * A_DAY),
)
"""接管在手: listed and signed for on the first day; nothing of it is used."""
