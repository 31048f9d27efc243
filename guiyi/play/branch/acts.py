"""月中各步 (acts of a month): what people send that no told repair needs."""

from datetime import datetime, timedelta

import httpx

from guiyi.play import claim, visit
from guiyi.play.after import survey_step
from guiyi.play.case import Act, Case
from guiyi.play.complaints import complaint_step
from guiyi.play.days import ZONE
from guiyi.play.detours import received
from guiyi.play.note import NOTE, notes_of, posted_step
from guiyi.play.order import ORDER, records, used_of
from guiyi.play.people import Person
from guiyi.play.report import REPORT

TOLD_AFTERWARDS = timedelta(hours=1)


def on_report(step: str, **said: object) -> Act:
    """A step of the report."""
    return lambda case, who: case.does(who, "intake", f"{REPORT}/{case.ticket}/{step}", said)


def on_order(step: str, **said: object) -> Act:
    """A step of the newest work order."""
    return lambda case, who: case.does(who, "dispatch", f"{ORDER}/{case.order}/{step}", said)


def on_visit(step: str, **said: object) -> Act:
    """A step of the visit that is under way."""
    return lambda case, who: visit.visit_step(case, who, step, said)


def on_claim(step: str, **said: object) -> Act:
    """A step of the first travel claim."""
    return lambda case, who: claim.claim_step(case, who, step, said)


def on_undrawn(step: str, **said: object) -> Act:
    """A step of the first note on which nothing was drawn."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        drawn = {name: shown["note"]["stage"] for name, shown in notes_of(case).items()}
        number = next((name for name, stage in drawn.items() if stage == "released"), None)
        path = f"{NOTE}/{number}/{step}"
        return case.does(who, "inventory", path, said) if number else None

    return act


def call_back(step: str, **said: object) -> Act:
    """A step of the call-back."""
    return lambda case, who: survey_step(case, who, step, said)


def stand_in(deputy: Person) -> Act:
    """授权: whoever it is is stood in for today."""

    def act(case: Case, who: Person) -> httpx.Response:
        today = datetime.fromisoformat(case.now).astimezone(ZONE).date().isoformat()
        body = {"deputy": deputy.id, "as_what": ["approver"], "because": "外出开会"}
        path = f"/v1/people/{who.id}/delegations?branch={case.rooms.branch}"
        return case.does(who, "intake", path, {**body, "from_on": today, "until_on": today})

    return act


def approve_for(principal: Person) -> Act:
    """代为批准: in the place of whoever is stood in for."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        if (seen := case.seen("intake", f"{REPORT}/{case.ticket}")) is None:
            return None
        said = {"as_what": "approver", "acting_for": principal.id}
        return on_report("approvals", **said, content=seen["report"]["content"])(case, who)

    return act


def leave(case: Case, who: Person) -> httpx.Response:
    """请假: whoever it is, for tomorrow."""
    return _away(case, who, who, datetime.fromisoformat(case.now) + timedelta(days=1))


def away_today(whom: Person) -> Act:
    """请假: a clerk notes that somebody does not come today."""
    return lambda case, who: _away(case, who, whom, datetime.fromisoformat(case.now))


def _away(case: Case, who: Person, whom: Person, moment: datetime) -> httpx.Response:
    day = moment.astimezone(ZONE).date().isoformat()
    body = {"kind": "absence", "from_on": day, "until_on": day}
    return case.does(who, "dispatch", f"/v1/people/{whom.id}/leaves", body)


def depart_otherwise(case: Case, who: Person) -> httpx.Response | None:
    """出发: told an hour afterwards, by other means than were approved."""
    case.at = case.rooms.now - TOLD_AFTERWARDS
    try:
        return visit.visit_step(case, who, "departures", {"mode": "coach"})
    finally:
        case.at = None


def record_in_part(case: Case, who: Person) -> httpx.Response:
    """维修记录: all parts but one of each are fitted, and the fault is not mended."""
    used = [used_of(number, line, there - 1) for number, line, there in received(case)]
    return records(case, who, used, result="not_fixed", tested=False)


def go_on(case: Case, who: Person) -> httpx.Response | None:
    """另开续单: the task is taken, the repair is not done; it goes on under a further order."""
    handed_in = (case.ordered() or {}).get("stage") == "handed_in"
    papers = [case.order, *notes_of(case)] if handed_in else []
    told = on_order("continuations", because="拉回车间再修", papers_checked=papers)(case, who)
    if told is not None and told.is_success:
        case.nth += 1
    return told


def close_unreached(case: Case, who: Person) -> httpx.Response | None:
    """结案: the customer was told nothing, for nobody reaches them."""
    reason = "多次联系不上，号码已停机"
    return on_report("closings", ending="unreachable", reason=reason)(case, who)


def sound_alarm(owner: Person) -> Act:
    """投诉分派: an emergency; whoever is above is told at once."""
    said = {"class_code": "general", "department": "service", "owner": owner.id}
    return complaint_step("assignments", {**said, "emergency": True})


def withdraw_complaint(case: Case, who: Person) -> httpx.Response | None:
    """投诉终结: the customer takes back what they said."""
    said = {"ending": "withdrawn", "because": "用户来电撤回", "said": "师傅已来道歉，不追究了"}
    return complaint_step("terminations", said)(case, who)


def deliver(case: Case, who: Person) -> httpx.Response | None:
    """邮件送达."""
    return posted_step(case, who, "deliveries", {"at": case.now})
