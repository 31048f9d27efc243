"""Every test that tells a situation of a branch's week is there, and each situation has one."""

import pytest

from guiyi.play.hard_days import HARD_DAYS
from guiyi.play.repairs import STORIES
from guiyi.play.week import WEEK
from tests.house.test_coverage import stories_in
from tests.pages.situations import Situation, situations

TOLD = {story.name for story in (*STORIES, *HARD_DAYS, *WEEK)}
ALL = situations()


@pytest.mark.parametrize("each", ALL, ids=[each.what for each in ALL])
def test_a_situation_is_told_by_tests_that_are_there(each: Situation) -> None:
    assert bool(each.tests) != bool(each.open), "told, or open"
    plain = {test.partition("[")[0] for test in each.tests}
    assert sorted(plain - set(stories_in({test.partition("::")[0] for test in plain}))) == []
    chosen = {test.partition("[")[2].removesuffix("]") for test in each.tests} - {""}
    assert chosen <= TOLD


def test_no_situation_stands_twice() -> None:
    assert len({each.what for each in ALL}) == len(ALL)


def test_every_told_repair_is_a_situation() -> None:
    named = {test.partition("[")[2].removesuffix("]") for each in ALL for test in each.tests}
    straight = {"straight", "by_employee"}
    assert TOLD - straight <= named
