"""差旅报销 (the claim): what the journey cost, with a night above the rate that finance cuts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Case
from guiyi.play.people import Person

CLAIMS = "/v1/claims"
FARE, NIGHT, RATE = 4_600, 42_000, 35_000
"""What was paid for the ticket and for the night, and the most that is allowed of a night."""


def submit(case: Case, who: Person) -> httpx.Response:
    """报销提交: a ticket, and a night that cost more than the rate."""
    return case.does(who, "dispatch", CLAIMS, expenses(case))


def expenses(case: Case) -> JsonObject:
    """What is claimed: the vouchers are those of this ticket alone."""
    visit = f"{case.ticket}-V1"
    zone = ZoneInfo(case.said.get("time_zone", "Asia/Shanghai"))
    home = (case.ordered() or {}).get("handed_in")
    back = home["at"] if home else case.now
    on = datetime.fromisoformat(back).astimezone(zone).date().isoformat()
    trip = {"visit": visit, "from_place": "杭州", "to_place": "绍兴", "back_at": back}
    fare = {"visit": visit, "kind": "fare", "on": on, "fen": FARE}
    night = {"visit": visit, "kind": "lodging", "on": on, "fen": NIGHT}
    return {
        "order": case.order,
        "trips": [trip],
        "lines": [
            {**fare, "voucher_no": f"E-{case.ticket}-1"},
            {**night, "voucher_no": f"E-{case.ticket}-2"},
        ],
    }


def review(case: Case, who: Person) -> httpx.Response:
    """报销审核: the night is cut to the rate, and it is said why."""
    cut = {"line": 2, "allowed_fen": RATE, "because": "超过住宿标准"}
    return claim_step(case, who, "reviews", {"lines": [{"line": 1, "allowed_fen": FARE}, cut]})


def review_whole(case: Case, who: Person) -> httpx.Response:
    """报销审核: as if all of it could be paid."""
    lines = [{"line": 1, "allowed_fen": FARE}, {"line": 2, "allowed_fen": NIGHT}]
    return claim_step(case, who, "reviews", {"lines": lines})


def approve(case: Case, who: Person) -> httpx.Response:
    """报销批准: what finance allowed."""
    return claim_step(case, who, "approvals", {"allowed_fen": FARE + RATE})


def pay(case: Case, who: Person) -> httpx.Response:
    """报销付款: what was allowed, by a payment of its own."""
    reference = f"FK-{case.ticket}"
    return claim_step(case, who, "payments", {"reference": reference, "fen": FARE + RATE})


def claim_step(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response:
    """A step of the first claim of the ticket."""
    return case.does(who, "dispatch", f"{CLAIMS}/{case.ticket}-L1/{step}", body)
