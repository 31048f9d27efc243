"""验收 as stories: an accepted machine's card says from when its warranty runs, and keeps that."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.intake import reactions, rules, serials
from services.intake.acceptance import CorrectWarranty, NoteAcceptance
from services.intake.registers import MACHINES, Change
from services.intake.report.defects import NoteDefect
from shared.decider import Asked, Happened
from shared.document import CommandOwed
from shared.events.cards import (
    AcceptanceNoted,
    MachineCard,
    MachineChanged,
    MachineRegistered,
    WarrantyCorrected,
)
from shared.events.order_sheet import Commissioned, Work
from shared.events.values import Ending, Warned
from shared.step import stays
from tests.followup.test_reactions import POLICY
from tests.intake.example import AT, BRANCH, CUSTOMER, MACHINE
from tests.intake.test_reactions import ORDER, PUBLISHED, STREAM
from tests.spec import given

APPROVER = "F-ZHOUMIN"
HOME = f"machine-{MACHINE.id}"
ON, UNTIL = date(2026, 11, 24), date(2027, 11, 24)
SOLD = replace(MACHINE, warranty_until=None)
COVERED = replace(SOLD, warranty_starts_on=ON, warranty_until=UNTIL)
NOTE = NoteAcceptance(STREAM, 9, ON, ON, UNTIL)
NOTED = AcceptanceNoted(COVERED, STREAM, 9, ON, ())
ASKED = Asked(HOME, "reaction:start-warranty", frozenset(), AT, BRANCH, None, reads={}, series={})


def heard(*facts: object) -> Asked:
    """Asked after these facts of the card."""
    return replace(ASKED, happened={HOME: tuple(Happened(each, AT, AT) for each in facts)})


def on_card(card: MachineCard, command: NoteAcceptance = NOTE) -> Any:
    return given(MACHINES, MachineRegistered(card)).when(command, heard())


def test_the_warranty_runs_from_the_day_of_the_acceptance() -> None:
    on_card(SOLD).then(NOTED)
    given(MACHINES).when(NOTE, heard()).refused("machine-unknown")


def test_a_card_that_says_until_when_keeps_that() -> None:
    until = replace(SOLD, warranty_until=date(2029, 1, 1))
    kept = replace(until, warranty_starts_on=ON)
    on_card(until).then(replace(NOTED, card=kept))


def test_a_card_that_has_a_first_day_keeps_it_and_that_is_said() -> None:
    before = replace(SOLD, warranty_starts_on=date(2026, 1, 1))
    told = Warned("warranty-started-already", ("2026-01-01",))
    on_card(before).then(replace(NOTED, card=before, warnings=(told,)))


def test_an_acceptance_that_was_recorded_later_is_not_backdated_in_silence() -> None:
    later = replace(NOTE, told_on=date(2026, 11, 27))
    told = Warned("acceptance-told-later", ("2026-11-27",))
    on_card(SOLD, later).then(replace(NOTED, warnings=(told,)))


@pytest.mark.parametrize("version", [1, 9, 12])
def test_what_is_noted_is_noted_once(version: int) -> None:
    before = replace(NOTED, version=version)
    past = (MachineRegistered(SOLD), before)
    given(MACHINES, *past).when(NOTE, heard(*past)).then()


ACCEPTED = (MachineRegistered(SOLD), NOTED)
BECAUSE = "签字日期写错，验收单上是 20 日"
REALLY = date(2026, 11, 20)
CORRECT = CorrectWarranty(REALLY, BECAUSE, until=date(2027, 11, 20), local_day=ON)
RIGHT = replace(COVERED, warranty_starts_on=REALLY, warranty_until=date(2027, 11, 20))
CORRECTED = WarrantyCorrected(RIGHT, ON, BECAUSE, APPROVER)


def when_of(*past: Any, by: str = APPROVER) -> Asked:
    return replace(heard(*past), actor=by)


def test_a_wrong_day_of_an_acceptance_is_put_right_by_an_approver() -> None:
    given(MACHINES, *ACCEPTED).when(CORRECT, when_of(*ACCEPTED)).then(CORRECTED)
    right = (*ACCEPTED, CORRECTED)
    given(MACHINES, *right).when(CORRECT, when_of(*right)).then()
    told = MACHINES.public(RIGHT, CORRECTED)
    assert told.this == {"before": ON, "because": BECAUSE}
    again = replace(CORRECT, starts_on=date(2026, 11, 21), until=date(2027, 11, 21))
    card = replace(RIGHT, warranty_starts_on=again.starts_on, warranty_until=again.until)
    given(MACHINES, *right).when(again, when_of(*right)).then(
        WarrantyCorrected(card, REALLY, BECAUSE, APPROVER)
    )


def test_a_last_day_that_somebody_else_has_set_stays() -> None:
    longer = replace(COVERED, warranty_until=date(2029, 1, 1))
    for past in (
        (*ACCEPTED, MachineChanged(longer)),
        (MachineRegistered(replace(longer, warranty_starts_on=None)), replace(NOTED, card=longer)),
    ):
        kept = replace(longer, warranty_starts_on=REALLY)
        given(MACHINES, *past).when(CORRECT, when_of(*past)).then(replace(CORRECTED, card=kept))


def test_a_day_that_is_no_acceptance_is_not_corrected_to() -> None:
    ahead = replace(CORRECT, starts_on=date(2026, 11, 25))
    story = given(MACHINES, *ACCEPTED).when(ahead, when_of(*ACCEPTED))
    story.refused_with("acceptance-ahead", on="2026-11-25")
    given(MACHINES).when(CORRECT, when_of()).refused("never-registered")
    bare = (MachineRegistered(SOLD),)
    given(MACHINES, *bare).when(CORRECT, when_of(*bare)).refused("not-commissioned")


def test_who_set_the_machine_up_does_not_say_when_it_was_accepted() -> None:
    past = (ACCEPTED[0], replace(NOTED, done_by=("T-LIUYANG", APPROVER)))
    given(MACHINES, *past).when(CORRECT, when_of(*past)).refused("own-acceptance")


@pytest.mark.parametrize("said", [REALLY, None])
def test_a_change_of_the_card_leaves_the_day_of_the_acceptance(said: date | None) -> None:
    other = replace(COVERED, warranty_starts_on=said)
    numbers = dict.fromkeys(serials.streams_of(other, COVERED), serials.initial)
    owner = {f"customer-{COVERED.customer}": CUSTOMER}
    asked = replace(heard(*ACCEPTED), reads={**numbers, **owner})
    story = given(MACHINES, *ACCEPTED).when(Change(other), asked)
    story.refused_with("warranty-by-acceptance", on=ON.isoformat())
    longer = replace(COVERED, warranty_until=date(2029, 1, 1))
    assert MachineChanged(longer) in [
        fact for _, fact in given(MACHINES, *ACCEPTED).when(Change(longer), asked).decision()
    ]
    sold = (ACCEPTED[0],)
    before = replace(asked, happened=heard(*sold).happened)
    decided = given(MACHINES, *sold).when(Change(other), before).decision()
    assert MachineChanged(other) in [fact for _, fact in decided]


def test_the_card_stays_with_the_branch_that_keeps_it() -> None:
    assert stays(MACHINES, NOTED)
    assert not stays(MACHINES, MachineRegistered(SOLD))
    shown = MACHINES.public(COVERED, NOTED)
    assert shown.this == {"order": STREAM, "accepted_on": ON, "warnings": ()}


@pytest.mark.parametrize(
    ("starts", "until"),
    [
        (date(2026, 11, 24), date(2027, 11, 24)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2026, 12, 1), date(2027, 12, 1)),
    ],
)
def test_a_year_ends_on_the_same_day_or_the_last_of_the_month(starts: date, until: date) -> None:
    assert rules.warranty_until(POLICY, starts) == until


def test_the_order_that_was_accepted_owes_it_to_the_card_of_its_machine() -> None:
    over = replace(ORDER, ending=Ending.COMMISSIONED, warranty_starts_on=ON, acceptance_told_on=ON)
    machine = over.approved.equipment.machine
    owed = CommandOwed(f"machine-{machine}", replace(NOTE, done_by=ORDER.technicians))
    assert reactions.start_warranty(replace(PUBLISHED, state=over), POLICY) == (owed,)
    assert reactions.start_warranty(PUBLISHED, POLICY) == ()


def test_each_defect_is_owed_to_its_report() -> None:
    found = Work(commissioned=Commissioned(defects=("BX-HZ01-20261124-0007",)))
    over = replace(ORDER, ending=Ending.COMMISSIONED, work=found)
    owed = CommandOwed("report-BX-HZ01-20261124-0007", NoteDefect(ORDER.ticket, STREAM, 9))
    assert reactions.link_defects(replace(PUBLISHED, state=over)) == [owed]
    assert reactions.link_defects(PUBLISHED) == ()
