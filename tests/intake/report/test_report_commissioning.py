"""新机调试 (commissioning) as stories: registered from the sale, planned by the clerk, approved."""

from dataclasses import replace
from typing import Any

import pytest

from services.intake import report
from services.intake.report.amending import DraftAmendment
from services.intake.report.basics import CompleteBasics
from services.intake.report.completeness import missing_to_submit
from services.intake.report.defects import NoteDefect
from services.intake.report.diagnosis import offered_diagnosis, offered_guidance, offered_signing
from services.intake.report.planning import PlanCommissioning, offered_plan
from services.intake.report.repeat import RepeatReport
from services.intake.report.reporting import RegisterReport
from services.intake.report.state import content_of
from shared.decider import Fact
from shared.events.intake import (
    BasicsCompleted,
    CommissioningPlanned,
    DefectNoted,
    RepairClosed,
    RepairReported,
    ReportLinked,
    ReportReturned,
    ReportSubmitted,
)
from shared.events.report_form import Diagnosis, Equipment, EquipmentField, Sale
from shared.events.values import (
    MANY,
    Ending,
    PartWanted,
    RepairNature,
    ReportKind,
    Travel,
    TravelMode,
)
from tests.intake.example import (
    APPROVE,
    APPROVED,
    AT,
    BRANCH,
    CLERK_SIG,
    DIAGNOSE,
    EQUIPMENT,
    GIVEN,
    GUIDE,
    LI,
    ONE,
    PRICES,
    REGISTER,
    REPORTED,
    REPORTED_ON,
    SHOWN,
    SIGN,
    SUBMIT,
    SUBMITTED,
    TO_APPROVED,
    TO_DIAGNOSED,
    TO_SUBMITTED,
    WANG,
    ZHAO,
    by,
    state,
)
from tests.spec import ANY_HASH, given

SALE = Sale("HT-2026-118", REPORTED_ON, "三日内装好，免费培训两人")
ASKED = "新灌装机到货，请调试"
NEW = replace(EQUIPMENT, bought_on=None, installed_on=None, warranty_until=None)
TOLD = replace(
    REGISTER,
    kind=ReportKind.COMMISSIONING,
    fault_description=ASKED,
    equipment=NEW,
    sale=SALE,
)
SOLD = replace(
    REPORTED,
    kind=ReportKind.COMMISSIONING,
    fault_description=ASKED,
    equipment=NEW,
    sale=SALE,
)
PLAN = Diagnosis(
    solution="接电接水，空载两小时，培训两人",
    on_site=True,
    repair_nature=RepairNature.COMMISSIONING,
    no_parts=True,
    travel=Travel(TravelMode.COMPANY_CAR, AT, (WANG,)),
    estimated_fen=20_000,
)
PLANNED = CommissioningPlanned(PLAN, SHOWN)


def plans(**said: Any) -> PlanCommissioning:
    """The plan, with something said otherwise."""
    as_planned = {
        "solution": PLAN.solution,
        "no_parts": True,
        "travel": PLAN.travel,
        "estimated_fen": PLAN.estimated_fen,
    }
    return PlanCommissioning(**{**as_planned, **said}, prices=PRICES)


def lacks(*facts: Fact) -> set[str]:
    """What a report after these facts lacks to be submitted."""
    return set(missing_to_submit(state(*facts), consent_on_site=False))


def test_it_is_registered_from_the_sale_and_has_its_ticket_there() -> None:
    given(report).when(TOLD, by(LI)).then(replace(SOLD, content=ANY_HASH))


def test_only_a_new_machine_has_a_sale() -> None:
    given(report).when(replace(REGISTER, sale=SALE), by(LI)).refused("not-of-this-kind")
    later = CompleteBasics(sale=SALE)
    given(report, REPORTED).when(later, by(LI)).refused("not-of-this-kind")
    bare = replace(SOLD, sale=None)
    assert {"sale_contract", "promised_on", "promises"} <= lacks(bare, PLANNED)
    completed = BasicsCompleted(None, None, None, None, None, None, None, None, ANY_HASH, SALE)
    given(report, bare).when(later, by(LI)).then(completed)


def test_the_clerk_plans_it_and_nobody_diagnoses() -> None:
    given(report, SOLD).when(plans(), by(LI)).then(CommissioningPlanned(PLAN, ANY_HASH))
    given(report, SOLD, PLANNED).when(plans(), by(LI)).then()
    given(report, SOLD, PLANNED).when(plans(estimated_fen=1), by(LI)).then(
        CommissioningPlanned(replace(PLAN, estimated_fen=1), ANY_HASH)
    )
    back = ReportReturned(1, ZHAO, "approver", ("费用偏高",), ("estimated_fen",))
    given(report, SOLD, PLANNED, SUBMITTED, back).when(plans(), by(LI)).then(
        CommissioningPlanned(PLAN, ANY_HASH)
    )


@pytest.mark.parametrize("step", [DIAGNOSE, GUIDE, SIGN], ids=lambda step: type(step).__name__)
def test_each_kind_has_its_own_sections(step: Any) -> None:
    given(report, SOLD, PLANNED).when(step, by(WANG)).refused("not-of-this-kind")
    given(report, REPORTED).when(plans(), by(LI)).refused("not-of-this-kind")
    new, old = state(SOLD), state(REPORTED)
    for offered in (offered_diagnosis, offered_guidance, offered_signing):
        assert (len([*offered("", new)]), len([*offered("", old)])) == (0, 1)
    assert (len([*offered_plan("", new)]), len([*offered_plan("", old)])) == (1, 0)


