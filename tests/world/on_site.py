"""上门的各步 (acts on site): from the appointment to the closed case, as calls to dispatch."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from services.dispatch.visit.state import Visit
from services.dispatch.work_order.notes import rest_of
from services.dispatch.work_order.state import WorkOrder
from shared.events.order_sheet import VisitStage
from tests.world.cases import ORDER, TRAVEL_AT, Act, Case
from tests.world.parts import notes_of

VISIT = "/v1/visits"
DOOR = {"waited_minutes": 10, "knocked": 2, "card_left": True, "desk_told": True}


def order_of(case: Case) -> WorkOrder:
    """Where the work order stands."""
    (order,) = case.state("dispatch", f"work_order-{case.order}")
    assert isinstance(order, WorkOrder)
    return order


def visits_of(case: Case) -> list[Visit]:
    """The visits of the ticket, in their order."""
    streams = [f"visit-{case.ticket}-V{n}" for n in range(1, 20)]
    return [visit for visit in case.state("dispatch", *streams) if visit.planned is not None]


def plan(case: Case, who: str) -> httpx.Response:
    """计划上门: the next visit, in a window that what is posted can keep."""
    number = f"{case.ticket}-V{len(visits_of(case)) + 1}"
    body = {"order": case.order, "travel_mode": "company_car", **_when(case)}
    return case.does(who, "dispatch", f"{VISIT}/{number}/plans", body)


def reschedule(case: Case, who: str) -> httpx.Response | None:
    """改约: another window that can be kept; the customer agrees."""
    body = {**_when(case), "because": "用户改时间", "customer_agreed": True}
    return _visit_step(case, who, "reschedulings", body)


def put_off(case: Case, who: str) -> httpx.Response | None:
    """改约: for days, and the customer has not agreed to it."""
    start = datetime.fromisoformat(case.now) + timedelta(days=3)
    body = {**_window(start, start), "because": "人手不足", "customer_agreed": False}
    return _visit_step(case, who, "reschedulings", body)


def confirm(case: Case, who: str) -> httpx.Response | None:
    """预约确认: the customer agrees to the window."""
    return _visit_step(case, who, "appointments", {"confirmed": True})


def depart(case: Case, who: str) -> httpx.Response | None:
    """出发: by the approved means."""
    return _visit_step(case, who, "departures", {"mode": "company_car"})


def arrive(case: Case, who: str) -> httpx.Response | None:
    """到达."""
    return _visit_step(case, who, "arrivals", {"place": "北门"})


def end_visit(outcome: str) -> Act:
    """上门结束: with what the outcome asks for."""

    def act(case: Case, who: str) -> httpx.Response | None:
        body: dict[str, Any] = {"outcome": outcome}
        match outcome:
            case "done":
                pass
            case "no_access":
                body["door"] = DOOR
            case _:
                body |= {"because": "配件不合", "next_step": "改日再来"}
        return _visit_step(case, who, "endings", body)

    return act


def cancel(case: Case, who: str) -> httpx.Response | None:
    """取消上门: the customer was told."""
    body = {"because": "用户出差", "customer_told_at": case.now}
    return _visit_step(case, who, "cancellations", body)


def further_note(case: Case, who: str) -> httpx.Response:
    """追加出库单: for all that no note in force speaks for."""
    rest = [{"part": part, "quantity": n} for part, n in rest_of(order_of(case)).items() if n]
    body = {"delivery": case.delivery, "lines": rest, "because": "余下另领"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/further-notes", body)


def record_work(left_over: int = 0) -> Act:
    """维修记录: all that was drawn was used, or all but so many of each part."""

    def act(case: Case, who: str) -> httpx.Response:
        used = [
            _used(number, part, max(0, issue.issued.quantity - left_over), issue)
            for number, note in notes_of(case).items()
            for part, issue in note.issues.items()
        ]
        return _records(case, who, used)

    return act


def record_as_settled(case: Case, who: str) -> httpx.Response:
    """维修记录: of what is accounted for already just that, all the rest as drawn."""
    used = []
    for number, note in notes_of(case).items():
        for part, issue in note.issues.items():
            done = note.accounts.get(part)
            quantity = done.account.used if done else issue.issued.quantity - note.in_parcel(part)
            used.append(_used(number, part, quantity, issue))
    return _records(case, who, used)


def sign_as_customer(case: Case, who: str) -> httpx.Response | None:
    """用户签字: over what he is shown of the work, on the device of whoever shows it."""
    path = f"{ORDER}/{case.order}"
    if (seen := case.shown(who, "dispatch", path)) is None or not seen["work_content"]:
        return None
    body = {"content": seen["work_content"], "how": "drawn", "signer": "王小明"}
    return case.does(who, "dispatch", f"{path}/customer-signatures", body)


def void_signature(case: Case, who: str) -> httpx.Response:
    """签字作废: what he signed has to change."""
    body = {"because": "用量写错"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/signature-voidings", body)


def hand_in(case: Case, who: str) -> httpx.Response:
    """交销: the signed order and every note are brought home."""
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/hand-ins", {})


def return_hand_in(case: Case, who: str) -> httpx.Response:
    """交销退回: something is wrong with it."""
    body = {"reasons": ["旧件少一只"]}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/hand-in-returns", body)


def close(case: Case, who: str) -> httpx.Response:
    """结案: the task is taken, its papers checked."""
    papers = [case.order, *(note.number for note in order_of(case).released)]
    body = {"ending": "repaired", "papers_checked": papers}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/closings", body)


def give_up(case: Case, who: str) -> httpx.Response:
    """结案: the case ends without a repair."""
    body = {"ending": "withdrawn", "reason": "用户不修了", "customer_told_at": case.now}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/closings", body)


def _records(case: Case, who: str, used: list[Mapping[str, Any]]) -> httpx.Response:
    work = {
        "arrived_at": case.now,
        "finished_at": case.now,
        "cause_found": "密封圈磨损",
        "work_done": "更换密封圈，试机一小时",
        "result": "fixed",
        "tested": True,
        "parts_used": used,
        "no_parts_used": not used,
        "no_fees": True,
    }
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/work-records", {"work": work})


def _used(number: str, part: str, quantity: int, issue: Any) -> Mapping[str, Any]:
    said = {"note": number, "part": part, "used": quantity, "old_taken": quantity}
    return {**said, "new_serials": list(issue.issued.serials[:quantity])}


def _when(case: Case) -> Mapping[str, Any]:
    """A window late enough for all that is posted; for the first visit at the approved time."""
    approved, now = datetime.fromisoformat(TRAVEL_AT), datetime.fromisoformat(case.now)
    parcels = [note.parcel.expected_at for note in notes_of(case).values() if note.parcel]
    told = [note.announced.expected_at for note in notes_of(case).values() if note.announced]
    start = max([approved, now + timedelta(hours=20), *parcels, *told])
    gone = any(visit.departed for visit in visits_of(case))
    return _window(start + timedelta(hours=1), start if gone else approved)


def _window(start: datetime, travel_at: datetime) -> Mapping[str, Any]:
    window = {"start_at": start.isoformat(), "end_at": (start + timedelta(hours=2)).isoformat()}
    return {"window": window, "travel_at": travel_at.isoformat()}


def _visit_step(case: Case, who: str, step: str, body: Mapping[str, Any]) -> httpx.Response | None:
    """A step of the visit that is under way, or else of the last one."""
    if not (visits := visits_of(case)):
        return None
    over = (VisitStage.ENDED, VisitStage.CANCELLED)
    open_ = [visit for visit in visits if visit.stage not in over]
    planned = (open_ or visits)[-1].planned
    assert planned is not None
    return case.does(who, "dispatch", f"{VISIT}/{planned.number}/{step}", body)
