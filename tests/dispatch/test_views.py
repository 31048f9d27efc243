"""派工的视图: what the planner sees is what the facts say, and nothing is left over."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

from services.dispatch.views import awaiting, board, taking_due
from shared.events.dispatch import TakingUrged, WorkOrderDeclined, WorkOrderRecalled
from shared.events.order_sheet import OrderStage
from shared.view import Recorded
from tests.dispatch.example import (
    ASSIGNED,
    AT,
    BRANCH,
    DAY,
    HOME,
    LIU,
    NOTED,
    NUMBER,
    OPENED,
    REPORT,
    SIGNED,
    TICKET,
)

DUE = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
GIVEN = replace(ASSIGNED, due_at=DUE)


def recorded(fact: Any, version: int) -> Recorded:
    return Recorded(
        room="dispatch",
        partition=3,
        seq=100 + version,
        recorded_at=AT + timedelta(minutes=version),
        hash=bytes(32),
        id=UUID(int=version),
        type=type(fact).__name__,
        schema=1,
        stream=HOME,
        version=version,
        ticket=TICKET,
        branch=BRANCH,
        actor="somebody",
        command=UUID(int=version),
        correlation=TICKET,
        causation=None,
        occurred_at=AT,
        policy=None,
        fact=fact,
    )


def seen(view: ModuleType, facts: Iterable[Any]) -> dict[Any, Any]:
    """The rows of a view after the facts, by key."""
    rows: dict[Any, Any] = {}
    for version, fact in enumerate(facts, start=1):
        told = recorded(fact, version)
        for key in view.keys(told):
            row = view.project(key, rows.pop(key, None), told)
            if row is not None:
                rows[key] = row
    return rows


def on_board(*facts: Any) -> board.Row:
    [row] = seen(board, facts).values()
    assert isinstance(row, board.Row)
    return row


def test_the_board_follows_an_order_to_its_signature() -> None:
    assert on_board(NOTED).stage is OrderStage.AWAITING
    row = on_board(NOTED, OPENED)
    assert (row.stage, row.travel_on, row.issue_notes) == (
        OrderStage.OPENED,
        DAY,
        (f"{TICKET}-C1",),
    )
    row = on_board(NOTED, OPENED, GIVEN)
    assert (row.stage, row.technician, row.due_at) == (OrderStage.ASSIGNED, LIU, DUE)
    row = on_board(NOTED, OPENED, GIVEN, SIGNED)
    assert (row.stage, row.technician, row.due_at) == (OrderStage.ACCEPTED, LIU, None)
    assert (row.number, row.ticket, row.branch, row.version) == (NUMBER, TICKET, BRANCH, 4)


def test_the_board_says_why_an_order_came_back() -> None:
    for back in (WorkOrderDeclined(LIU, "当天满了"), WorkOrderRecalled(LIU, "当天满了")):
        row = on_board(NOTED, OPENED, GIVEN, back)
        assert (row.stage, row.technician, row.because) == (OrderStage.OPENED, None, "当天满了")
        assert on_board(NOTED, OPENED, GIVEN, back, GIVEN).because is None


def test_the_board_shows_who_was_reminded() -> None:
    assert on_board(NOTED, OPENED, GIVEN, TakingUrged(LIU, DUE)).urged
    assert not on_board(NOTED, OPENED, GIVEN, TakingUrged(LIU, DUE), SIGNED).urged


def test_personal_texts_stay_sealed_on_the_board() -> None:
    row = on_board(NOTED)
    assert row.contact_phone == REPORT.contact_phone
    assert row.customer_name == REPORT.basics.customer_name


def test_a_newer_approval_changes_the_row_and_not_the_stage() -> None:
    moved = replace(REPORT, basics=replace(REPORT.basics, region="ningbo"))
    again = replace(NOTED, version=9, approved=moved)
    row = on_board(NOTED, OPENED, again)
    assert (row.region, row.stage) == ("ningbo", OrderStage.OPENED)


def test_what_awaits_its_order_shows_what_the_clerk_copies() -> None:
    [row] = seen(awaiting, [NOTED]).values()
    assert (row.approved, row.parts) == (REPORT.content, REPORT.diagnosis.parts_to_bring)
    assert row.travel == REPORT.diagnosis.travel
    again = replace(NOTED, version=9, approved=replace(REPORT, content="b" * 64))
    [row] = seen(awaiting, [NOTED, again]).values()
    assert (row.approved, row.since) == ("b" * 64, AT + timedelta(minutes=1))


def test_what_is_opened_awaits_nothing() -> None:
    assert seen(awaiting, [NOTED, OPENED]) == {}
    assert seen(awaiting, [NOTED, OPENED, replace(NOTED, version=9)]) == {}


def test_the_clock_runs_while_a_technician_has_not_answered() -> None:
    [row] = seen(taking_due, [NOTED, OPENED, GIVEN]).values()
    assert row == taking_due.Row(HOME, DUE, TICKET, BRANCH, LIU)
    for end in (SIGNED, WorkOrderDeclined(LIU, "x"), WorkOrderRecalled(LIU, "x")):
        assert seen(taking_due, [NOTED, OPENED, GIVEN, end]) == {}
    assert seen(taking_due, [NOTED, OPENED, GIVEN, TakingUrged(LIU, DUE)]) == {}


def test_no_clock_runs_where_policy_sets_no_time() -> None:
    assert seen(taking_due, [NOTED, OPENED, ASSIGNED]) == {}
