"""互换更正 as stories: the pieces of two notes were crossed, each is booked on the other's note."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.inventory import issue_note, ledger, serial_book
from services.inventory.issue_note.correction import AskCorrection, CorrectReconciliation
from services.inventory.issue_note.release import NoteSignature
from services.inventory.issue_note.state import IssueNote
from services.inventory.views import parts_out
from shared.decider import Asked
from shared.events.issue_notes import Handed, SignedUse
from shared.events.order_sheet import Delivery, NoteStage
from shared.events.values import PartWanted, Role
from tests.deeds import Tried
from tests.inventory.example import (
    ANNOUNCE,
    APPROVER,
    BRANCH,
    CHEN,
    KEEPER,
    LIU,
    NUMBER,
    OPEN,
    OPENED,
    ORDER,
    PARCEL,
    PUMP,
    RELEASE,
    RING,
    SIGNED,
    Store,
    balance_of,
    by,
    draw,
    settle,
)
from tests.inventory.test_views import seen
from tests.spec import given
from tests.told import tell, tell_of

C1, C2 = NUMBER, "BX-HZ01-20261124-0002-C1"
P2 = AskCorrection(PUMP, "两个包裹装反了", handed=Handed(1, ("P-2",)), exchanged_with=C2)
GRANT = CorrectReconciliation(f"{C1}-G1")
HANDS = ledger.technician(LIU)


class Two:
    """两张出库单: of one store, P-1 booked on the first and P-2 on the second."""

    def __init__(self, other: str = LIU, *rings: PartWanted, posted: bool = True) -> None:
        self.shelf = Store()
        self.facts: dict[str, list[Any]] = {f"issue_note-{each}": [] for each in (C1, C2)}
        self.notes = dict.fromkeys(self.facts, issue_note.initial)
        way = Delivery.POSTED if posted else Delivery.CARRIED
        release = replace(RELEASE, delivery=way, lines=(PartWanted(PUMP, 1), *rings))
        self.do(C1, release)
        second: dict[str, Any] = {
            "ticket": C2.removesuffix("-C1"),
            "order": ORDER.replace("0001", "0002"),
        }
        self.do(C2, replace(release, recipient=other, lines=(PartWanted(PUMP, 1),), **second))
        for number, serial, who in ((C1, "P-1", LIU), (C2, "P-2", other)):
            parcel = PARCEL if posted else None
            self.do(number, draw(self[number], PUMP, 1, serial, recipient=who, parcel=parcel))

    def __getitem__(self, number: str) -> IssueNote:
        return self.notes[f"issue_note-{number}"]

    def opened(self, *numbers: str) -> "Two":
        """Their parcels are opened, and nobody looks at the plates."""
        for number in numbers or (C1, C2):
            who = self[number].recipient
            self.do(number, ANNOUNCE)
            told = replace(OPEN, opened=replace(OPENED, technician=who))
            self.do(number, told, who, Role.TECHNICIAN)
        return self

    def signed(self) -> "Two":
        """Each customer signs for the piece that is in their machine."""
        for number, serial in ((C1, "P-2"), (C2, "P-1")):
            used = SignedUse(PUMP, 1, (serial,), (f"OLD-{serial}",), 1, 0)
            self.do(number, NoteSignature(7, SIGNED, waived=False, used=(used,)))
        return self

    def settled(self, number: str, serial: str) -> None:
        told: dict[str, Any] = {"new_serials": (serial,), "old_serials": (f"OLD-{serial}",)}
        who = self[number].recipient
        self.do(number, settle(self[number], PUMP, 1, 0, technician=who, **told))

    def asked(self, number: str, person: str, role: Role) -> Asked:
        cards = {f"part-{part}": card for part, card in self.shelf.cards.items()}
        reads = {**self.shelf.stocks, **self.shelf.books, **cards, **self.notes}
        reads[f"issue_note-{C1}-X"] = issue_note.initial
        asked = by(person, role, home=f"issue_note-{number}", reads=reads)
        return replace(asked, series={asked.home[:-1]: ()})

    def do(
        self, number: str, command: Any, person: str = KEEPER, role: Role = Role.STOREKEEPER
    ) -> "Two":
        asked = self.asked(number, person, role)
        home = asked.home
        decision = issue_note.decide(command, self.notes[home], asked)
        tell(*(type(fact).__name__ for _, fact in decision))
        tell_of(*Tried(issue_note, self.facts[home], command, asked).made(decision))
        for stream, fact in decision:
            if stream in self.notes:
                self.notes[stream] = issue_note.evolve(self.notes[stream], fact)
                self.facts[stream].append(fact)
            elif stream in self.shelf.books:
                self.shelf.books[stream] = serial_book.evolve(self.shelf.books[stream], fact)
            else:
                self.shelf.stocked(fact)
        return self

    def refused(self, command: Any, person: str, role: Role, *codes: str) -> None:
        asked = self.asked(C1, person, role)
        given(issue_note, *self.facts[asked.home]).when(command, asked).refused(*codes)

    @property
    def where(self) -> dict[str, str]:
        return dict(self.shelf.stocks[ledger.stream_of(BRANCH, PUMP)].serials)

    def booked(self) -> Sequence[tuple[str, ...]]:
        return [self[number].issues[PUMP].issued.serials for number in (C1, C2)]


def confirmed(two: Two) -> Two:
    return two.do(C1, GRANT, LIU, Role.TECHNICIAN)


def approved(two: Two) -> Two:
    return two.do(C1, GRANT, APPROVER, Role.APPROVER)


class TestExchanged:
    """互换: both notes say what left on them, in one append."""

    def test_two_parcels_that_were_opened_and_signed_for_crosswise(self) -> None:
        two = Two().opened().signed()
        alone = replace(P2, exchanged_with=None)
        two.do(C1, alone)
        two.refused(GRANT, LIU, Role.TECHNICIAN, "serial-booked-elsewhere")
        two.do(C1, P2).do(C1, CorrectReconciliation(f"{C1}-G2"), LIU, Role.TECHNICIAN)
        assert two.booked() == [("P-2",), ("P-1",)]
        two.settled(C1, "P-2")
        two.settled(C2, "P-1")
        assert [two[each].stage for each in (C1, C2)] == [NoteStage.SETTLED, NoteStage.SETTLED]
        book = two.shelf.books[serial_book.stream_of(PUMP)].where
        assert (book["P-1"], book["P-2"]) == ("", "")

    def test_of_two_technicians_an_approver_grants_it(self) -> None:
        two = Two(CHEN).opened().do(C1, P2)
        two.refused(GRANT, LIU, Role.TECHNICIAN, "approver-corrects")
        approved(two)
        assert two.where == {"P-1": ledger.technician(CHEN), "P-2": HANDS, "P-3": "store"}
        assert [two[each].hands for each in (C1, C2)] == [{PUMP: {LIU: 1}}, {PUMP: {CHEN: 1}}]
        two.signed().settled(C1, "P-2")
        two.settled(C2, "P-1")

    def test_one_of_them_is_still_in_its_parcel(self) -> None:
        two = Two().opened(C1).do(C1, P2)
        two.refused(GRANT, LIU, Role.TECHNICIAN, "approver-corrects")
        approved(two)
        assert two.where == {"P-1": ledger.parcel(C2), "P-2": HANDS, "P-3": "store"}
        two.opened(C2)
        assert two.where["P-1"] == HANDS

    def test_two_carried_notes(self) -> None:
        two = confirmed(Two(posted=False).do(C1, P2))
        assert two.booked() == [("P-2",), ("P-1",)]

    def test_who_looks_for_what_is_out_finds_each_piece_under_its_note(self) -> None:
        two = confirmed(Two().opened().do(C1, P2))
        rows = seen(parts_out, two.shelf.moves).values()
        assert {row.paper: [out.serials for out in row.out] for row in rows} == {
            C1: [("P-2",)],
            C2: [("P-1",)],
        }

    def test_each_has_a_number_of_its_own_and_who_said_it(self) -> None:
        two = confirmed(Two().opened().do(C1, P2))
        facts = [two.facts[f"issue_note-{each}"][-1] for each in (C1, C2)]
        assert [each.number for each in facts] == [f"{C1}-G1", f"{C2}-G1"]
        assert {(each.asked_by, each.signature.by) for each in facts} == {(KEEPER, LIU)}
        asked = two.facts[f"issue_note-{C2}"][-2]
        assert (asked.handed, asked.exchanged_with) == (Handed(1, ("P-1",)), C1)
        assert not issue_note.decide(GRANT, two[C1], two.asked(C1, LIU, Role.TECHNICIAN))

    def test_the_accounts_hold_as_many_as_before_and_each_piece_once(self) -> None:
        two = Two(CHEN).opened()
        before = dict(two.shelf.holds(PUMP))
        approved(two.do(C1, P2))
        assert two.shelf.holds(PUMP) == before
        book = balance_of(two.shelf.moves)
        for serial in ("P-1", "P-2", "P-3"):
            assert sum(n > 0 for (_, _, each), n in book.items() if each == serial) == 1

    def test_one_that_is_settled_by_now_names_the_piece_that_is_in_the_machine(self) -> None:
        """Both customers signed for what was booked; both sign anew for what is there."""
        two = Two().opened()
        for number, serial in ((C1, "P-1"), (C2, "P-2")):
            used = SignedUse(PUMP, 1, (serial,), ("OLD-0",), 1, 0)
            two.do(number, NoteSignature(6, SIGNED, waived=False, used=(used,)))
        told: dict[str, Any] = {"new_serials": ("P-1",), "old_serials": ("OLD-0",)}
        two.do(C1, settle(two[C1], PUMP, 1, 0, **told))
        for number, serial in ((C1, "P-2"), (C2, "P-1")):
            used = SignedUse(PUMP, 1, (serial,), ("OLD-0",), 1, 0)
            two.do(number, NoteSignature(7, "8" * 64, waived=False, used=(used,)))
        two.do(C1, P2)
        two.refused(GRANT, LIU, Role.TECHNICIAN, "approver-corrects")
        approved(two)
        assert two[C1].accounts[PUMP].account.new_serials == ("P-2",)
        assert (two.where["P-1"], "P-2" in two.where) == (HANDS, False)


class TestRefused:
    """不能互换: the other note has no such piece, or may not come to say the other one."""

    @pytest.mark.parametrize(
        "wrong",
        [
            replace(P2, exchanged_with=f"{C1}-X"),
            replace(P2, exchanged_with=C1),
            replace(P2, handed=Handed(1, ("P-3",))),
        ],
    )
    def test_the_other_note_has_it_not(self, wrong: AskCorrection) -> None:
        Two().refused(wrong, KEEPER, Role.STOREKEEPER, "exchange-unlike")

    def test_a_part_that_the_other_note_has_not(self) -> None:
        two = Two(LIU, PartWanted(RING, 3))
        two.do(C1, draw(two[C1], RING, 3, parcel=PARCEL))
        rings = AskCorrection(RING, "装反", handed=Handed(2), exchanged_with=C2)
        two.refused(rings, KEEPER, Role.STOREKEEPER, "exchange-unlike")

    def test_what_the_other_customer_signed_is_not_bent(self) -> None:
        two = Two().opened()
        used = SignedUse(PUMP, 1, ("P-2",), ("OLD-0",), 1, 0)
        two.do(C1, P2)
        two.do(C2, NoteSignature(7, SIGNED, waived=False, used=(used,)))
        two.refused(P2, CHEN, Role.STOREKEEPER, "signed-otherwise")
        two.refused(GRANT, LIU, Role.TECHNICIAN, "signed-otherwise")

    def test_the_other_is_settled_as_its_customer_signed(self) -> None:
        two = Two().opened()
        used = SignedUse(PUMP, 1, ("P-2",), ("OLD-P-2",), 1, 0)
        two.do(C2, NoteSignature(7, SIGNED, waived=False, used=(used,))).settled(C2, "P-2")
        two.refused(P2, KEEPER, Role.STOREKEEPER, "differs-from-signed")

    @pytest.mark.parametrize("person", [LIU, CHEN])
    def test_not_by_who_had_the_pieces_of_either(self, person: str) -> None:
        two = Two(CHEN).opened()
        two.refused(P2, person, Role.STOREKEEPER, "self-reconciliation")
        two.do(C1, P2)
        code = "approver-corrects" if person == LIU else "own-request"
        two.refused(GRANT, person, Role.APPROVER, code)

    def test_not_by_who_gave_out_the_other(self) -> None:
        two = Two().opened().do(C1, P2, "K-OTHER")
        two.refused(GRANT, KEEPER, Role.APPROVER, "own-request")

    def test_another_technician_confirms_nothing(self) -> None:
        two = Two().opened().do(C1, P2)
        two.refused(GRANT, CHEN, Role.TECHNICIAN, "wrong-recipient")
