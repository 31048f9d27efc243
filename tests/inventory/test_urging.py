"""催办 (urging): those who wait for a paper of the store urge by name whom they wait for."""

from dataclasses import replace

import pytest

from services.inventory import (
    closing,
    issue_note,
    old_parts,
    own_use,
    purchase,
    replenishment,
    stocktake,
    transfer,
)
from services.inventory.issue_note.correction import AskCorrection
from services.inventory.issue_note.requests import AskLoss, AskWaiver
from shared.decider import Happened
from shared.events.issue_notes import LossRefused
from shared.events.stocktakes import StocktakeReturned
from shared.events.values import Role
from tests.inventory.closing import test_closing as months
from tests.inventory.example import APPROVER, BRANCH, KEEPER, PUMP, drawn, signing
from tests.inventory.issue_note import test_changing_hands as hands
from tests.inventory.issue_note import test_exceptions as note
from tests.inventory.old_parts import test_old_parts as old
from tests.inventory.own_use import test_own_use as use
from tests.inventory.purchase import test_purchase as bought
from tests.inventory.replenishment import test_replenishment as refill
from tests.inventory.stocktake import test_stocktake as count
from tests.inventory.transfer import test_transfer as sent
from tests.spec import given
from tests.urging import PAUSE, Waiting

ASKED = Waiting(transfer, (sent.ASKED,), sent.KEEPS, "approvals", Role.APPROVER, branch=sent.FAR)
ON_THE_WAY = Waiting(
    transfer, sent.ON_THE_WAY, sent.SENDS, "receipts", Role.STOREKEEPER, branch=BRANCH
)
LOCAL = Waiting(purchase, (bought.ASKED,), bought.KEEPS, "approvals", Role.APPROVER)
USE = Waiting(own_use, (use.ASKED,), use.KEEPS, "grants", Role.GENERAL_MANAGER)
REFILL = Waiting(replenishment, (refill.ASKED,), refill.KEEPS, "checks", Role.BASE)
TO_SEND = Waiting(
    replenishment, refill.PAST, refill.KEEPS, "sendings", Role.BASE, branch=refill.BASE
)
OLD = Waiting(old_parts, (old.LISTED, old.SENT), old.KEEPS, "receipts", Role.BASE, branch=old.BASE)
COUNT = Waiting(
    stocktake, (*count.SHORT, count.EXPLAINED), count.KEEPS, "difference-approvals", Role.FINANCE
)
REPORT = Waiting(
    closing, (months.CLOSED,), months.money(), "reports", Role.STOREKEEPER, of="2026-11"
)
MONTH = Waiting(
    closing,
    (months.CLOSED, months.sent(), months.reminded("2026-12", months.ENDS, None)),
    months.keeper(),
    "periods",
    Role.FINANCE,
    of="2026-12",
)
ON_NOTE = drawn().do(AskLoss(note.LOSS)).do(AskWaiver(note.WAIVER))
ON_IT = drawn().asked(KEEPER, Role.STOREKEEPER)
LOSS = Waiting(issue_note, ON_NOTE.facts, ON_IT, "loss-approvals", Role.APPROVER, of=note.S1)
SETTLED = hands.settled().do(signing(9, hands.AGAIN, ring=1, pump=1))
MIXED = replace(SETTLED.note.accounts[PUMP].account, old_serials=("OLD-9",))
WRONG = Waiting(
    issue_note,
    SETTLED.do(AskCorrection(PUMP, "看错号", MIXED)).facts,
    ON_IT,
    "correction-approvals",
    Role.APPROVER,
    of=hands.G1,
)
WAIVER = replace(LOSS, step="waiver-approvals", role=Role.GENERAL_MANAGER, of=note.M1)
EVERY = {
    "transfer let go": Waiting(
        transfer,
        (sent.ASKED, sent.APPROVED),
        sent.KEEPS,
        "sendings",
        Role.STOREKEEPER,
        branch=sent.FAR,
    ),
    "transfer that came short": Waiting(
        transfer, sent.LACKING, sent.SENDS, "findings", Role.STOREKEEPER
    ),
    "goods on order": Waiting(
        purchase, (bought.ORDERED,), bought.KEEPS, "receipts", Role.STOREKEEPER
    ),
    "shelves to be counted": Waiting(
        stocktake, (count.OPENED,), count.KEEPS, "shelf-counts", Role.STOREKEEPER
    ),
    "differences to be explained anew": Waiting(
        stocktake,
        (*count.SHORT, count.EXPLAINED, StocktakeReturned("请再查", count.MONEY)),
        count.DECIDES,
        "explanations",
        Role.STOREKEEPER,
    ),
    "differences to be explained": Waiting(
        stocktake, count.SHORT, count.DECIDES, "explanations", Role.STOREKEEPER
    ),
    "old parts that came short": Waiting(
        old_parts, old.LACKING, old.KEEPS, "findings", Role.BASE, branch=old.BASE
    ),
    "old parts to be judged": Waiting(
        old_parts, old.HERE, old.KEEPS, "judgements", Role.BASE, branch=old.BASE
    ),
    "old parts to be settled": Waiting(
        old_parts, old.BOTH_JUDGED, old.KEEPS, "settlements", Role.BASE, branch=old.BASE
    ),
    "transfer asked for": ASKED,
    "transfer on the way": ON_THE_WAY,
    "purchase": LOCAL,
    "own use": USE,
    "request to base": REFILL,
    "request that base has checked": TO_SEND,
    "list of old parts": OLD,
    "stocktake": COUNT,
    "report of a month": REPORT,
    "month that was to be closed": MONTH,
    "loss on an issue note": LOSS,
    "another request on the note": WAIVER,
    "correction of a note that is settled": WRONG,
}


