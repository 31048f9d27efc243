"""一轮混乱 (a round of chaos): nothing is lost, and the check finds all that is planted."""

import random
from collections.abc import Iterator

import pytest

from guiyi.demo import proof
from tests.chaos import round as chaos
from tests.chaos.check import calm, wrong
from tests.chaos.faults import Fault
from tests.chaos.plants import KINDS, unfound
from tests.chaos.round import Report, play_round
from tests.stack.whole import Whole, begin, whole

SEED = 20261128
SECONDS = 45.0
pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def stack() -> Iterator[Whole]:
    with whole() as made:
        begin(made)
        yield made


@pytest.fixture(scope="module")
def report(stack: Whole) -> Report:
    return play_round(stack, random.Random(SEED), SECONDS)


def test_whatever_strikes_nothing_is_lost_or_wrong(report: Report) -> None:
    assert report.accepted > 0
    assert report.faults.total() > 0
    assert wrong_of(report) == [], f"seed {SEED}"


def wrong_of(report: Report) -> list[str]:
    """What was found, without what only took long: a machine may be slow while it tests."""
    return [each for each in report.findings if not each.startswith("slow: ")]


def test_a_slow_way_back_is_found(stack: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([False, False, True])
    monkeypatch.setattr(chaos, "_flows", lambda _stack: next(looks))
    monkeypatch.setattr(chaos, "CALM_S", chaos.LOOK_S)
    slow = Report()
    chaos.strike(stack, [Fault("nothing", "anywhere", lambda _stack: None)], slow)
    assert slow.findings == ["slow: nothing anywhere: 1 s"]


def test_each_thing_that_is_planted_is_found(
    stack: Whole, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not wrong_of(report)
    for each in KINDS.values():
        each.plant(stack)
    assert unfound(KINDS.values(), wrong(stack, report.promises)) == []
    monkeypatch.setattr(proof, "CALM_SECONDS", 3.0)
    (lag,) = calm(stack)  # of the cursors that were moved
    assert lag.startswith("calm: ")
