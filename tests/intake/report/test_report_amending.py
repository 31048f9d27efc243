"""更正 as stories: what was approved is changed under its number, and approved again."""

from dataclasses import replace
from typing import Any

import pytest

from services.intake import report
from services.intake.report.amending import (
    AmendReport,
    DraftAmendment,
    offered_amending,
    offered_draft,
)
from services.intake.report.approval import GiveApproval, ReturnReport
from services.intake.report.diagnosis import SignReport
from services.intake.report.ending import CloseReport
from services.intake.report.submission import RecallReport
from shared.decider import Fact, Happened
from shared.events.intake import (
    AmendmentDrafted,
    AmendmentRecalled,
    AmendmentRefused,
    ApprovalGiven,
    ClosingNoted,
    RepairApproved,
    ReportAmended,
    ReportSigned,
)
from shared.events.order_sheet import OrderStage
from shared.events.report_form import Diagnosis, KeptBecause, Stage
from shared.events.values import Ending, PartWanted, RepairNature, Role
from tests.intake.desk import APPROVER, Intake
from tests.intake.example import (
    AGREEMENT,
    APPROVAL,
    AT,
    CLERK_SIG,
    DIAGNOSIS,
    EQUIPMENT,
    GONE,
    LI,
    ONE,
    PRICES,
    REPORTED_ON,
    SHOWN,
    TECHNICIAN_SIG,
    TICKET,
    TO_APPROVED,
    TO_SUBMITTED,
    WANG,
    ZHAO,
    by,
    state,
)
from tests.intake.test_papers import next_of, page
from tests.intake.test_reactions import ORDER
from tests.spec import ANY_HASH, given

NEW = "5" * 64
PAID = replace(
    DIAGNOSIS,
    repair_nature=RepairNature.PAID,
    nature_because="人为损坏，不在三包之内",
    estimated_fen=42_000,
    parts_to_bring=(PartWanted("MFQ-32", 2), PartWanted("VALVE-8", 1)),
)


def drafting(said: Diagnosis, because: str = "x", **more: Any) -> DraftAmendment:
    """A draft of a report of that day, at the prices of the catalogue."""
    return DraftAmendment(said, because, prices=PRICES, reported_on=REPORTED_ON, **more)


DRAFT = drafting(PAID, "现场查明为人为损坏", agreement=AGREEMENT)
DRAFTED = AmendmentDrafted(PAID, KeptBecause(), AGREEMENT, None, None, "现场查明为人为损坏", NEW)
SIG = replace(TECHNICIAN_SIG, content=NEW)
SIGNED = ReportSigned(SIG)
ASKED = replace(ONE, content=NEW)
AMEND = AmendReport(NEW, approval=ASKED, reported_on=REPORTED_ON, handed_in=None)
CHANGES = (
    *("repair_nature", "nature_because", "parts_to_bring", "estimated_fen"),
    *("quote", "customer_consent"),
)
AMENDED = ReportAmended(2, CHANGES, "现场查明为人为损坏", replace(CLERK_SIG, content=NEW), ASKED)
AGAIN = replace(APPROVAL, content=NEW)
TO_SIGNED: tuple[Fact, ...] = (*TO_APPROVED, DRAFTED, SIGNED)
TO_AMENDED: tuple[Fact, ...] = (*TO_SIGNED, AMENDED)
TOLD = ("approver", ("请附检测照片",), ("nature_because",))
REFUSED = AmendmentRefused(2, ZHAO, *TOLD, None)
RECALLED = AmendmentRecalled(2, "用户改主意")


def test_out_of_warranty_on_site_the_report_is_changed_and_approved_again() -> None:
    """情况十八: found on site, drafted and signed there, agreed, submitted, approved."""
    given(report, *TO_APPROVED).when(DRAFT, by(WANG)).then(replace(DRAFTED, content=ANY_HASH))
    given(report, *TO_APPROVED, DRAFTED).when(DRAFT, by(WANG)).then()
    given(report, *TO_APPROVED, DRAFTED).when(SignReport(NEW), by(WANG)).then(SIGNED)
    given(report, *TO_SIGNED).when(AMEND, by(LI)).then(AMENDED)
    given(report, *TO_AMENDED).when(AMEND, by(LI)).then()
    approved = RepairApproved(2, NEW, (AGAIN,), "core@1")
    given(report, *TO_AMENDED).when(GiveApproval("approver", NEW), by(ZHAO)).then(
        ApprovalGiven(2, AGAIN), approved
    )
    after = state(*TO_AMENDED, ApprovalGiven(2, AGAIN), approved)
    assert (after.stage, after.diagnosis, after.agreement) == (Stage.APPROVED, PAID, AGREEMENT)
    assert (after.content, after.former, after.draft) == (NEW, None, None)


def test_nothing_has_changed_while_it_is_only_drafted() -> None:
    before, after = state(*TO_APPROVED), state(*TO_SIGNED)
    assert after == replace(before, draft=DRAFTED, draft_sig=SIG)


