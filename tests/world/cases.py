"""案例 (cases): what people do in one repair, act by act, each as a call to a room's API.

An act is asked of a case and of whoever does it; it looks at what he would be shown, and answers
what the room answered, or None where there was nothing to be done it with yet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import httpx

from shared.handle import Desk
from tests.world.people import (
    BRANCH,
    CLERK,
    KEEPER,
    LIU,
    OPERATOR,
    ROLES,
)
from tests.world.record import BEGIN

REPORT, ORDER = "/v1/reports", "/v1/work-orders"
TRAVEL_AT = "2026-11-24T09:00:00+08:00"
STOCK: Mapping[str, tuple[int, Sequence[str]]] = {
    "SEAL-32": (12, ()),
    "OIL-1": (12, ()),
    "PUMP-9": (4, ("P-1", "P-2", "P-3", "P-4")),
}
"""What the store has at first: of each part so many, and their serials."""


class Rooms(Protocol):
    """各室: where a repair is played: rooms in memory, or on a real stack."""

    @property
    def now(self) -> datetime:
        """The time it is there."""

    @property
    def desks(self) -> Mapping[str, Desk]:
        """The records of the rooms, to be looked at."""

    def does(
        self,
        who: str,
        room: str,
        path: str,
        body: Mapping[str, Any],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """A command of somebody; `at`: when, by his own clock."""

    def asks(self, who: str, room: str, path: str) -> httpx.Response:
        """A question of somebody."""

    def looks(self, who: str, room: str, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """A question of somebody that is asked with a body; nothing is done by asking."""


@dataclass
class Case:
    """案例: one repair, and what is particular about it."""

    world: Rooms
    n: int = 1
    nature: str = "warranty"
    parts: Mapping[str, int] = field(default_factory=dict)
    delivery: str = "carried"
    technician: str = LIU
    at: datetime | None = None
    """When the next act is done; None: now, whenever that is."""
    ticket: str = ""

    @property
    def now(self) -> str:
        return (self.at or self.world.now).isoformat()

    @property
    def order(self) -> str:
        return f"{self.ticket}-W1"

    def does(self, who: str, room: str, path: str, body: Mapping[str, Any]) -> httpx.Response:
        return self.world.does(who, room, path, body, at=self.at)

    def state(self, room: str, *streams: str) -> list[Any]:
        """Where papers stand, as the record knows them."""
        desk = self.world.desks[room]
        read = desk.store.read(streams).streams
        return [desk.fold(stream, read[stream].facts) for stream in streams]

    def shown(self, who: str, room: str, path: str) -> Any:
        """What he is shown there; None if there is nothing, or nothing for him."""
        answer = self.world.asks(who, room, path)
        return answer.json() if answer.is_success else None


Act: TypeAlias = Callable[[Case, str], httpx.Response | None]


def enter_registers(world: Rooms, at: datetime | None = BEGIN, machines: int = 6) -> None:
    """登记: the branch, who works there, a customer and his machines."""
    operator: Sequence[tuple[str, Any]] = (
        ("branches", {"code": BRANCH, "name": "杭州一店", "regions": ["HZ"]}),
        *(("people", _card(person, roles)) for person, roles in ROLES.items()),
    )
    customer = {
        "id": "C-1001",
        "name": "西湖宾馆",
        "kind": "unit",
        "contact_name": "王小明",
        "phone": "0571-8700 1234",
        "address": "杭州市西湖区杨公堤 2 号",
        "region": "HZ",
    }
    clerk = (("customers", customer), *(("machines", _machine(n)) for n in range(machines)))
    for who, cards in ((OPERATOR, operator), (CLERK, clerk)):
        for path, card in cards:
            done = world.does(who, "intake", f"/v1/{path}", card, at=at)
            assert done.is_success, done.text
    for part, (pieces, serials) in STOCK.items():
        card = {"id": part, "name": part, "has_serials": bool(serials)}
        opening = {"quantity": pieces, "serials": serials}
        for path, body in (("parts", card), (f"stock/{BRANCH}/{part}/openings", opening)):
            done = world.does(KEEPER, "inventory", f"/v1/{path}", body, at=at)
            assert done.is_success, done.text


def report(case: Case, who: str) -> httpx.Response:
    """报修: the customer calls; a report is registered."""
    machine = _machine(case.n)
    body = {
        "kind": "repair",
        "channel": "phone",
        "way_in": "A",
        "branch": BRANCH,
        "contact_name": "王小明",
        "contact_phone": "0571-8700 1234",
        "fault_description": "水泵启动后漏水，有异响",
        "basics": {
            "customer": "C-1001",
            "customer_name": "西湖宾馆",
            "customer_kind": "unit",
            "address": "杭州市西湖区杨公堤 2 号",
            "region": "HZ",
        },
        "equipment": {
            "machine": machine["id"],
            "model": machine["model"],
            "serial_no": machine["serial_no"],
            "bought_on": "2025-06-01",
            "installed_on": "2025-06-08",
            "warranty_until": "2027-06-08",
            "no_contract": True,
        },
    }
    done = case.does(who, "intake", REPORT, body)
    if done.is_success:
        case.ticket = done.json()["ticket"]
    return done


def guide(result: str) -> Act:
    """远程指导: tried by telephone, and what came of it."""

    def act(case: Case, who: str) -> httpx.Response:
        body = {"result": result, "steps": "关闭进水阀后重新启动", "at": case.now}
        return case.does(who, "intake", f"{REPORT}/{case.ticket}/remote-guidances", body)

    return act


def diagnose(case: Case, who: str) -> httpx.Response:
    """诊断: what is broken, what it takes, and how to get there."""
    parts = [{"part": part, "quantity": n} for part, n in case.parts.items()]
    diagnosis = {
        "fault_analysis": "轴封磨损，运转时漏水并有异响",
        "fault_cause": "密封圈老化",
        "fault_nature": "wear",
        "talked_to_customer_at": case.now,
        "repair_nature": case.nature,
        "nature_because": "保修期至 2027-06-08",
        "solution": "更换密封圈，试机一小时",
        "on_site": True,
        "parts_to_bring": parts,
        "no_parts": not parts,
        "travel": {"mode": "company_car", "at": TRAVEL_AT, "travellers": [case.technician]},
        "estimated_fen": 38_000,
    }
    path = f"{REPORT}/{case.ticket}/diagnoses"
    return case.does(who, "intake", path, {"diagnosis": diagnosis})


def _of_report(step: str, **said: str) -> Act:
    """A step that is signed under the hash of the report as it is shown."""

    def act(case: Case, who: str) -> httpx.Response | None:
        path = f"{REPORT}/{case.ticket}"
        if (seen := case.shown(who, "intake", path)) is None:
            return None
        body = {**said, "content": seen["report"]["content"]}
        return case.does(who, "intake", f"{path}/{step}", body)

    return act


sign_report = _of_report("signatures")
submit = _of_report("submissions")
approve = _of_report("approvals", as_what="approver")


def give_back(case: Case, who: str) -> httpx.Response:
    """退回: the approver does not approve, and says why."""
    body = {"as_what": "approver", "reasons": ["预计费用偏高"], "fields": ["estimated_fen"]}
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/returns", body)


def take_back(case: Case, who: str) -> httpx.Response:
    """撤回: the clerk takes back what is not yet decided."""
    body = {"because": "客户改了时间"}
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/recalls", body)


def close_report(ending: str) -> Act:
    """结案: before there is an approval."""

    def act(case: Case, who: str) -> httpx.Response:
        body = {"ending": ending, "customer_told_at": case.now}
        if ending != "solved_remotely":
            body["reason"] = "用户自行修好"
        return case.does(who, "intake", f"{REPORT}/{case.ticket}/closings", body)

    return act


def open_order(case: Case, who: str) -> httpx.Response | None:
    """开单: the work order as approved, once dispatch has heard of it."""
    page = case.shown(who, "dispatch", f"{ORDER}/awaiting")
    rows = page["rows"] if page else ()
    row = next((each for each in rows if each["ticket"] == case.ticket), None)
    if row is None:
        return None
    form = {
        "approved": row["approved"],
        "kind": "repair",
        "repair_nature": row["repair_nature"],
        "parts": [{**part, "delivery": case.delivery} for part in row["parts"]],
        "no_parts": not row["parts"],
        "travel": row["travel"],
    }
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/openings", {"form": form})


def assign(case: Case, who: str) -> httpx.Response:
    """派人: the order is given to the technician of the case."""
    body = {"technician": case.technician}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/assignments", body)


def assign_to(technician: str) -> Act:
    """派人: the order is given to somebody."""

    def act(case: Case, who: str) -> httpx.Response:
        body = {"technician": technician}
        return case.does(who, "dispatch", f"{ORDER}/{case.order}/assignments", body)

    return act


def take_order(case: Case, who: str) -> httpx.Response | None:
    """接单: he signs the order as it is shown to him."""
    path = f"{ORDER}/{case.order}"
    if (seen := case.shown(who, "dispatch", path)) is None or not seen["content"]:
        return None
    return case.does(who, "dispatch", f"{path}/signatures", {"content": seen["content"]})


def decline(case: Case, who: str) -> httpx.Response:
    """退单: he does not take it."""
    body = {"because": "当天已有两单"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/declines", body)


def recall(case: Case, who: str) -> httpx.Response:
    """收回派单: the clerk takes the order back."""
    body = {"because": "用户改期"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/recalls", body)


def _card(person: str, roles: Sequence[str]) -> Mapping[str, Any]:
    return {"id": person, "name": person, "roles": list(roles), "branches": [BRANCH]}


def _machine(n: int) -> dict[str, Any]:
    return {
        "id": f"M-{n}",
        "model": "MFQ-32",
        "serial_no": f"SN-{n}",
        "category": "pump",
        "customer": "C-1001",
        "bought_on": "2025-06-01",
        "installed_on": "2025-06-08",
        "warranty_until": "2027-06-08",
    }
