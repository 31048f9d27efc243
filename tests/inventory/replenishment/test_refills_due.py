"""待补一览 (refills due): a request stands there as long as base may still have to send of it."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.inventory.replenishment import refills_due
from shared.events.consignments import FoundLine, SendingCorrected, SentLine
from shared.events.replenishments import BoughtLine, RefillBought, StockFound, StockLossApproved
from shared.events.values import Signature, SignedHow
from tests.inventory.example import APPROVER, AT, BRANCH, KEEPER, PUMP, RING
from tests.inventory.replenishment import test_replenishment as refill
from tests.seen import fold_view, recorded_on

FOUND = StockFound(f"{refill.P2}-F1", (FoundLine(PUMP, 1, ("P-2",)),), "夹在箱底", KEEPER)
LOST = StockLossApproved(refill.S1, refill.LOSS, KEEPER, APPROVER)
NEVER = SendingCorrected(
    f"{refill.P2}-G1",
    refill.SENT_2.lines,
    (SentLine(PUMP, 0),),
    "没有寄出",
    refill.SENDER,
    Signature(APPROVER, "approver", SignedHow.SESSION, AT, "4b7e" * 16),
)


def brought(pumps: int) -> RefillBought:
    """A supplier has brought so many pumps to the store by now."""
    return RefillBought("CG-1", BRANCH, refill.FRIDAY, (BoughtLine(PUMP, 2, pumps),))


def listed(*facts: Any) -> Sequence[Any]:
    """What the list has of the request after these facts."""
    told = (
        recorded_on(
            "inventory", refill.HOME, fact, seq=n, version=n, ticket="", branch=BRANCH, at=AT
        )
        for n, fact in enumerate(facts, start=1)
    )
    return [*fold_view(refills_due, told).values()]


@pytest.mark.parametrize(
    "end",
    [
        (refill.CAME_1, refill.CAME_2),
        (refill.CAME_1, refill.SHORT_2, FOUND),
        (refill.CAME_1, refill.SHORT_2, LOST),
        (refill.GIVEN_UP,),
    ],
)
def test_what_is_over_stands_there_no_more(end: Sequence[Any]) -> None:
    assert listed(*refill.BOTH, *end) == []


@pytest.mark.parametrize(
    "way", [(), (refill.CAME_1,), (refill.CAME_2,), (refill.CAME_1, refill.SHORT_2)]
)
def test_what_is_in_transit_may_be_corrected_and_stays(way: Sequence[Any]) -> None:
    (row,) = listed(*refill.BOTH, *way)
    assert row.due is None


def test_what_never_left_is_due_again() -> None:
    (row,) = listed(*refill.BOTH, refill.CAME_1, NEVER)
    assert (row.due, row.travels) == (refill.DUE, ())
    assert {each.part: each.quantity for each in row.lacking} == {RING: 0, PUMP: 2}


def test_what_a_supplier_brought_may_go_back() -> None:
    past = (*refill.PAST, refill.SENT_1, refill.CAME_1, brought(2))
    (row,) = listed(*past)
    assert row.due is None
    (row,) = listed(*past, brought(1))
    assert row.due == refill.DUE