def test_others_read_that_a_change_waits_and_then_what_stands() -> None:
    waiting = report.public(state(*TO_AMENDED), AMENDED)
    assert (waiting.document.amends, waiting.document.stage) == (SHOWN, Stage.SUBMITTED)
    assert waiting.this == {"changes": CHANGES, "because": AMENDED.because}
    for end in (REFUSED, RECALLED):
        told = report.public(state(*TO_AMENDED, end), end)
        assert (told.document.amends, told.document.stage) == (None, Stage.APPROVED)
        assert told.this


@pytest.mark.parametrize("end", [REFUSED, RECALLED])
def test_if_it_is_refused_or_taken_back_the_former_approval_stands(end: Fact) -> None:
    before, after = state(*TO_APPROVED), state(*TO_AMENDED, end)
    same = ("stage", "content", "diagnosis", "agreement", "equipment", "approvals", "basics")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert (after.technician_sig, after.clerk_sig) == (TECHNICIAN_SIG, CLERK_SIG)
    again = state(*TO_AMENDED, end, DRAFTED, SIGNED, replace(AMENDED, round=3))
    assert (again.round, again.content) == (3, NEW)


def test_an_approver_refuses_it_with_reasons() -> None:
    given(report, *TO_AMENDED).when(ReturnReport(*TOLD), by(ZHAO)).then(REFUSED)
    given(report, *TO_AMENDED, REFUSED).when(ReturnReport(*TOLD), by(ZHAO)).then()
    many = ReturnReport("approver", tuple("123456"), ("quote",))
    given(report, *TO_AMENDED).when(many, by(ZHAO)).refused("too-many")
    given(report, *TO_AMENDED).when(ReturnReport("approver", (), ()), by(ZHAO)).refused(
        "return-unreasoned"
    )


def test_the_clerk_takes_it_back_while_nobody_has_decided() -> None:
    recall = RecallReport("用户改主意")
    given(report, *TO_AMENDED).when(recall, by(LI)).then(RECALLED)
    given(report, *TO_AMENDED, RECALLED).when(recall, by(LI)).then()
    given(report, *TO_APPROVED).when(recall, by(LI)).refused("wrong-stage")


def test_who_approved_it_before_does_not_travel_for_it_now() -> None:
    assert PAID.travel is not None
    for one in (APPROVAL, replace(APPROVAL, by="K-2", acting_for=ZHAO)):
        approved = RepairApproved(1, SHOWN, (one,), "core@1")
        asked = replace(by(WANG), happened={"": [Happened(approved, AT, AT)]})
        along = replace(PAID, travel=replace(PAID.travel, travellers=(WANG, ZHAO)))
        story = given(report, *TO_APPROVED)
        story.when(drafting(along, agreement=AGREEMENT), asked).refused_with(
            "approver-travels", person=ZHAO
        )
        alone = replace(PAID, travel=replace(PAID.travel, travellers=(WANG,)))
        assert story.when(drafting(alone, agreement=AGREEMENT), asked).decision()


@pytest.mark.parametrize(
    ("past", "code"),
    [
        (TO_APPROVED, "nothing-drafted"),
        ((*TO_APPROVED, DRAFTED), "unsigned"),
        (TO_SUBMITTED, "wrong-stage"),
    ],
)
def test_it_is_submitted_over_a_signed_draft_alone(past: tuple[Fact, ...], code: str) -> None:
    given(report, *past).when(AMEND, by(LI)).refused(code)


def test_what_is_signed_is_what_was_shown() -> None:
    old = replace(AMEND, content=SHOWN)
    given(report, *TO_SIGNED).when(old, by(ZHAO)).refused("signature-stale")
    given(report, *TO_APPROVED, DRAFTED).when(SignReport(SHOWN), by(WANG)).refused(
        "signature-stale"
    )
    redrafted = state(*TO_SIGNED, replace(DRAFTED, content="6" * 64))
    assert redrafted.draft_sig is None


def test_once_the_task_is_handed_in_it_goes_back_first() -> None:
    late = replace(AMEND, handed_in=f"{TICKET}-W1")
    given(report, *TO_SIGNED).when(late, by(LI)).refused_with(
        "task-handed-in", order=f"{TICKET}-W1"
    )
    given(report, *TO_AMENDED).when(late, by(LI)).then()


