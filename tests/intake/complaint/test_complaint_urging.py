"""催办投诉 (urging of complaints): the desk urges who owns it; never whom it is about."""

from dataclasses import replace

from services.intake import complaint
from shared.events.complaints import CallEnding
from shared.events.values import Role
from tests.intake.complaint.example import (
    ASSIGNED,
    GIVEN_UP,
    RECEIVED,
    TO_ASSIGNED,
    TO_CONFIRMED,
    TO_RESOLVED,
    by,
)
from tests.intake.complaint.test_complaint_ends import CLOSED
from tests.intake.example import HE, LI, WANG, ZHAO
from tests.spec import given
from tests.urging import Waiting

NEW = Waiting(complaint, (RECEIVED,), by(LI), "assignments", Role.CLERK)
OWNED = Waiting(complaint, TO_ASSIGNED, by(LI), "resolutions", Role.CLERK, HE)
RESOLVED = Waiting(complaint, TO_RESOLVED, by(LI), "confirmations", Role.CLERK)


def test_whoever_waits_urges_once_in_the_time_of_policy() -> None:
    called = Waiting(complaint, TO_CONFIRMED, by(LI), "closings", Role.CLERK)
    unreached = replace(called, past=(*TO_RESOLVED, GIVEN_UP))
    declining = replace(GIVEN_UP, stage=CallEnding.DECLINED)
    declined = replace(called, past=(*TO_RESOLVED, declining))
    for each in (NEW, OWNED, RESOLVED, called, unreached, declined):
        each.told()


def test_nobody_is_urged_who_does_not_take_the_step() -> None:
    for each in (NEW, OWNED, RESOLVED):
        each.refused()
    OWNED.nobody_else()
    Waiting(complaint, TO_CONFIRMED, by(LI), "closings", Role.CLERK).over(CLOSED)


def test_nor_whom_it_is_about_nor_for_its_call_or_closing_who_had_it() -> None:
    called = Waiting(complaint, TO_CONFIRMED, by(LI), "closings", Role.CLERK)
    about = replace(RECEIVED, complained_of=LI)
    named = replace(NEW, past=(about,), asked=by(ZHAO))
    for each, person in ((named, LI), (RESOLVED, HE), (called, HE)):
        command = replace(each, whom=person).urge()
        given(complaint, *each.past).when(command, each.asked).refused("not-awaited")


def test_whom_it_is_about_does_not_hasten_it() -> None:
    assert ASSIGNED.complained_of == WANG
    told = given(complaint, *TO_ASSIGNED).when(OWNED.urge(), by(WANG))
    told.refused("complained-of")
