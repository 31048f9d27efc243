"""受理的视图: what a desk sees is what the facts say, and what is over is gone."""

from dataclasses import replace
from datetime import timedelta
from functools import reduce
from typing import Any
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.dispatch import work_order
from services.dispatch.work_order.document import document_of
from services.intake import legacy, reactions
from services.intake.report import approvals_due, open_reports
from services.intake.report.ending import NoteClosing
from services.intake.views import tickets
from shared.document import CommandOwed, Published
from shared.events.intake import (
    ApprovalUrged,
    CaseHandedOver,
    ClosingNoted,
    RepairClosed,
    ReportRecalled,
    ReportReturned,
)
from shared.events.legacy import LegacyEntryImported, LegacyTicketContinued
from shared.events.report_form import Equipment, Stage
from shared.events.values import Ending, Priority
from shared.view import Recorded, View
from tests.dispatch import example as orders
from tests.intake.example import (
    APPROVED,
    AT,
    BRANCH,
    CIRCUMSTANCES,
    COMPLETED,
    DIAGNOSED,
    DUE,
    HE,
    HOME,
    LI,
    REPORTED,
    REPORTED_B,
    SIGNED,
    SUBMITTED,
    TICKET,
    ZHAO,
)
from tests.intake.report.test_report_amending import AMENDED, DRAFTED, RECALLED, REFUSED
from tests.seen import fold_view

RETURNED = ReportReturned(1, ZHAO, "approver", ("太贵",), ("estimated_fen",))
CLOSED = RepairClosed(Ending.WITHDRAWN, reason="用户自行修好")
NOTED = ClosingNoted(f"work_order-{TICKET}-W1", 9, Ending.REPAIRED)
LEGACY = "legacy-old-77"


def told(fact: Any, version: int, stream: str = HOME, ticket: str = TICKET) -> Recorded:
    return Recorded(
        room="intake",
        partition=3,
        seq=version,
        recorded_at=AT + timedelta(minutes=version),
        hash=bytes(32),
        id=UUID(int=version),
        type=type(fact).__name__,
        schema=1,
        stream=stream,
        version=version,
        ticket=ticket,
        branch=BRANCH,
        actor="somebody",
        command=UUID(int=version),
        correlation=ticket,
        causation=None,
        occurred_at=AT + timedelta(minutes=version),
        policy=None,
        fact=fact,
    )


def folded(view: View, *facts: Any, stream: str = HOME) -> Any:
    """The one row after the facts; None: there is none."""
    rows = fold_view(view, (told(fact, n, stream) for n, fact in enumerate(facts, start=1)))
    assert len(rows) <= 1
    return next(iter(rows.values()), None)


def test_the_desk_sees_how_far_a_report_has_come() -> None:
    past: list[Any] = []
    for fact, stage in (
        (REPORTED_B, Stage.REGISTERED),
        (COMPLETED, Stage.REGISTERED),
        (DIAGNOSED, Stage.DIAGNOSED),
        (SIGNED, Stage.DIAGNOSED),
        (SUBMITTED, Stage.SUBMITTED),
        (RETURNED, Stage.RETURNED),
        (DIAGNOSED, Stage.DIAGNOSED),
        (SUBMITTED, Stage.SUBMITTED),
        (ReportRecalled(2, None), Stage.DIAGNOSED),
        (SUBMITTED, Stage.SUBMITTED),
        (APPROVED, Stage.APPROVED),
    ):
        past.append(fact)
        row, ticket = folded(open_reports, *past), folded(tickets, *past)
        assert (row.stage, ticket.state, ticket.is_open) == (stage, stage.value, True)
        assert (row.version, ticket.version, ticket.facts) == (len(past),) * 3
    for end in (CLOSED, NOTED):
        assert folded(open_reports, *past, end) is None
        ticket = folded(tickets, *past, end)
        assert (ticket.state, ticket.is_open, ticket.ending) == ("closed", False, end.ending)


def test_the_desk_sees_what_was_said_last() -> None:
    urgent = replace(COMPLETED, circumstances=CIRCUMSTANCES, fault_description="完全不转")
    row = folded(open_reports, REPORTED_B, urgent, CaseHandedOver(LI, HE, None))
    assert (row.owner, row.machine, row.customer) == (HE, "SB-77", "YH-1001")
    assert (row.priority, row.fault_description) == (Priority.URGENT, "完全不转")
    assert row.contact_phone == REPORTED_B.contact_phone
    ticket = folded(tickets, REPORTED_B, urgent, CaseHandedOver(LI, HE, None))
    assert (ticket.owner, ticket.machine, ticket.priority) == (HE, "SB-77", Priority.URGENT)


