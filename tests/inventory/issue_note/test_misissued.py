"""实发更正 as stories: the books say P-1, and P-2 was handed out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from services.inventory import issue_note, ledger, serial_book
from services.inventory.issue_note.correction import (
    AskCorrection,
    CorrectReconciliation,
    RefuseCorrection,
    offered_corrections,
)
from services.inventory.issue_note.document import document_of
from services.inventory.issue_note.handing_over import CountParts
from services.inventory.issue_note.losses import as_settled
from services.inventory.issue_note.release import NoteSignature
from services.inventory.issue_note.requests import ApproveLoss, AskLoss
from shared.events.inventory import Movement, Outside, StockMoved
from shared.events.issue_notes import Condition, Handed, Opening, SignedUse, UnusedPieces
from shared.events.order_sheet import NoteStage
from shared.events.part_cases import Bearer, CountedPieces, Loss, LossWhere
from shared.events.values import PartWanted, Role
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
    PUMP,
    RING,
    SIGNED,
    Store,
    balance_of,
    draw,
    drawn,
    opening,
    posted,
    released,
    settle,
    signing,
    stock_stream,
    whose,
)
from tests.spec import given

G1, G2 = f"{NUMBER}-G1", f"{NUMBER}-G2"
P2 = AskCorrection(PUMP, "扫错了，发出的是 P-2", handed=Handed(1, ("P-2",)))
GRANT = CorrectReconciliation(G1)
HANDS, MAIL = ledger.technician(LIU), ledger.parcel(NUMBER)
WITH_P2 = SignedUse(PUMP, 1, ("P-2",), ("OLD-0",), 1, 0)
WITH_P1 = replace(WITH_P2, new_serials=("P-1",))


def refused(store: Store, command: Any, *codes: str, person: str | None = None) -> None:
    who = person or whose(command)
    role = {LIU: Role.TECHNICIAN, CHEN: Role.TECHNICIAN, KEEPER: Role.STOREKEEPER}
    asked = store.asked(who, role.get(who, Role.APPROVER))
    given(issue_note, *store.facts).when(command, asked).refused(*codes)


def confirmed(store: Store, number: str = G1) -> Store:
    """By whoever received the pieces, in a session of their own."""
    return store.do(CorrectReconciliation(number), person=LIU, role=Role.TECHNICIAN)


def granted(store: Store, number: str = G1) -> Store:
    return store.do(CorrectReconciliation(number), role=Role.APPROVER)


def signs(store: Store, used: SignedUse, version: int = 7, content: str = SIGNED) -> Store:
    return store.do(NoteSignature(version, content, waived=False, used=(used,)))


def where(store: Store) -> Mapping[str, str]:
    return store.stocks[stock_stream(PUMP)].serials


def in_books(store: Store) -> Mapping[str, str]:
    return store.books[serial_book.stream_of(PUMP)].where


class TestSerial:
    """错号: another piece was handed out than the one that was scanned."""

    def test_both_say_so_and_each_piece_is_where_it_was(self) -> None:
        store = confirmed(drawn().do(P2))
        assert where(store) == {"P-1": "store", "P-2": HANDS, "P-3": "store"}
        line = next(each for each in document_of(store.note).lines if each.part == PUMP)
        assert line.issued is not None
        assert line.issued.serials == ("P-2",)
        moved = [each for each in store.moves if each.because is Movement.CORRECTION]
        assert [(e.source, e.target, e.serials) for e in moved] == [
            (HANDS, "store", ("P-1",)),
            ("store", HANDS, ("P-2",)),
        ]

    def test_who_says_it_stands_on_the_fact(self) -> None:
        fact = confirmed(drawn().do(P2)).facts[-1]
        assert (fact.asked_by, fact.signature.by, fact.signature.role) == (
            KEEPER,
            LIU,
            "technician",
        )
        fact = granted(drawn().do(P2)).facts[-1]
        assert (fact.signature.by, fact.signature.role) == (APPROVER, "approver")

    def test_it_is_settled_as_the_customer_signed(self) -> None:
        """They had signed for the piece that is in their machine, which the note did not have."""
        store = signs(drawn(), WITH_P2)
        told: dict[str, Any] = {"new_serials": ("P-2",)}
        refused(store, settle(store.note, PUMP, 1, 0, **told), "serials-not-issued")
        assert list(offered_corrections(NUMBER, store.note)) == [
            replace(P2, because=next(offered_corrections(NUMBER, store.note)).because)
        ]
        confirmed(store.do(P2))
        store.do(settle(store.note, PUMP, 1, 0, **told))
        assert (in_books(store)["P-1"], in_books(store)["P-2"]) == (BRANCH, "")

    def test_what_the_customer_signed_is_not_bent(self) -> None:
        store = signs(drawn(), WITH_P1)
        refused(store, P2, "signed-otherwise")
        store.do(signing(8, None))
        signs(store.do(P2), WITH_P1, 9)
        refused(store, GRANT, "signed-otherwise", person=LIU)
        refused(store, GRANT, "signed-otherwise")

    def test_not_by_who_asked_who_gave_it_out_or_another_technician(self) -> None:
        store = drawn().do(P2)
        refused(store, GRANT, "wrong-recipient", person=CHEN)
        asked = store.asked(KEEPER, Role.APPROVER)
        given(issue_note, *store.facts).when(GRANT, asked).refused("own-request")
        refused(store, P2, "self-reconciliation", person=LIU)

    def test_the_keeper_who_gave_it_out_grants_nothing_that_another_asked_for(self) -> None:
        store = drawn().do(P2, person=CHEN, role=Role.STOREKEEPER)
        asked = store.asked(KEEPER, Role.APPROVER)
        given(issue_note, *store.facts).when(GRANT, asked).refused("own-request")

    def test_told_again_it_is_nothing_and_refused_it_stays(self) -> None:
        store = confirmed(drawn().do(P2))
        assert not store.decide(GRANT, LIU, Role.TECHNICIAN)
        refused(store, P2, "nothing-to-correct")
        store = drawn().do(P2, RefuseCorrection(G1, "再看铭牌"))
        refused(store, GRANT, "request-decided", person=LIU)
        assert where(store)["P-1"] == HANDS

    def test_of_two_that_wait_the_second_is_weighed_anew(self) -> None:
        other = AskCorrection(PUMP, "是 P-3", handed=Handed(1, ("P-3",)))
        store = confirmed(drawn().do(P2, other))
        assert where(confirmed(store, G2)) == {"P-1": "store", "P-2": "store", "P-3": HANDS}

    def test_it_says_one_of_the_two(self) -> None:
        refused(drawn(), AskCorrection(PUMP, "错"), "correction-unclear")
        refused(drawn(), replace(P2, handed=Handed(1)), "serials-needed")
        refused(released(), P2, "not-issued")

    def test_a_count_that_was_made_by_the_old_number_is_made_anew(self) -> None:
        store = drawn()
        store.do(CountParts((CountedPieces(PUMP, 1, ("P-1",)),)))
        assert confirmed(store.do(P2)).note.counts == {}


class TestBooks:
    """账上所在: where the books have the piece that was really handed out."""

    def test_one_that_no_book_has_comes_in_by_an_approver(self) -> None:
        """Typed wrongly when it came in: the piece that the books have instead is counted later."""
        store = drawn().do(replace(P2, handed=Handed(1, ("P-77",))))
        refused(store, GRANT, "approver-corrects", person=LIU)
        granted(store)
        assert where(store) == {"P-1": "store", "P-2": "store", "P-3": "store", "P-77": HANDS}
        assert in_books(store)["P-77"] == BRANCH
        assert store.holds(PUMP)["difference"] == -1

    def test_one_that_the_books_have_in_a_machine_leaves_that(self) -> None:
        """Another note has it as fitted: an approver says otherwise, and it is in one place."""
        store = drawn().do(P2)
        fitted = StockMoved(
            *(BRANCH, PUMP, "store", "installed", 1, ("P-2",)),
            *(Movement.USED, None, "BX-HZ01-20261123-0009-C1"),
        )
        store.stocked(fitted)
        refused(store, GRANT, "approver-corrects", person=LIU)
        assert granted(store).holds(PUMP) == {"supplier": -3, "store": 2, HANDS: 1}
        assert balance_of(store.moves)[PUMP, "installed", "P-2"] == 0

    def test_one_that_another_note_or_quarantine_has_is_put_right_there_first(self) -> None:
        store = drawn()
        away = StockMoved(
            *(BRANCH, PUMP, "store", ledger.technician(CHEN), 1, ("P-2",)),
            *(Movement.ISSUE, None, "BX-HZ01-20261123-0009-C1"),
        )
        store.stocked(away)
        refused(store.do(P2), GRANT, "serial-booked-elsewhere", person=LIU)

    def test_one_that_another_store_has_is_in_one_place(self) -> None:
        store = drawn().do(replace(P2, handed=Handed(1, ("P-9",))))
        for stream, fact in serial_book.entered("SH01", PUMP, ("P-9",)):
            store.books[stream] = serial_book.evolve(store.books[stream], fact)
        refused(store, GRANT, "serial-booked-elsewhere")

    def test_one_that_another_store_had_before_there_were_books(self) -> None:
        store = drawn().do(replace(P2, handed=Handed(1, ("P-9",))))
        far = replace(opening(PUMP, 1, ("P-9",)), store="SH01")
        store.stocks[ledger.stream_of("SH01", PUMP)] = ledger.moved(ledger.Stock(), far)
        refused(store, replace(GRANT, stores=("SH01",)), "serial-booked-elsewhere")

    def test_one_that_another_store_has_in_a_machine_leaves_that(self) -> None:
        """It went there, was fitted there, and is in the hands of who signs for it here."""
        store = drawn().do(replace(P2, handed=Handed(1, ("P-9",))))
        came = replace(opening(PUMP, 1, ("P-9",)), store="SH01")
        fitted = replace(came, source="store", target="installed", because=Movement.USED)
        far = ledger.moved(ledger.moved(ledger.Stock(), came), fitted)
        store.stocks[ledger.stream_of("SH01", PUMP)] = far
        stream = serial_book.stream_of(PUMP)
        for written in (serial_book.entered, serial_book.left):
            for _, fact in written("SH01", PUMP, ("P-9",)):
                store.books[stream] = serial_book.evolve(store.books[stream], fact)
        store.do(replace(GRANT, stores=("SH01",)), role=Role.APPROVER)
        assert [each.source for each in store.moves if "P-9" in each.serials] == ["installed"]

    def test_one_that_is_written_otherwise_is_the_same_piece(self) -> None:
        store = drawn().do(replace(P2, handed=Handed(1, ("p-2",))))
        refused(store, GRANT, "serial-spelled")

    def test_every_account_adds_up_whatever_was_corrected(self) -> None:
        store = confirmed(drawn().do(P2))
        signs(store, WITH_P2)
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-2",)))
        book = balance_of(store.moves)
        outside = {each.value for each in Outside}
        for serial in ("P-1", "P-2", "P-3"):
            places = [a for (_, a, s), n in book.items() if s == serial and n > 0]
            assert len(places) == 1
        assert all(n >= 0 for (_, account, _), n in book.items() if account not in outside)


class TestNumber:
    """件数: three were handed over and two were booked, or none at all."""

    def test_more_than_were_booked(self) -> None:
        store = released()
        store.do(draw(store.note, RING, 2, short_because="少一只"))
        store.do(AskCorrection(RING, "点错，发了三只", handed=Handed(3)))
        confirmed(store)
        assert (store.holds(RING)["store"], store.holds(RING)[HANDS]) == (7, 3)
        assert store.note.hands[RING] == {LIU: 3}
        issued = store.note.issues[RING].issued
        assert (issued.quantity, issued.short_because) == (3, None)

    def test_fewer_than_were_booked_and_it_says_why(self) -> None:
        store = confirmed(drawn().do(AskCorrection(RING, "只发了两只", handed=Handed(2))))
        assert (store.holds(RING)["store"], store.holds(RING)[HANDS]) == (8, 2)
        assert store.note.issues[RING].issued.short_because == "只发了两只"
        store.do(signing(7, ring=2))
        store.do(settle(store.note, RING, 2, 0))

    def test_not_beyond_the_note_nor_below_what_was_signed(self) -> None:
        refused(drawn(), AskCorrection(RING, "四只", handed=Handed(4)), "beyond-note")
        store = drawn().do(signing(7, ring=3))
        refused(store, AskCorrection(RING, "两只", handed=Handed(2)), "signed-otherwise")

    def test_what_the_books_did_not_have_on_the_shelf_an_approver_grants(self) -> None:
        store = released()
        store.do(draw(store.note, RING, 2, short_because="少一只"))
        rest = StockMoved(
            BRANCH, RING, "store", "difference", 8, (), Movement.STOCKTAKE, None, "PD"
        )
        store.stocked(rest)
        store.do(AskCorrection(RING, "发了三只", handed=Handed(3)))
        refused(store, GRANT, "approver-corrects", person=LIU)
        assert granted(store).holds(RING)[HANDS] == 3

    def test_another_part_was_handed_out_so_the_line_is_open_again(self) -> None:
        store = confirmed(drawn().do(AskCorrection(PUMP, "发的是别的泵", handed=Handed(0))))
        assert store.note.open_lines == (PUMP,)
        assert (store.note.stage, where(store)["P-1"]) == (NoteStage.ISSUED, "store")
        store.do(draw(store.note, PUMP, 1, "P-2"))
        assert where(store)["P-2"] == HANDS

    def test_of_a_note_of_which_nothing_was_handed_out_nothing_is_out(self) -> None:
        store = released()
        store.do(draw(store.note, PUMP, 1, "P-1"))
        confirmed(store.do(AskCorrection(PUMP, "没有发", handed=Handed(0))))
        assert (store.note.stage, store.note.hands) == (NoteStage.RELEASED, {})


class TestByPost:
    """邮寄: the keeper put another piece into the parcel than they booked."""

    def test_before_the_opening_an_approver_grants_it(self) -> None:
        store = posted().do(P2)
        refused(store, GRANT, "approver-corrects", person=LIU)
        granted(store).do(ANNOUNCE)
        assert where(store)["P-2"] == MAIL
        store.do(OPEN)
        assert where(store) == {"P-1": "store", "P-2": HANDS, "P-3": "store"}

    def test_after_an_opening_at_which_nobody_noticed(self) -> None:
        store = posted().do(ANNOUNCE, OPEN)
        assert where(confirmed(store.do(P2)))["P-2"] == HANDS

    @pytest.mark.parametrize(
        ("opening", "place", "left"), [(Opening.WRONG, HANDS, 0), (Opening.SHORT, MAIL, 1)]
    )
    def test_after_an_opening_that_missed_the_booked_one(
        self, opening: Opening, place: str, left: int
    ) -> None:
        """A wrong one that was in the parcel is there; of what was in no parcel nobody has it."""
        wrong = replace(OPENED, opening=opening, missing=(PartWanted(PUMP, 1),))
        store = posted().do(ANNOUNCE, replace(OPEN, opened=wrong, missing_serials=("P-1",)))
        confirmed(store.do(P2))
        assert where(store)["P-2"] == place
        assert store.note.in_parcel(PUMP) == left

    def test_what_was_never_sent_is_not_missing(self) -> None:
        short = replace(OPENED, opening=Opening.SHORT, missing=(PartWanted(RING, 1),))
        store = posted().do(ANNOUNCE, replace(OPEN, opened=short))
        confirmed(store.do(AskCorrection(RING, "只寄了两只", handed=Handed(2))))
        assert store.note.in_parcel(RING) == 0
        assert (store.holds(RING)["store"], store.holds(RING)[HANDS]) == (8, 2)

    def test_what_nobody_sent_is_told_by_the_opening(self) -> None:
        nothing = AskCorrection(RING, "寄的是别的", handed=Handed(0))
        refused(posted(), nothing, "line-not-undone")
        wrong = replace(OPENED, opening=Opening.WRONG, missing=(PartWanted(RING, 3),))
        store = posted().do(ANNOUNCE, replace(OPEN, opened=wrong), signing(7, pump=1))
        found = UnusedPieces(3, Condition.GOOD, found_because="没有寄出，在架上")
        store.do(settle(store.note, RING, 0, 3, unused_lines=(found,)))
        assert store.holds(RING)["store"] == 10


class TestAfterSettling:
    """核销之后: an approver grants it, as the customer has signed by now."""

    def settled(self) -> Store:
        store = signs(drawn(), WITH_P1)
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",)))
        return store.do(settle(store.note, RING, 0, 3))

    def test_the_account_names_the_piece_that_is_in_the_machine(self) -> None:
        store = self.settled()
        refused(store, P2, "differs-from-signed")
        signs(store, WITH_P2, 8, "8" * 64)
        assert [each.handed for each in offered_corrections(NUMBER, store.note)] == [P2.handed]
        refused(store.do(P2), GRANT, "approver-corrects", person=LIU)
        granted(store)
        done = store.note.accounts[PUMP]
        assert (done.account.new_serials, done.content) == (("P-2",), "8" * 64)
        assert (in_books(store)["P-1"], in_books(store)["P-2"]) == (BRANCH, "")
        assert {"P-1", "P-3"} < where(store).keys()
        assert "P-2" not in where(store)

    def test_one_at_a_time_and_no_number_of_pieces(self) -> None:
        store = self.settled()
        signs(store, WITH_P2, 8, "8" * 64)
        refused(store, replace(P2, handed=Handed(0)), "settled-otherwise")

    def test_a_piece_that_came_home_is_named_as_it_is(self) -> None:
        store = drawn().do(signing(7, ring=3))
        store.do(settle(store.note, PUMP, 0, 1))
        granted(store.do(P2))
        assert where(store) == {"P-1": "store", "P-2": "store", "P-3": "store"}


class TestLosses:
    """报损: granted by the number that was booked."""

    LOSS = Loss(PUMP, 1, LossWhere.TECHNICIAN, "掉了", Bearer.STORE, 1200, serials=("P-1",))

    def test_the_loss_of_a_piece_that_never_left_counts_for_nothing(self) -> None:
        store = drawn().do(AskLoss(self.LOSS), ApproveLoss(f"{NUMBER}-S1"))
        confirmed(store.do(P2))
        assert store.note.lost(PUMP) == 0
        other = replace(self.LOSS, serials=("P-2",))
        store.do(AskLoss(other), ApproveLoss(f"{NUMBER}-S2"), signing(7, ring=3))
        store.do(settle(store.note, PUMP, 0, 0, lost=1, loss=f"{NUMBER}-S2"))
        assert in_books(store)["P-2"] == ""

    def test_a_line_that_is_settled_as_lost_is_for_a_stocktake(self) -> None:
        store = drawn().do(AskLoss(self.LOSS), ApproveLoss(f"{NUMBER}-S1"), signing(7, ring=3))
        store.do(settle(store.note, PUMP, 0, 0, lost=1, loss=f"{NUMBER}-S1"))
        refused(store, P2, "settled-as-lost")

    def test_without_serials_it_counts_for_as_many_fewer_as_left(self) -> None:
        lost = Loss(RING, 2, LossWhere.TECHNICIAN, "掉了", Bearer.STORE, 2400)
        store = drawn().do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"))
        two = AskCorrection(RING, "只发了两只", handed=Handed(2))
        confirmed(store.do(two))
        assert store.note.lost(RING) == 1
        one = AskCorrection(RING, "只发了一只", handed=Handed(1))
        confirmed(store.do(one), G2)
        assert store.note.lost(RING) == 0
        told = as_settled(store.note, store.note.requests[f"{NUMBER}-S1"])
        assert (told.decided, told.upheld, told.borne_fen) == ("void", 0, 0)
        store.do(signing(7, ring=0))
        named = settle(store.note, RING, 0, 0, lost=1, loss=f"{NUMBER}-S1")
        refused(store, named, "loss-unapproved")
        again = replace(lost, quantity=1, fen=1200)
        store.do(AskLoss(again), ApproveLoss(f"{NUMBER}-S2"))
        store.do(settle(store.note, RING, 0, 0, lost=1, loss=f"{NUMBER}-S2"))

    def test_what_was_lost_in_the_post_is_not_what_somebody_has(self) -> None:
        lost = Loss(RING, 1, LossWhere.POST, "少一只", Bearer.CARRIER, 1200)
        short = replace(OPENED, opening=Opening.SHORT, missing=(PartWanted(RING, 1),))
        store = posted().do(ANNOUNCE, replace(OPEN, opened=short))
        store.do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"))
        two = AskCorrection(RING, "只装了两只", handed=Handed(2))
        confirmed(store.do(two))
        assert (store.note.in_parcel(RING), store.note.lost(RING)) == (0, 0)
        assert store.note.hands[RING] == {LIU: 2}

    def test_drawn_anew_a_line_has_no_loss_of_what_was_undone(self) -> None:
        lost = Loss(RING, 1, LossWhere.TECHNICIAN, "掉了", Bearer.STORE, 1200)
        store = drawn().do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"))
        confirmed(store.do(AskCorrection(RING, "没有发出", handed=Handed(0))))
        store.do(draw(store.note, RING, 3))
        assert store.note.lost(RING) == 0
