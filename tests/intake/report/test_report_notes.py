"""来电与备注 as stories: what is heard of an open case stands on it, and changes nothing else."""

from dataclasses import replace

import pytest

from services.intake import report
from services.intake.report.notes import AddNote, NoteCall
from shared.decider import Fact
from shared.events.intake import CallNoted, NoteAdded, RepairClosed
from shared.events.values import SEVERAL, Ending
from tests.intake.example import (
    AT,
    HE,
    REPORTED,
    TO_APPROVED,
    TO_SUBMITTED,
    WANG,
    by,
    state,
)
from tests.spec import given

CALL = NoteCall("问何时上门", urges=True)
CALLED = CallNoted(HE, AT, "问何时上门", urges=True)
NOTED = NoteAdded(WANG, AT, "门卫要登记车牌")


@pytest.mark.parametrize("past", [(REPORTED,), TO_SUBMITTED, TO_APPROVED])
def test_a_second_call_and_a_note_stand_on_the_open_case(past: tuple[Fact, ...]) -> None:
    given(report, *past).when(CALL, by(HE)).then(CALLED)
    given(report, *past, CALLED).when(CALL, by(HE)).then()
    note = AddNote("门卫要登记车牌")
    given(report, *past).when(note, by(WANG)).then(NOTED)
    given(report, *past, NOTED).when(note, by(WANG)).then()
    after = state(*past, CALLED, NOTED)
    assert after == replace(state(*past), calls=(CALLED,), jottings=(NOTED,))


@pytest.mark.parametrize("command", [CALL, AddNote("x")])
def test_a_case_that_is_over_or_not_there_takes_none(command: NoteCall | AddNote) -> None:
    closed = RepairClosed(Ending.WITHDRAWN, "不修了", customer_told_at=AT)
    given(report, REPORTED, closed).when(command, by(HE)).refused("case-over")
    given(report).when(command, by(HE)).refused("not-registered")


def test_there_is_an_end_to_what_a_case_holds() -> None:
    calls = [replace(CALLED, said=str(n)) for n in range(SEVERAL)]
    given(report, REPORTED, *calls).when(CALL, by(HE)).refused("too-many")
    jottings = [replace(NOTED, text=str(n)) for n in range(SEVERAL)]
    given(report, REPORTED, *jottings).when(AddNote("y"), by(WANG)).refused("too-many")
