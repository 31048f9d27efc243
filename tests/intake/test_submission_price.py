"""目录无价 (a part without a price): the top rung is asked, and the report says why."""

from collections.abc import Sequence

import pytest

from shared.events.inventory import PartCard, PartDocument
from tests.intake.desk import EXAMPLES, Intake
from tests.intake.test_papers import codes as codes_of
from tests.intake.test_papers import next_of, page
from tests.shared.http_desk import codes

TOP, STOREKEEPER = ["general_manager"], "K-CHENKU"
PARTS = [each["part"] for each in EXAMPLES["diagnoses"]["diagnosis"]["parts_to_bring"]]


def priced(intake: Intake, price: int | None, parts: Sequence[str] = PARTS) -> None:
    """The catalogue has this price of the parts to bring."""
    for part in parts:
        card = PartDocument(PartCard(part, part, value_fen=price))
        intake.desk.views.documents["inventory", f"part-{part}"] = card


@pytest.mark.parametrize(("price", "needed"), [(3_800, ["approver"]), (None, TOP)])
def test_a_part_without_a_price_is_approved_on_the_top_rung(
    intake: Intake, price: int | None, needed: list[str]
) -> None:
    desk = intake.opened()
    path = desk.signed()
    priced(desk, price)
    desk.give(path, "submissions", desk.clerk)
    shown = desk.desk.get(path, desk.clerk).json()
    assert shown["report"]["approval"]["needed"] == needed
    assert shown["report"]["approval"]["unpriced"] == ([] if price else PARTS)


def test_the_page_of_the_report_says_why_and_what_to_do(intake: Intake) -> None:
    desk = intake.opened()
    path = desk.signed()
    assert desk.told(path, desk.clerk)["unpriced"] is None
    priced(desk, None)
    desk.give(path, "submissions", desk.clerk)
    card = {**EXAMPLES["people"], "id": STOREKEEPER, "roles": ["storekeeper"]}
    desk.done(desk.desk.post("/v1/people", card, desk.operator))
    storekeeper = desk.desk.token(STOREKEEPER, ["storekeeper"], ["HZ01"])
    for reader in (desk.clerk, desk.technician, desk.approver, storekeeper):
        said = desk.told(path, reader)["unpriced"]
        assert said["parts"] == PARTS
        assert f"配件 {'、'.join(PARTS)} 在配件目录里没有单价" in said["zh"]
        assert "最高一级（总经理）审批" in said["zh"]
        assert "请库管先在配件目录登记单价，再请客服撤回、重新送审" in said["zh"]
        assert f"the catalogue has no price for {', '.join(PARTS)}" in said["en"]
        assert "the storekeeper enters the price in the catalogue first" in said["en"]


def test_an_approver_is_told_why_it_is_not_theirs(intake: Intake) -> None:
    desk = intake.opened()
    path = desk.signed()
    priced(desk, None)
    desk.give(path, "submissions", desk.clerk)
    body = {**EXAMPLES["approvals"], "content": desk.content(path)}
    refused = desk.desk.post(f"{path}/approvals", body, desk.approver)
    assert codes(refused) == ["approval-not-asked", "parts-unpriced"]
    told = refused.json()["reasons"][1]
    assert told["zh"] == desk.told(path, desk.clerk)["unpriced"]["zh"]
    assert [each["path"] for each in told["mends"]] == [
        "/v1/parts/{number}/changes",
        *(f"{path}/{step}" for step in ("recalls", "submissions", "amendments")),
    ]


def test_the_page_of_the_ticket_says_it_before_anybody_tries(intake: Intake) -> None:
    desk = intake.opened()
    path = desk.signed()
    priced(desk, None)
    desk.give(path, "submissions", desk.clerk)
    row = page(desk, path, desk.approver)
    assert row["paper"]["approval"]["unpriced"] == PARTS
    for step in ("approvals", "returns"):
        assert "parts-unpriced" in codes_of(next_of(row)[step])


def test_a_change_of_it_says_why_too(intake: Intake) -> None:
    """Approved with a price; when the change is submitted, the catalogue has none."""
    desk = intake.opened()
    path = desk.approved()
    desk.give(path, "amendment-drafts", desk.technician)
    told = desk.told(path, desk.clerk)
    signed = {"content": told["report"]["draft"]["content"], "how": "session"}
    desk.done(desk.desk.post(f"{path}/signatures", signed, desk.technician))
    parts = [each["part"] for each in told["report"]["draft"]["diagnosis"]["parts_to_bring"]]
    priced(desk, None, parts)
    desk.done(desk.desk.post(f"{path}/amendments", signed, desk.clerk))
    shown = desk.told(path, desk.clerk)
    assert (shown["unpriced"]["parts"], shown["report"]["approval"]["needed"]) == (parts, TOP)


def test_with_a_price_the_cost_says_who_approves(intake: Intake) -> None:
    """The storekeeper enters it, the clerk recalls the report and submits it again."""
    desk = intake.opened()
    path = desk.signed()
    priced(desk, None)
    desk.give(path, "submissions", desk.clerk)
    priced(desk, 3_800)
    assert desk.told(path, desk.clerk)["unpriced"]["parts"] == PARTS, "as it was asked"
    desk.give(path, "recalls", desk.clerk)
    assert desk.told(path, desk.clerk)["unpriced"] is None
    desk.give(path, "submissions", desk.clerk)
    assert desk.told(path, desk.clerk)["unpriced"] is None
    desk.give(path, "approvals", desk.approver)
    assert desk.told(path, desk.clerk)["report"]["stage"] == "approved"
