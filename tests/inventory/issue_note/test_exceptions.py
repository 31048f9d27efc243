"""例外 as stories: what is lost or stays with the customer; one asks, another grants it."""

from dataclasses import replace
from typing import Any

import pytest

from services.inventory import issue_note, serial_book
from services.inventory.issue_note.asking import Decided, RequestKind
from services.inventory.issue_note.correction import AskCorrection, CorrectReconciliation
from services.inventory.issue_note.document import document_of, shown
from services.inventory.issue_note.release import NoteSignature
from services.inventory.issue_note.requests import (
    ApproveLoss,
    AskLoss,
    AskWaiver,
    RefuseLoss,
    RefuseWaiver,
    WaiveOldPart,
    offered_grants,
    offered_losses,
    offered_waivers,
)
from shared.events.inventory import Movement, UseNature
from shared.events.issue_notes import (
    Account,
    Condition,
    LossApproved,
    LossAsked,
    LossRefused,
    OldPartWaived,
    Opening,
    SignedUse,
    UnusedPieces,
    WaiverAsked,
    WaiverRefused,
)
from shared.events.order_sheet import NoteStage
from shared.events.part_cases import Bearer, Loss, LossWhere, Waiver, WaiverReason
from shared.events.values import SEVERAL, FaultNature, PartWanted, Role
from tests.inventory.example import (
    ANNOUNCE,
    APPROVER,
    DRAWING,
    HOME,
    KEEPER,
    LIU,
    NUMBER,
    OPEN,
    OPENED,
    PUMP,
    RING,
    SIGNED,
    Store,
    draw,
    drawn,
    move,
    posted,
    released,
    settle,
    signing,
    stock_stream,
    whose,
)
from tests.spec import given

S1, S2, M1 = f"{NUMBER}-S1", f"{NUMBER}-S2", f"{NUMBER}-M1"
LOSS = Loss(RING, 1, LossWhere.TECHNICIAN, "掉进水池", Bearer.STORE, 1200)
WAIVER = Waiver(RING, 1, WaiverReason.KEPT_BY_CUSTOMER, "用户要留下", photo=DRAWING)

OFFERED_WAIVERS = offered_grants(RequestKind.WAIVER, WaiveOldPart)


def refused(store: Store, command: Any, *codes: str, person: str | None = None) -> None:
    asked = store.asked(person or whose(command), Role.APPROVER)
    given(issue_note, *store.facts).when(command, asked).refused(*codes)