def test_a_plan_is_held_to_the_catalogue_and_says_nothing_twice() -> None:
    strange = plans(no_parts=False, parts_to_bring=(PartWanted("NO-SUCH", 1),))
    given(report, SOLD).when(strange, by(LI)).refused("part-unknown")
    both = plans(parts_to_bring=(PartWanted("MFQ-32", 1),))
    given(report, SOLD).when(both, by(LI)).refused("said-both-ways")


def test_what_the_sale_hands_over_is_asked_before_it_is_submitted() -> None:
    assert lacks(SOLD, PLANNED) == set()
    for name in ("sale_contract", "promised_on", "promises"):
        some = replace(SOLD, sale=replace(SALE, **{name: None}))
        assert lacks(some, PLANNED) == {name}
    bare = replace(SOLD, sale=None)
    given(report, bare, PLANNED).when(SUBMIT, by(LI)).refused("report-incomplete")
    vague = replace(PLAN, travel=None, estimated_fen=None, no_parts=False)
    unsaid = {"travel_mode", "travel_at", "travellers", "estimated_fen", "parts_to_bring"}
    assert lacks(SOLD, CommissioningPlanned(vague, SHOWN)) == unsaid
    assert "sale_contract" not in lacks(REPORTED)


def test_the_machine_is_on_its_card_and_named_by_its_number() -> None:
    unnamed = Equipment(
        model="GX-350",
        serial_unknown_because="铭牌未贴",
        no_contract=True,
        asked_unknown=(EquipmentField.MACHINE,),
    )
    assert lacks(replace(SOLD, equipment=unnamed), PLANNED) == {"machine", "serial_no"}
    given(report, replace(SOLD, equipment=unnamed), PLANNED).when(SUBMIT, by(LI)).refused(
        "report-incomplete"
    )


def test_the_clerk_alone_signs_it_and_journey_and_cost_are_approved() -> None:
    given(report, SOLD, PLANNED).when(SUBMIT, by(LI)).then(ReportSubmitted(1, CLERK_SIG, ONE))
    past = (SOLD, PLANNED, SUBMITTED)
    given(report, *past).when(APPROVE, by(ZHAO)).then(GIVEN, APPROVED)


def test_a_change_of_what_was_approved_stays_a_commissioning() -> None:
    past = (SOLD, PLANNED, SUBMITTED, GIVEN, APPROVED)
    paid = DraftAmendment(
        replace(PLAN, repair_nature=RepairNature.PAID),
        "用户另付路费",
        prices=PRICES,
        reported_on=REPORTED_ON,
    )
    given(report, *past).when(paid, by(LI)).refused("not-of-this-kind")
    later = replace(paid, diagnosis=replace(PLAN, estimated_fen=25_000))
    [(_, drafted)] = report.decide(later, state(*past), by(LI))
    assert drafted.diagnosis.estimated_fen == 25_000


def test_whoever_is_not_satisfied_with_it_has_a_repair_next() -> None:
    past = (SOLD, PLANNED, SUBMITTED, GIVEN, APPROVED)
    again = RepeatReport("survey-1", 3, LI, AT)
    asked = replace(by(LI), ticket="BX-HZ01-20261125-0001")
    found = report.decide(again, state(*past), asked)
    reported = next(fact for _, fact in found if isinstance(fact, RepairReported))
    assert (reported.kind, reported.sale) == (ReportKind.REPAIR, None)


def test_a_report_without_a_sale_keeps_the_hash_it_was_signed_by() -> None:
    assert content_of(state(REPORTED)) != content_of(state(replace(SOLD, kind=REPORTED.kind)))
    assert isinstance(TOLD, RegisterReport)
    assert REPORTED.branch == BRANCH


COMMISSIONING = "BX-HZ01-20261120-0003"
FOUND = NoteDefect(COMMISSIONING, f"work_order-{COMMISSIONING}-W1", 9)
NOTED = DefectNoted(COMMISSIONING, FOUND.order, 9)
BACK = ReportReturned(1, ZHAO, "approver", ("费用偏高",), ("estimated_fen",))
SOLVED_ALREADY = RepairClosed(Ending.WITHDRAWN, reason="用户自行修好", customer_told_at=AT)
STAGES: list[tuple[Fact, ...]] = [
    (REPORTED,),
    TO_DIAGNOSED,
    TO_SUBMITTED,
    (*TO_SUBMITTED, BACK),
    TO_APPROVED,
    (REPORTED, SOLVED_ALREADY),
]


@pytest.mark.parametrize("past", STAGES, ids=lambda past: state(*past).stage)
def test_the_report_of_a_defect_names_the_commissioning_that_found_it(
    past: tuple[Fact, ...],
) -> None:
    reaction = by("reaction:link-defects")
    given(report, *past).when(FOUND, reaction).then(NOTED)
    given(report, *past, NOTED).when(FOUND, reaction).then()
    newer = replace(NOTED, version=12)
    given(report, *past, newer).when(FOUND, reaction).then()
    assert state(*past, NOTED).found_by == {COMMISSIONING: 9}


def test_a_report_names_so_many_of_them_and_no_more() -> None:
    """What comes beyond is named by its own order, and the report does not grow without end."""
    reaction = by("reaction:link-defects")
    many = [replace(NOTED, ticket=f"BX-{BRANCH}-20261124-{n:04}") for n in range(MANY)]
    given(report, REPORTED, *many).when(FOUND, reaction).then()
    again = NoteDefect(many[0].ticket, FOUND.order, 12)
    given(report, REPORTED, *many).when(again, reaction).then(replace(many[0], version=12))
    closed = [ReportLinked(each.ticket, Ending.DUPLICATE) for each in many]
    more = ReportLinked(COMMISSIONING, Ending.DUPLICATE)
    after = state(REPORTED, *closed, more).linked
    assert (len(after), list(after)[-1]) == (MANY, COMMISSIONING)
