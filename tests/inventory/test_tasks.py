"""配件库的待办: what of the store waits for somebody else's word, and for whom they act for."""

from dataclasses import replace
from typing import Any

from services.inventory.waiting import tasks
from shared.events.cards import DelegationDocument
from shared.events.consignments import SendingCorrected, SentLine, TransitLossRefused
from shared.events.issue_notes import LossApproved, LossAsked, LossRefused
from shared.events.old_parts import OldLossRefused, OldPartsEnded
from shared.events.purchases import GoodsReceived, PurchaseEnded
from shared.events.replenishments import LatenessApproved, StockLossApproved
from tests.inventory.closing.test_closing import CLOSED, sent
from tests.inventory.desk import FAR, PATH, Inventory
from tests.inventory.example import APPROVER, AT, BRANCH, KEEPER, NUMBER, RING, TICKET
from tests.inventory.issue_note.test_exceptions import LOSS
from tests.inventory.old_parts import test_missent as never
from tests.inventory.old_parts import test_old_parts as old
from tests.inventory.own_use import test_own_use as own_use
from tests.inventory.purchase import test_purchase as purchase
from tests.inventory.replenishment import test_replenishment as refill
from tests.inventory.stocktake import test_stocktake as stocktake
from tests.inventory.test_deputies import DEPUTY, asked, delegated
from tests.inventory.transfer import test_transfer as transfer
from tests.seen import fold_view, recorded_on

__all__ = ["asked"]
MINE = "/v1/tasks?mine=true"
KEEPERS = ("base", "storekeeper")
GRANTERS = ("approver", "general_manager")


