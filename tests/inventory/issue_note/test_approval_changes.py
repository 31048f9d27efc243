"""更正 as stories: what was approved changes while parts are open, out, or accounted for."""

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from services.inventory import issue_note
from services.inventory.issue_note.correction import AskCorrection, CorrectReconciliation
from services.inventory.issue_note.document import document_of
from services.inventory.issue_note.release import NoteChange, NoteNature
from services.inventory.issue_note.state import IssueNote
from shared.decider import Decision
from shared.events.inventory import UseNature
from shared.events.issue_notes import ChangeNoted, NatureNoted
from shared.events.order_sheet import NoteStage
from shared.events.values import RepairNature
from tests.inventory.example import (
    HOME,
    NUMBER,
    RELEASE,
    RING,
    TICKET,
    Store,
    by,
    draw,
    drawn,
    released,
    settle,
    signing,
    whose,
)
from tests.spec import given

PAID, WARRANTY = RepairNature.PAID, RepairNature.WARRANTY
SECOND = f"issue_note-{TICKET}-C2"
REACTION = "reaction:note-nature"


def refused(store: Store, command: object, *codes: str) -> None:
    given(issue_note, *store.facts).when(command, store.asked(whose(command))).refused(*codes)


def told(note: IssueNote, others: Mapping[str, IssueNote], command: object) -> Decision:
    """What a notice makes true on the notes of the ticket."""
    return issue_note.decide(command, note, by(REACTION, reads=others))


class TestHeld:
    """得知更正: nothing is drawn until it is decided."""

    def test_nothing_is_drawn_while_a_change_waits(self) -> None:
        store = released().do(draw(released().note, RING, 3), NoteChange(8))
        assert store.note.held
        refused(store, draw(store.note, "BENG-5", 1, "P-1"), "amendment-open")
        store.do(NoteNature(9, WARRANTY))
        assert (store.note.held, store.note.nature) == (False, WARRANTY)
        store.do(draw(store.note, "BENG-5", 1, "P-1"), signing(10, ring=3, pump=1))
        store.do(settle(store.note, RING, 3, 0))

    def test_what_was_drawn_before_comes_home_and_is_settled_meanwhile(self) -> None:
        store = drawn().do(NoteChange(8))
        store.do(settle(store.note, RING, 0, 3))
        assert store.holds(RING) == {"supplier": -10, "store": 10}

    def test_applied_repeated_older(self) -> None:
        store = released()
        assert store.decide(NoteChange(8)) == [(HOME, ChangeNoted(8))]
        store.do(NoteChange(8))
        assert store.decide(NoteChange(8)) == []
        assert store.decide(NoteChange(7)) == []
        store.do(NoteNature(9, PAID))
        assert store.decide(NoteChange(8)) == []
        assert store.decide(NoteChange(10)) == [(HOME, ChangeNoted(10))]


class TestNature:
    """得知批准: the nature in force is the one that was approved last."""

    def test_applied_repeated_older(self) -> None:
        store = released()
        assert store.decide(NoteNature(9, PAID)) == [(HOME, NatureNoted(9, PAID))]
        store.do(NoteNature(9, PAID))
        assert store.decide(NoteNature(9, PAID)) == []
        assert store.decide(NoteNature(6, WARRANTY)) == []
        assert document_of(store.note).repair_nature is PAID

    def test_open_lines_are_drawn_by_the_nature_in_force(self) -> None:
        store = released().do(NoteNature(9, PAID))
        store.do(draw(store.note, RING, 3))
        assert not store.note.issues[RING].issued.old_part_due
        assert store.moves[-1].use_nature is UseNature.PAID

    def test_what_is_out_owes_its_old_parts_by_it_and_is_used_for_it(self) -> None:
        store = drawn().do(NoteNature(9, PAID), signing(10, ring=2, pump=1))
        assert not store.note.issues[RING].issued.old_part_due
        store.do(settle(store.note, RING, 2, 1, returned=0))
        assert store.moves[-2].use_nature is UseNature.PAID
        back = drawn().do(NoteNature(9, PAID), NoteNature(12, WARRANTY), signing(13, ring=2))
        refused(back, settle(back.note, RING, 2, 1, returned=0), "old-parts")

    def test_old_parts_go_where_those_of_the_nature_in_force_lie(self) -> None:
        store = drawn().do(NoteNature(9, PAID), signing(10, ring=2))
        store.do(settle(store.note, RING, 2, 1))
        assert store.holds(RING)["old_other"] == 2

    def test_a_settled_line_stays_as_it_was_booked_also_when_it_is_corrected(self) -> None:
        store = drawn().do(signing(7, ring=2))
        store.do(settle(store.note, RING, 2, 1), NoteNature(9, PAID), signing(10, ring=3))
        account = settle(store.note, RING, 3, 0).account
        store.do(AskCorrection(RING, "用了三只", account), CorrectReconciliation(f"{NUMBER}-G1"))
        moves = [each for each in store.moves if each.part == RING]
        assert {each.use_nature for each in moves[1:]} == {UseNature.WARRANTY}
        assert store.holds(RING) == {"supplier": -10, "store": 7, "old_warranty": 3}


class TestAllNotes:
    """一单多张: each note of the ticket hears of it, whichever is released first."""

    def test_notes_that_are_out_hear_of_it_with_the_first(self) -> None:
        second = folded([f for _, f in release(IssueNote())])
        decided = told(released().note, {SECOND: second}, NoteNature(9, PAID))
        assert decided == [(HOME, NatureNoted(9, PAID)), (SECOND, NatureNoted(9, PAID))]
        assert told(IssueNote(), {SECOND: IssueNote()}, NoteChange(8)) == [(HOME, ChangeNoted(8))]

    def test_a_note_that_comes_later_hears_of_it_with_its_release(self) -> None:
        first = folded([ChangeNoted(8), NatureNoted(9, PAID), ChangeNoted(11)])
        facts = [fact for _, fact in release(first)]
        second = folded(facts)
        assert (second.nature, second.held, second.stage) == (PAID, True, NoteStage.RELEASED)
        assert facts[1:] == [ChangeNoted(11), NatureNoted(9, PAID)]

    def test_before_any_release_it_waits_on_the_first(self) -> None:
        store = Store().do(NoteChange(8), NoteNature(9, PAID), RELEASE)
        assert (store.note.nature, store.note.held) == (PAID, False)


def folded(facts: Iterable[Any]) -> IssueNote:
    """A note as these facts have made it."""
    return reduce(issue_note.evolve, facts, IssueNote())


def release(first: IssueNote) -> Decision:
    """The release of the second note, where the first was told so."""
    asked = by(REACTION, home=SECOND, reads={HOME: first})
    return issue_note.decide(RELEASE, IssueNote(), asked)
