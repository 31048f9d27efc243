"""Who grants the loss of a part that has no price in the catalogue, over HTTP."""

import pytest

from shared.events.values import Role
from tests.inventory.desk import EXAMPLES, PATH, Inventory
from tests.inventory.example import APPROVER, BRANCH, NUMBER
from tests.shared.http_desk import codes
from tests.shared.room_desk import know

GRANTS = f"{PATH}/loss-approvals"
GRANT = {"number": f"{NUMBER}-S1"}


@pytest.fixture
def lost(inventory: Inventory) -> Inventory:
    """The keeper asks for the loss of a ring, whose price nobody has given."""
    inventory.issued()
    inventory.post(f"{PATH}/losses", EXAMPLES["losses"])
    return inventory


def test_it_is_whom_the_last_rung_adds(lost: Inventory) -> None:
    approver = lost.desk.staff(APPROVER, ["approver"], [BRANCH])
    told = lost.desk.post(GRANTS, GRANT, approver)
    assert codes(told) == ["loss-cost-unknown"]
    (refused,) = told.json()["reasons"]
    assert refused["numbers"]["needed"] == ["general_manager"]
    assert [each["path"] for each in refused["mends"]] == ["/v1/parts/MFQ-32/changes"]
    chief = lost.desk.staff("G-SHENYI", ["general_manager"], [BRANCH])
    assert lost.done(lost.desk.post(GRANTS, GRANT, chief)).json()["facts"] == ["LossApproved"]


def test_it_is_any_approver_once_base_gives_the_price(lost: Inventory) -> None:
    approver = lost.desk.staff(APPROVER, ["approver"], [BRANCH])
    lost.priced()
    assert lost.done(lost.desk.post(GRANTS, GRANT, approver)).json()["facts"] == ["LossApproved"]


def test_it_is_whoever_has_the_post_themselves(lost: Inventory) -> None:
    approver = lost.desk.staff(APPROVER, ["approver"], [BRANCH])
    know(lost.views, APPROVER, Role.APPROVER, BRANCH, posts=("general_manager",))
    assert lost.done(lost.desk.post(GRANTS, GRANT, approver)).json()["facts"] == ["LossApproved"]
