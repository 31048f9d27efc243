"""授权代理 as stories: who stands in for whom, and what a deputy may not do either."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.intake import delegation, report
from services.intake.delegation import Delegations, EndDelegation, RecordDelegation
from services.intake.report.approval import GiveApproval, ReturnReport
from shared.decider import Asked, Fact
from shared.events.cards import PersonCard
from shared.events.intake import (
    ApprovalGiven,
    DelegationEnded,
    DelegationRecorded,
    FaultDiagnosed,
    RepairApproved,
    ReportReturned,
)
from shared.events.report_form import Approval, KeptBecause
from shared.events.values import Role, Travel, TravelMode
from tests.intake.example import (
    APPROVAL,
    AT,
    BOTH,
    BRANCH,
    CARDS,
    DIAGNOSIS,
    FAR,
    GIVEN,
    GONE,
    GUIDED,
    HE,
    LI,
    QIAN,
    REPORTED,
    SHOWN,
    SIGNED,
    SUBMITTED,
    SUN,
    TO_SIGNED,
    TO_SUBMITTED,
    WANG,
    ZHAO,
    by,
)
from tests.spec import given

TODAY = date(2026, 11, 23)
HOME = f"delegation-{ZHAO}"
RECORD = RecordDelegation(HE, ("approver",), TODAY, TODAY + timedelta(days=4), "年休假")
RECORDED = DelegationRecorded(1, HE, ("approver",), BRANCH, TODAY, RECORD.until_on, "年休假")
ENDED = DelegationEnded(1, None)
APPROVE = GiveApproval("approver", SHOWN, ZHAO, TODAY)


def asking(actor: str, *roles: Role) -> Asked:
    return replace(by(actor, *roles), home=HOME, ticket=None)


def deputy(actor: str, *past: Fact, person: str = ZHAO) -> Asked:
    """Asked by a deputy, with what the person has delegated."""
    state = Delegations()
    for fact in past:
        state = delegation.evolve(state, fact)
    return replace(by(actor), reads={**CARDS, f"delegation-{person}": state})


def test_an_approver_delegates_what_he_holds_or_the_operator_does_it_for_him() -> None:
    given(delegation).when(RECORD, asking(ZHAO)).then(RECORDED)
    given(delegation).when(RECORD, asking("O-1", Role.OPERATOR)).then(RECORDED)
    given(delegation, RECORDED).when(RECORD, asking(ZHAO)).then()
    longer = replace(RECORD, until_on=TODAY + timedelta(days=9))
    second = replace(RECORDED, number=2, until_on=longer.until_on)
    given(delegation, RECORDED).when(longer, asking(ZHAO)).then(second)
    given(delegation, RECORDED, ENDED).when(RECORD, asking(ZHAO)).then(replace(RECORDED, number=2))


def test_nobody_delegates_what_is_not_his() -> None:
    given(delegation).when(RECORD, asking(QIAN)).refused("not-yours-to-delegate")
    post = replace(RECORD, as_what=("approver", "cost_deputy", "general_manager"))
    given(delegation).when(post, asking(ZHAO)).refused_with(
        "not-held", person=ZHAO, as_what=["cost_deputy", "general_manager"]
    )


def test_a_delegation_is_whole() -> None:
    wrong = RecordDelegation(ZHAO, (), TODAY, TODAY - timedelta(days=1))
    given(delegation).when(wrong, asking(ZHAO)).refused(
        "delegation-incomplete", "deputy-himself", "days-reversed"
    )
    for person, code in (
        (GONE, "person-inactive"),
        (FAR, "person-elsewhere"),
        ("T-404", "person-unknown"),
    ):
        given(delegation).when(replace(RECORD, deputy=person), asking(ZHAO)).refused(code)


def test_a_delegation_has_an_end_in_sight() -> None:
    quarter = replace(RECORD, until_on=TODAY + timedelta(days=91))
    told = replace(RECORDED, until_on=quarter.until_on)
    given(delegation).when(quarter, asking(ZHAO)).then(told)
    years = replace(RECORD, until_on=TODAY + timedelta(days=92))
    given(delegation).when(years, asking(ZHAO)).refused_with(
        "delegation-too-long", days="93", most="92"
    )


def test_a_delegation_is_ended_by_whom_it_is_about() -> None:
    end = EndDelegation(1)
    given(delegation, RECORDED).when(end, asking(ZHAO)).then(ENDED)
    given(delegation, RECORDED, ENDED).when(end, asking(ZHAO)).then()
    given(delegation, RECORDED).when(end, asking(HE)).refused("not-yours-to-delegate")
    given(delegation).when(end, asking(ZHAO)).refused("delegation-unknown")


def test_a_deputy_approves_and_it_says_for_whom() -> None:
    own = replace(APPROVAL, by=HE, acting_for=ZHAO)
    whole = RepairApproved(1, SHOWN, (own,), "core@1")
    asked = deputy(HE, RECORDED)
    given(report, *TO_SUBMITTED).when(APPROVE, asked).then(ApprovalGiven(1, own), whole)
    given(report, *TO_SUBMITTED, ApprovalGiven(1, own), whole).when(APPROVE, asked).then()
    back = ReturnReport("approver", ("太贵",), ("estimated_fen",), ZHAO, TODAY)
    returned = ReportReturned(1, HE, "approver", ("太贵",), ("estimated_fen",), ZHAO)
    given(report, *TO_SUBMITTED).when(back, asked).then(returned)
    given(report, *TO_SUBMITTED, returned).when(back, asked).then()


@pytest.mark.parametrize("days", [-1, 5])
def test_a_deputy_acts_on_the_days_it_was_delegated_for(days: int) -> None:
    late = replace(APPROVE, on=TODAY + timedelta(days=days))
    given(report, *TO_SUBMITTED).when(late, deputy(HE, RECORDED)).refused("not-delegated")


def test_a_deputy_acts_only_as_what_and_where_it_was_delegated_and_while_it_is() -> None:
    past = TO_SUBMITTED
    given(report, *past).when(APPROVE, deputy(HE)).refused("not-delegated")
    given(report, *past).when(APPROVE, deputy(HE, RECORDED, ENDED)).refused("not-delegated")
    given(report, *past).when(APPROVE, deputy(SUN, RECORDED)).refused("not-delegated")
    elsewhere = replace(RECORDED, branch="NB01")
    given(report, *past).when(APPROVE, deputy(HE, elsewhere)).refused("not-delegated")
    undated = replace(APPROVE, on=None)
    given(report, *past).when(undated, deputy(HE, RECORDED)).refused("not-delegated")
    blind = replace(APPROVE, acting_for=None)
    given(report, *past).when(blind, deputy(HE, RECORDED)).refused("approval-not-asked")
    other = replace(RECORDED, as_what=("cost_deputy",))
    cost = replace(APPROVE, as_what="cost_deputy")
    given(report, *past).when(cost, deputy(HE, other)).refused("approval-not-asked")


def test_what_somebody_no_longer_holds_nobody_does_for_him() -> None:
    asked = deputy(HE, RECORDED)
    card = PersonCard(ZHAO, "赵磊", (Role.CLERK,), (BRANCH,))
    lost = replace(asked, reads={**asked.reads, f"person-{ZHAO}": card})
    given(report, *TO_SUBMITTED).when(APPROVE, lost).refused("approval-not-asked")
    gone = replace(asked, reads={**asked.reads, f"person-{ZHAO}": replace(card, active=False)})
    given(report, *TO_SUBMITTED).when(APPROVE, gone).refused(
        "approval-not-asked", "person-inactive"
    )


def test_what_is_kept_apart_stays_apart_for_both() -> None:
    to_li = replace(RECORDED, deputy=LI)
    given(report, *TO_SUBMITTED).when(APPROVE, deputy(LI, to_li)).refused_with(
        "self-approval", person=LI
    )
    to_wang = replace(RECORDED, deputy=WANG)
    given(report, *TO_SUBMITTED).when(APPROVE, deputy(WANG, to_wang)).refused("self-approval")
    travel = Travel(TravelMode.COMPANY_CAR, AT, (ZHAO,))
    joined = FaultDiagnosed(replace(DIAGNOSIS, travel=travel), KeptBecause(), SHOWN)
    past = (REPORTED, GUIDED, joined, SIGNED, SUBMITTED)
    given(report, *past).when(APPROVE, deputy(HE, RECORDED)).refused_with(
        "self-approval", person=ZHAO
    )


def test_a_joint_rung_needs_as_many_people_behind_it() -> None:
    past = (*TO_SIGNED, replace(SUBMITTED, approval=BOTH), GIVEN)
    cost = GiveApproval("cost_deputy", SHOWN, QIAN, TODAY)
    to_zhao = replace(RECORDED, deputy=ZHAO, as_what=("cost_deputy",))
    given(report, *past).when(cost, deputy(ZHAO, to_zhao, person=QIAN)).refused("joint-approval")
    stood_in = ApprovalGiven(1, Approval(HE, "approver", AT, SHOWN, QIAN))
    past = (*TO_SIGNED, replace(SUBMITTED, approval=BOTH), stood_in)
    own = GiveApproval("cost_deputy", SHOWN)
    given(report, *past).when(own, by(QIAN)).refused("joint-approval")


def test_a_delegation_begins_today_or_later_and_a_person_has_so_many() -> None:
    """Today is the day at the branch, by the clock of the record."""
    before = replace(RECORD, from_on=TODAY - timedelta(days=1))
    given(delegation).when(before, asking(ZHAO)).refused_with(
        "delegation-backdated", from_on=str(before.from_on), today=str(TODAY)
    )
    full = [replace(RECORDED, number=n + 1, because=str(n)) for n in range(delegation.MOST)]
    given(delegation, *full).when(RECORD, asking(ZHAO)).refused("too-many")
    over = replace(RECORDED, until_on=TODAY - timedelta(days=1))
    then = replace(RECORDED, number=delegation.MOST + 1)
    given(delegation, *full[:-1], replace(over, number=delegation.MOST)).when(
        RECORD, asking(ZHAO)
    ).then(then)
