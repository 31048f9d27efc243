"""送审与审批 as stories: what is complete, who approves it, what goes back, what is overdue."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import report
from services.intake.report.approval import GiveApproval, ReturnReport
from services.intake.report.submission import (
    RecallReport,
    SubmitReport,
    UrgeApproval,
    UrgeDecision,
)
from shared.decider import Fact, Refused, reason
from shared.events.intake import (
    ApprovalGiven,
    ApprovalUrged,
    BasicsCompleted,
    DecisionUrged,
    FaultDiagnosed,
    RepairApproved,
    RepairReported,
    ReportRecalled,
    ReportReturned,
)
from shared.events.report_form import (
    Agreement,
    Approval,
    Basics,
    Circumstances,
    Diagnosis,
    Equipment,
    EquipmentField,
    KeptBecause,
    Stage,
)
from shared.events.values import RemoteResult, RepairNature, Role, Travel, TravelMode
from tests.intake.example import (
    AGREEMENT,
    APPROVAL,
    APPROVE,
    APPROVED,
    AT,
    ATTEMPT,
    BASICS,
    BOTH,
    COMPLETED,
    DIAGNOSE,
    DIAGNOSED,
    DIAGNOSIS,
    DUE,
    EQUIPMENT,
    GIVEN,
    GONE,
    GUIDED,
    HE,
    LI,
    ONE,
    QIAN,
    REPORTED,
    REPORTED_B,
    REPORTED_ON,
    SHOWN,
    SIGNED,
    SUBMIT,
    SUBMITTED,
    SUN,
    TO_APPROVED,
    TO_DIAGNOSED,
    TO_SIGNED,
    TO_SUBMITTED,
    WANG,
    ZHAO,
    ZHOU,
    by,
    state,
)
from tests.spec import ANY_HASH, given

OTHER = "e" * 64
TO_JOINT: tuple[Fact, ...] = (
    *TO_SIGNED,
    replace(SUBMITTED, approval=BOTH),
)


def without(section: Any, name: str) -> Any:
    """The section with one field left blank."""
    return replace(section, **{name: None})


def told(
    basics: Basics = BASICS,
    equipment: Equipment = EQUIPMENT,
    diagnosis: Diagnosis = DIAGNOSIS,
    **changes: Any,
) -> list[Fact]:
    """A report signed by the technician, with these sections."""
    reported = replace(REPORTED, basics=basics, equipment=equipment, **changes)
    return [reported, GUIDED, replace(DIAGNOSED, diagnosis=diagnosis), SIGNED]


def test_a_complete_and_signed_report_is_submitted() -> None:
    given(report, *TO_SIGNED).when(SUBMIT, by(LI)).then(SUBMITTED)
    given(report, *TO_SUBMITTED).when(SUBMIT, by(LI)).then()
    given(report, *TO_APPROVED).when(SUBMIT, by(LI)).then()


def test_an_incomplete_report_names_every_missing_field_at_once() -> None:
    bare = replace(REPORTED_B, content=SHOWN)
    blank = FaultDiagnosed(Diagnosis(on_site=True), KeptBecause(), SHOWN)
    given(report, bare, blank).when(SUBMIT, by(LI)).refused(
        "report-incomplete", "remote-not-tried", "unsigned"
    )
    given(report, bare, blank, GUIDED, replace(blank, content=SHOWN), SIGNED).when(
        SUBMIT, by(LI)
    ).refused_with(
        "report-incomplete",
        missing=[
            *("customer", "customer_name", "customer_kind", "address", "region"),
            *("basics_confirmed_at", "machine", "model", "bought_on", "installed_on"),
            *("warranty_until", "serial_no", "contract"),
            *("fault_analysis", "fault_cause", "fault_nature", "repair_nature", "solution"),
            *("parts_to_bring", "talked_to_customer_at", "nature_because", "estimated_fen"),
            *("travel_mode", "travel_at", "travellers"),
        ],
    )


@pytest.mark.parametrize(
    "name", ["customer", "customer_name", "customer_kind", "address", "region"]
)
def test_each_of_the_basics_is_asked(name: str) -> None:
    past = told(basics=without(BASICS, name))
    given(report, *past).when(SUBMIT, by(LI)).refused_with("report-incomplete", missing=[name])


@pytest.mark.parametrize("name", [field.value for field in EquipmentField])
def test_each_of_the_machine_s_fields_is_asked_or_said_to_be_unknown(name: str) -> None:
    blank = without(EQUIPMENT, name)
    given(report, *told(equipment=blank)).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=[name]
    )
    unknown = replace(blank, asked_unknown=(EquipmentField(name),))
    given(report, *told(equipment=unknown)).when(SUBMIT, by(LI)).then(SUBMITTED)


def test_a_serial_number_may_be_unknown_for_a_reason() -> None:
    blank = replace(EQUIPMENT, serial_no=None)
    given(report, *told(equipment=blank)).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["serial_no"]
    )
    unknown = replace(blank, serial_unknown_because="铭牌脱落")
    given(report, *told(equipment=unknown)).when(SUBMIT, by(LI)).then(SUBMITTED)


def test_a_contract_is_named_or_said_to_be_none() -> None:
    unsaid = replace(EQUIPMENT, no_contract=False)
    given(report, *told(equipment=unsaid)).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["contract"]
    )
    by_contract = replace(DIAGNOSIS, repair_nature=RepairNature.CONTRACT)
    given(report, *told(diagnosis=by_contract)).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["contract"]
    )
    named = replace(EQUIPMENT, no_contract=False, contract="HT-2025-8")
    given(report, *told(equipment=named, diagnosis=by_contract)).when(SUBMIT, by(LI)).then(
        SUBMITTED
    )


@pytest.mark.parametrize(
    "name",
    [
        "fault_analysis",
        "fault_cause",
        "fault_nature",
        "repair_nature",
        "solution",
        "talked_to_customer_at",
        "nature_because",
        "estimated_fen",
    ],
)
def test_each_of_the_diagnosis_fields_is_asked(name: str) -> None:
    past = told(diagnosis=without(DIAGNOSIS, name))
    given(report, *past).when(SUBMIT, by(LI)).refused_with("report-incomplete", missing=[name])


def test_parts_and_place_are_said_even_if_there_are_none() -> None:
    no_word = replace(DIAGNOSIS, parts_to_bring=())
    given(report, *told(diagnosis=no_word)).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["parts_to_bring"]
    )
    none = replace(DIAGNOSIS, parts_to_bring=(), no_parts=True)
    given(report, *told(diagnosis=none)).when(SUBMIT, by(LI)).then(SUBMITTED)
    nowhere = replace(DIAGNOSIS, on_site=None)
    given(report, *told(diagnosis=nowhere)).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["on_site"]
    )


def test_a_visit_is_planned_before_it_is_approved() -> None:
    unplanned = replace(DIAGNOSIS, travel=None)
    given(report, *told(diagnosis=unplanned)).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["travel_mode", "travel_at", "travellers"]
    )
    half = replace(DIAGNOSIS, travel=Travel(at=AT))
    given(report, *told(diagnosis=half)).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["travel_mode", "travellers"]
    )
    away = replace(DIAGNOSIS, travel=None, on_site=False)
    given(report, *told(diagnosis=away)).when(SUBMIT, by(LI)).then(SUBMITTED)


def test_nobody_travels_for_what_was_solved_from_afar() -> None:
    solved = replace(GUIDED, attempt=replace(ATTEMPT, result=RemoteResult.SOLVED))
    given(report, REPORTED, solved, DIAGNOSED, SIGNED).when(SUBMIT, by(LI)).refused(
        "solved-from-afar"
    )
    again = [REPORTED, solved, GUIDED, DIAGNOSED, SIGNED]
    given(report, *again).when(SUBMIT, by(LI)).then(SUBMITTED)
    at_home = replace(DIAGNOSIS, travel=None, on_site=False)
    shop = [REPORTED, solved, replace(DIAGNOSED, diagnosis=at_home), SIGNED]
    given(report, *shop).when(SUBMIT, by(LI)).then(SUBMITTED)


def test_before_a_visit_something_is_tried_from_afar() -> None:
    untried = [REPORTED, DIAGNOSED, SIGNED]
    given(report, *untried).when(SUBMIT, by(LI)).refused("remote-not-tried")
    waived = replace(DIAGNOSIS, remote_waived_because="现场无人会操作")
    past = [REPORTED, replace(DIAGNOSED, diagnosis=waived), SIGNED]
    given(report, *past).when(SUBMIT, by(LI)).then(SUBMITTED)
    away = replace(DIAGNOSIS, travel=None, on_site=False)
    past = [REPORTED, replace(DIAGNOSED, diagnosis=away), SIGNED]
    given(report, *past).when(SUBMIT, by(LI)).then(SUBMITTED)


def test_paid_work_is_quoted_and_agreed_to() -> None:
    paid = replace(DIAGNOSIS, repair_nature=RepairNature.PAID)
    given(report, *told(diagnosis=paid)).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["quote", "customer_consent"]
    )
    agreed = completed(AGREEMENT)
    past = [REPORTED, GUIDED, agreed, replace(DIAGNOSED, diagnosis=paid), SIGNED]
    given(report, *past).when(SUBMIT, by(LI)).then(SUBMITTED)
    quoted = [REPORTED, GUIDED, completed(Agreement("BJ-1")), *past[3:]]
    given(report, *quoted).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["customer_consent"]
    )
    on_site = replace(ONE, consent_on_site=True)
    given(report, *quoted).when(replace(SUBMIT, approval=on_site), by(LI)).then(
        replace(SUBMITTED, approval=on_site)
    )


def completed(agreement: Agreement) -> BasicsCompleted:
    return replace(COMPLETED, agreement=agreement, confirmed=None)


def test_what_another_employee_took_is_confirmed_by_the_clerk() -> None:
    heard: RepairReported = replace(REPORTED_B, basics=BASICS, equipment=EQUIPMENT)
    given(report, heard, GUIDED, DIAGNOSED, SIGNED).when(SUBMIT, by(LI)).refused_with(
        "report-incomplete", missing=["basics_confirmed_at"]
    )
    given(report, heard, COMPLETED, GUIDED, DIAGNOSED, SIGNED).when(SUBMIT, by(LI)).then(SUBMITTED)


def test_the_technician_signs_first_and_anew_after_every_change() -> None:
    given(report, *TO_DIAGNOSED).when(SUBMIT, by(LI)).refused("unsigned")
    other = replace(COMPLETED, circumstances=Circumstances(customer_wish="快"), content=OTHER)
    shown = replace(SUBMIT, content=OTHER, approval=replace(ONE, content=OTHER))
    given(report, *TO_SIGNED, other).when(shown, by(LI)).refused_with(
        "signature-stale", content=OTHER
    )
    given(report, *TO_SIGNED, other).when(SUBMIT, by(LI)).refused("signature-stale")


def test_the_clerk_signs_what_he_was_shown() -> None:
    blind = replace(SUBMIT, content=OTHER)
    given(report, *TO_SIGNED).when(blind, by(LI)).refused("signature-stale")
    elsewhere = replace(SUBMIT, approval=replace(ONE, content=OTHER))
    given(report, *TO_SIGNED).when(elsewhere, by(LI)).refused("signature-stale")
    ahead = replace(SUBMIT, signed_at=AT + timedelta(hours=1))
    given(report, *TO_SIGNED).when(ahead, by(LI)).refused("in-the-future")
    given(report, REPORTED).when(SUBMIT, by(LI)).refused("not-diagnosed")


def test_the_approver_approves() -> None:
    given(report, *TO_SUBMITTED).when(APPROVE, by(ZHAO)).then(GIVEN, APPROVED)
    given(report, *TO_APPROVED).when(APPROVE, by(ZHAO)).then()
    after = state(*TO_APPROVED)
    assert (after.stage, after.approvals) == (Stage.APPROVED, (APPROVAL,))


def test_a_joint_rung_needs_each_person() -> None:
    given(report, *TO_JOINT).when(APPROVE, by(ZHAO)).then(GIVEN)
    second = Approval(QIAN, "cost_deputy", AT, SHOWN)
    cost = GiveApproval("cost_deputy", SHOWN)
    given(report, *TO_JOINT, GIVEN).when(cost, by(QIAN)).then(
        ApprovalGiven(1, second), RepairApproved(1, SHOWN, (APPROVAL, second), "core@1")
    )
    given(report, *TO_JOINT, GIVEN).when(APPROVE, by(ZHAO)).then()
    given(report, *TO_JOINT, GIVEN).when(APPROVE, by(QIAN)).refused("approved-as")
    alone = replace(GIVEN, approval=replace(APPROVAL, by=QIAN))
    given(report, *TO_JOINT, alone).when(cost, by(QIAN)).refused("joint-approval")


def test_nobody_approves_his_own_report() -> None:
    given(report, *TO_SUBMITTED).when(APPROVE, by(LI, Role.APPROVER)).refused("self-approval")
    given(report, *TO_SUBMITTED).when(APPROVE, by(WANG, Role.APPROVER)).refused("self-approval")
    given(report, *TO_SUBMITTED).when(APPROVE, by(HE, Role.APPROVER)).then(
        replace(GIVEN, approval=replace(APPROVAL, by=HE)),
        replace(APPROVED, approvals=(replace(APPROVAL, by=HE),)),
    )


def test_who_travels_does_not_approve_the_travel() -> None:
    travel = Travel(TravelMode.COMPANY_CAR, AT, (SUN, ZHAO))
    joined = FaultDiagnosed(replace(DIAGNOSIS, travel=travel), KeptBecause(), SHOWN)
    past = (REPORTED, GUIDED, joined, SIGNED, SUBMITTED)
    given(report, *past).when(APPROVE, by(ZHAO)).refused_with("self-approval", person=ZHAO)
    given(report, *past).when(APPROVE, by(SUN, Role.APPROVER)).refused("self-approval")
    given(report, *past).when(APPROVE, by(QIAN)).then(
        replace(GIVEN, approval=replace(APPROVAL, by=QIAN)),
        replace(APPROVED, approvals=(replace(APPROVAL, by=QIAN),)),
    )
    stays = FaultDiagnosed(replace(DIAGNOSIS, on_site=False, travel=None), KeptBecause(), SHOWN)
    at_desk = (REPORTED, stays, SIGNED, SUBMITTED)
    given(report, *at_desk).when(APPROVE, by(ZHAO)).then(GIVEN, APPROVED)


def test_only_whom_the_ladder_names_approves() -> None:
    general = GiveApproval("general_manager", SHOWN)
    given(report, *TO_SUBMITTED).when(general, by(ZHOU)).refused_with(
        "approval-not-asked", as_what="general_manager", needed=("approver",)
    )
    given(report, *TO_SUBMITTED).when(APPROVE, by(ZHOU)).refused("approval-not-asked")
    given(report, *TO_SUBMITTED).when(APPROVE, by(HE)).refused("approval-not-asked")
    given(report, *TO_SUBMITTED).when(APPROVE, by(GONE, Role.APPROVER)).refused("person-inactive")


def test_whoever_may_not_approve_parts_without_a_price_is_told_why_not() -> None:
    """Whether they approve or send it back; and nobody is who may."""
    top = replace(ONE, needed=("general_manager",), unpriced=("VALVE-8",))
    past = (*TO_SIGNED, replace(SUBMITTED, approval=top))
    for command in (APPROVE, RETURN):
        given(report, *past).when(command, by(ZHAO)).refused("approval-not-asked", "parts-unpriced")
    with pytest.raises(Refused) as refused:
        report.decide(APPROVE, state(*past), by(ZHAO))
    assert refused.value.reasons[1] == reason(
        "parts-unpriced", parts=("VALVE-8",), needed=("general_manager",)
    )
    general = GiveApproval("general_manager", SHOWN)
    approval = Approval(ZHOU, "general_manager", AT, SHOWN)
    given(report, *past).when(general, by(ZHOU)).then(
        ApprovalGiven(1, approval), replace(APPROVED, approvals=(approval,))
    )


def test_the_approver_approves_what_was_submitted() -> None:
    blind = GiveApproval("approver", OTHER)
    given(report, *TO_SUBMITTED).when(blind, by(ZHAO)).refused("changed-since-submitted")
    given(report, *TO_SIGNED).when(APPROVE, by(ZHAO)).refused("not-submitted")
    given(report, *TO_SUBMITTED).when(blind, by(LI)).refused(
        "self-approval", "approval-not-asked", "changed-since-submitted"
    )


RETURN = ReturnReport("approver", ("费用偏高",), ("estimated_fen",))
RETURNED = ReportReturned(1, ZHAO, "approver", ("费用偏高",), ("estimated_fen",))


def test_a_report_goes_back_with_reasons() -> None:
    given(report, *TO_SUBMITTED).when(RETURN, by(ZHAO)).then(RETURNED)
    given(report, *TO_SUBMITTED, RETURNED).when(RETURN, by(ZHAO)).then()
    given(report, *TO_SUBMITTED).when(ReturnReport("approver", (), ()), by(ZHAO)).refused_with(
        "return-unreasoned", missing=["reasons", "fields"]
    )
    given(report, *TO_SUBMITTED).when(RETURN, by(HE)).refused("approval-not-asked")
    given(report, *TO_SUBMITTED).when(RETURN, by(GONE, Role.APPROVER)).refused("person-inactive")
    given(report, *TO_APPROVED).when(RETURN, by(ZHAO)).refused("wrong-stage")


def test_what_came_back_is_diagnosed_signed_and_submitted_in_another_round() -> None:
    past = [*TO_SUBMITTED, RETURNED]
    after = state(*past)
    assert (after.stage, after.round, after.approval) == (Stage.RETURNED, 2, None)
    given(report, *past).when(SUBMIT, by(LI)).refused("not-diagnosed")
    given(report, *past).when(DIAGNOSE, by(WANG)).then(
        FaultDiagnosed(DIAGNOSIS, KeptBecause(), ANY_HASH)
    )
    given(report, *past, DIAGNOSED).when(SUBMIT, by(LI)).refused("signature-stale")
    given(report, *past, DIAGNOSED, SIGNED).when(SUBMIT, by(LI)).then(replace(SUBMITTED, round=2))


def test_the_clerk_takes_it_back_while_nobody_has_decided() -> None:
    recalled = ReportRecalled(1, "补照片")
    given(report, *TO_SUBMITTED).when(RecallReport("补照片"), by(LI)).then(recalled)
    given(report, *TO_SUBMITTED, recalled).when(RecallReport(), by(LI)).then()
    given(report, *TO_SUBMITTED, recalled).when(SUBMIT, by(LI)).then(SUBMITTED)
    given(report, *TO_JOINT, GIVEN).when(RecallReport(), by(LI)).refused_with(
        "decided-already", by=[ZHAO]
    )
    given(report, *TO_APPROVED).when(RecallReport(), by(LI)).refused("wrong-stage")
    given(report, *TO_SIGNED).when(RecallReport(), by(LI)).refused("not-submitted")


def test_somebody_urges_whoever_is_to_approve_in_their_words() -> None:
    urge, urged = UrgeDecision("用户停产等修"), DecisionUrged(LI, 1, "用户停产等修")
    given(report, *TO_SUBMITTED).when(urge, by(LI)).then(urged)
    given(report, *TO_SUBMITTED, urged).when(urge, by(LI)).then()
    given(report, *TO_SUBMITTED, urged).when(urge, by(HE)).then(replace(urged, by=HE))
    given(report, *TO_SIGNED).when(urge, by(LI)).refused("not-submitted")
    given(report, *TO_APPROVED).when(urge, by(LI)).refused("wrong-stage")
    given(report).when(urge, by(LI)).refused("not-registered")


def test_an_overdue_approval_is_urged_once_a_submission() -> None:
    urge = UrgeApproval(1, DUE)
    urged = ApprovalUrged(1, DUE)
    timer = by("timer:approval-overdue", at=DUE)
    given(report, *TO_SUBMITTED).when(urge, timer).then(urged)
    given(report, *TO_SUBMITTED, urged).when(urge, timer).then()
    given(report, *TO_JOINT, GIVEN).when(urge, timer).then(urged)
    again = replace(SUBMITTED, approval=replace(ONE, due_at=DUE + timedelta(hours=9)))
    past = [*TO_SUBMITTED, urged, ReportRecalled(1, None), again]
    given(report, *past).when(urge, timer).then()
    later = UrgeApproval(1, DUE + timedelta(hours=9))
    given(report, *past).when(later, timer).then(ApprovalUrged(1, DUE + timedelta(hours=9)))


@pytest.mark.parametrize(
    "past",
    [(), TO_SIGNED, TO_APPROVED, (*TO_SUBMITTED, RETURNED)],
    ids=["none", "signed", "approved", "returned"],
)
def test_what_waits_no_longer_is_not_urged(past: tuple[Fact, ...]) -> None:
    given(report, *past).when(UrgeApproval(1, DUE), by("timer:approval-overdue", at=DUE)).then()


def test_a_submission_carries_its_obligations() -> None:
    command = SubmitReport(SHOWN, SUBMIT.how, approval=BOTH, reported_on=REPORTED_ON)
    given(report, *TO_SIGNED).when(command, by(LI)).then(replace(SUBMITTED, approval=BOTH))
