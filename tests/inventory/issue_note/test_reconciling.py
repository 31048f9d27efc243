"""核销 as stories: every piece is accounted for against what the customer signed."""

from dataclasses import replace
from typing import Any

import pytest

from services.inventory import issue_note, ledger, old_pieces, serial_book
from services.inventory.issue_note.correction import (
    AskCorrection,
    CorrectReconciliation,
    offered_corrections,
)
from services.inventory.issue_note.document import document_of
from services.inventory.issue_note.places import old_class
from services.inventory.issue_note.reconciliation import offered_reconciliations
from services.inventory.issue_note.release import NoteSignature
from services.inventory.issue_note.sheets import to_sign
from shared.events.inventory import Movement, UseNature
from shared.events.issue_notes import Account, Condition, PartReconciled, SignedUse
from shared.events.old_parts import OldClass
from shared.events.order_sheet import NoteStage
from shared.events.values import FaultNature, PartWanted, RepairNature, Role, Signature, SignedHow
from tests.inventory.example import (
    APPROVER,
    AT,
    BRANCH,
    CHEN,
    DRAWING,
    GREASE,
    HOME,
    KEEPER,
    LIU,
    NUMBER,
    PUMP,
    RELEASE,
    RING,
    SIGNED,
    Store,
    draw,
    drawn,
    move,
    released,
    settle,
    signing,
    stock_stream,
)
from tests.spec import given

HANDS = f"technician:{LIU}"
AGAIN = "6" * 64
"""What the customer signed the second time."""


def refused(store: Store, command: Any, *codes: str, person: str = KEEPER) -> None:
    asked = store.asked(person, Role.STOREKEEPER)
    given(issue_note, *store.facts).when(command, asked).refused(*codes)


def signed() -> Store:
    """Two rings and the pump were used, and the customer signed for them."""
    return drawn().do(signing(7, ring=2, pump=1))


def settled() -> Store:
    store = signed()
    return store.do(
        settle(store.note, RING, 2, 1), settle(store.note, PUMP, 1, 0, new_serials=("P-1",))
    )