@pytest.mark.parametrize(
    ("stages", "codes"),
    [
        (["handed_in"], ["task-handed-in"]),
        (["signed"], []),
        (["closed", "handed_in"], ["task-handed-in"]),
        (["closed", "accepted"], []),
        ([], []),
    ],
)
def test_intake_looks_at_what_dispatch_said_last(
    intake: Intake, stages: list[str], codes: list[str]
) -> None:
    """Of each order of the ticket; the page says so before anybody tries."""
    intake.opened()
    path = intake.approved()
    ticket = path.rpartition("/")[2]
    for n, stage in enumerate(stages, 1):
        more = f"{ticket}-W{n + 1}" if n < len(stages) else None
        told = replace(ORDER, stage=OrderStage(stage), ending=None, continued_as=more)
        intake.desk.views.documents["dispatch", f"work_order-{ticket}-W{n}"] = told
    intake.give(path, "amendment-drafts", intake.technician)
    content = intake.told(path, intake.clerk)["report"]["draft"]["content"]
    signed = {"content": content, "how": "session"}
    intake.done(intake.desk.post(f"{path}/signatures", signed, intake.technician))
    step = next_of(page(intake, path, intake.clerk))["amendments"]
    answer = intake.desk.post(f"{path}/amendments", signed, intake.clerk)
    for reasons in (step["reasons"], answer.json().get("reasons", ())):
        assert [each["code"] for each in reasons] == codes


def test_who_has_its_order_is_known_from_what_dispatch_said_last(intake: Intake) -> None:
    intake.opened()
    path = intake.approved()
    ticket = path.rpartition("/")[2]
    given_to = replace(ORDER, stage=OrderStage.ACCEPTED, ending=None, technician=APPROVER)
    intake.desk.views.documents["dispatch", f"work_order-{ticket}-W1"] = given_to
    intake.give(path, "amendment-drafts", intake.technician)
    content = intake.told(path, intake.clerk)["report"]["draft"]["content"]
    signed = {"content": content, "how": "session"}
    intake.done(intake.desk.post(f"{path}/signatures", signed, intake.technician))
    intake.done(intake.desk.post(f"{path}/amendments", signed, intake.clerk))
    body = {"as_what": "approver", "content": content}
    told = intake.desk.post(f"{path}/approvals", body, intake.approver).json()
    assert [each["code"] for each in told["reasons"]] == ["self-approval"]


def test_the_gates_of_a_first_submission_hold() -> None:
    unquoted: Any = replace(DRAFTED, agreement=None)
    given(report, *TO_APPROVED, unquoted, SIGNED).when(AMEND, by(LI)).refused_with(
        "report-incomplete", missing=["quote", "customer_consent"]
    )


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (drafting(DIAGNOSIS, "没有变"), "nothing-amended"),
        (drafting(replace(PAID, fault_cause=None)), "diagnosis-incomplete"),
        (drafting(replace(PAID, no_parts=True)), "said-both-ways"),
        (
            drafting(replace(PAID, parts_to_bring=(PartWanted("MFQ-32", 1),) * 2)),
            "part-twice",
        ),
        (
            drafting(PAID, equipment=replace(EQUIPMENT, machine="SB-404")),
            "machine-unknown",
        ),
        (drafting(PAID, customer="YH-404"), "customer-unknown"),
    ],
)
def test_a_draft_says_what_changes_as_a_diagnosis_does(draft: DraftAmendment, code: str) -> None:
    given(report, *TO_APPROVED).when(draft, by(WANG)).refused(code)


def test_only_who_is_there_travels() -> None:
    assert PAID.travel
    gone = replace(PAID, travel=replace(PAID.travel, travellers=(GONE,)))
    given(report, *TO_APPROVED).when(drafting(gone), by(WANG)).refused("person-inactive")


def test_who_asks_for_it_and_who_travels_do_not_approve_it() -> None:
    approve = GiveApproval("approver", NEW)
    for person in (LI, WANG):
        given(report, *TO_AMENDED).when(approve, by(person, Role.APPROVER)).refused("self-approval")


def test_who_has_its_order_does_not_approve_it_nor_does_their_deputy() -> None:
    """The order was given to somebody who neither signed the report nor was to travel for it."""
    theirs = GiveApproval("approver", NEW, crew=(ZHAO,))
    given(report, *TO_AMENDED).when(theirs, by(ZHAO)).refused_with("self-approval", person=ZHAO)
    another = replace(theirs, crew=("T-ELSE",))
    story = given(report, *TO_AMENDED).when(another, by(ZHAO))
    assert [type(fact) for _, fact in story.decision()] == [ApprovalGiven, RepairApproved]


def test_after_an_approval_dispatch_alone_ends_the_case() -> None:
    withdraw = CloseReport(Ending.WITHDRAWN, "用户不修了", customer_told_at=AT)
    given(report, *TO_AMENDED).when(withdraw, by(LI)).refused("closed-by-dispatch")


def test_a_case_that_dispatch_closed_shows_what_was_approved() -> None:
    closed = state(*TO_AMENDED, ClosingNoted("work_order-1", 9, Ending.WITHDRAWN))
    assert (closed.stage, closed.content, closed.former) == (Stage.CLOSED, SHOWN, None)
    assert closed.diagnosis == DIAGNOSIS


def test_the_page_offers_what_fits() -> None:
    assert len(list(offered_draft("", state(*TO_APPROVED)))) == 1
    assert not list(offered_amending("", state(*TO_APPROVED)))
    assert [each.content for each in offered_amending("", state(*TO_SIGNED))] == [NEW]
    assert not list(offered_draft("", state(*TO_AMENDED)))
