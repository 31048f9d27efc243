"""定额建议: what use suggests, by which rule and why in words, and that nobody applies it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn_from
from hypothesis import strategies as st

from guiyi.verbs.stock_lists import quota_line
from services.inventory.quota.http import SENTENCES, sentences, suggestion
from services.inventory.quota.suggestion import (
    WEEK,
    QuotaRule,
    Suggested,
    suggest,
    whole_weeks,
)
from services.inventory.views import part_use
from services.inventory.views.part_use import used_by, week_of
from shared.events.inventory import Movement, QuotaSet, StockMoved
from shared.policy import Suggesting
from shared.texts import placeholders
from tests.inventory.desk import Inventory, inventory_desk
from tests.inventory.example import AT, BRANCH, RING, move, opening
from tests.seen import fold_view, recorded_on
from tests.tries import tries

MONDAY = date(2026, 11, 23)
WEEKS = st.lists(st.integers(0, 40), max_size=20)
COVER = st.integers(1, 8)


def by_weeks(*used: int, cover: int = 2) -> Suggested:
    """What so many pieces, a week each, suggest."""
    weeks = [MONDAY + n * WEEK for n in range(len(used))]
    return suggest(weeks, dict(zip(weeks, used, strict=True)), cover)


def test_the_mean_of_the_weeks_is_to_last_until_the_next_delivery() -> None:
    found = by_weeks(3, 2, 4, 3)
    assert (found.quota, found.rule) == (6, QuotaRule.AVERAGE)
    assert (found.used, found.weeks, found.needed, found.busiest) == (12, 4, 6, 4)
    assert by_weeks(1, 0, 0).quota == 1, "part of a piece is a piece"


def test_the_busiest_week_would_not_have_emptied_the_shelf() -> None:
    found = by_weeks(0, 0, 9, 0)
    assert (found.quota, found.needed, found.rule) == (9, 5, QuotaRule.BUSIEST_WEEK)


def test_of_what_was_not_used_none_and_of_what_is_new_nothing() -> None:
    assert (by_weeks(0, 0).quota, by_weeks(0, 0).rule) == (0, QuotaRule.NOT_USED)
    assert (by_weeks().quota, by_weeks().rule) == (None, QuotaRule.TOO_NEW)
    assert by_weeks(3, -3).quota == 0, "what a correction brought back was not used"


@tries(300)
@drawn_from(WEEKS, COVER)
def test_it_lasts_for_the_mean_and_for_each_week_and_is_no_larger(
    used: Sequence[int], cover: int
) -> None:
    found = by_weeks(*used, cover=cover)
    if not used:
        assert found.quota is None
        return
    assert found.quota is not None
    assert found.quota * len(used) >= sum(used) * cover
    assert found.quota >= max(used)
    less = found.quota - 1
    assert less < max(used) or less * len(used) < sum(used) * cover or found.quota == 0


@tries(300)
@drawn_from(WEEKS.filter(bool), COVER, st.randoms(use_true_random=False), st.integers(1, 9))
def test_more_use_or_a_longer_time_never_asks_for_less(
    used: list[int], cover: int, chance: Any, more: int
) -> None:
    quota = by_weeks(*used, cover=cover).quota
    assert quota is not None
    mixed = chance.sample(used, len(used))
    assert by_weeks(*mixed, cover=cover).quota == quota, "their order says nothing"
    mixed[0] += more
    greater = by_weeks(*mixed, cover=cover).quota
    longer = by_weeks(*used, cover=cover + more).quota
    assert greater is not None
    assert longer is not None
    assert min(greater, longer) >= quota


@tries(200)
@drawn_from(st.integers(0, 400), st.integers(0, 40), st.integers(1, 53))
def test_only_weeks_that_are_over_and_wholly_known_count(days: int, before: int, most: int) -> None:
    today = MONDAY + timedelta(days=days)
    since = week_of(AT) - before * WEEK
    weeks = whole_weeks(since, today, most)
    assert len(weeks) <= most
    assert all(since < each and each + WEEK <= today for each in weeks)
    assert all(later - each == WEEK for each, later in pairwise(weeks))
    assert not weeks or weeks[-1] + WEEK > today - WEEK, "the newest of them"


def test_what_is_fitted_or_used_up_is_use_and_nothing_else() -> None:
    hands = "technician:T-LIUYANG"
    told = [
        (move(RING, hands, "installed", 2, Movement.USED), 2),
        (move(RING, "store", "consumed", 1, Movement.OWN_USE), 1),
        (move(RING, "installed", hands, 1, Movement.CORRECTION), -1),
        (move(RING, "installed", "old_warranty", 2, Movement.OLD_PART), 0),
        (move(RING, "store", hands, 3, Movement.ISSUE), 0),
        (move(RING, hands, "difference", 1, Movement.LOST), 0),
        (opening(RING, 9), 0),
    ]
    for moved, used in told:
        assert used_by(moved) == used, moved


def folded(*facts: tuple[int, Any]) -> part_use.Row:
    """The row after facts, each so many days after the Monday of the stories."""
    rows = fold_view(
        part_use,
        [
            recorded_on(
                "inventory",
                f"stock-{BRANCH}:{RING}",
                fact,
                seq=nth,
                version=nth,
                ticket="",
                branch=BRANCH,
                at=AT + timedelta(days=days),
            )
            for nth, (days, fact) in enumerate(facts, 1)
        ],
    )
    (row,) = rows.values()
    assert isinstance(row, part_use.Row)
    return row


def use(pieces: int) -> StockMoved:
    return move(RING, "technician:T-LIUYANG", "installed", pieces, Movement.USED)


def test_use_is_kept_by_weeks_and_explained_in_both_languages() -> None:
    row = folded((0, opening(RING, 40)), (8, use(3)), (9, use(1)), (16, use(2)), (17, use(9)))
    shown = suggestion(row, Suggesting(weeks=13, cover_weeks=2), MONDAY + 2 * WEEK)
    assert [(each.begins_on, each.used) for each in shown.weeks] == [(MONDAY + WEEK, 4)]
    shown = suggestion(row, Suggesting(weeks=13, cover_weeks=2), MONDAY + 3 * WEEK)
    assert (shown.suggested, shown.rule, shown.quota) == (15, QuotaRule.AVERAGE, None)
    assert "15" in shown.because.zh
    assert "15 were used in 2 weeks" in shown.because.en
    later = folded((0, opening(RING, 40)), (1, QuotaSet(BRANCH, RING, 7)))
    assert later.quota == 7


def test_no_more_weeks_are_kept_than_policy_can_ask_for() -> None:
    row = folded(*((7 * n, use(1)) for n in range(80)))
    assert len(row.weeks) == part_use.MOST_WEEKS


def test_each_rule_says_the_same_figures_in_both_languages() -> None:
    told = sentences()
    assert set(told) == {each.value for each in QuotaRule}, SENTENCES
    for said in told.values():
        assert placeholders(said["zh"]) == placeholders(said["en"])
        assert placeholders(said["zh"]) <= set(Suggested.__slots__)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Inventory]:
    with inventory_desk(tmp_path) as made:
        made.stocked()
        yield made


def test_it_is_shown_to_keepers_and_sets_no_quota(
    store: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.post(f"/v1/stock/{BRANCH}/{RING}/quotas", {"quota": 14}, store.base)
    (row,) = store.rows(f"/v1/stock/quota-suggestions?store={BRANCH}&part={RING}")
    assert (row["quota"], row["suggested"], row["rule"]) == (14, None, "too_new")
    assert "整周" in row["because"]["zh"]
    monkeypatch.setenv("GUIYI_LANG", "zh")
    assert quota_line(row) == (BRANCH, RING, "14", "", row["because"]["zh"])
    assert store.shown(f"/v1/stock/{BRANCH}/{RING}")["quota"] == 14
    assert store.desk.get("/v1/stock/quota-suggestions", store.liu).status_code == 403
    far = store.desk.staff("K-FAR", ["storekeeper"], ["NB01"])
    assert store.rows("/v1/stock/quota-suggestions", far) == []