def waits(home: str, *facts: Any) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By line of work the step, and who takes it."""
    told = (
        recorded_on("inventory", home, fact, seq=n, version=n, ticket=TICKET, branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    return {line: (row.step, row.roles) for (_, line), row in fold_view(tasks, told).items()}


def test_own_use_waits_until_it_is_decided_or_withdrawn() -> None:
    home = own_use.HOME
    assert waits(home, own_use.ASKED) == {"own_use": ("grants", GRANTERS)}
    for end in (own_use.APPROVED, own_use.REFUSED, own_use.WITHDRAWN):
        assert waits(home, own_use.ASKED, end) == {}


def test_a_purchase_waits_only_if_the_branch_buys_itself() -> None:
    home = purchase.HOME
    assert waits(home, purchase.ASKED) == {"purchase": ("approvals", GRANTERS)}
    come = {"purchase": ("receipts", KEEPERS)}
    assert waits(home, purchase.ORDERED) == waits(home, purchase.ASKED, purchase.APPROVED) == come
    for end in (purchase.REFUSED, PurchaseEnded("不买了", KEEPER)):
        assert waits(home, purchase.ASKED, end) == {}
    part = GoodsReceived(f"{purchase.NUMBER}-R1", "SH-1", (purchase.CAME,), KEEPER)
    rest = GoodsReceived(f"{purchase.NUMBER}-R2", "SH-2", (purchase.PUMPS_CAME,), KEEPER)
    assert waits(home, purchase.ORDERED, part) == come
    assert waits(home, purchase.ORDERED, part, rest) == {}


def test_requests_on_a_note_wait_each_by_itself() -> None:
    home, first, second = f"issue_note-{NUMBER}", f"{NUMBER}-S1", f"{NUMBER}-S2"
    both = (LossAsked(first, LOSS, KEEPER), LossAsked(second, LOSS, KEEPER))
    assert waits(home, *both).keys() == {first, second}
    granted = LossApproved(first, LOSS, KEEPER, APPROVER)
    assert waits(home, *both, granted) == {second: ("loss-approvals", GRANTERS)}
    assert waits(home, *both, granted, LossRefused(second, "再找", APPROVER)) == {}


def where(home: str, *facts: Any, line: str | None = None) -> list[tuple[str, str, str]]:
    """The step that waits, the first of those who take it, and at which branch."""
    told = (
        recorded_on("inventory", home, fact, seq=n, version=n, ticket="", branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    rows = fold_view(tasks, told).items()
    wanted = (row for (_, named), row in rows if row.waiting and line in (None, named))
    return [(row.step, row.roles[0], row.branch) for row in wanted]


def test_a_transfer_waits_at_the_store_that_has_it() -> None:
    home, far = transfer.HOME, transfer.FAR
    assert where(home, transfer.ASKED) == [("approvals", "approver", far)]
    assert where(home, *transfer.ON_THE_WAY[:2]) == [("sendings", "base", far)]
    assert where(home, *transfer.ON_THE_WAY) == [("receipts", "base", BRANCH)]
    for end in (transfer.REFUSED, transfer.CANCELLED):
        assert where(home, transfer.ASKED, end) == []
    assert where(home, *transfer.ON_THE_WAY, transfer.RECEIVED) == []


def test_what_a_parcel_lacked_is_found_or_waits_for_its_loss() -> None:
    home, lacking = transfer.HOME, transfer.LACKING
    assert where(home, *lacking) == [("findings", "base", BRANCH)]
    lost = (*lacking, transfer.LOSS_ASKED)
    assert where(home, *lost) == [("loss-approvals", "approver", BRANCH)]
    refused = TransitLossRefused(transfer.S1, "再找", APPROVER)
    assert where(home, *lost, refused) == [("findings", "base", BRANCH)]


def test_a_request_waits_for_base_and_its_parcels_for_the_store() -> None:
    home, base = refill.HOME, refill.BASE
    assert where(home, refill.ASKED) == [("checks", "base", BRANCH)]
    sending = ("sendings", "base", base)
    assert where(home, *refill.PAST) == [sending]
    one = (*refill.PAST, refill.SENT_1)
    receipt = ("receipts", "base", BRANCH)
    assert where(home, *one) == [sending, receipt]
    assert where(home, *one, refill.CAME_1) == [sending]
    assert where(home, *refill.BOTH) == [receipt]
    assert where(home, *refill.LACKING) == [("findings", "base", BRANCH)]
    asked = (*refill.LACKING, refill.LOSS_ASKED)
    assert where(home, *asked) == [("loss-approvals", "approver", BRANCH)]
    granted = StockLossApproved(refill.S1, refill.LOSS, KEEPER, APPROVER)
    assert where(home, *asked, granted) == []
    assert where(home, *refill.BOTH, refill.CAME_1, refill.CAME_2) == []


def test_of_a_parcel_of_which_nothing_left_nothing_waits() -> None:
    """The other one was counted, and what it lacks is looked for."""
    was, left = ((SentLine(RING, count),) for count in (4, 0))
    number, by_whom = f"{refill.P1}-G1", refill.KEEPER_SIG_1
    never = SendingCorrected(number, was, left, "没有寄出", refill.SENDER, by_whom)
    anew = replace(never, was=left, lines=was)
    told = (*refill.BOTH, refill.SHORT_2)
    receipt, finding = (("receipts", "base", BRANCH), ("findings", "base", BRANCH))
    assert where(refill.HOME, *told, line="parcels") == [receipt]
    assert where(refill.HOME, *told, never, line="parcels") == [finding]
    assert where(refill.HOME, *told, never, anew, line="parcels") == [receipt]


def test_what_base_sends_is_due_and_its_lateness_waits_for_the_general_manager() -> None:
    told = [*refill.PAST, refill.LATE]
    late = where(refill.HOME, *told, line="lateness")
    assert late == [("lateness-approvals", "general_manager", BRANCH)]
    accepted = LatenessApproved("停产", "G-1")
    assert where(refill.HOME, *told, accepted, line="lateness") == []
    first = recorded_on(
        "inventory", refill.HOME, refill.ASKED, seq=1, version=1, ticket="", branch=BRANCH, at=AT
    )
    row = fold_view(tasks, [first])[refill.HOME, "replenishment"]
    assert row.due_at == refill.DUE


def test_old_parts_wait_at_the_store_and_then_at_base() -> None:
    home, base = old.HOME, old.BASE
    assert where(home, old.LISTED) == [("sendings", "storekeeper", BRANCH)]
    assert where(home, old.LISTED, old.SENT) == [("receipts", "base", base)]
    assert where(home, *old.LACKING) == [("findings", "base", base)]
    assert where(home, *old.LACKING, old.LOSS_ASKED) == [("loss-approvals", "approver", base)]
    assert where(home, *old.HERE) == [("judgements", "base", base)]
    never_left = (OldLossRefused(old.S1, "未揽收", APPROVER), never.CORRECTED)
    again = (old.LISTED, old.SENT, never.NONE_CAME, old.LOSS_ASKED, never.ASKED, *never_left)
    assert where(home, *again) == [("sendings", "storekeeper", BRANCH)]
    short = (*again, old.SENT, never.NONE_CAME)
    assert where(home, *short) == [("findings", "base", base)], "and no loss of the first parcel"
    assert where(home, *old.BOTH_JUDGED) == [("settlements", "base", base)]
    assert where(home, old.LISTED, OldPartsEnded("列错了", KEEPER)) == []
    there = replace(old.LISTED, at_base=True)
    assert where(home, there) == [("receipts", "base", BRANCH)], "they lie where they are counted"


def test_a_stocktake_waits_for_whoever_keeps_the_store_and_then_for_finance() -> None:
    home = stocktake.HOME
    counting = [("shelf-counts", "base", BRANCH)]
    assert where(home, stocktake.OPENED) == where(home, *stocktake.SHORT[:3]) == counting
    assert where(home, *stocktake.SHORT) == [("explanations", "base", BRANCH)]
    told = (*stocktake.SHORT, stocktake.EXPLAINED)
    assert where(home, *told) == [("difference-approvals", "finance", BRANCH)]
    assert where(home, *told, stocktake.APPROVED) == []


def test_the_report_of_a_closed_month_waits_for_the_keeper() -> None:
    home = f"closing-{BRANCH}"
    waiting = ("reports", "storekeeper", BRANCH)
    assert where(home, CLOSED) == [waiting]
    assert where(home, CLOSED, sent()) == []


def test_a_step_waits_since_it_began_and_not_since_the_last_fact() -> None:
    told = [
        recorded_on("inventory", home, fact, seq=n, version=n, ticket="", branch=BRANCH, at=AT)
        for home in [stocktake.HOME]
        for n, fact in enumerate(stocktake.SHORT[:3], start=1)
    ]
    (row,) = fold_view(tasks, told).values()
    assert (row.since, row.changed_at) == (told[0].recorded_at, told[2].recorded_at)


def steps(inventory: Inventory, token: str, path: str = MINE) -> list[str]:
    return [row["step"] for row in inventory.rows(path, token)]


def test_whoever_grants_it_sees_it_and_so_does_their_deputy(asked: Inventory) -> None:
    approver = asked.desk.staff("A-2", ["approver"], [BRANCH])
    deputy = asked.desk.staff(DEPUTY, ["clerk", "storekeeper"], [BRANCH])
    far = asked.desk.staff("A-FAR", ["approver"], [FAR])
    assert steps(asked, approver) == ["loss-approvals"]
    assert (steps(asked, deputy), steps(asked, far)) == ([], [])
    assert steps(asked, asked.keeper, "/v1/tasks") == []
    given = DelegationDocument((delegated(),))
    asked.views.documents["intake", f"delegation-{APPROVER}"] = given
    assert steps(asked, deputy) == ["loss-approvals"]
    granted = {"number": f"{NUMBER}-S1"}
    asked.post(f"{PATH}/loss-approvals", granted, approver)
    assert steps(asked, approver) == []
