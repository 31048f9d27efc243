"""报修 as stories: both ways in, whose case it is, and what the clerk completes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import report
from services.intake.report.basics import CompleteBasics, HandOverCase
from services.intake.report.document import document_of
from services.intake.report.ending import CloseReport
from services.intake.report.reporting import RegisterReport
from services.intake.report.state import content_of
from shared.events.intake import BasicsCompleted, CaseHandedOver, RepairClosed
from shared.events.report_form import (
    Basics,
    BasicsField,
    Equipment,
    EquipmentField,
)
from shared.events.values import (
    Ending,
    WayIn,
)
from tests.intake.example import (
    AGREEMENT,
    AT,
    BASICS,
    CIRCUMSTANCES,
    COMPLETE,
    COMPLETED,
    DIAGNOSE,
    EQUIPMENT,
    FAR,
    GONE,
    GUIDE,
    HE,
    LI,
    REGISTER,
    REGISTER_B,
    REPORTED,
    REPORTED_B,
    SIGN,
    TO_APPROVED,
    TO_DIAGNOSED,
    TO_SUBMITTED,
    WANG,
    WARNED,
    ZHAO,
    by,
    sealed,
    state,
)
from tests.spec import ANY_HASH, given

EARLY, LATER = AT - timedelta(hours=1), AT + timedelta(hours=1)


def test_a_customer_calls_the_clerk() -> None:
    given(report).when(REGISTER, by(LI)).then(replace(REPORTED, content=ANY_HASH))


def test_a_customer_tells_a_technician() -> None:
    given(report).when(REGISTER_B, by(WANG)).then(replace(REPORTED_B, content=ANY_HASH))


def test_whoever_takes_the_call_owns_the_case_unless_another_is_named() -> None:
    unnamed = replace(REGISTER, owner=None)
    own = replace(REPORTED, received_by=HE, owner=HE, content=ANY_HASH)
    given(report).when(unnamed, by(HE)).then(own)
    told = replace(unnamed, received_by=HE)
    given(report).when(told, by(LI)).then(own)


def test_way_a_is_the_clerks_own_call() -> None:
    given(report).when(REGISTER, by(WANG)).refused_with("way-a-is-the-clerks", person=WANG)
    told = replace(REGISTER, received_by=WANG)
    given(report).when(told, by(LI)).refused_with("way-a-is-the-clerks", person=WANG)
    given(report).when(replace(REGISTER, owner=None, received_by=HE), by(WANG)).then(
        replace(REPORTED, received_by=HE, owner=HE, content=ANY_HASH)
    )


def test_every_field_of_the_form_is_kept() -> None:
    full = replace(REGISTER, circumstances=CIRCUMSTANCES, received_at=EARLY, warnings=(WARNED,))
    kept = replace(
        REPORTED,
        circumstances=CIRCUMSTANCES,
        received_at=EARLY,
        warnings=(WARNED,),
        content=ANY_HASH,
    )
    given(report).when(full, by(LI)).then(kept)


def test_when_it_is_recorded_stands_beside_when_it_was_received() -> None:
    """Other rooms hold by the record what was over by then; nobody signs for it."""
    late = AT + timedelta(hours=6)
    kept = replace(REPORTED, registered_at=late, content=ANY_HASH)
    given(report).when(REGISTER, replace(by(LI), now=late)).then(kept)
    early, later = (given(report, each).state for each in (REPORTED, kept))
    assert (document_of(later).received_at, document_of(later).registered_at) == (AT, late)
    assert content_of(early) == content_of(later)


def test_a_report_says_whom_to_call_and_what_is_wrong() -> None:
    nothing = RegisterReport(REGISTER.kind, REGISTER.channel, WayIn.B, owner=LI)
    given(report).when(nothing, by(WANG)).refused_with(
        "report-incomplete", missing=["contact_name", "contact_phone", "fault_description"]
    )


def test_in_way_a_the_basics_are_asked_at_once() -> None:
    silent = replace(REGISTER, basics=Basics(customer="YH-1001"))
    given(report).when(silent, by(LI)).refused_with(
        "report-incomplete", missing=["customer_name", "customer_kind", "address", "region"]
    )
    asked = Basics(asked_unknown=tuple(BasicsField))
    kept = replace(REPORTED, basics=asked, content=ANY_HASH)
    given(report).when(replace(REGISTER, basics=asked), by(LI)).then(kept)


def test_registering_twice_changes_nothing() -> None:
    given(report).when(REGISTER, by(LI)).then(replace(REPORTED, content=ANY_HASH))
    ((_, fact),) = report.decide(REGISTER, report.initial, by(LI))
    given(report, fact).when(REGISTER, by(LI)).then()
    other = replace(REGISTER, fault_description="不通电")
    given(report, fact).when(other, by(LI)).refused("registered-already")


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"owner": "T-NOBODY"}, ["person-unknown"]),
        ({"owner": GONE}, ["person-inactive"]),
        ({"owner": FAR}, ["person-elsewhere"]),
        ({"basics": replace(BASICS, customer="YH-404")}, ["customer-unknown"]),
        ({"basics": replace(BASICS, customer="YH-9")}, ["customer-inactive"]),
        ({"equipment": replace(EQUIPMENT, machine="SB-404")}, ["machine-unknown"]),
        ({"equipment": replace(EQUIPMENT, machine="SB-9")}, ["machine-inactive"]),
        ({"received_at": LATER}, ["in-the-future"]),
        ({"equipment": replace(EQUIPMENT, contract="HT-1")}, ["said-both-ways"]),
        (
            {"owner": GONE, "contact_name": None, "received_at": LATER},
            ["report-incomplete", "person-inactive", "in-the-future"],
        ),
    ],
)
def test_whom_and_what_a_report_names_is_looked_up(change: Any, codes: list[str]) -> None:
    given(report).when(replace(REGISTER, **change), by(LI)).refused(*codes)


def test_a_report_needs_an_open_branch() -> None:
    given(report).when(REGISTER, by(LI, branch="XX99")).refused(
        "branch-unknown", "person-elsewhere"
    )
    given(report).when(REGISTER, by(LI, branch="OLD9")).refused(
        "branch-inactive", "person-elsewhere"
    )


def test_clocks_may_differ_by_minutes() -> None:
    soon = AT + timedelta(minutes=4)
    kept = replace(REPORTED, received_at=soon, content=ANY_HASH)
    given(report).when(replace(REGISTER, received_at=soon), by(LI)).then(kept)


LATER_COMMANDS = [HandOverCase(HE), COMPLETE, DIAGNOSE, GUIDE, SIGN, CloseReport(Ending.WITHDRAWN)]


@pytest.mark.parametrize("command", LATER_COMMANDS)
def test_nothing_happens_to_a_report_that_is_not_there(command: Any) -> None:
    given(report).when(command, by(LI)).refused("not-registered")


@pytest.mark.parametrize("command", LATER_COMMANDS)
def test_a_report_of_another_branch_is_left_alone(command: Any) -> None:
    given(report, *TO_DIAGNOSED).when(command, by(LI, branch="NB01")).refused("other-branch")


def test_a_case_is_handed_over_by_its_owner_or_an_approver() -> None:
    handed = CaseHandedOver(LI, HE, "下班")
    given(report, REPORTED).when(HandOverCase(HE, "下班"), by(LI)).then(handed)
    given(report, REPORTED).when(HandOverCase(HE, "下班"), by(ZHAO)).then(handed)
    given(report, REPORTED, handed).when(HandOverCase(HE, "下班"), by(LI)).then()
    given(report, REPORTED).when(HandOverCase(HE), by(WANG)).refused("not-the-owner")


def test_a_case_is_never_without_an_owner_who_can_see_to_it() -> None:
    given(report, REPORTED).when(HandOverCase("T-NOBODY"), by(LI)).refused("person-unknown")
    given(report, REPORTED).when(HandOverCase(GONE), by(LI)).refused("person-inactive")
    given(report, REPORTED).when(HandOverCase(FAR), by(WANG)).refused(
        "not-the-owner", "person-elsewhere"
    )


def test_a_closed_case_has_no_next_owner() -> None:
    closed = RepairClosed(Ending.WITHDRAWN)
    given(report, REPORTED, closed).when(HandOverCase(HE), by(LI)).refused("case-over")
    given(report, *TO_APPROVED).when(HandOverCase(HE), by(LI)).then(CaseHandedOver(LI, HE, None))


def test_in_way_b_the_clerk_calls_the_customer_himself() -> None:
    given(report, REPORTED_B).when(COMPLETE, by(LI)).then(replace(COMPLETED, content=ANY_HASH))
    unsaid = replace(COMPLETE, called_customer_at=None)
    given(report, REPORTED_B).when(unsaid, by(LI)).refused("not-confirmed")
    before = replace(COMPLETE, called_customer_at=EARLY)
    given(report, REPORTED_B).when(before, by(LI)).refused("not-confirmed")
    ahead = replace(COMPLETE, called_customer_at=LATER)
    given(report, REPORTED_B).when(ahead, by(LI)).refused("in-the-future")


def test_in_way_a_the_call_itself_confirmed_the_basics() -> None:
    command = CompleteBasics(circumstances=CIRCUMSTANCES, agreement=AGREEMENT)
    completed = BasicsCompleted(
        contact_name=None,
        contact_phone=None,
        fault_description=None,
        basics=None,
        equipment=None,
        circumstances=CIRCUMSTANCES,
        agreement=AGREEMENT,
        confirmed=None,
        content=ANY_HASH,
    )
    given(report, REPORTED).when(command, by(LI)).then(completed)


def test_a_section_not_named_stays_as_it_was() -> None:
    only = replace(COMPLETED, basics=None, equipment=None, fault_description="只在加压时漏液")
    after = state(REPORTED, only)
    assert (after.basics, after.equipment) == (BASICS, EQUIPMENT)
    assert after.fault_description == "只在加压时漏液"


def test_saying_the_same_again_completes_nothing() -> None:
    given(report, REPORTED_B, COMPLETED).when(COMPLETE, by(LI)).then()
    same = CompleteBasics(basics=BASICS, contact_name=sealed("contact_name"))
    given(report, REPORTED).when(same, by(LI)).then()
    given(report, *TO_APPROVED).when(same, by(LI)).then()


def test_what_is_submitted_is_not_completed_behind_the_approvers_back() -> None:
    command = CompleteBasics(fault_description="其实还有异响")
    for past in (TO_SUBMITTED, TO_APPROVED):
        given(report, *past).when(command, by(LI)).refused("wrong-stage")


def test_a_completion_says_nothing_both_ways_and_names_only_known_cards() -> None:
    machine = Equipment(
        machine="SB-404",
        serial_no="1",
        serial_unknown_because="铭牌脱落",
        bought_on=EQUIPMENT.bought_on,
        asked_unknown=(EquipmentField.BOUGHT_ON, EquipmentField.INSTALLED_ON),
    )
    given(report, REPORTED).when(CompleteBasics(equipment=machine), by(LI)).refused(
        "said-both-ways", "machine-unknown"
    )
    known = replace(machine, machine="SB-77")
    given(report, REPORTED).when(CompleteBasics(equipment=known), by(LI)).refused_with(
        "said-both-ways", fields=["serial_no", "bought_on"]
    )
