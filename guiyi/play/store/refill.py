"""补库 (refilling): what the calendar drafted is asked of base, sent, counted and accounted for."""

from collections.abc import Iterator
from datetime import date, timedelta

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Act, Case
from guiyi.play.people import BASE, Person
from guiyi.play.store.papers import begin, go_on, paper, rows, sign, today, travels
from shared.policy.public_days import Country, public_days

REFILLS = "replenishments"
A_WEEK = timedelta(days=7)
SEVERAL = 2


def ask_refill(more: int = 0) -> Act:
    """补库申请: what lacks, or so many pieces more, once all of it is drafted.

    Where a holiday moved the draft to a day before, what has come to lack since is not drafted.
    """

    def act(case: Case, who: Person) -> httpx.Response | None:
        store, day = case.rooms.branch, today(case)
        low = rows(case, who, f"/v1/stock/low?store={store}")
        wanted = {row["part"]: row["to_ask"] for row in low if row["to_ask"]}
        drafts = rows(case, who, f"/v1/refill-drafts?store={store}")
        drafted = {row["part"]: row["drafted_on"] for row in drafts if _is_of_week(row, day)}
        is_moved = day in public_days(Country.CN, day.year).off
        is_moved |= any(on < day.isoformat() for on in drafted.values())
        if not wanted or (wanted.keys() != drafted.keys() and not is_moved):
            return None
        lines = [{"part": part, "asked": left + more} for part, left in wanted.items()]
        because = case.said["refilling"]["off_day"] if is_moved else None
        return begin(case, who, REFILLS, {"lines": lines, "because": because})

    return act


def check_refill(case: Case, who: Person) -> httpx.Response | None:
    """补库核定: base sends all that is asked for."""
    if (shown := paper(case, who, REFILLS)) is None:
        return None
    asked = shown["replenishment"]["asked"]["lines"]
    lines = [{"part": each["part"], "agreed": each["asked"]} for each in asked]
    return go_on(case, who, REFILLS, "checks", {"base": BASE, "lines": lines})


def send_refill(case: Case, who: Person) -> httpx.Response | None:
    """补库发出: all that was agreed, in one parcel."""
    if (shown := paper(case, who, REFILLS)) is None or shown["replenishment"]["checked"] is None:
        return None
    agreed = shown["replenishment"]["checked"]["lines"]
    lines = [{"part": each["part"], "quantity": each["agreed"]} for each in agreed]
    body = {"lines": lines, "consignment": travels(case)}
    return go_on(case, who, REFILLS, "sendings", body)


def count_refill(missing: int) -> Act:
    """补库到货: so many pieces of one part are not in the parcel."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        found = list(_sent(case, who))
        short = next(_short(case, who), None) if missing else None
        lines = [
            {
                "part": part,
                "received": count - (missing if part == short else 0),
                "difference_because": case.said["refilling"]["short"] if part == short else None,
            }
            for part, count in found
        ]
        body = {"shipment": _parcel(case), "lines": lines}
        return sign(case, who, REFILLS, "receipts", body) if found else None

    return act


def find_piece(case: Case, who: Person) -> httpx.Response | None:
    """在途找到: one of the pieces that were missing."""
    for part in _short(case, who):
        lines = [{"part": part, "quantity": 1}]
        said = {"shipment": _parcel(case), "because": case.said["refilling"]["found"]}
        return go_on(case, who, REFILLS, "findings", {**said, "lines": lines})
    return None


def ask_refill_loss(case: Case, who: Person) -> httpx.Response | None:
    """在途报损申请: of the other one."""
    for part in _short(case, who):
        loss = {"part": part, "quantity": 1, **case.said["refilling"]["lost"]}
        return go_on(case, who, REFILLS, "losses", {"shipment": _parcel(case), "loss": loss})
    return None


def grant_refill_loss(case: Case, who: Person) -> httpx.Response | None:
    """在途报损批准."""
    return go_on(case, who, REFILLS, "loss-approvals", {"number": f"{_parcel(case)}-S1"})


def _is_of_week(draft: JsonObject, day: date) -> bool:
    """Whether it was drafted on this day of refilling, or on the one that a holiday moved."""
    return day - A_WEEK < date.fromisoformat(draft["drafted_on"]) <= day


def _parcel(case: Case) -> str:
    """The first parcel of the request."""
    return f"{case.papers.get(REFILLS)}-P1"


def _sent(case: Case, who: Person) -> Iterator[tuple[str, int]]:
    """The parts of the first parcel, and how many of each were sent."""
    shown = paper(case, who, REFILLS)
    parcels = shown["replenishment"]["sent"] if shown else {}
    for line in parcels.get(_parcel(case), {"lines": ()})["lines"]:
        yield line["part"], line["quantity"]


def _short(case: Case, who: Person) -> Iterator[str]:
    """The parts of which so many were sent that some can be missing."""
    yield from (part for part, count in _sent(case, who) if count >= SEVERAL)