class TestLoss:
    """报损: pieces that nobody can bring home."""

    def test_one_asks_another_grants_it_and_the_line_adds_up(self) -> None:
        store = drawn()
        assert store.decide(AskLoss(LOSS)) == [(HOME, LossAsked(S1, LOSS, KEEPER))]
        store.do(AskLoss(LOSS))
        assert store.decide(AskLoss(LOSS)) == []
        granted = LossApproved(S1, LOSS, KEEPER, APPROVER)
        assert store.decide(ApproveLoss(S1)) == [(HOME, granted)]
        store.do(ApproveLoss(S1), signing(7, ring=2, pump=1))
        assert store.decide(ApproveLoss(S1)) == []
        refused(store, settle(store.note, RING, 2, 0, lost=2), "unbalanced", "loss-unapproved")
        lost = move(RING, f"technician:{LIU}", "difference", 1, Movement.LOST)
        moves = store.decide(settle(store.note, RING, 2, 0, lost=1, loss=S1))
        assert (stock_stream(RING), replace(lost, use_nature=UseNature.LOSS)) in moves
        store.do(settle(store.note, RING, 2, 0, lost=1, loss=S1))
        assert store.holds(RING) == {
            "supplier": -10,
            "store": 7,
            "difference": 1,
            "old_warranty": 2,
        }

    def test_what_it_costs_where_nobody_knows_is_granted_by_the_last_rung(self) -> None:
        store = drawn().do(AskLoss(LOSS))
        by_any, by_last = ApproveLoss(S1, ("general_manager",)), ApproveLoss(S1)
        refused(store, by_any, "loss-cost-unknown")
        assert store.decide(by_last) == [(HOME, LossApproved(S1, LOSS, KEEPER, APPROVER))]
        store.cards[RING] = replace(store.cards[RING], value_fen=600)
        assert store.decide(by_any) == store.decide(by_last)

    def test_others_hear_what_is_lost_until_it_is_accounted_for(self) -> None:
        store = drawn().do(AskLoss(replace(LOSS, quantity=2)))
        assert document_of(store.note).lost == ()
        store.do(ApproveLoss(S1), signing(7, ring=1))
        assert document_of(store.note).lost == (PartWanted(RING, 2),)
        store.do(settle(store.note, RING, 1, 0, lost=2, loss=S1))
        assert document_of(store.note).lost == ()

    @pytest.mark.parametrize(
        ("used", "lost", "stands", "fen"),
        [(1, 2, Decided.GRANTED, 2400), (2, 1, Decided.GRANTED, 1200), (3, 0, Decided.VOID, 0)],
    )
    def test_of_what_was_found_and_used_after_all_nobody_bears_anything(
        self, used: int, lost: int, stands: Decided, fen: int
    ) -> None:
        borne = replace(LOSS, quantity=2, fen=2400, borne_by=Bearer.PERSON, person=LIU)
        store = drawn().do(AskLoss(borne), ApproveLoss(S1))
        before = shown(store.note)
        assert before is not None
        assert [(each.decided, each.upheld) for each in before.requests] == [
            (Decided.GRANTED, None)
        ]
        store.do(signing(7, ring=used))
        store.do(settle(store.note, RING, used, 0, lost=lost))
        after = shown(store.note)
        assert after is not None
        told = [(each.decided, each.upheld, each.borne_fen) for each in after.requests]
        assert told == [(stands, lost, fen)]
        assert store.holds(RING).get("difference", 0) == lost

    def test_the_pieces_of_a_loss_are_told_apart(self) -> None:
        one = replace(LOSS, quantity=1)
        store = drawn().do(AskLoss(one), ApproveLoss(S1))
        store.do(AskLoss(replace(one, how="又一只")), ApproveLoss(S2), signing(7, ring=2))
        store.do(settle(store.note, RING, 2, 0, lost=1, loss=S2))
        after = shown(store.note)
        assert after is not None
        assert [(each.decided, each.upheld) for each in after.requests] == [
            (Decided.VOID, 0),
            (Decided.GRANTED, 1),
        ]

    def test_nobody_grants_their_own_request_or_what_they_bear(self) -> None:
        store = drawn().do(AskLoss(LOSS), person=APPROVER)
        refused(store, ApproveLoss(S1), "own-request")
        refused(store, RefuseLoss(S1, "不行"), "own-request")
        borne = replace(LOSS, borne_by=Bearer.PERSON, person=APPROVER)
        refused(drawn(), AskLoss(borne), "bearer-unknown")
        other = released()
        other.do(draw(other.note, RING, 3), person=APPROVER).do(AskLoss(borne))
        refused(other, ApproveLoss(S1), "own-loss")

    def test_what_is_refused_is_still_to_come_home(self) -> None:
        store = drawn().do(AskLoss(LOSS))
        no = RefuseLoss(S1, "再找找")
        assert store.decide(no) == [(HOME, LossRefused(S1, "再找找", APPROVER))]
        store.do(no, signing(7, ring=2))
        assert store.decide(no) == []
        refused(store, ApproveLoss(S1), "request-decided")
        refused(store, settle(store.note, RING, 2, 0, lost=1, loss=S1), "loss-unapproved")
        refused(store, ApproveLoss(M1), "request-unknown")
        store.do(AskLoss(replace(LOSS, how="找过了")), ApproveLoss(S2))
        refused(store, settle(store.note, RING, 2, 0, lost=1, loss=S1), "loss-unapproved")
        store.do(settle(store.note, RING, 2, 0, lost=1, loss=S2))

    def test_no_more_is_lost_than_is_out_there(self) -> None:
        store = drawn()
        refused(store, AskLoss(replace(LOSS, quantity=4)), "loss-beyond")
        refused(store, AskLoss(replace(LOSS, where=LossWhere.POST)), "loss-beyond")
        refused(store, AskLoss(replace(LOSS, person=LIU)), "bearer-unclear")
        refused(store, AskLoss(replace(LOSS, part=PUMP)), "lost-serials")
        refused(store, AskLoss(replace(LOSS, part=PUMP, serials=("P-9",))), "serials-not-issued")
        refused(released(), AskLoss(LOSS), "not-issued")
        store.do(AskLoss(LOSS), settle(store.note, RING, 0, 3))
        refused(store, ApproveLoss(S1), "settled-before")

    def test_it_costs_what_the_catalogue_says_or_it_says_why_not(self) -> None:
        store = drawn()
        store.cards[RING] = replace(store.cards[RING], value_fen=1300)
        refused(store, AskLoss(LOSS), "loss-below-price")
        refused(store, AskLoss(replace(LOSS, quantity=2, fen=2599)), "loss-below-price")
        absurd = replace(LOSS, fen=1_300_000)
        refused(store, AskLoss(absurd), "loss-above-price")
        explained = (
            replace(LOSS, fen=1300),
            replace(LOSS, fen_because="旧货，折价"),
            replace(absurd, fen_because="用户的整机也报废了"),
        )
        for fits in explained:
            assert store.decide(AskLoss(fits)) == [(HOME, LossAsked(S1, fits, KEEPER))]
        store.cards[RING] = replace(store.cards[RING], divided=True)
        refused(store, AskLoss(LOSS), "loss-above-price")

    def test_a_request_has_its_bounds(self) -> None:
        store = drawn()
        for which in range(SEVERAL):
            store.do(AskLoss(replace(LOSS, fen=which)))
        refused(store, AskLoss(LOSS), "too-many")

    def test_a_parcel_that_was_lost_whole_is_settled(self) -> None:
        store = posted().do(ANNOUNCE)
        rings = replace(LOSS, quantity=3, where=LossWhere.POST, borne_by=Bearer.CARRIER)
        pump = replace(rings, part=PUMP, quantity=1, serials=("P-1",))
        store.do(AskLoss(rings), AskLoss(pump), ApproveLoss(S1), ApproveLoss(f"{NUMBER}-S2"))
        store.do(settle(store.note, RING, 0, 0, lost=3), settle(store.note, PUMP, 0, 0, lost=1))
        assert document_of(store.note).stage is NoteStage.SETTLED
        assert store.holds(PUMP) == {"supplier": -3, "store": 2, "difference": 1}
        where = store.books[serial_book.stream_of(PUMP)].where
        assert where["P-1"] == serial_book.OUTSIDE

    def test_what_was_missing_at_the_opening_is_lost_or_found(self) -> None:
        short = replace(OPENED, opening=Opening.SHORT, missing=(PartWanted(RING, 1),))
        store = posted().do(ANNOUNCE, replace(OPEN, opened=short), signing(7, ring=2, pump=1))
        refused(store, settle(store.note, RING, 2, 1), "missing-not-home")
        post = replace(LOSS, where=LossWhere.POST)
        refused(store, AskLoss(replace(post, quantity=2)), "loss-beyond")
        store.do(AskLoss(post), ApproveLoss(S1), settle(store.note, RING, 2, 0, lost=1))
        assert store.holds(RING)["difference"] == 1


