"""配件库的待办: what of the store waits for somebody else's word, and for whom they act for."""

from typing import Any

from services.inventory.views import tasks
from shared.events.cards import DelegationDocument
from shared.events.issue_notes import LossApproved, LossAsked, LossRefused
from shared.events.purchases import PurchaseEnded
from tests.inventory.desk import FAR, PATH, Inventory
from tests.inventory.example import APPROVER, AT, BRANCH, KEEPER, NUMBER, TICKET
from tests.inventory.issue_note.test_exceptions import LOSS
from tests.inventory.own_use import test_own_use as own_use
from tests.inventory.purchase import test_purchase as purchase
from tests.inventory.test_deputies import DEPUTY, asked, delegated
from tests.seen import fold_view, recorded_on

__all__ = ["asked"]
MINE = "/v1/tasks?mine=true"
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
    assert waits(home, purchase.ORDERED) == {}
    for end in (purchase.APPROVED, purchase.REFUSED, PurchaseEnded("不买了", KEEPER)):
        assert waits(home, purchase.ASKED, end) == {}


def test_requests_on_a_note_wait_each_by_itself() -> None:
    home, first, second = f"issue_note-{NUMBER}", f"{NUMBER}-S1", f"{NUMBER}-S2"
    both = (LossAsked(first, LOSS, KEEPER), LossAsked(second, LOSS, KEEPER))
    assert waits(home, *both).keys() == {first, second}
    granted = LossApproved(first, LOSS, KEEPER, APPROVER)
    assert waits(home, *both, granted) == {second: ("loss-approvals", GRANTERS)}
    assert waits(home, *both, granted, LossRefused(second, "再找", APPROVER)) == {}


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