class TestBooks:
    def test_used_unused_and_old_parts_are_moved_where_they_are(self) -> None:
        store = signed()
        command = settle(store.note, RING, 2, 1)
        technician = Signature(LIU, "technician", SignedHow.DRAWN, AT, command.content, DRAWING)
        keeper = Signature(KEEPER, "storekeeper", SignedHow.SESSION, AT, command.content)
        assert store.decide(command) == [
            (HOME, PartReconciled(RING, command.account, SIGNED, technician, keeper)),
            (stock_stream(RING), move(RING, HANDS, "installed", 2, Movement.USED)),
            (stock_stream(RING), move(RING, HANDS, "store", 1, Movement.UNUSED)),
            (stock_stream(RING), move(RING, "installed", "old_warranty", 2, Movement.OLD_PART)),
        ]
        assert store.do(command).decide(command) == []

    def test_the_note_is_settled_with_its_last_line(self) -> None:
        store = signed()
        store.do(settle(store.note, RING, 2, 1))
        assert document_of(store.note).stage is NoteStage.ISSUED
        document = document_of(settled().note)
        assert (document.stage, document.content) == (NoteStage.SETTLED, SIGNED)
        assert document.keeper_sig is not None
        assert (document.keeper_sig.by, document.lines[0].account) == (
            KEEPER,
            settled().note.accounts[RING].account,
        )

    @pytest.mark.parametrize(
        ("used", "unused", "returned", "codes"),
        [
            (2, 0, 2, ["unbalanced"]),
            (2, 2, 2, ["unbalanced"]),
            (2, 1, 1, ["old-parts"]),
            (2, 1, 3, ["old-parts"]),
            (2, 0, 0, ["unbalanced", "old-parts"]),
            (3, 0, 3, ["differs-from-signed"]),
            (1, 2, 1, ["differs-from-signed"]),
        ],
    )
    def test_books_that_do_not_balance_are_refused(
        self, used: int, unused: int, returned: int, codes: list[str]
    ) -> None:
        store = signed()
        refused(store, settle(store.note, RING, used, unused, returned), *codes)

    def test_what_nobody_approved_is_neither_lost_nor_waived(self) -> None:
        store = signed()
        refused(store, settle(store.note, RING, 2, 1, lost=1), "unbalanced", "loss-unapproved")
        refused(store, settle(store.note, RING, 2, 0, lost=1), "loss-unapproved")
        refused(store, settle(store.note, RING, 2, 1, 1, waived=1), "waiver-unapproved")

    def test_the_old_part_says_what_it_failed_of(self) -> None:
        store = signed()
        refused(store, settle(store.note, RING, 2, 1, fault=None), "fault-nature-missing")

    def test_what_is_not_due_may_come_home_all_the_same(self) -> None:
        paid = replace(RELEASE, repair_nature=RepairNature.PAID, lines=(PartWanted(RING, 2),))
        for returned, old in ((0, {}), (1, {"old_other": 1})):
            store = Store().do(paid)
            store.do(draw(store.note, RING, 2), signing(6, ring=2))
            store.do(settle(store.note, RING, 2, 0, returned))
            assert store.holds(RING).get("old_other", 0) == sum(old.values())

    def test_what_failed_on_a_new_machine_is_the_makers_like_what_failed_under_warranty(
        self,
    ) -> None:
        new = replace(RELEASE, repair_nature=RepairNature.COMMISSIONING)
        store = Store().do(replace(new, lines=(PartWanted(RING, 2),)))
        store.do(draw(store.note, RING, 2), signing(6, ring=2))
        store.do(settle(store.note, RING, 2, 0))
        assert store.holds(RING)["old_warranty"] == 2
        assert store.moves[-1].use_nature is UseNature.COMMISSIONING
        stock, note = ledger.Stock(), store.note
        assert old_class(note, RING, stock) is OldClass.WARRANTY
        before = replace(store.moves[-1], target="old_other")
        put_there = replace(stock, old=old_pieces.moved(stock.old, before))
        assert old_class(note, RING, put_there) is OldClass.OTHER

    def test_what_comes_home_damaged_goes_to_quarantine(self) -> None:
        store = signed()
        store.do(settle(store.note, RING, 2, 1, condition=Condition.DAMAGED))
        assert store.holds(RING)["quarantine"] == 1

    def test_what_was_not_drawn_is_not_accounted_for(self) -> None:
        store = released()
        refused(store, settle(drawn().note, RING, 0, 3), "not-issued", "signature-stale")
        refused(store, settle(store.note, GREASE, 0, 1), "not-issued")

    def test_a_line_is_accounted_for_once(self) -> None:
        store = settled()
        refused(store, settle(store.note, RING, 1, 2), "reconciled-already", "differs-from-signed")