class TestWaiver:
    """旧件免交: old parts that stay with the customer, or cannot come home."""

    def test_the_customer_keeps_an_old_part(self) -> None:
        store = drawn().do(signing(7, ring=2, pump=1))
        refused(store, settle(store.note, RING, 2, 1, 1), "old-parts")
        assert store.decide(AskWaiver(WAIVER)) == [(HOME, WaiverAsked(M1, WAIVER, KEEPER))]
        store.do(AskWaiver(WAIVER))
        assert store.decide(AskWaiver(WAIVER)) == []
        granted = OldPartWaived(M1, WAIVER, KEEPER, APPROVER)
        assert store.decide(WaiveOldPart(M1)) == [(HOME, granted)]
        store.do(WaiveOldPart(M1))
        assert store.decide(WaiveOldPart(M1)) == []
        refused(store, settle(store.note, RING, 2, 1, 0, waived=2), "waiver-unapproved")
        store.do(settle(store.note, RING, 2, 1, 1, waived=1, waiver=M1))
        assert store.holds(RING)["old_warranty"] == 1

    def test_it_is_granted_by_another_with_a_photo_or_why_not(self) -> None:
        store = drawn()
        refused(store, AskWaiver(replace(WAIVER, photo=None)), "photo-missing")
        refused(store, AskWaiver(replace(WAIVER, quantity=4)), "waiver-beyond")
        store.do(AskWaiver(replace(WAIVER, photo=None, reason=WaiverReason.LOST)))
        told = replace(WAIVER, photo=None, no_photo_because="用户不许拍")
        store.do(AskWaiver(told), person=APPROVER)
        refused(store, WaiveOldPart(f"{NUMBER}-M2"), "own-request")

    def test_what_is_refused_is_still_due(self) -> None:
        store = drawn().do(AskWaiver(WAIVER), signing(7, ring=2, pump=1))
        no = RefuseWaiver(M1, "请要回")
        refused(store, no, "own-request", person=KEEPER)
        assert store.decide(no) == [(HOME, WaiverRefused(M1, "请要回", APPROVER))]
        store.do(no)
        assert store.decide(no) == []
        refused(store, settle(store.note, RING, 2, 1, 1, waived=1), "waiver-unapproved")


@pytest.mark.parametrize("command", [AskLoss(LOSS), AskWaiver(WAIVER)])
def test_nothing_is_asked_of_a_line_that_is_settled(command: object) -> None:
    store = drawn()
    store.do(settle(store.note, RING, 0, 3))
    refused(store, command, "settled-before")


