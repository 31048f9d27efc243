"""费用账: the book of expenses names what must never be paid, and nothing of what is right."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.events.travel_claims import ClaimApprovalTakenBack, ClaimCorrected, ClaimPaid
from tests.dispatch.claim.example import (
    APPROVED,
    BOSS,
    CLAIM,
    EVENING,
    MONEY,
    REJECTED,
    REVIEWED,
    SUBMITTED,
)
from tests.dispatch.example import BRANCH, LIU, TICKET
from tests.seen import recorded_on
from tests.world.expenses import Expenses, ExpensesWrong

OTHER = CLAIM.replace("-L1", "-L2")
SENT, ALLOWED, GRANTED = (CLAIM, LIU, SUBMITTED), (CLAIM, MONEY, REVIEWED), (CLAIM, BOSS, APPROVED)
PAID = (CLAIM, MONEY, ClaimPaid("FK-7", 49_600, MONEY))
BACK = (CLAIM, MONEY, ClaimApprovalTakenBack("核错了", MONEY))
LESS = (CLAIM, BOSS, ClaimCorrected("SK-1", -600, "多付", BOSS))
RIGHT = (SENT, ALLOWED, GRANTED, PAID)
Told = tuple[str, str, Any]


def read(*told: Told) -> Expenses:
    book = Expenses()
    for seq, (stream, actor, fact) in enumerate(told, start=1):
        of = {"ticket": TICKET, "branch": BRANCH}
        each = recorded_on("dispatch", stream, fact, seq=seq, version=seq, at=EVENING, **of)
        book.read(replace(each, actor=actor))
    return book


@pytest.mark.parametrize(
    "told",
    [
        (*RIGHT, LESS),
        (SENT, ALLOWED, GRANTED, BACK, ALLOWED, GRANTED, PAID),
        (SENT, ALLOWED, (CLAIM, BOSS, REJECTED), (OTHER, LIU, SUBMITTED)),
    ],
    ids=["corrected", "taken back", "free again"],
)
def test_what_is_right_is_read_to_its_end(told: Sequence[Told]) -> None:
    assert read(*told).claims[CLAIM].claimant == LIU


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ((SENT, (OTHER, LIU, SUBMITTED)), "counts elsewhere"),
        ((SENT, (CLAIM, LIU, REVIEWED)), "reviews their own"),
        ((SENT, ALLOWED, (CLAIM, MONEY, APPROVED)), "approves their own"),
        ((SENT, ALLOWED, (CLAIM, BOSS, replace(APPROVED, allowed_fen=1))), "was allowed"),
        ((SENT, ALLOWED, GRANTED, BACK, PAID), "was approved"),
        ((*RIGHT, PAID), "paid twice"),
        ((*RIGHT, BACK), "taken back after"),
        ((*RIGHT, LESS, LESS), "pays twice"),
        ((SENT, ALLOWED, GRANTED, LESS), "before it was paid"),
    ],
)
def test_what_must_never_be_is_named(told: Sequence[Told], what: str) -> None:
    with pytest.raises(ExpensesWrong, match=what):
        read(*told)
