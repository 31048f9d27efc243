"""投诉的出路 (exits of a complaint): how it comes to an end that the customer agrees is so.

What they say when they are called stands in the truth; whose it is, is nobody who is part of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from guiyi.play.case import Act, Case
from guiyi.play.complaints import COMPLAINTS
from guiyi.play.people import Person
from shared.events.complaints import (
    CallEnding,
    ComplaintCallEnded,
    ComplaintCallTried,
    ComplaintClosed,
    ComplaintConfirmed,
    ComplaintEnded,
    ComplaintEnding,
    ComplaintReopened,
    ComplaintStage,
)
from shared.view import Recorded
from tests.world.honest import ZONE, Papers, Told
from tests.world.present import PRESENT, ZHAO
from tests.world.silence import days_left
from tests.world.states import Complaint
from tests.world.table import Chance, Table
from tests.world.truth import Complainant, Truth
from tests.world.unreached import a_day_later

STILL: Mapping[ComplaintStage, int] = {
    ComplaintStage.RECEIVED: 4,
    ComplaintStage.ASSIGNED: 3,
    ComplaintStage.RESOLVED: 2,
    ComplaintStage.CONFIRMED: 1,
    ComplaintStage.UNREACHED: 1,
    ComplaintStage.DECLINED: 1,
}
"""How many steps a complaint is from its end; none: it is over."""
UNCALLED = (ComplaintStage.RECEIVED, ComplaintStage.ASSIGNED, ComplaintStage.RESOLVED)
"""Before anybody has called the customer about it."""
UNHAPPY = (Complainant.UNHAPPY, Complainant.NEVER)
OWNING = frozenset({"clerk", "approver"})


def still(papers: Papers, truth: Truth) -> int:
    """How much is to be done until nobody waits for anything."""
    return sum(_still(each, truth) for each in papers.complaints.values())


def _still(complaint: Complaint, truth: Truth) -> int:
    if complaint.stage not in STILL:
        return 0
    ill = complaint.stage is ComplaintStage.ASSIGNED and complaint.owner == truth.away
    again = 5 * (truth.complainant is Complainant.UNHAPPY)
    never = 2 * (truth.complainant is Complainant.NEVER and complaint.reopened is None)
    calls = days_left(days_tried(complaint)) if _is_silent(truth) else 0
    return STILL[complaint.stage] + ill + again + never + calls


def days_tried(complaint: Complaint) -> int:
    """On how many days they were called about it in vain."""
    return len({each.at.astimezone(ZONE).date() for each in complaint.tried})


def place(complaint: Complaint) -> object:
    """Where it stands, without how it came there."""
    by = complaint.resolved.by if complaint.resolved else None
    again = complaint.reopened is not None
    return complaint.stage, complaint.owner, complaint.complained_of, by, again


def chances(table: Table) -> Iterator[Chance]:
    """Whatever is next in each complaint."""
    for number, complaint in table.papers.complaints.items():
        if complaint.stage in STILL:
            yield from _of_complaint(table, number, complaint)


def _of_complaint(table: Table, number: str, complaint: Complaint) -> Iterator[Chance]:
    truth, stage = table.truth, complaint.stage
    if truth.complainant is Complainant.WITHDRAWN:
        taken = {"ending": "withdrawn", "said": "算了，不追究了"}
        yield from _at_desk(table, _step(number, "terminations", taken), "withdrawn complaint")
        return
    if truth.complainant is Complainant.NEVER and complaint.reopened is not None:
        unsettled = {"ending": "unsettled", "because": "用户要求换人，已多次道歉"}
        yield from _by_approver(table, complaint, _step(number, "terminations", unsettled))
        return
    match stage:
        case ComplaintStage.RECEIVED:
            first = {"class_code": "general", "department": "service"}
            for owner in _owners(complaint, truth):
                given = {**first, "owner": owner.id}
                yield from _at_desk(table, _step(number, "assignments", given))
        case ComplaintStage.ASSIGNED:
            yield from _resolving(table, number, complaint)
        case ComplaintStage.RESOLVED:
            yield from _calling(table, number)
        case _:
            yield from _called(table, number)


def _resolving(table: Table, number: str, complaint: Complaint) -> Iterator[Chance]:
    found = {"findings": "属实", "verified": True, "measures": "道歉，重新培训"}
    for who in PRESENT:
        if who.id == complaint.owner != table.truth.away:
            yield Chance(_step(number, "resolutions", found), who)
    if complaint.owner in (table.truth.away, complaint.complained_of):
        for owner in _owners(complaint, table.truth):
            given = {"owner": owner.id, "because": "病假"}
            yield from _at_desk(table, _step(number, "reassignments", given), "another owner")


def _calling(table: Table, number: str) -> Iterator[Chance]:
    truth = table.truth
    if _is_silent(truth):
        gone = {"stage": "unreached", "because": "多次无人接听"}
        tried = {"channel": "电话", "result": "无人接听"}
        yield from _at_desk(table, _step(number, "call-endings", gone), "in vain")
        yield from _at_desk(table, a_day_later(_step(number, "call-attempts", tried)), "in vain")
    elif truth.complainant is Complainant.AT_PEACE:
        left = {"stage": "declined", "because": "用户说不必再打"}
        yield from _at_desk(table, _step(number, "call-endings", left), "no call")
    elif truth.complainant in UNHAPPY:
        yield from _reopening(table, number)
    else:
        yield from _at_desk(table, _step(number, "confirmations", {"satisfied": "yes"}))


def _called(table: Table, number: str) -> Iterator[Chance]:
    if table.truth.complainant in UNHAPPY:
        yield from _reopening(table, number)
    else:
        yield from _at_desk(table, _step(number, "closings", {}))


def _reopening(table: Table, number: str) -> Iterator[Chance]:
    act = _step(number, "reopenings", {"said": "还是没有人来道歉"})
    for each in _at_desk(table, act, "reopened"):
        yield replace(each, then=_looked_into_again)


def _looked_into_again(truth: Truth) -> Truth:
    once = truth.complainant is Complainant.UNHAPPY
    return replace(truth, complainant=Complainant.HEARD) if once else truth


def _at_desk(table: Table, act: Act, exit_: str | None = None) -> Iterator[Chance]:
    """By a clerk, or an approver where the clerks are part of it."""
    yield from table.by("clerk", act, exit_)
    yield from table.by("approver", act, exit_)


def _by_approver(table: Table, complaint: Complaint, act: Act) -> Iterator[Chance]:
    """Who is part of it decides nothing, nor anybody for them: it is told upward."""
    if complaint.complained_of == ZHAO.id or ZHAO.id in _owned_by(complaint):
        yield from table.by_manager(act, "upward")
    yield from table.by_approver(act, "unsettled")


def _owned_by(complaint: Complaint) -> tuple[str | None, ...]:
    return complaint.owner, complaint.resolved.by if complaint.resolved else None


def _owners(complaint: Complaint, truth: Truth) -> Iterator[Person]:
    """Who may own it and is there."""
    for who in PRESENT:
        part = who.id in (truth.away, complaint.complained_of)
        if not part and OWNING & {*who.roles}:
            yield who


def waits_for_approver(papers: Papers, truth: Truth) -> bool:
    """Whether nobody else may say that the customer cannot be satisfied."""
    open_ = (each for each in papers.complaints.values() if each.stage in STILL)
    return truth.complainant is Complainant.NEVER and any(each.reopened for each in open_)


def of_complaint(said: Recorded, truth: Truth) -> Iterator[str]:
    """What in a fact of a complaint is not so."""
    complainant = truth.complainant
    content = complainant in (Complainant.CONTENT, Complainant.HEARD)
    match said.fact:
        case ComplaintConfirmed() if not content or truth.silent:
            yield f"they did not say so: who complained {complainant.value}"
        case ComplaintReopened() if complainant not in (*UNHAPPY, Complainant.HEARD):
            yield "they are content"
        case ComplaintClosed() if complainant in UNHAPPY:
            yield "they are not content"
        case ComplaintCallTried() if not _is_silent(truth):
            yield "they answer"
        case ComplaintCallEnded(stage=stage):
            in_vain, left = _is_silent(truth), complainant is Complainant.AT_PEACE
            if not (in_vain if stage is CallEnding.UNREACHED else left):
                yield f"they are not {stage}"
        case ComplaintEnded(ending=ending) if _ENDINGS.get(ending) is not complainant:
            yield f"it is not {ending}"
        case _:
            pass


_ENDINGS = {
    ComplaintEnding.WITHDRAWN: Complainant.WITHDRAWN,
    ComplaintEnding.UNSETTLED: Complainant.NEVER,
}


def _is_silent(truth: Truth) -> bool:
    return truth.silent or truth.complainant is Complainant.UNREACHED


def _step(number: str, step: str, body: Mapping[str, Any]) -> Act:
    def act(case: Case, who: Person) -> Told:
        return case.does(who, "intake", f"{COMPLAINTS}/{number}/{step}", dict(body))

    return act
