"""Who is next in the store, by name: keepers, base, and who grants what was asked for."""

import pytest

from shared.events.values import Role
from shared.http.colleagues import MOST
from tests.inventory.desk import FAR, PATH, Inventory
from tests.inventory.example import (
    APPROVER,
    BRANCH,
    CLERK,
    KEEPER,
    LIU,
    ORDER,
    RING,
    TICKET,
    signing,
)
from tests.inventory.test_deputies import DEPUTY, LOSS, delegated, granted
from tests.shared.room_desk import know, named, who_is_next

PAGE = f"/v1/tickets/{TICKET}/papers"


@pytest.fixture
def lost(inventory: Inventory) -> Inventory:
    """The keeper has asked for a loss."""
    inventory.issued()
    inventory.post(f"{PATH}/losses", LOSS, inventory.keeper)
    return inventory


def test_the_keeper_of_the_store_is_named_and_none_of_another_store(inventory: Inventory) -> None:
    inventory.released()
    know(inventory.views, "S-FAR", Role.STOREKEEPER, FAR)
    know(inventory.views, "S-LEFT", Role.STOREKEEPER, BRANCH, active=False)
    whom = who_is_next(inventory.rows(PAGE), "issues")
    assert ("storekeeper", KEEPER, None) in named(whom)
    assert {each["person"] for each in whom}.isdisjoint({"S-FAR", "S-LEFT"})
    assert all(each["name"] for each in whom)


def test_of_many_keepers_the_first_are_named_and_the_rest_counted(inventory: Inventory) -> None:
    inventory.released()
    for number in range(MOST + 2):
        know(inventory.views, f"S-{number}", Role.STOREKEEPER, BRANCH)
    whom = who_is_next(inventory.rows(PAGE), "issues")
    keepers = [each for each in whom if each["role"] == "storekeeper"]
    assert [each["more"] for each in keepers] == [*[0] * MOST, 3]


def next_of(lost: Inventory) -> list[tuple[str, str | None, str | None]]:
    """Who may grant the loss."""
    return list(named(who_is_next(lost.rows(PAGE), "loss-approvals")))


def test_who_grants_is_named_and_nobody_stands_in_before_their_day(lost: Inventory) -> None:
    know(lost.views, APPROVER, Role.APPROVER, BRANCH)
    granted(lost, DEPUTY, delegated(from_=1, until=1))
    assert ("approver", APPROVER, None) in next_of(lost)
    assert DEPUTY not in [person for _, person, _ in next_of(lost)]


def test_a_deputy_is_named_beside_whom_they_stand_in_for(lost: Inventory) -> None:
    know(lost.views, APPROVER, Role.APPROVER, BRANCH)
    know(lost.views, DEPUTY, Role.CLERK, BRANCH)
    granted(lost, "K-STRANGER", delegated())
    assert ("approver", DEPUTY, APPROVER) in next_of(lost)
    know(lost.views, DEPUTY, Role.CLERK, BRANCH, active=False)
    assert ("approver", DEPUTY, APPROVER) not in next_of(lost)


def test_where_nobody_has_the_role_it_is_said_with_what_to_do(lost: Inventory) -> None:
    whom = who_is_next(lost.rows(PAGE), "loss-approvals")
    (approver,) = [each for each in whom if each["role"] == "approver"]
    assert approver["person"] is None
    assert approver["to_do_zh"].startswith("本网点现在无人担任")
    assert "operator" in approver["to_do_en"]


def test_who_is_in_hospital_does_not_count_and_the_approver_signs_in_their_place(
    inventory: Inventory,
) -> None:
    inventory.issued()
    know(inventory.views, LIU, Role.TECHNICIAN, BRANCH)
    know(inventory.views, "T-SUN", Role.TECHNICIAN, BRANCH)
    know(inventory.views, APPROVER, Role.APPROVER, BRANCH)
    counting = named(who_is_next(inventory.rows(PAGE), "counts"))
    assert ("technician", "T-SUN", None) in counting
    assert LIU not in [person for _, person, _ in counting]
    (told,) = inventory.rows(PAGE)
    both, in_place = (each for each in told["next"] if each["path"].endswith("/hand-overs"))
    assert ("approver", APPROVER, None) in named(in_place["who"])
    fields = ["recipient", "because", "taker.evidence"]
    assert [each["field"] for each in both["needed"]] == [*fields, "giver.evidence"]
    assert [each["field"] for each in in_place["needed"]] == fields
    (uncounted,) = in_place["reasons"]
    assert uncounted["code"] == "not-counted"
    (mend,) = uncounted["mends"]
    assert ("technician", "T-SUN", None) in named(mend["who"])
    assert LIU not in [each["person"] for each in mend["who"]]


def test_an_account_whose_technician_cannot_sign_names_the_hand_over_and_who_signs_it(
    inventory: Inventory,
) -> None:
    inventory.issued()
    know(inventory.views, APPROVER, Role.APPROVER, BRANCH)
    (told,) = inventory.rows(PAGE)
    (step, *_) = (each for each in told["next"] if each["path"].endswith("/reconciliations"))
    assert step["allowed"]
    (unsigned,) = (each for each in step["conditions"] if each["code"] == "technician-unsigned")
    assert LIU in unsigned["zh"]
    counts, hand_over = unsigned["mends"]
    assert counts["path"].endswith("/counts")
    assert ("approver", APPROVER, None) in named(hand_over["who"])


def test_the_keeper_sees_what_a_clerk_asked_not_to_be_drawn_until_it_is_done(
    inventory: Inventory,
) -> None:
    inventory.released()
    (paper,) = inventory.rows(PAGE)
    assert paper["paper"]["not_to_draw"] == []
    asking = {"because": "用户撤单 the customer withdrew"}
    inventory.post(f"{PATH}/voiding-requests", asking, inventory.clerk)
    (paper,) = inventory.rows(PAGE)
    (asked,) = paper["paper"]["not_to_draw"]
    assert (asked["part"], asked["because"]) == (None, asking["because"])
    inventory.post(f"{PATH}/voidings", {})
    (paper,) = inventory.rows(PAGE)
    assert paper["paper"]["not_to_draw"] == []


def test_what_a_step_of_the_order_mends_names_that_order_and_its_clerks(
    inventory: Inventory,
) -> None:
    inventory.issued()
    know(inventory.views, CLERK, Role.CLERK, BRANCH)
    inventory.reacted(signing(7, ring=2, pump=1))
    rings = {"used": 1, "unused": 2, "old_returned": 1, "fault_nature": "wear"}
    (differs, *_) = inventory.settle({"part": RING, "account": rings}).json()["reasons"]
    (mend,) = differs["mends"]
    assert mend["path"] == f"/v1/work-orders/{ORDER}/signature-voidings"
    assert [each["person"] for each in mend["who"]] == [CLERK]
