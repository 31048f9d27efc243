"""选项 (choices): the page of a ticket offers those values alone with which a step would pass."""

from collections.abc import Sequence

import pytest

from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.example import TICKET


def offered(dispatch: Dispatch, token: str, step: str, field: str) -> Sequence[str]:
    """The values that somebody is offered for a field of a step of the order or its visits."""
    papers = dispatch.shown(f"/v1/tickets/{TICKET}/papers", token)
    steps = [each for row in papers["rows"] for each in row["next"]]
    (found,) = (each for each in steps if each["path"].endswith(f"/{step}"))
    assert found["allowed"]
    (needed,) = (each for each in found["needed"] if each["field"] == field)
    return [each["value"] for each in needed["choices"]]


def test_before_the_work_it_ends_as_a_repair_that_is_not_made(dispatch: Dispatch) -> None:
    dispatch.opened()
    assert offered(dispatch, dispatch.clerk, "closings", "ending") == [
        "withdrawn",
        "duplicate",
        "not_repairable",
    ]


def test_only_a_duplicate_asks_for_the_other_ticket(dispatch: Dispatch) -> None:
    dispatch.opened()
    papers = dispatch.shown(f"/v1/tickets/{TICKET}/papers", dispatch.clerk)
    steps = [each for row in papers["rows"] for each in row["next"]]
    (found,) = (each for each in steps if each["path"].endswith("/closings"))
    asked = {each["field"]: [it["value"] for it in each["only_for"]] for each in found["needed"]}
    every = ("ending", "reason", "customer_told_at")
    assert asked == {**{field: [] for field in every}, "other_ticket": ["duplicate"]}


def test_what_was_handed_in_as_mended_ends_as_that_alone(dispatch: Dispatch) -> None:
    dispatch.handed_in()
    assert offered(dispatch, dispatch.clerk, "closings", "ending") == ["repaired"]


@pytest.mark.parametrize(
    ("who", "ways"), [("liu", ["drawn", "photo"]), ("clerk", ["photo"])], ids=["liu", "clerk"]
)
def test_the_customer_signs_in_nobody_elses_session(
    dispatch: Dispatch, who: str, ways: Sequence[str]
) -> None:
    path = dispatch.there()
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", EXAMPLES["work-records"]))
    dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", {"outcome": "done"}))
    token = getattr(dispatch, who)
    assert offered(dispatch, token, "customer-signatures", "how") == ways
