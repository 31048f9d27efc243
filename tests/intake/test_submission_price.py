"""目录无价 (a part without a price): whoever submits asks the top rung, until there is a price."""

import pytest

from shared.events.inventory import PartCard, PartDocument
from tests.intake.desk import EXAMPLES, Intake

TOP = ["general_manager"]


@pytest.mark.parametrize(("price", "needed"), [(3_800, ["approver"]), (None, TOP)])
def test_a_part_without_a_price_is_approved_on_the_top_rung(
    intake: Intake, price: int | None, needed: list[str]
) -> None:
    desk = intake.opened()
    path = desk.signed()
    for wanted in EXAMPLES["diagnoses"]["diagnosis"]["parts_to_bring"]:
        part = wanted["part"]
        card = PartDocument(PartCard(part, part, value_fen=price))
        desk.desk.views.documents["inventory", f"part-{part}"] = card
    desk.give(path, "submissions", desk.clerk)
    shown = desk.desk.get(path, desk.clerk).json()
    assert shown["report"]["approval"]["needed"] == needed
