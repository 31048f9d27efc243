"""催办报销 (urging of claims): finance, whoever approves, and whoever claims urge one another."""

from dataclasses import replace

from services.dispatch import claim
from shared.events.values import Role
from tests.dispatch.claim.example import (
    APPROVED,
    MONEY,
    REJECTED,
    RETURNED,
    REVIEWED,
    SUBMITTED,
    on,
)
from tests.dispatch.example import LIU
from tests.spec import given
from tests.urging import Waiting

REVIEW = Waiting(claim, (SUBMITTED,), on(LIU), "reviews", Role.FINANCE)
BACK = Waiting(claim, (SUBMITTED, RETURNED), on(MONEY), "resubmissions", Role.TECHNICIAN, LIU)
PAYMENT = Waiting(claim, (SUBMITTED, REVIEWED, APPROVED), on(LIU), "payments", Role.FINANCE)


def test_whoever_waits_urges_once_in_the_time_of_policy() -> None:
    decided = Waiting(claim, (SUBMITTED, REVIEWED), on(LIU), "approvals", Role.APPROVER)
    for each in (REVIEW, BACK, PAYMENT, decided):
        each.told()


def test_nobody_is_urged_who_does_not_take_the_step() -> None:
    for each in (REVIEW, BACK, PAYMENT):
        each.refused()
    BACK.nobody_else()
    REVIEW.over(REVIEWED, REJECTED)


def test_only_who_decides_this_claim_by_the_ladder_is_urged() -> None:
    """The rung of its sum is the one at its review; who claims or reviewed it decides nothing."""
    large = replace(REVIEWED, needed=("general_manager",))
    past = (SUBMITTED, large)
    Waiting(claim, past, on(LIU), "approvals", Role.GENERAL_MANAGER).told()
    approver = Waiting(claim, past, on(LIU), "approvals", Role.APPROVER)
    told = given(claim, *past).when(approver.urge(), on(LIU))
    told.refused("not-awaited")
    for person in (SUBMITTED.claimant, REVIEWED.reviewed_by):
        apart = Waiting(claim, past, on(LIU), "approvals", Role.GENERAL_MANAGER, person)
        given(claim, *past).when(apart.urge(), on(LIU)).refused("not-awaited")
