"""旧件遗失 (lost on the way): of old parts that are sent to base one piece is found nowhere."""

from collections.abc import Sequence

import httpx

from guiyi.play.branch.people import MANAGER
from guiyi.play.case import Case
from guiyi.play.people import BASE_CLERK, KEEPER, Person
from guiyi.play.player import A_DAY, Turn
from guiyi.play.store import old_parts
from guiyi.play.store.old_parts import OLD_PARTS
from guiyi.play.store.papers import begin, go_on, rows, sign

SEVERAL = 2


def list_several(case: Case, who: Person) -> httpx.Response | None:
    """旧件列单: what one repair brought home, of which there are several pieces."""
    store = case.rooms.branch
    waiting = rows(case, who, f"/v1/old-parts-waiting?store={store}&old_class=warranty")
    row = next((each for each in waiting if each["waiting"] >= SEVERAL), None)
    if row is None:
        return None
    line = {"part": row["part"], "issue_note": row["issue_note"]}
    line |= {"condition": case.said["old_parts"]["condition"]}
    return begin(case, who, OLD_PARTS, {"old_class": "warranty", "lines": [line]})


def count_short(case: Case, who: Person) -> httpx.Response | None:
    """旧件点收: one piece is not in the parcel."""
    lines = [
        {
            "part": line["part"],
            "received": line["quantity"] - 1,
            "difference_because": case.said["old_parts"]["lost"]["how"],
        }
        for line in old_parts.listed(case, who)
    ]
    return sign(case, who, OLD_PARTS, "receipts", {"lines": lines})


def ask_loss(case: Case, who: Person) -> httpx.Response | None:
    """旧件在途报损申请: base found it nowhere."""
    (line,) = old_parts.listed(case, who)
    loss = {"part": line["part"], "quantity": 1, **case.said["old_parts"]["lost"]}
    return go_on(case, who, OLD_PARTS, "losses", {"loss": loss})


def grant_loss(case: Case, who: Person) -> httpx.Response | None:
    """旧件在途报损批准."""
    number = f"{case.papers.get(OLD_PARTS)}-S1"
    return go_on(case, who, OLD_PARTS, "loss-approvals", {"number": number})


def judge_rest(case: Case, who: Person) -> httpx.Response | None:
    """旧件判定: what came is scrapped, for it is worn."""
    (line,) = old_parts.listed(case, who)
    judged = {"line": 1, "quantity": line["quantity"] - 1, "disposition": "scrap"}
    return go_on(case, who, OLD_PARTS, "judgements", judged)


def settle_rest(case: Case, who: Person) -> httpx.Response | None:
    """旧件结案."""
    settled = {"number": f"{case.papers.get(OLD_PARTS)}-J1", "outcome": "scrapped"}
    settled |= {"case_no": case.said["old_parts"]["case_no"]}
    return go_on(case, who, OLD_PARTS, "settlements", settled)


OLD_PARTS_LOST: Sequence[Turn] = (
    Turn(list_several, KEEPER),
    Turn(old_parts.send_old_parts, KEEPER),
    Turn(count_short, BASE_CLERK, 2 * A_DAY),
    *(Turn(ask_loss, BASE_CLERK), Turn(grant_loss, MANAGER)),
    *(Turn(judge_rest, BASE_CLERK), Turn(settle_rest, BASE_CLERK)),
)
"""旧件在途遗失: one piece is lost on the way, and the rest is scrapped."""
