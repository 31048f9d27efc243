"""`guiyi demo --month`: what its result is held to, and what may be asked for."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from guiyi.cli import app
from guiyi.demo.branch_month import MonthResult, check
from guiyi.play.player import NotSo

WHOLE = MonthResult(
    tickets=200,
    balanced=True,
    report_agrees=True,
    stocktake_agrees=True,
    claims_agree=True,
    notices_agree=True,
    rebuilt_equal=True,
    exceptions={"parts_lost": 1},
)


def test_a_month_holds_where_everything_agrees() -> None:
    check(WHOLE)


@pytest.mark.parametrize(
    ("result", "named"),
    [
        (replace(WHOLE, balanced=False), "balanced"),
        (replace(WHOLE, report_agrees=False), "report_agrees"),
        (replace(WHOLE, stocktake_agrees=False), "stocktake_agrees"),
        (replace(WHOLE, claims_agree=False), "claims_agree"),
        (replace(WHOLE, notices_agree=False), "notices_agree"),
        (replace(WHOLE, rebuilt_equal=False), "rebuilt_equal"),
        (replace(WHOLE, exceptions={"parts_lost": 0}), "parts_lost"),
        (replace(WHOLE, dead_ends=17), "17"),
    ],
)
def test_one_thing_that_does_not_hold_is_named(result: MonthResult, named: str) -> None:
    with pytest.raises(NotSo, match=named):
        check(result)


@pytest.mark.parametrize(
    "options", [["--months", "0"], ["--months", "25"], ["--branches", "9"], ["--tickets", "59"]]
)
def test_so_many_months_branches_and_tickets_are_too_few_or_too_many(options: list[str]) -> None:
    ended = CliRunner().invoke(app, ["demo", *options])
    assert ended.exit_code == 2
