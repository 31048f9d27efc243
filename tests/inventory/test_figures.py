"""配件库的指标: which clocks of the stores were met, by branch and ISO week."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.inventory.waiting import store_clocks
from shared.clock_runs import counted
from shared.events.consignments import SendingCorrected, SentLine
from shared.events.replenishments import BoughtLine, RefillBought
from shared.events.values import Signature, SignedHow
from tests.inventory.closing.test_closing import CLOSED, reminded, sent
from tests.inventory.desk import FAR, Inventory
from tests.inventory.example import APPROVER, AT, BRANCH, PUMP, RING
from tests.inventory.old_parts.test_old_reminder import ALL, BOOK, CAME, ONE
from tests.inventory.old_parts.test_old_reminder import URGED as REMINDED
from tests.inventory.replenishment import test_replenishment as refill
from tests.inventory.replenishment.test_replenishment import FRIDAY, RINGS
from tests.seen import fold_view, recorded_on

LATER = AT + timedelta(days=400)
CLOSING = f"closing-{BRANCH}"
DRAFTED, URGED = refill.TestReminding.DRAFTED, refill.TestReminding.URGED
MONTH_URGED = reminded("2026-11", AT, None)


def met(home: str, *facts: Any, now: Any = LATER) -> list[tuple[str, int]]:
    """The clocks that were due, each with whether it was met."""
    told = (
        recorded_on("inventory", home, fact, seq=n, version=n, ticket="", branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    rows = fold_view(store_clocks, told).values()
    return [(each.of, each.amount) for row in rows for each in counted(row, now)]


def test_base_is_in_time_once_nothing_is_left_to_send() -> None:
    assert met(refill.HOME, *refill.PAST, now=AT) == [], "it was not due yet"
    assert met(refill.HOME, *refill.PAST) == [("sendings", 0)]
    assert met(refill.HOME, *refill.PAST, refill.SENT_1) == [("sendings", 0)]
    assert met(refill.HOME, *refill.BOTH) == [("sendings", 1)]
    assert met(refill.HOME, *refill.BOTH, refill.CAME_1) == [("sendings", 1)]
    asked = replace(refill.ASKED, due_at=AT)
    late = (asked, *refill.PAST[1:], refill.LATE, refill.SENT_1, refill.SENT_2)
    assert met(refill.HOME, *late) == [("sendings", 0)]
    assert met(refill.HOME, refill.ASKED, refill.TestEnding.ENDED) == [("sendings", 1)], (
        "nobody waits any more"
    )
    assert met(refill.HOME, replace(refill.ASKED, due_at=None)) == []


def corrected(*left: SentLine) -> SendingCorrected:
    """What really left of the second parcel."""
    signature = Signature(APPROVER, "approver", SignedHow.SESSION, AT, "4b7e" * 16)
    booked, number = refill.SENT_2.lines, f"{refill.P2}-G1"
    return SendingCorrected(number, booked, left, "没有寄出", refill.SENDER, signature)


def test_what_never_left_is_on_the_clock_of_base_again() -> None:
    never = (*refill.BOTH, corrected(SentLine(PUMP, 0)))
    assert met(refill.HOME, *never) == [("sendings", 0)]
    again = replace(refill.SENT_2, shipment=f"{refill.NUMBER}-P3")
    assert met(refill.HOME, *never, again) == [("sendings", 1)]
    late = (replace(refill.ASKED, due_at=AT), *never[1:], refill.LATE)
    assert met(refill.HOME, *late, again) == [("sendings", 0)]
    other = corrected(SentLine(PUMP, 2, ("P-1", "P-3")))
    assert met(refill.HOME, *refill.BOTH, other) == [("sendings", 1)], "as many left"
    given_up = (*refill.BOTH, refill.GIVEN_UP, never[-1])
    assert met(refill.HOME, *given_up) == [("sendings", 1)], "nobody waits any more"


def test_what_a_supplier_brought_meanwhile_is_not() -> None:
    lines = (BoughtLine(PUMP, ordered=2, arrived=2),)
    brought = RefillBought("CG-1", BRANCH, FRIDAY, lines)
    never = corrected(SentLine(PUMP, 0))
    assert met(refill.HOME, *refill.BOTH, brought, never) == [("sendings", 1)]


def test_a_draft_is_in_time_if_nobody_had_to_be_reminded() -> None:
    assert met(BOOK, DRAFTED) == [("replenishments", 1)]
    assert met(BOOK, DRAFTED, URGED) == [("replenishments", 0)]
    nothing = replace(DRAFTED, figures=replace(RINGS, on_hand=10))
    assert met(BOOK, nothing) == []
    next_week = replace(DRAFTED, drafted_on=FRIDAY + timedelta(days=7))
    assert sorted(met(BOOK, DRAFTED, URGED, next_week)) == [
        ("replenishments", 0),
        ("replenishments", 1),
    ]


def test_old_parts_are_in_time_once_all_are_listed_and_each_reminder_is_late() -> None:
    assert met(BOOK, CAME) == met(BOOK, CAME, ONE) == []
    assert met(BOOK, CAME, ONE, ALL) == [("old-parts", 1)]
    assert met(BOOK, CAME, REMINDED) == [("old-parts", 0)]
    assert met(BOOK, CAME, REMINDED, REMINDED, ALL) == [("old-parts", 0)] * 2
    assert met(BOOK, CAME, REMINDED, ALL, CAME, ALL) == [("old-parts", 0), ("old-parts", 1)]


def test_a_month_is_closed_in_time_and_its_report_sent() -> None:
    assert met(CLOSING, CLOSED, sent()) == [("closings", 1), ("consumption-reports", 1)]
    assert met(CLOSING, MONTH_URGED) == [("closings", 0)]
    urged = (MONTH_URGED, CLOSED)
    assert met(CLOSING, *urged) == [("closings", 0), ("consumption-reports", 0)]


def test_they_are_told_by_week_to_whoever_leads(inventory: Inventory) -> None:
    inventory.stocked()
    inventory.post(f"/v1/stock/{BRANCH}/{RING}/quotas", {"quota": 12}, inventory.base)
    inventory.drafted(RING)
    approver = inventory.desk.staff(APPROVER, ["approver"], [BRANCH])
    now = datetime.now(UTC)
    weeks = [f"{now + timedelta(days=days):%G-W%V}" for days in (-7, 7)]
    asked = f"/v1/figures?figure=clock&from_week={weeks[0]}&until_week={weeks[1]}"
    (row,) = inventory.rows(asked, approver)
    told = (row["branch"], row["of"], row["count"], row["total"], row["value"])
    assert told == (BRANCH, "replenishments", 1, 1, 1000)
    far = inventory.desk.staff("A-FAR", ["approver"], [FAR])
    assert inventory.rows("/v1/figures", far) == []
    refused = inventory.desk.get("/v1/figures", inventory.keeper)
    assert refused.status_code == 403