@pytest.mark.parametrize("name", EVERY)
def test_whoever_waits_urges_once_in_the_time_of_policy(name: str) -> None:
    EVERY[name].told()


@pytest.mark.parametrize("name", EVERY)
def test_nobody_is_urged_who_does_not_take_the_step(name: str) -> None:
    EVERY[name].refused()


def test_nobody_is_urged_where_nothing_waits() -> None:
    ASKED.over(sent.REFUSED)
    LOCAL.over(bought.REFUSED)
    USE.over(use.APPROVED)
    TO_SEND.over(*refill.BOTH[2:])


def test_each_of_several_things_on_a_paper_is_urged_by_itself() -> None:
    story = given(issue_note, *LOSS.past, LOSS.urged())
    story.when(WAIVER.urge(), LOSS.asked).then(WAIVER.urged())
    first = replace(LOSS.urge(), of=None)
    given(issue_note, *LOSS.past).when(first, LOSS.asked).then(LOSS.urged())
    no_such = replace(LOSS.urge(), of="BX-0")
    given(issue_note, *LOSS.past).when(no_such, LOSS.asked).refused("nothing-awaited")


def test_who_urges_of_one_thing_and_another_in_turn_urges_of_neither_sooner() -> None:
    past = (*LOSS.past, LOSS.urged(), WAIVER.urged())
    at = LOSS.asked.recorded_at
    known = tuple(Happened(fact, at, at) for fact in past)
    asked = replace(LOSS.asked, happened={LOSS.asked.home: known})
    given(issue_note, *past).when(LOSS.urge("又来电"), asked).refused("urged-already")
    later = replace(LOSS, asked=replace(asked, at=at + PAUSE, now=None))
    given(issue_note, *past).when(later.urge(), later.asked).then(later.urged())


def test_nobody_is_urged_of_what_is_decided_sent_or_closed() -> None:
    REPORT.over(months.sent())
    closed = given(closing, *MONTH.past, replace(months.CLOSED, period="2026-12"))
    closed.when(MONTH.urge(), MONTH.asked).refused("not-awaited")  # its report is, by others
    LOSS.over(LossRefused(note.S1, "请再找找", APPROVER))


def test_of_bases_own_store_what_is_listed_is_counted_where_it_lies() -> None:
    listed = replace(old.LISTED, at_base=True)
    Waiting(old_parts, (listed,), old.KEEPS, "receipts", Role.BASE).told()
