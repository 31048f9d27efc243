"""驳回与更正 (refusals): what is not granted, not drawn, sent in vain, or handed out wrongly.

Each repair goes on to its true end all the same.
"""

from collections.abc import Sequence

import httpx

from guiyi.play import detours, exceptions, note
from guiyi.play.branch import acts
from guiyi.play.case import Case
from guiyi.play.hard_days import CALLED, DONE, SETTLED, SIGNED
from guiyi.play.note import NOTE, notes_of, posted_step
from guiyi.play.order import record_work
from guiyi.play.people import APPROVER, CLERK, KEEPER, LIU, Person
from guiyi.play.player import Turn
from guiyi.play.repairs import DRAWN, END, Story, agreed_by, home, there
from guiyi.play.week import SENT_ANOTHER

SPARE = ({"part": "SEAL-32", "quantity": 1},)


def ask_coach(case: Case, who: Person) -> httpx.Response | None:
    """旅程变更申请: by other means than were approved."""
    body = {"mode": "coach", "travel_at": case.now, "because": "公司车送修"}
    return acts.on_order("travel-changes", **body)(case, who)


def send_back(case: Case, who: Person) -> httpx.Response | None:
    """邮件退回: the parcel is at the store again, and nobody has opened it."""
    return posted_step(case, who, "parcel-returns", {"at": case.now, "because": "无人签收"})


def say_one_fewer(case: Case, who: Person) -> httpx.Response | None:
    """更正申请: one piece fewer was handed out than is booked."""
    for number, shown in notes_of(case).items():
        for line in shown["note"]["lines"]:
            if line["issued"] and line["issued"]["quantity"] > 1:
                handed = {"quantity": line["issued"]["quantity"] - 1}
                body = {"part": line["part"], "handed": handed, "because": "少拿了一只"}
                return case.does(who, "inventory", f"{NOTE}/{number}/corrections", body)
    return None


MENDED: Sequence[Turn] = (Turn(record_work(), LIU), DONE, SIGNED, SETTLED)
WHAT_IS_OUT: Sequence[Turn] = (Turn(detours.record_what_is_out, LIU), DONE, SIGNED, SETTLED)
REFUSED: Sequence[Turn] = (
    *(*CALLED, DRAWN, *agreed_by(CLERK)),
    Turn(ask_coach, LIU),
    Turn(acts.on_order("travel-change-refusals", because="公司车已修好"), APPROVER),
    *there(LIU),
    Turn(acts.on_order("supplements", delivery="carried", lines=SPARE, because="备用"), LIU),
    Turn(acts.on_order("supplement-refusals", because="手上够用"), APPROVER),
    *(Turn(exceptions.ask_loss, LIU), Turn(exceptions.refuse("loss"), APPROVER)),
    *(*MENDED, *home(LIU), *END),
)
"""一再驳回: a journey, a supplement and a loss are asked for, and none is granted."""
DROPPED: Sequence[Turn] = (
    *(*CALLED, DRAWN, Turn(exceptions.ask_drop, CLERK), Turn(exceptions.drop, KEEPER)),
    *(*agreed_by(CLERK), *there(LIU), *WHAT_IS_OUT, *home(LIU), *END),
)
"""停领: one of two parts is out of stock, and nothing is drawn on its line."""
SENT_IN_VAIN: Sequence[Turn] = (
    *(*CALLED, DRAWN, Turn(note.announce, KEEPER), Turn(send_back, KEEPER)),
    *(Turn(note.reconcile(unsigned=True), KEEPER), SENT_ANOTHER, DRAWN),
    *(*agreed_by(CLERK), *there(LIU), *WHAT_IS_OUT, *home(LIU), *END),
)
"""邮件退回: the parcel comes back unopened, and others are drawn."""
MISISSUED: Sequence[Turn] = (
    *(*CALLED, DRAWN, Turn(say_one_fewer, KEEPER), Turn(exceptions.grant("correction"), LIU)),
    *(*agreed_by(CLERK), *there(LIU), *MENDED, *home(LIU), *END),
)
"""实发更正: one piece fewer was handed out than is booked; keeper and technician say so."""
REFUSALS: Sequence[Story] = (
    Story("refused", REFUSED, "rings"),
    Story("dropped", DROPPED, "lacking"),
    Story("sent_in_vain", SENT_IN_VAIN, "underway"),
    Story("misissued", MISISSUED, "rings"),
)
"""Each ends with a case that is closed and a dossier that is filed."""
