"""派工的视图: what the planner sees is what the facts say, and nothing is left over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.dispatch.visit import schedule
from services.dispatch.work_order import awaiting, board, taking_due
from shared.events.dispatch import (
    FurtherNoteNamed,
    HandInReturned,
    SignatureVoided,
    TakingUrged,
    WorkOrderDeclined,
    WorkOrderRecalled,
)
from shared.events.intake import RepairClosed
from shared.events.order_sheet import OrderStage, VisitOutcome, VisitStage, Window
from shared.events.values import Ending
from shared.events.visits import VisitCancelled, VisitRescheduled
from tests.dispatch.example import (
    ASSIGNED,
    AT,
    BRANCH,
    DAY,
    HOME,
    LIU,
    NOTE_C1,
    NOTED,
    NUMBER,
    OPENED,
    REPORT,
    SIGNED,
    TICKET,
)
from tests.dispatch.job import (
    CLOSED,
    DONE,
    DRAWN,
    HANDED_IN,
    HOME_AGAIN,
    NOBODY_HOME,
    PLANNED,
    RECORDED,
    THERE,
    V1,
    VISIT,
    WINDOW,
)
from tests.dispatch.seen import on_board, seen

DUE = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
GIVEN = replace(ASSIGNED, due_at=DUE)


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


def test_the_board_follows_the_work_to_its_end() -> None:
    stages: dict[OrderStage, tuple[Any, ...]] = {
        OrderStage.ACCEPTED: (*DRAWN, RECORDED),
        OrderStage.SIGNED: DONE,
        OrderStage.HANDED_IN: HOME_AGAIN,
        OrderStage.CLOSED: (*HOME_AGAIN, CLOSED),
    }
    for stage, facts in stages.items():
        assert on_board(*facts).stage is stage
    assert on_board(*HOME_AGAIN, CLOSED).ending is Ending.REPAIRED


def test_the_board_says_what_is_to_be_mended() -> None:
    row = on_board(*DONE, SignatureVoided("用量写错"))
    assert (row.stage, row.because) == (OrderStage.ACCEPTED, "用量写错")
    row = on_board(*HOME_AGAIN, HandInReturned("C-WANGFANG", ("缺旧件", "缺签字")))
    assert (row.stage, row.because) == (OrderStage.SIGNED, "缺旧件; 缺签字")
    assert on_board(*HOME_AGAIN, HandInReturned("x", ("缺旧件",)), HANDED_IN).because is None


def test_the_board_names_the_notes_in_force() -> None:
    further = FurtherNoteNamed(replace(NOTE_C1, number=f"{TICKET}-C2"), "补领")
    assert on_board(*DRAWN, further).issue_notes == (NOTE_C1.number, f"{TICKET}-C2")
    again = replace(SIGNED, notes=(replace(NOTE_C1, number=f"{TICKET}-C3"),))
    row = on_board(*DRAWN, WorkOrderRecalled(LIU, "x"), GIVEN, again)
    assert row.issue_notes == (f"{TICKET}-C3",)


def test_a_case_that_ends_waits_for_nobody() -> None:
    ended = RepairClosed(Ending.WITHDRAWN, "不修了")
    assert seen(awaiting, [NOTED, ended]) == {}
    assert seen(taking_due, [NOTED, OPENED, GIVEN, ended]) == {}
    row = on_board(NOTED, OPENED, GIVEN, ended)
    assert (row.stage, row.due_at, row.because) == (OrderStage.CLOSED, None, "不修了")


def visiting(*facts: Any) -> schedule.Row:
    [row] = seen(schedule, facts, stream=VISIT).values()
    assert isinstance(row, schedule.Row)
    return row


def test_the_calendar_follows_a_visit_to_its_outcome() -> None:
    row = visiting(PLANNED)
    assert (row.number, row.order, row.technician) == (V1, NUMBER, LIU)
    assert (row.window_on, row.stage, row.confirmed) == (DAY, VisitStage.PLANNED, None)
    row = visiting(*THERE[:2])
    assert (row.stage, row.confirmed) == (VisitStage.CONFIRMED, True)
    row = visiting(*THERE)
    assert (row.stage, row.departed_at, row.arrived_at) == (VisitStage.ARRIVED, AT, AT)
    row = visiting(*THERE, NOBODY_HOME)
    assert (row.stage, row.outcome) == (VisitStage.ENDED, VisitOutcome.NO_ACCESS)
    row = visiting(PLANNED, VisitCancelled("用户出差", AT))
    assert (row.stage, row.because) == (VisitStage.CANCELLED, "用户出差")


@pytest.mark.parametrize("agreed", [True, False])
def test_a_visit_that_moves_is_found_on_its_new_day(*, agreed: bool) -> None:
    tomorrow = DAY + timedelta(days=1)
    window = Window(WINDOW.start_at + timedelta(days=1), WINDOW.end_at + timedelta(days=1))
    moved = VisitRescheduled(window, window.start_at, tomorrow, "下雨", agreed)
    row = visiting(*THERE[:2], moved)
    assert (row.window_on, row.start_at, row.because) == (tomorrow, window.start_at, "下雨")
    assert row.stage is (VisitStage.CONFIRMED if agreed else VisitStage.PLANNED)


def test_orders_and_visits_keep_to_their_own_views() -> None:
    assert seen(schedule, DONE) == {}
    assert seen(board, THERE, stream=VISIT) == {}
