"""投诉回避 as stories: who had a part in a complaint neither calls back about it nor ends it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import complaint
from services.intake.complaint import STEPS, kept_apart
from services.intake.complaint.calling import EndComplaintCall
from services.intake.complaint.ending import CloseComplaint, EndComplaint
from shared.decider import Fact, Happened
from shared.events.complaints import (
    CallEnding,
    ComplaintEnding,
    ComplaintLinked,
    ComplaintReassigned,
)
from shared.events.values import Role
from shared.step import Step
from tests.intake.complaint.example import (
    ASSIGN,
    ASSIGNED,
    CONFIRM,
    HOME,
    OTHER,
    REASSIGN,
    RECEIVED,
    RECLASSIFY,
    REOPEN,
    REOPENED,
    RESOLVE,
    RESOLVED,
    TO_ASSIGNED,
    TO_CONFIRMED,
    TO_RESOLVED,
    by,
    rows_of,
    sealed,
    stands_in,
)
from tests.intake.example import AT, HE, LI, QIAN, WANG, ZHAO, ZHOU
from tests.spec import given

DECLINE = EndComplaintCall(CallEnding.DECLINED, "不必再打")
WITHDRAW = EndComplaint(ComplaintEnding.WITHDRAWN, said=sealed("said"))
JUDGING = (
    (TO_RESOLVED, CONFIRM, "owner-calls"),
    (TO_RESOLVED, REOPEN, "owner-calls"),
    (TO_RESOLVED, DECLINE, "owner-calls"),
    (TO_CONFIRMED, CloseComplaint(), "owner-closes"),
    (TO_CONFIRMED, WITHDRAW, "owner-closes"),
)


def given_to(person: str, because: str = "调班") -> ComplaintReassigned:
    return ComplaintReassigned(
        "service",
        person,
        (ZHOU,),
        (),
        nobody_above=False,
        complained_of=WANG,
        because=because,
        by=LI,
    )


@pytest.mark.parametrize(("past", "command", "code"), JUDGING)
def test_whoever_ever_owned_it_judges_nothing_of_it(
    past: tuple[Fact, ...], command: Any, code: str
) -> None:
    handed_on = (*past[:2], given_to(LI), given_to(ZHAO), replace(RESOLVED, by=ZHAO), *past[3:])
    for person in (HE, LI, ZHAO):
        told = given(complaint, *handed_on).when(command, by(person))
        told.refused_with(code, owner=person)
    assert given(complaint, *handed_on).when(command, by(QIAN)).decision()


@pytest.mark.parametrize(("past", "command", "code"), JUDGING)
def test_nor_whoever_resolved_it_before_the_last_time(
    past: tuple[Fact, ...], command: Any, code: str
) -> None:
    """Also where somebody else acted for them: both are held to it."""
    first = replace(RESOLVED, by=LI)
    again = (*past[:2], first, REOPENED, RESOLVED, *past[3:])
    happened = (Happened(first, AT, AT, LI, QIAN), Happened(RESOLVED, AT, AT, HE))
    for person in (LI, QIAN):
        asked = replace(by(person), happened={HOME: happened})
        given(complaint, *again).when(command, asked).refused(code)


@pytest.mark.parametrize(("past", "command", "code"), JUDGING)
def test_nobody_judges_it_who_acts_for_whom_it_is_about_or_the_other_way_round(
    past: tuple[Fact, ...], command: Any, code: str
) -> None:
    del code
    for of_whom, deputy in ((WANG, LI), (LI, WANG)):
        read = {f"delegation-{of_whom}": stands_in(deputy)}
        told = given(complaint, *past).when(command, by(LI, read=read))
        told.refused_with("judge-stands-in", judge=LI, person=WANG)
        later = replace(by(LI, read=read), now=AT + timedelta(days=30))
        assert given(complaint, *past).when(command, later).decision()


@pytest.mark.parametrize(
    ("past", "command"),
    [((RECEIVED,), ASSIGN), (TO_ASSIGNED, RECLASSIFY), (TO_ASSIGNED, REASSIGN)],
)
def test_nor_do_they_say_of_which_class_it_is_or_whose(
    past: tuple[Fact, ...], command: Any
) -> None:
    for of_whom, deputy in ((WANG, LI), (LI, WANG)):
        read = {f"delegation-{of_whom}": stands_in(deputy)}
        told = given(complaint, *past).when(command, by(LI, read=read))
        told.refused_with("chooser-stands-in", chooser=LI, person=WANG)
        assert given(complaint, *past).when(command, by(ZHOU, read=read)).decision()


@pytest.mark.parametrize("command", [ASSIGN, REASSIGN])
def test_nor_where_their_own_step_is_the_first_to_name_whom_it_is_about(command: Any) -> None:
    about_nobody = replace(RECEIVED, complained_of=None)
    owned = replace(ASSIGNED, complained_of=None)
    past = (about_nobody,) if command is ASSIGN else (about_nobody, owned)
    for of_whom, deputy in ((QIAN, LI), (LI, QIAN)):
        read = {f"delegation-{of_whom}": stands_in(deputy)}
        naming = replace(command, complained_of=QIAN)
        told = given(complaint, *past).when(naming, by(LI, read=read))
        told.refused_with("chooser-stands-in", chooser=LI, person=QIAN)
        assert given(complaint, *past).when(naming, by(ZHOU, read=read)).decision()
    of_themselves = replace(command, complained_of=LI)
    told = given(complaint, *past).when(of_themselves, by(LI))
    told.refused_with("complained-of", person=LI)


def test_who_is_kept_apart_is_so_for_good() -> None:
    linked = ComplaintLinked(OTHER, (QIAN,), emergency=False, told=())
    (row,) = rows_of(kept_apart, *TO_ASSIGNED, given_to(ZHAO), linked, RESOLVED)
    assert set(row.people) >= {WANG, HE, ZHAO, QIAN}


def test_an_owner_who_stands_in_for_them_since_resolves_nothing_and_is_replaced() -> None:
    read = {f"delegation-{WANG}": stands_in(HE)}
    told = given(complaint, RECEIVED, ASSIGNED).when(RESOLVE, by(HE, read=read))
    told.refused_with("judge-stands-in", judge=HE, person=WANG)


def test_where_all_at_the_desk_had_it_somebody_of_base_ends_it() -> None:
    """Every complaint ends: base reads complaints too, and had no part in this one."""
    desk = (given_to(LI), given_to(ZHAO), given_to(ZHOU))
    past = (RECEIVED, ASSIGNED, *desk)
    for person in (HE, LI, ZHAO, ZHOU):
        given(complaint, *past).when(WITHDRAW, by(person)).refused("owner-closes")
    base = replace(by(QIAN), actor="B-HEHUI", roles=frozenset({Role.BASE}))
    base = replace(base, reads={**base.reads, "delegation-B-HEHUI": complaint.initial})
    assert given(complaint, *past).when(WITHDRAW, base).decision()
    unsettled = EndComplaint(ComplaintEnding.UNSETTLED, because="退一赔三")
    reopened = (*past, replace(RESOLVED, by=ZHOU), REOPENED)
    assert given(complaint, *reopened).when(unsettled, base).decision()
    ways = {each.path for each in STEPS if isinstance(each, Step) and Role.BASE in each.by}
    assert ways >= {"call-attempts", "confirmations", "reopenings", "call-endings"}
    assert ways >= {"closings", "terminations", "resolutions"}