class TestAfterSettling:
    """核销之后: the customer has signed otherwise since then, so the line is to be corrected."""

    def test_an_old_part_that_stays_with_the_customer_is_waived_and_booked(self) -> None:
        store = drawn().do(signing(7, ring=2))
        store.do(settle(store.note, RING, 2, 1), settle(store.note, PUMP, 0, 1))
        refused(store, AskWaiver(WAIVER), "settled-before")
        kept = SignedUse(RING, 2, old_taken=1, old_left=1)
        store.do(NoteSignature(8, "7" * 64, waived=False, used=(kept,)))
        account = Account(2, 1, old_returned=1, fault_nature=FaultNature.WEAR, waived=1, waiver=M1)
        asking = AskCorrection(RING, "旧件一只用户留下了", account)
        refused(store, asking, "waiver-unapproved")
        assert list(offered_waivers(NUMBER, store.note))
        store.do(AskWaiver(WAIVER))
        assert list(OFFERED_WAIVERS(NUMBER, store.note)) == [WaiveOldPart(M1)]
        store.do(WaiveOldPart(M1), asking, CorrectReconciliation(f"{NUMBER}-G1"))
        assert store.holds(RING)["old_warranty"] == 1
        assert document_of(store.note).lines[0].account == account
        refused(store, AskWaiver(WAIVER), "settled-before")

    def test_a_piece_that_was_lost_and_not_used_is_granted_and_booked(self) -> None:
        store = drawn().do(signing(7, ring=3))
        store.do(settle(store.note, RING, 3, 0), settle(store.note, PUMP, 0, 1))
        refused(store, AskLoss(LOSS), "settled-before")
        store.do(signing(8, "7" * 64, ring=2))
        account = Account(2, 0, old_returned=2, fault_nature=FaultNature.WEAR, lost=1, loss=S1)
        asking = AskCorrection(RING, "只用了两只，一只丢了", account)
        refused(store, asking, "loss-unapproved")
        assert RING in [each.loss.part for each in offered_losses(NUMBER, store.note)]
        store.do(AskLoss(LOSS), ApproveLoss(S1), asking, CorrectReconciliation(f"{NUMBER}-G1"))
        assert store.holds(RING)["difference"] == 1

    def test_what_was_asked_for_before_is_not_granted_once_the_line_is_right(self) -> None:
        store = drawn().do(AskWaiver(WAIVER), signing(7, ring=2))
        store.do(settle(store.note, RING, 2, 1))
        assert list(OFFERED_WAIVERS(NUMBER, store.note)) == []
        refused(store, WaiveOldPart(M1), "settled-before")


class TestConditions:
    """完好情况: one piece came home good and another damaged."""

    def test_unused_pieces_are_told_by_condition(self) -> None:
        store = drawn().do(signing(7, ring=1, pump=1))
        good, bad = UnusedPieces(1, Condition.GOOD), UnusedPieces(1, Condition.DAMAGED)
        refused(store, settle(store.note, RING, 1, 2, unused_lines=(good,)), "unused-differs")
        store.do(settle(store.note, RING, 1, 2, unused_lines=(good, bad)))
        assert (store.holds(RING)["store"], store.holds(RING)["quarantine"]) == (8, 1)

    def test_what_was_damaged_in_the_parcel_does_not_come_home_as_good(self) -> None:
        damaged = replace(OPENED, opening=Opening.DAMAGED, missing=(PartWanted(RING, 1),))
        store = posted().do(ANNOUNCE, replace(OPEN, opened=damaged), signing(7, ring=2, pump=1))
        refused(store, settle(store.note, RING, 2, 1), "damaged-not-good")
        store.do(settle(store.note, RING, 2, 1, condition=Condition.DAMAGED))

    def test_an_old_part_with_serials_says_its_own_or_why_not(self) -> None:
        store = drawn().do(signing(7, ring=2, pump=1))
        bare = settle(store.note, PUMP, 1, 0, new_serials=("P-1",), old_serials=())
        refused(store, bare, "old-serials-needed")
        told: dict[str, Any] = {
            "new_serials": ("P-1",),
            "old_serials": (),
            "old_unnumbered_because": "铭牌磨掉",
        }
        store.do(settle(store.note, PUMP, 1, 0, **told))

    def test_serials_and_old_parts_are_those_the_customer_signed(self) -> None:
        signed = SignedUse(PUMP, 1, ("P-9",), ("OLD-1",), 1, 0)
        store = drawn().do(NoteSignature(7, SIGNED, waived=False, used=(signed,)))
        otherwise = settle(store.note, PUMP, 1, 0, new_serials=("P-1",), old_serials=("OLD-77",))
        refused(store, otherwise, "differs-from-signed", "differs-from-signed")
        right = replace(signed, new_serials=("P-1",))
        store.do(NoteSignature(8, SIGNED, waived=False, used=(right,)))
        none = settle(store.note, PUMP, 1, 0, 0, new_serials=("P-1",))
        refused(store, none, "differs-from-signed", "old-parts")
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",), old_serials=("OLD-1",)))
