"""差旅标准 of the core policy: to which row a line is held, and in which role a sum is approved."""

import pytest

from services.dispatch import rules
from shared.events.travel_claims import ExpenseKind
from shared.events.values import TravelMode
from shared.policy.book import PolicyBook
from shared.policy.claiming import Rate
from tests.dispatch.example import AT, BRANCH
from tests.shared.http_desk import POLICIES

FARE = ExpenseKind.FARE
POLICY = PolicyBook(POLICIES)(BRANCH, AT)
EITHER = ("approver", "general_manager")
ABOVE = ("general_manager",)


def rate(kind: ExpenseKind, mode: TravelMode) -> str:
    """Under what a day of it is counted."""
    return rules.rate(POLICY, kind, mode)[2]


@pytest.mark.parametrize(
    ("fen", "needed"),
    [(1, EITHER), (499_999, EITHER), (500_000, ABOVE), (500_001, ABOVE), (10**9, ABOVE)],
)
def test_a_sum_on_the_bound_is_approved_above_it(fen: int, needed: tuple[str, ...]) -> None:
    assert rules.claim_asked(POLICY, fen) == needed


def test_a_sum_that_nobody_knows_is_approved_where_any_sum_is() -> None:
    assert rules.claim_asked(POLICY, None) == ABOVE


@pytest.mark.parametrize(
    ("kind", "mode", "row"),
    [
        (ExpenseKind.LODGING, TravelMode.RAIL, ("lodging", 35_000)),
        (ExpenseKind.ALLOWANCE, TravelMode.RAIL, ("allowance", 10_000)),
        (ExpenseKind.LOCAL, TravelMode.RAIL, ("local", 8_000)),
        (ExpenseKind.FARE, TravelMode.OWN_CAR, ("own-car", 30_000)),
        (ExpenseKind.FARE, TravelMode.RAIL, ("as-paid", None)),
        (ExpenseKind.FARE, TravelMode.COMPANY_CAR, ("as-paid", None)),
        (ExpenseKind.FARE, None, ("as-paid", None)),
        (ExpenseKind.LOCAL, TravelMode.OWN_CAR, ("local", 8_000)),
        (ExpenseKind.POSTAGE, TravelMode.OWN_CAR, ("as-paid", None)),
    ],
)
def test_a_line_is_held_to_the_first_row_that_fits(
    kind: ExpenseKind, mode: TravelMode | None, row: tuple[str, int | None]
) -> None:
    assert rules.rate(POLICY, kind, mode)[:2] == row


def test_a_day_is_counted_by_what_the_row_holds_for_whatever_it_is_called() -> None:
    own_car, night = rate(FARE, TravelMode.OWN_CAR), rate(ExpenseKind.LODGING, TravelMode.RAIL)
    assert (own_car, night) == ("as:fare:own_car", "as:lodging:any")
    renamed = Rate("hotel", ExpenseKind.LODGING, day_fen=35_000)
    assert renamed.counts_as == night
    several = Rate("x", modes=frozenset({TravelMode.RAIL, TravelMode.COACH}))
    assert several.counts_as == "as:any:coach.rail"