def test_the_desk_sees_the_machine_of_a_change_until_it_comes_to_nothing() -> None:
    """A serial number that a change names is looked for, as soon as it is asked for."""
    other = Equipment(machine="SB-78", model="GX-300", serial_no="9")
    draft = replace(DRAFTED, equipment=other, customer="YH-2")
    asked = (REPORTED, DIAGNOSED, SIGNED, SUBMITTED, APPROVED, draft)
    theirs = ("SB-78", "GX-300", "9", "YH-2")
    before = REPORTED.equipment
    mine = (before.machine, before.model, before.serial_no, REPORTED.basics.customer)
    for view in (open_reports, tickets):
        for facts_, told in (
            (asked, mine),
            ((*asked, AMENDED), theirs),
            ((*asked, AMENDED, APPROVED), theirs),
            ((*asked, AMENDED, APPROVED, replace(draft, equipment=None)), theirs),
            ((*asked, AMENDED, REFUSED), mine),
            ((*asked, AMENDED, RECALLED), mine),
            ((*asked, replace(draft, equipment=None), AMENDED), (*mine[:3], "YH-2")),
        ):
            row = folded(view, *facts_)
            assert (row.machine, row.model, row.serial_no, row.customer) == told
    over = folded(tickets, *asked, AMENDED, NOTED)
    assert (over.machine, over.customer) == ("SB-77", mine[3])


def test_the_desk_sees_by_when_an_approval_is_due_and_why_one_was_refused() -> None:
    waiting = folded(open_reports, REPORTED, DIAGNOSED, SIGNED, SUBMITTED)
    assert (waiting.due_at, waiting.urged) == (DUE, False)
    assert folded(open_reports, REPORTED, SUBMITTED, ApprovalUrged(1, DUE)).urged
    back = folded(open_reports, REPORTED, SUBMITTED, RETURNED)
    assert (back.due_at, back.returned_because) == (None, ("太贵",))
    assert folded(open_reports, REPORTED, SUBMITTED, RETURNED, DIAGNOSED).returned_because == ()


def test_an_approval_is_due_until_somebody_has_decided_or_it_was_urged() -> None:
    before = (REPORTED, DIAGNOSED, SIGNED)
    assert folded(approvals_due, *before) is None
    row = folded(approvals_due, *before, SUBMITTED)
    assert row == approvals_due.Row(HOME, DUE, 1, BRANCH, TICKET)
    assert folded(approvals_due, *before, SUBMITTED, CaseHandedOver(LI, HE, None)) == row
    for end in (APPROVED, RETURNED, ReportRecalled(1, None), ApprovalUrged(1, DUE), CLOSED, NOTED):
        assert folded(approvals_due, *before, SUBMITTED, end) is None
    again = replace(SUBMITTED, round=2)
    assert folded(approvals_due, *before, SUBMITTED, RETURNED, again).round == 2


def test_a_legacy_ticket_shows_its_last_state_until_it_is_continued() -> None:
    entry = LegacyEntryImported("old", 1, "77", "Accepted", True, {}, {})
    closed = replace(entry, row=2, state="Completed", is_open=False)
    row = folded(tickets, entry, closed, stream=LEGACY)
    assert (row.ticket, row.source, row.number) == ("old-77", "old", "77")
    assert (row.state, row.is_open, row.facts) == ("Completed", False, 2)
    continued = LegacyTicketContinued(TICKET, HOME)
    row = folded(tickets, entry, continued, stream=LEGACY)
    assert (row.state, row.is_open, row.continued_as) == ("continued", False, TICKET)


ENTRY = LegacyEntryImported("old", 1, "77", "Accepted", True, {}, {})
ENTRIES = st.lists(
    st.builds(
        replace,
        st.just(ENTRY),
        row=st.integers(1, 4),
        is_open=st.booleans(),
        at=st.sampled_from([None, AT, AT + timedelta(hours=1)]),
    ),
    min_size=1,
    max_size=8,
)


@for_all(ENTRIES)
def test_the_list_and_whoever_continues_a_legacy_ticket_take_the_same_row_for_the_newest(
    entries: list[LegacyEntryImported],
) -> None:
    decided = reduce(legacy.evolve, entries, legacy.initial)
    row = folded(tickets, *entries, stream=LEGACY)
    assert decided.newest is not None
    assert (row.newest_at, row.newest_row) == (decided.newest.at, decided.newest.row)
    assert row.is_open == decided.is_open


def test_a_row_that_comes_after_the_ticket_was_continued_changes_no_state() -> None:
    late = replace(ENTRY, row=2, state="Completed", is_open=False)
    row = folded(tickets, ENTRY, LegacyTicketContinued(TICKET, HOME), late, stream=LEGACY)
    assert (row.state, row.continued_as, row.facts) == ("continued", TICKET, 3)


def test_what_belongs_to_another_paper_changes_no_row() -> None:
    for view in (open_reports, approvals_due):
        assert list(view.keys(told(CLOSED, 1, stream="work_order-1"))) == []
        assert list(view.keys(told(CLOSED, 1, stream=LEGACY))) == []
    assert folded(open_reports, DIAGNOSED) is None
    assert folded(tickets, NOTED) is None


def test_a_closed_work_order_is_noted_on_its_report() -> None:
    order = document_of(work_order.evolve(work_order.initial, orders.NOTED))

    def owed(ending: Ending | None) -> list[CommandOwed]:
        closed = replace(order, ending=ending)
        published = Published(
            "dispatch", "work_order", orders.HOME, 12, order.ticket, BRANCH, AT, closed
        )
        return list(reactions.note_closing(published))

    assert owed(None) == []
    note = NoteClosing(orders.HOME, 12, Ending.REPAIRED)
    assert owed(Ending.REPAIRED) == [CommandOwed(f"report-{order.ticket}", note)]