class TestSerials:
    def test_serials_fitted_and_taken_out_are_followed(self) -> None:
        store = signed()
        command = settle(store.note, PUMP, 1, 0, new_serials=("P-1",), old_serials=("OLD-7",))
        store.do(command)
        assert store.stocks[stock_stream(PUMP)].serials == {
            "P-2": "store",
            "P-3": "store",
            "OLD-7": "old_warranty",
        }

    def test_what_was_not_fitted_comes_home_by_its_serial(self) -> None:
        store = drawn().do(signing(6))
        store.do(settle(store.note, PUMP, 0, 1))
        assert store.stocks[stock_stream(PUMP)].serials["P-1"] == "store"

    @pytest.mark.parametrize(
        ("serials", "codes"),
        [
            ({}, ["serials-needed"]),
            ({"new_serials": ("P-2",)}, ["serials-not-issued"]),
            ({"new_serials": ("P-1",), "old_serials": ("P-1",)}, ["old-is-new"]),
            ({"new_serials": ("P-1",), "old_serials": ("p-１",)}, ["old-is-new", "serial-spelled"]),
            (
                {"new_serials": ("P-1",), "old_serials": ("P-2",)},
                ["serial-elsewhere"],
            ),
            (
                {"new_serials": ("P-1",), "old_serials": ("A", "B")},
                ["serials-too-many"],
            ),
        ],
    )
    def test_serials_that_cannot_be_are_refused(
        self, serials: dict[str, Any], codes: list[str]
    ) -> None:
        store = signed()
        command = settle(store.note, PUMP, 1, 0, **serials)
        told = given(issue_note, *store.facts).when(command, store.asked(KEEPER))
        told.refused(*codes)

    def test_what_was_fitted_is_in_no_store_and_an_old_part_in_this_one(self) -> None:
        store = signed()
        serials: dict[str, Any] = {"new_serials": ("P-1",), "old_serials": ("OLD-7",)}
        store.do(settle(store.note, PUMP, 1, 0, **serials))
        where = store.books[serial_book.stream_of(PUMP)].where
        assert (where["P-1"], where["OLD-7"]) == (serial_book.OUTSIDE, BRANCH)

    def test_an_old_part_is_not_on_the_shelves_of_another_store(self) -> None:
        store, stream = signed(), serial_book.stream_of(PUMP)
        ((_, elsewhere),) = serial_book.entered("NB01", PUMP, ("OLD-7",))
        store.books[stream] = serial_book.evolve(store.books[stream], elsewhere)
        serials: dict[str, Any] = {"new_serials": ("P-1",), "old_serials": ("OLD-7",)}
        refused(store, settle(store.note, PUMP, 1, 0, **serials), "serial-known")

    def test_a_serial_that_the_store_never_kept_stands_on_the_signed_order_alone(self) -> None:
        store = drawn()
        fitted = SignedUse(RING, 2, new_serials=("X-1", "X-2"), old_taken=2)
        store.do(NoteSignature(7, SIGNED, waived=False, used=(fitted,)))
        (shown,) = (each for each in to_sign(store.note, FaultNature.WEAR) if each.part == RING)
        assert shown.account == Account(2, 1, old_returned=2, fault_nature=FaultNature.WEAR)
        store.do(settle(store.note, RING, 2, 1))
        assert store.note.signed is not None
        assert store.note.signed.used == (fitted,)

    def test_no_old_part_no_old_serial(self) -> None:
        store = drawn().do(signing(6))
        command = settle(store.note, PUMP, 0, 1, old_serials=("OLD-7",))
        refused(store, command, "serials-too-many")


class TestSignatures:
    def test_nothing_used_is_settled_without_the_customer(self) -> None:
        store = drawn()
        store.do(settle(store.note, RING, 0, 3), settle(store.note, PUMP, 0, 1))
        document = document_of(store.note)
        assert (document.stage, document.content) == (NoteStage.SETTLED, None)
        assert store.holds(RING) == {"supplier": -10, "store": 10}

    def test_nothing_is_used_without_the_customers_signature(self) -> None:
        store = drawn()
        refused(store, settle(store.note, RING, 2, 1), "no-customer-signature")
        store.do(signing(7, ring=2, pump=1), signing(8, None))
        refused(store, settle(store.note, RING, 2, 1), "no-customer-signature")

    def test_nothing_used_on_one_line_is_nothing_used_on_all(self) -> None:
        store = signed()
        store.do(settle(store.note, RING, 2, 1), signing(8, None))
        refused(store, settle(store.note, PUMP, 0, 1), "no-customer-signature")

    def test_a_waived_signature_counts_as_one(self) -> None:
        waived = NoteSignature(7, None, waived=True, used=(SignedUse(RING, 2), SignedUse(PUMP, 1)))
        store = drawn().do(waived)
        refused(store, settle(store.note, RING, 1, 2), "differs-from-signed")
        store.do(settle(store.note, RING, 2, 1))
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",)))
        document = document_of(store.note)
        assert (document.stage, document.content) == (NoteStage.SETTLED, None)

    def test_the_technician_accounts_to_somebody_else(self) -> None:
        store = signed()
        command = settle(store.note, RING, 2, 1)
        refused(store, command, "self-reconciliation", person=LIU)
        refused(store, replace(command, technician=CHEN), "wrong-recipient")
        refused(store, replace(command, how=SignedHow.SESSION), "session-of-another")

    def test_an_account_is_not_made_before_its_technician_has_signed(self) -> None:
        store = signed()
        (ring, _) = offered_reconciliations(NUMBER, store.note)
        refused(store, ring, "technician-unsigned")

    def test_what_was_shown_has_to_be_what_is_signed(self) -> None:
        store = signed()
        command = settle(store.note, RING, 2, 1)
        refused(store, replace(command, content="0" * 64), "signature-stale")
        other = replace(command.account, fault_nature=FaultNature.MATERIAL)
        refused(store, replace(command, account=other), "signature-stale")
        store.do(signing(8, AGAIN, ring=2, pump=1))
        refused(store, command, "signature-stale")


