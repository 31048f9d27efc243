"""各阶段 as stories: what may be done at which stage of a report, and at no other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import report
from services.intake.report.basics import CompleteBasics, HandOverCase
from services.intake.report.ending import CloseReport, NoteClosing
from services.intake.report.notes import AddNote, NoteCall
from services.intake.report.repeat import RepeatReport
from services.intake.report.submission import UrgeApproval
from shared.decider import Fact
from shared.events.intake import (
    ApprovalUrged,
    ClosingNoted,
    RepairClosed,
    ReportLinked,
    ReportRecalled,
    ReportRepeated,
    ReportReturned,
)
from shared.events.report_form import Stage
from shared.events.values import Ending
from tests.intake.example import (
    AT,
    DIAGNOSE,
    DUE,
    GUIDE,
    HE,
    HOME,
    INQUIRY,
    LI,
    ONE,
    REPORTED,
    SUBMITTED,
    TICKET,
    TO_APPROVED,
    TO_DIAGNOSED,
    TO_SUBMITTED,
    WANG,
    ZHAO,
    by,
    state,
)
from tests.spec import given

CLOSED = RepairClosed(Ending.WITHDRAWN, "不修了", customer_told_at=AT)
AT_STAGE: Mapping[Stage, Sequence[Fact]] = {
    Stage.NONE: (),
    Stage.REGISTERED: (REPORTED,),
    Stage.DIAGNOSED: TO_DIAGNOSED,
    Stage.SUBMITTED: TO_SUBMITTED,
    Stage.RETURNED: (*TO_SUBMITTED, ReportReturned(1, ZHAO, "approver", ("费用偏高",), ())),
    Stage.APPROVED: TO_APPROVED,
    Stage.CLOSED: (REPORTED, CLOSED),
}
UNDECIDED = {Stage.REGISTERED, Stage.DIAGNOSED, Stage.RETURNED}
OPEN = {*UNDECIDED, Stage.SUBMITTED, Stage.APPROVED}
AGAIN = "BX-HZ01-20261123-0002"
ANOTHER = replace(DIAGNOSE, diagnosis=replace(DIAGNOSE.diagnosis, fault_cause="阀体裂纹"))
TAKEN: Sequence[tuple[Any, str, set[Stage]]] = (
    (CompleteBasics(fault_description="灌装头漏液，越来越大"), LI, UNDECIDED),
    (ANOTHER, WANG, UNDECIDED),
    (replace(GUIDE, steps="再断电重启一次"), WANG, {Stage.REGISTERED, Stage.DIAGNOSED}),
    (NoteCall("问何时上门"), HE, OPEN),
    (AddNote("门卫要登记车牌"), WANG, OPEN),
    (HandOverCase(HE, "下班"), LI, OPEN),
)
CASES = [(*each, stage) for each in TAKEN for stage in Stage]


def out_of_turn(stage: Stage, at: set[Stage]) -> str:
    """Why a step is refused that is taken at those stages alone."""
    if stage is Stage.NONE:
        return "not-registered"
    if stage is Stage.CLOSED:
        return "case-over"
    return "not-diagnosed" if stage in UNDECIDED and Stage.DIAGNOSED in at else "wrong-stage"


@pytest.mark.parametrize(("command", "who", "at", "stage"), CASES)
def test_a_step_is_taken_where_it_may_be_and_nowhere_else(
    command: Any, who: str, at: set[Stage], stage: Stage
) -> None:
    assert state(*AT_STAGE[stage]).stage is stage
    story = given(report, *AT_STAGE[stage]).when(command, by(who))
    if stage in at:
        story.then(*(fact for _, fact in story.decision()))
    else:
        story.refused(out_of_turn(stage, at))


@pytest.mark.parametrize("stage", Stage)
def test_a_case_is_given_up_until_it_is_approved(stage: Stage) -> None:
    close = CloseReport(Ending.WITHDRAWN, "用户自行修好", customer_told_at=AT)
    story = given(report, *AT_STAGE[stage]).when(close, by(LI))
    if stage in {*UNDECIDED, Stage.SUBMITTED}:
        story.then(RepairClosed(Ending.WITHDRAWN, "用户自行修好", customer_told_at=AT))
    else:
        story.refused(out_of_turn(stage, {*UNDECIDED, Stage.SUBMITTED}))


@pytest.mark.parametrize("stage", [each for each in Stage if each is not Stage.NONE])
def test_a_ticket_is_named_whatever_has_become_of_it(stage: Stage) -> None:
    other = f"report-{AGAIN}"
    asked = by(LI)
    asked = replace(asked, reads={**asked.reads, other: state(*AT_STAGE[stage])})
    close = CloseReport(Ending.ANSWERED, answer="请报修", other_ticket=AGAIN)
    given(report, INQUIRY).when(close, asked).then_on(
        (HOME, RepairClosed(Ending.ANSWERED, answer="请报修", other_ticket=AGAIN)),
        (other, ReportLinked(TICKET, Ending.ANSWERED)),
    )


@pytest.mark.parametrize("stage", Stage)
def test_what_dispatch_closed_is_noted_at_every_stage(stage: Stage) -> None:
    order, told = f"work_order-{TICKET}-W1", by("reaction:note-closing")
    noted, past = ClosingNoted(order, 7, Ending.REPAIRED), AT_STAGE[stage]
    note = NoteClosing(order, 7, Ending.REPAIRED)
    given(report, *past).when(note, told).then(noted)
    given(report, *past, noted).when(note, told).then()
    given(report, *past, noted).when(replace(note, version=6), told).then()


def test_an_approval_is_urged_once_a_submission_and_never_for_an_earlier_one() -> None:
    timer, later = by("timer:approval-overdue", at=DUE), DUE + timedelta(hours=9)
    first, second = ApprovalUrged(1, DUE), ApprovalUrged(1, later)
    again = replace(SUBMITTED, approval=replace(ONE, due_at=later))
    past = (*TO_SUBMITTED, first, ReportRecalled(1, None), again)
    given(report, *TO_SUBMITTED).when(UrgeApproval(1, DUE), timer).then(first)
    given(report, *TO_SUBMITTED, first).when(UrgeApproval(1, DUE), timer).then()
    given(report, *past).when(UrgeApproval(1, later), timer).then(second)
    given(report, *past, second).when(UrgeApproval(1, DUE), timer).then()
    unurged = (*TO_SUBMITTED, ReportRecalled(1, None), again, second)
    given(report, *unurged).when(UrgeApproval(1, DUE), timer).then()


@pytest.mark.parametrize("stage", [Stage.APPROVED, Stage.CLOSED])
def test_a_call_back_is_followed_by_one_report_whichever_document_says_so(stage: Stage) -> None:
    asked = replace(by("reaction:report-again"), ticket=AGAIN)
    survey = f"survey-{TICKET}-H1"
    repeat, past = RepeatReport(survey, 3, LI, AT), AT_STAGE[stage]
    noted = ReportRepeated(AGAIN, f"report-{AGAIN}", survey, 3)
    story = given(report, *past).when(repeat, asked)
    (made, _) = story.decision()
    story.then_on(made, (HOME, noted))
    given(report, *past, noted).when(repeat, asked).then()
    given(report, *past, replace(noted, version=4)).when(repeat, asked).then()
