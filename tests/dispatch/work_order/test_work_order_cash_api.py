"""款项结清 over HTTP: where policy asks for it, no case ends before what was taken is received."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.dispatch.app import room
from shared.events.values import Role
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch, Record
from tests.dispatch.example import BRANCH, NUMBER, TICKET
from tests.dispatch.job import LATER
from tests.memory_keys import memory_keys
from tests.memory_views import MemoryViews
from tests.shared.http_desk import POLICIES, codes, web_desk

MONEY, MINE = "F-MONEY", "/v1/tasks?mine=true"
FEE = {"kind": "inspection", "fen": 5_000, "paid_how": "现金", "receipt_no": "SJ-1"}
SETTLE = {"fen": 5_000, "receipt_no": "CW-1"}


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Dispatch]:
    """A desk whose branch settles what was taken on its day; one of finance is there."""
    shipped = (POLICIES / "core.toml").read_text("utf-8")
    own = f"\n[branches.{BRANCH}.fees]\nsettle_same_day = true\n"
    (tmp_path / "core.toml").write_text(shipped + own, "utf-8")
    store, keys = Record(), memory_keys()
    views = MemoryViews(store, keys)
    with web_desk(
        room, tmp_path, store, views=views, clock=lambda: LATER, policy_dir=tmp_path
    ) as desk:
        dispatch = Dispatch(desk, views, store)
        dispatch.know(MONEY, Role.FINANCE)
        yield dispatch


def charged(dispatch: Dispatch) -> str:
    """The customer has paid for a test, as an approver granted, and the task is brought."""
    path = dispatch.there()
    due = [{"kind": "inspection", "fen": 5_000}]
    ask = {"fees": due, "because": "保修外检测，用户同意"}
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/fee-requests", ask))
    dispatch.done(dispatch.does(dispatch.boss, f"{path}/fee-approvals", {"fees": due}))
    work = {**EXAMPLES["work-records"]["work"], "fees": [FEE], "no_fees": False}
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", {"work": work}))
    dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", {"outcome": "done"}))
    signing = {
        **EXAMPLES["customer-signatures"],
        "content": dispatch.shown(path)["work_content"],
        **dispatch.drawn_by_hand(),
    }
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/customer-signatures", signing))
    return dispatch.brought(path)


def test_the_case_stays_open_until_finance_has_received_it(strict: Dispatch) -> None:
    path, money = charged(strict), strict.desk.staff(MONEY, ["finance"], [BRANCH])
    closing = {**EXAMPLES["closings"], "papers_checked": [NUMBER, f"{NUMBER[:-2]}C1"]}
    (task,) = strict.shown(MINE, money)["rows"]
    assert (task["step"], task["number"], task["due_at"]) == ("cash-settlements", NUMBER, None)
    told = strict.does(strict.clerk, f"{path}/closings", closing)
    assert codes(told) == ["cash-not-settled"]
    (reason,) = told.json()["reasons"]
    assert MONEY in reason["en"]
    less = {**SETTLE, "fen": 4_000}
    assert codes(strict.does(money, f"{path}/cash-settlements", less)) == ["receipt-differs"]
    told = strict.does(strict.boss, f"{path}/cash-settlements", SETTLE)
    assert codes(told) == ["finance-settles"]
    papers = strict.shown(f"/v1/tickets/{TICKET}/papers", strict.boss)["rows"]
    steps = (step for paper in papers for step in paper["next"])
    assert any(step["allowed"] and step["path"] == f"{path}/cash-settlements" for step in steps)
    strict.done(strict.does(money, f"{path}/cash-settlements", SETTLE))
    assert strict.shown(path, money)["cash"]["settled_by"] == MONEY
    assert strict.shown(MINE, money)["rows"] == []
    strict.done(strict.does(strict.clerk, f"{path}/closings", closing))


def test_as_shipped_it_ends_without_and_is_settled_afterwards(dispatch: Dispatch) -> None:
    path = charged(dispatch)
    assert dispatch.shown(path)["cash"]["is_settled"] is False
    closing = {**EXAMPLES["closings"], "papers_checked": [NUMBER, f"{NUMBER[:-2]}C1"]}
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/closings", closing))
    manager = dispatch.desk.staff("M-QIAN", ["general_manager"], [BRANCH])
    dispatch.done(dispatch.does(manager, f"{path}/cash-settlements", SETTLE))
    assert dispatch.shown(path, manager)["cash"]["settled_by"] == "M-QIAN"
