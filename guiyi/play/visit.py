"""上门 (on site): the visits for an order, from the appointment to what came of each."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Act, Case
from guiyi.play.note import notes_of
from guiyi.play.order import ORDER
from guiyi.play.people import Person

VISIT = "/v1/visits"
OVER = ("ended", "cancelled")
ASKED = "TravelChangeAsked"
BEFOREHAND = timedelta(hours=20)
"""Between agreeing on a visit and the visit."""


def visits_of(case: Case) -> Sequence[JsonObject]:
    """The visits of the ticket, in their order; where some were planned here, nobody plans more."""
    planned = case.visits.get(case.ticket)
    found: list[JsonObject] = []
    while len(found) != planned:
        visit = case.seen("dispatch", f"{VISIT}/{case.ticket}-V{len(found) + 1}")
        if visit is None:
            break
        found.append(visit)
    return found


def plan(case: Case, who: Person) -> httpx.Response | None:
    """计划上门: the next visit, in a window that what is posted can keep."""
    if (when := when_to_go(case)) is None:
        return None
    nth = len(visits_of(case)) + 1
    body = {"order": case.order, "travel_mode": "company_car", **when}
    planned = case.does(who, "dispatch", f"{VISIT}/{case.ticket}-V{nth}/plans", body)
    if planned.is_success:
        case.visits = {**case.visits, case.ticket: nth}
    return planned


def confirm(case: Case, who: Person) -> httpx.Response | None:
    """预约确认: the customer agrees to the window."""
    return visit_step(case, who, "appointments", {"confirmed": True})


def depart(case: Case, who: Person) -> httpx.Response | None:
    """出发: by the approved means."""
    body = {"mode": "company_car", "checklist": ["tools", "order"]}
    return visit_step(case, who, "departures", body)


def ask_for_today(case: Case, who: Person) -> httpx.Response:
    """旅程变更申请: the approved day is over before anybody set out."""
    today = {"mode": "company_car", "travel_at": case.now}
    body = {**today, "because": "零点已过，用户同意今天来"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/travel-changes", body)


def leave_today(case: Case, who: Person) -> httpx.Response | None:
    """改约: midnight has passed since a further visit was agreed on; its window stays."""
    if not (visits := visits_of(case)):
        return None
    moved = {"window": visits[-1]["window"], "travel_at": case.now, "because": "零点已过，今天出发"}
    return visit_step(case, who, "reschedulings", {**moved, "customer_agreed": True})


def grant_today(case: Case, who: Person) -> httpx.Response | None:
    """旅程变更批准: the journey as it was asked for, which the approver reads in the history."""
    told = case.shown(who, "dispatch", f"/v1/tickets/{case.ticket}/history")
    asked = [each["data"] for each in told["rows"] if each["type"] == ASKED] if told else []
    if not asked:
        return None
    wanted = asked[-1]["wanted"]
    body = {"mode": wanted["mode"], "travel_at": wanted["at"]}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/travel-change-approvals", body)


def arrive(case: Case, who: Person) -> httpx.Response | None:
    """到达."""
    return visit_step(case, who, "arrivals", {})


def end_visit(outcome: str, **said: object) -> Act:
    """上门结束: with what the outcome asks for."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        return visit_step(case, who, "endings", {"outcome": outcome, **said})

    return act


def find_nobody(case: Case, who: Person) -> httpx.Response | None:
    """无人在家: as it was at the door."""
    return end_visit("no_access", door=case.said["door"])(case, who)


def visit_step(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response | None:
    """A step of the visit that is under way, or else of the last one."""
    if not (visits := visits_of(case)):
        return None
    open_ = [visit for visit in visits if visit["stage"] not in OVER]
    number = (open_ or visits)[-1]["planned"]["number"]
    return case.does(who, "dispatch", f"{VISIT}/{number}/{step}", body)


def when_to_go(case: Case) -> JsonObject | None:
    """At the approved time, a further visit a day later; late enough for all that is posted.

    Whoever goes again sets out today.
    """
    order = case.ordered()
    if order is None or order["travel"] is None:
        return None
    approved = datetime.fromisoformat(order["travel"]["at"])
    notes = [note["note"] for note in notes_of(case).values()]
    sent = [each for note in notes for each in (note["parcel"], note["announced"]) if each]
    gone = [visit for visit in visits_of(case) if visit["departed"]]
    now = datetime.fromisoformat(case.now)
    start = max(
        approved,
        now + BEFOREHAND,
        *(datetime.fromisoformat(each["expected_at"]) for each in sent),
        *(datetime.fromisoformat(visit["travel_at"]) + timedelta(days=1) for visit in gone),
    )
    return window(start + timedelta(hours=1), now if gone else approved)


def window(start: datetime, travel_at: datetime) -> JsonObject:
    """A window of two hours, and when to travel for it."""
    two_hours = {"start_at": start.isoformat(), "end_at": (start + timedelta(hours=2)).isoformat()}
    return {"window": two_hours, "travel_at": travel_at.isoformat()}