class TestNewerSignature:
    """用户重签: the signature a note was settled against was voided, and there is another one."""

    def test_an_account_that_agrees_is_reconciled_against_it_and_nothing_moves(self) -> None:
        store = settled().do(signing(8, None), signing(9, AGAIN, ring=2, pump=1))
        before = dict(store.holds(RING)), dict(store.holds(PUMP))
        assert document_of(store.note).content == SIGNED
        store.do(settle(store.note, RING, 2, 1))
        assert document_of(store.note).content == SIGNED
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",)))
        assert document_of(store.note).content == AGAIN
        assert (dict(store.holds(RING)), dict(store.holds(PUMP))) == before

    def test_it_is_offered_and_shown_to_be_signed_while_it_is_needed(self) -> None:
        store = settled().do(signing(8, None))
        assert list(offered_reconciliations(NUMBER, store.note)) == []
        store.do(signing(9, AGAIN, ring=2, pump=1))
        offered = list(offered_reconciliations(NUMBER, store.note))
        assert [each.part for each in offered] == [RING, PUMP]
        shown = {each.part: each.content for each in to_sign(store.note, None)}
        assert shown == {each.part: each.content for each in offered}
        store.do(*(replace(each, evidence=DRAWING) for each in offered))
        assert document_of(store.note).content == AGAIN
        assert (list(offered_reconciliations(NUMBER, store.note)), to_sign(store.note, None)) == (
            [],
            (),
        )

    def test_what_differs_is_no_account_to_be_signed_again(self) -> None:
        store = settled().do(signing(9, AGAIN, ring=1, pump=1))
        assert [each.part for each in offered_reconciliations(NUMBER, store.note)] == [PUMP]
        assert [each.part for each in offered_corrections(NUMBER, store.note)] == [RING]

    def test_the_approver_puts_it_under_the_newer_one_where_its_technician_cannot_sign(
        self,
    ) -> None:
        store = settled().do(signing(9, AGAIN, ring=2, pump=0))
        account, held = store.note.accounts[RING].account, dict(store.holds(RING))
        asking = AskCorrection(RING, "技术员住院 the technician is in hospital", account)
        store.do(asking).do(CorrectReconciliation(f"{NUMBER}-G1"), person=APPROVER)
        assert (store.note.accounts[RING].content, store.holds(RING)) == (AGAIN, held)
        refused(store, asking, "nothing-to-correct")

    def test_an_account_that_differs_stays_with_the_old_one(self) -> None:
        store = settled().do(signing(9, AGAIN, ring=1, pump=1))
        refused(store, settle(store.note, RING, 2, 1), "differs-from-signed")
        other = settle(store.note, RING, 1, 2)
        refused(store, other, "reconciled-already")
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",)))
        assert document_of(store.note).content == SIGNED

    def test_a_line_that_came_home_unused_is_held_to_what_was_signed_later(self) -> None:
        store = drawn()
        store.do(settle(store.note, RING, 0, 3), signing(7, ring=1, pump=1))
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",)))
        assert (store.note.stage, document_of(store.note).content) == (NoteStage.SETTLED, None)
