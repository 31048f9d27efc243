"""结案 as stories: how a case ends without a work order, and what other rooms read of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.intake import report
from services.intake.report.ending import CloseReport, NoteClosing
from shared.decider import Asked, Fact, Happened
from shared.events.intake import ClosingNoted, RepairClosed, RepairReported, ReportLinked
from shared.events.report_form import (
    Equipment,
    Stage,
)
from shared.events.values import (
    Ending,
    RemoteResult,
    ReportKind,
    Role,
)
from tests.intake.example import (
    APPROVED,
    AT,
    ATTEMPT,
    COMPLETE,
    DIAGNOSE,
    DIAGNOSIS,
    GUIDE,
    GUIDED,
    HOME,
    INQUIRY,
    LI,
    REPORTED,
    SHOWN,
    SIGN,
    TECHNICIAN_SIG,
    TICKET,
    TO_APPROVED,
    TO_DIAGNOSED,
    TO_SUBMITTED,
    WANG,
    by,
    sealed,
    state,
)
from tests.spec import given

LATER = AT + timedelta(hours=1)
OTHER = "BX-HZ01-20261123-0002"


def knowing(actor: str, *other: Fact) -> Asked:
    """Asked by somebody, when the other report is as these facts have made it."""
    return replace(by(actor), reads={**by(actor).reads, f"report-{OTHER}": state(*other)})


def test_a_case_solved_from_afar_is_closed_when_the_customer_says_so() -> None:
    solved = replace(GUIDED, attempt=replace(ATTEMPT, result=RemoteResult.SOLVED))
    close = CloseReport(Ending.SOLVED_REMOTELY, customer_told_at=AT)
    closed = RepairClosed(Ending.SOLVED_REMOTELY, customer_told_at=AT)
    given(report, REPORTED, solved).when(close, by(WANG)).then(closed)
    given(report, REPORTED, solved, closed).when(close, by(WANG)).then()
    given(report, REPORTED, solved, GUIDED).when(close, by(LI)).refused("not-solved")
    given(report, REPORTED).when(CloseReport(Ending.SOLVED_REMOTELY), by(LI)).refused(
        "closing-incomplete", "not-solved"
    )
    given(report, *TO_SUBMITTED).when(close, by(LI)).refused("wrong-stage")


def test_an_enquiry_is_not_solved_from_afar() -> None:
    solved = replace(GUIDED, attempt=replace(ATTEMPT, result=RemoteResult.SOLVED))
    close = CloseReport(Ending.SOLVED_REMOTELY, customer_told_at=AT)
    given(report, INQUIRY, solved).when(close, by(LI)).refused("enquiry-is-answered")


def test_an_enquiry_ends_with_its_answer() -> None:
    close = CloseReport(Ending.ANSWERED, answer="每 6 个月", other_ticket=OTHER)
    closed = RepairClosed(Ending.ANSWERED, answer="每 6 个月", other_ticket=OTHER)
    given(report, INQUIRY).when(close, knowing(LI, REPORTED)).then_on(
        (HOME, closed), (f"report-{OTHER}", ReportLinked(TICKET, Ending.ANSWERED))
    )
    given(report, INQUIRY).when(close, knowing(LI)).refused("ticket-unknown")
    given(report, REPORTED).when(close, knowing(LI, REPORTED)).refused("not-an-inquiry")
    given(report, INQUIRY).when(CloseReport(Ending.ANSWERED), by(LI)).refused_with(
        "closing-incomplete", missing=["answer"]
    )


@pytest.mark.parametrize("ending", [Ending.WITHDRAWN, Ending.DUPLICATE, Ending.OUT_OF_SCOPE])
@pytest.mark.parametrize(
    "past", [(REPORTED,), TO_DIAGNOSED, TO_SUBMITTED], ids=["registered", "diagnosed", "submitted"]
)
def test_a_case_is_given_up_with_a_reason_and_the_customer_told(
    ending: Ending, past: tuple[Fact, ...]
) -> None:
    other = OTHER if ending is Ending.DUPLICATE else None
    close = CloseReport(ending, "用户要求", customer_told_at=AT, other_ticket=other)
    closed = RepairClosed(ending, "用户要求", customer_told_at=AT, other_ticket=other)
    linked = [(f"report-{OTHER}", ReportLinked(TICKET, ending))] if other else []
    given(report, *past).when(close, knowing(LI, REPORTED)).then_on((HOME, closed), *linked)
    given(report, *past).when(close, knowing(WANG, REPORTED)).refused("clerk-closes")
    if other is not None:
        given(report, *past).when(close, knowing(LI)).refused("ticket-unknown")
        elsewhere = knowing(LI, replace(REPORTED, branch="NB01"))
        given(report, *past).when(close, elsewhere).refused("ticket-unknown")


def test_a_duplicate_names_a_ticket_that_goes_on() -> None:
    """Two that named each other would both be over, and nobody would go on with either."""
    close = CloseReport(Ending.DUPLICATE, "重复", customer_told_at=AT, other_ticket=OTHER)
    ended = RepairClosed(Ending.DUPLICATE, "重复", customer_told_at=AT, other_ticket=TICKET)
    given(report, REPORTED).when(close, knowing(LI, REPORTED, ended)).refused_with(
        "duplicate-of-duplicate", ticket=OTHER, other=TICKET
    )
    withdrawn = RepairClosed(Ending.WITHDRAWN, "自行修好", customer_told_at=AT)
    closed = replace(ended, other_ticket=OTHER)
    given(report, REPORTED).when(close, knowing(LI, REPORTED, withdrawn)).then_on(
        (HOME, closed), (f"report-{OTHER}", ReportLinked(TICKET, Ending.DUPLICATE))
    )


def test_what_was_over_when_it_was_reported_has_happened_again() -> None:
    """A machine that broke anew after its repair is no duplicate of that repair."""
    close = CloseReport(Ending.DUPLICATE, "重复", customer_told_at=AT, other_ticket=OTHER)
    closed = RepairClosed(Ending.DUPLICATE, "重复", customer_told_at=AT, other_ticket=OTHER)
    mended = ClosingNoted(f"work_order-{OTHER}-W1", 9, Ending.REPAIRED)
    known = knowing(LI, REPORTED, mended)
    for ended in (AT - timedelta(days=1), AT):
        happened = {
            HOME: (Happened(REPORTED, AT, AT),),
            f"report-{OTHER}": (Happened(mended, ended, ended),),
        }
        story = given(report, REPORTED).when(close, replace(known, happened=happened))
        if ended < AT:
            story.refused_with("duplicate-of-over", ticket=OTHER)
        else:
            linked = ReportLinked(TICKET, Ending.DUPLICATE)
            story.then_on((HOME, closed), (f"report-{OTHER}", linked))


def test_a_duplicate_is_of_the_same_kind() -> None:
    """An enquiry that is answered mends nothing."""
    close = CloseReport(Ending.DUPLICATE, "重复", customer_told_at=AT, other_ticket=OTHER)
    for mine, other in ((REPORTED, INQUIRY), (INQUIRY, REPORTED)):
        given(report, mine).when(close, knowing(LI, other)).refused_with(
            "duplicate-of-kind", ticket=OTHER, kind=mine.kind, other=other.kind
        )
    answered = CloseReport(Ending.ANSWERED, answer="每 6 个月", other_ticket=OTHER)
    assert given(report, INQUIRY).when(answered, knowing(LI, REPORTED)).decision()


def test_another_machine_of_another_customer_is_no_duplicate() -> None:
    close = CloseReport(Ending.DUPLICATE, "重复", customer_told_at=AT, other_ticket=OTHER)

    def about(customer: str | None, machine: str | None) -> RepairReported:
        basics = replace(REPORTED.basics, customer=customer)
        return replace(
            REPORTED, basics=basics, equipment=Equipment(machine=machine, serial_no=machine)
        )

    mine = about("C-1", "M-1")
    story = given(report, mine)
    story.when(close, knowing(LI, about("C-2", "M-2"))).refused_with(
        "duplicate-of-stranger", ticket=OTHER
    )
    for alike in (("C-1", "M-2"), ("C-2", "M-1"), (None, "M-2"), ("C-2", None)):
        assert story.when(close, knowing(LI, about(*alike))).decision()


def test_the_other_ticket_knows_which_one_names_it() -> None:
    assert state(REPORTED, ReportLinked(OTHER, Ending.DUPLICATE)).linked == {
        OTHER: Ending.DUPLICATE
    }


def test_giving_up_says_why() -> None:
    given(report, REPORTED).when(CloseReport(Ending.DUPLICATE), by(LI)).refused_with(
        "closing-incomplete", missing=["reason", "customer_told_at", "other_ticket"]
    )
    itself = CloseReport(Ending.DUPLICATE, "重复", customer_told_at=LATER, other_ticket=TICKET)
    given(report, REPORTED).when(itself, by(LI)).refused("duplicate-of-itself", "in-the-future")


def test_from_approval_on_only_dispatch_closes() -> None:
    given_up = CloseReport(Ending.WITHDRAWN, "不修了", customer_told_at=AT)
    given(report, *TO_APPROVED).when(given_up, by(LI)).refused("wrong-stage")
    repaired = CloseReport(Ending.REPAIRED, "修好了", customer_told_at=AT)
    given(report, REPORTED).when(repaired, by(LI)).refused("closed-by-dispatch")


def test_what_dispatch_closed_is_noted_whenever_it_is_told() -> None:
    order = f"work_order-{TICKET}-W1"
    note = NoteClosing(order, 7, Ending.REPAIRED)
    noted = ClosingNoted(order, 7, Ending.REPAIRED)
    told = by("reaction:note-closing")
    pasts: list[tuple[Fact, ...]] = [(), (REPORTED,), TO_APPROVED]
    for past in pasts:
        given(report, *past).when(note, told).then(noted)
        given(report, *past, noted).when(note, told).then()
        given(report, *past, noted).when(replace(note, version=6), told).then()
        newer = replace(note, version=8, ending=Ending.SWAPPED)
        given(report, *past, noted).when(newer, told).then(ClosingNoted(order, 8, Ending.SWAPPED))
    assert state(*TO_APPROVED, noted).stage is Stage.CLOSED
    assert state(noted).stage is Stage.NONE


def test_of_a_duplicate_that_dispatch_ended_the_other_ticket_learns_as_well() -> None:
    order = f"work_order-{TICKET}-W1"
    note = NoteClosing(order, 7, Ending.DUPLICATE, OTHER)
    noted = ClosingNoted(order, 7, Ending.DUPLICATE, OTHER)
    linked = ReportLinked(TICKET, Ending.DUPLICATE)
    told = "reaction:note-closing"
    story = given(report, *TO_APPROVED)
    story.when(note, knowing(told, REPORTED)).then_on((HOME, noted), (f"report-{OTHER}", linked))
    story.when(note, knowing(told, REPORTED, linked)).then(noted)
    story.when(note, knowing(told)).then(noted)
    again = given(report, *TO_APPROVED, noted)
    for each in (note, replace(note, version=6)):
        again.when(each, knowing(told, REPORTED)).then()
    close = CloseReport(Ending.DUPLICATE, "重复", customer_told_at=AT, other_ticket=OTHER)
    given(report, REPORTED).when(
        close, knowing(LI, *TO_APPROVED, replace(noted, other_ticket=TICKET))
    ).refused_with("duplicate-of-duplicate", ticket=OTHER, other=TICKET)


def test_a_closed_report_stays_closed() -> None:
    closed = RepairClosed(Ending.WITHDRAWN, "不修了", customer_told_at=AT)
    past = (REPORTED, closed)
    for command in (COMPLETE, DIAGNOSE, GUIDE, SIGN, CloseReport(Ending.ANSWERED, answer="是")):
        given(report, *past).when(command, by(LI, Role.TECHNICIAN)).refused("case-over")


def test_a_milestone_shows_the_whole_report_to_other_rooms() -> None:
    shown = report.public(state(*TO_APPROVED), APPROVED)
    assert (shown.document.stage, shown.document.content) == (Stage.APPROVED, SHOWN)
    assert shown.document.diagnosis == DIAGNOSIS
    assert shown.document.technician_sig == TECHNICIAN_SIG
    assert shown.document.contact_phone == sealed("contact_phone")
    assert shown.this == {"round": 1, "policy": "core@1"}
    assert report.public(state(REPORTED), REPORTED).this == {"reference": None}
    closed = RepairClosed(Ending.ANSWERED, answer="每 6 个月", customer_told_at=AT)
    ended = report.public(state(INQUIRY, closed), closed)
    assert (ended.document.ending, ended.document.kind) == (Ending.ANSWERED, ReportKind.INQUIRY)
    assert ended.this == {"answer": "每 6 个月", "customer_told_at": AT, "tried_on": ()}
