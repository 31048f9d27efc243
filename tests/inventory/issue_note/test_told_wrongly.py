"""邮件说错 as stories: what was told of a parcel wrongly is told again, or taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.inventory import issue_note
from services.inventory.issue_note import arrivals, board
from services.inventory.issue_note.correction import AskCorrection, CorrectReconciliation
from services.inventory.issue_note.document import document_of
from services.inventory.issue_note.handing_over import (
    HandOverParts,
    Signing,
    hand_over_content,
    lines_of,
)
from services.inventory.issue_note.opening import OpenParcel, offered_opening
from services.inventory.issue_note.parcel import DeliverParcel, ReturnParcel
from services.inventory.issue_note.requests import ApproveLoss, AskLoss
from services.inventory.issue_note.taking_back import WithdrawParcelWord, offered_taking_back
from shared.events.inventory import Movement
from shared.events.issue_notes import (
    Account,
    ArrivalAnnounced,
    Opened,
    Opening,
    ParcelDelivered,
    ParcelOpened,
    ParcelReturned,
    ParcelWord,
    ParcelWordWithdrawn,
)
from shared.events.order_sheet import NoteStage, Standing
from shared.events.part_cases import Bearer, CountedPieces, Loss, LossWhere
from shared.events.values import FaultNature, PartWanted, Role, SignedHow
from tests.inventory.example import (
    ANNOUNCE,
    AT,
    BRANCH,
    CHEN,
    DRAWING,
    HOME,
    KEEPER,
    LIU,
    NUMBER,
    OPEN,
    OPENED,
    PUMP,
    RING,
    Store,
    drawn,
    move,
    posted,
    settle,
    signing,
    stock_stream,
    whose,
)
from tests.inventory.test_views import seen
from tests.spec import given

HANDS, UNDER_WAY = f"technician:{LIU}", f"parcel:{NUMBER}"
WHY = "缺的一只夹在衬垫里"
DELIVER, CAME_BACK = DeliverParcel(AT), ReturnParcel(AT, "地址不详")
ALL = replace(OPEN, because=WHY)


def found(*missing: PartWanted, serials: Sequence[str] = (), **more: Any) -> OpenParcel:
    kind = more.pop("opening", Opening.SHORT)
    opened = replace(OPENED, opening=kind, missing=missing)
    return replace(OPEN, opened=opened, missing_serials=tuple(serials), **more)


POSTED = posted().facts
TOLD = ArrivalAnnounced(AT + timedelta(days=1), AT, AT)
CAME = ParcelDelivered(AT + timedelta(days=1))
NEITHER = [
    ParcelWordWithdrawn(word, "登错了") for word in (ParcelWord.OPENED, ParcelWord.DELIVERED)
]
ONE_SHORT = found(PartWanted(RING, 1))
PUMP_SHORT = found(PartWanted(PUMP, 1), serials=["P-1"])


def refused(store: Store, command: Any, *codes: str, person: str | None = None) -> None:
    person = person or whose(command)
    asked = store.asked(person, *([Role.STOREKEEPER] if person == KEEPER else []))
    given(issue_note, *store.facts).when(command, asked).refused(*codes)


def opened(command: OpenParcel = OPEN) -> Store:
    return posted().do(ANNOUNCE, command)


def taken_back(word: ParcelWord) -> WithdrawParcelWord:
    return WithdrawParcelWord(word, "登错了包裹")


def to_chen(store: Store, *lines: CountedPieces) -> HandOverParts:
    """To a colleague; both sign by hand."""
    shown = lines_of(store.note, lines, with_giver=True)
    content = hand_over_content(store.note, CHEN, shown)
    standing = Standing(CHEN, True, True, (Role.TECHNICIAN,), (BRANCH,))
    giver, taker = (Signing(SignedHow.DRAWN, replace(DRAWING, sha256=f"{n}f" * 32)) for n in (5, 6))
    return HandOverParts(CHEN, "换人", content, taker, giver, lines, standing)


class TestToldAgain:
    def test_what_lay_in_the_padding_goes_into_hands_and_may_be_used(self) -> None:
        store = opened(ONE_SHORT)
        assert store.holds(RING)[UNDER_WAY] == 1
        fact, *moves = store.decide(ALL)
        assert isinstance(fact[1], ParcelOpened)
        assert (fact[0], fact[1].because, fact[1].opened) == (HOME, WHY, OPENED)
        moved = move(RING, UNDER_WAY, HANDS, 1, Movement.JOINT_OPENING)
        assert moves == [(stock_stream(RING), moved)]
        store.do(ALL, signing(6, ring=3))
        store.do(settle(store.note, RING, 3, 0))
        assert store.decide(ALL) == []

    def test_what_turns_out_missing_goes_back_onto_the_account_of_the_parcel(self) -> None:
        store = opened()
        (_, *moves) = store.decide(replace(ONE_SHORT, because="数错了"))
        moved = move(RING, HANDS, UNDER_WAY, 1, Movement.JOINT_OPENING)
        assert moves == [(stock_stream(RING), moved)]
        store.do(replace(ONE_SHORT, because="数错了"))
        assert store.holds(RING) == {"supplier": -10, "store": 7, HANDS: 2, UNDER_WAY: 1}
        assert store.note.hands[RING] == {LIU: 2}

    def test_what_turns_out_broken_comes_home_as_damaged(self) -> None:
        broken = found(PartWanted(RING, 1), opening=Opening.DAMAGED, because="十分钟后发现裂了")
        store = opened().do(broken, signing(6, ring=2))
        refused(store, settle(store.note, RING, 2, 1), "damaged-not-good")

    def test_a_piece_with_a_serial_moves_by_its_serial(self) -> None:
        store = opened(PUMP_SHORT)
        assert store.stocks[stock_stream(PUMP)].serials["P-1"] == UNDER_WAY
        store.do(ALL)
        assert store.stocks[stock_stream(PUMP)].serials["P-1"] == HANDS
        store.do(replace(PUMP_SHORT, because="箱里的是旧泵"))
        assert store.stocks[stock_stream(PUMP)].serials["P-1"] == UNDER_WAY

    def test_the_customer_signs_what_is_told_now_and_why(self) -> None:
        store = opened(ONE_SHORT)
        before = store.facts[-1].customer_sig.content
        store.do(ALL)
        again = store.facts[-1].customer_sig.content
        same = opened(ONE_SHORT).do(replace(ALL, because="点错了")).facts[-1].customer_sig.content
        assert len({before, again, same}) == 3

    def test_it_takes_a_reason_and_both_signatures(self) -> None:
        store = opened(ONE_SHORT)
        refused(store, OPEN, "opening-told")
        refused(store, replace(ALL, how=None, evidence=None), "opened-alone")
        unsigned = replace(ALL, how=None, unsigned_because="用户不在")
        store.do(unsigned)
        refused(posted().do(ANNOUNCE), ALL, "nothing-told")

    def test_only_who_has_the_parts_tells_it_and_of_whoever_opened_it(self) -> None:
        store = opened(ONE_SHORT)
        for another in (CHEN, KEEPER):
            refused(store, ALL, "opened-by-another", person=another)
        chen = replace(ALL, opened=replace(OPENED, technician=CHEN))
        refused(store, chen, "opened-by-another", person=LIU)
        store.do(to_chen(store))
        refused(store, ALL, "opened-by-another", person=LIU)
        store.do(ALL, person=CHEN)
        assert store.note.hands[RING] == {LIU: 0, CHEN: 3}
        assert store.holds(RING) == {"supplier": -10, "store": 7, f"technician:{CHEN}": 3}

    def test_nothing_turns_out_missing_that_was_handed_on_lost_in_hands_or_signed(self) -> None:
        again = replace(ONE_SHORT, because="数错了")
        store = opened().do(signing(6, ring=3))
        refused(store, again, "used-from-parcel")
        store = opened()
        lost = Loss(RING, 3, LossWhere.TECHNICIAN, "掉了", Bearer.STORE, 3600)
        store.do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"))
        refused(store, again, "opening-lost")
        store = opened()
        store.do(to_chen(store, CountedPieces(PUMP, 1, ("P-1",))))
        refused(store, again, "opening-not-in-hand", "beyond-account", person=CHEN)

    def test_what_the_post_did_not_lose_after_all_is_at_hand(self) -> None:
        store = opened(ONE_SHORT)
        lost = Loss(RING, 1, LossWhere.POST, "箱子破了", Bearer.CARRIER, 1200)
        store.do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"))
        assert document_of(store.note).lost == ()
        store.do(ALL)
        assert document_of(store.note).lost == ()
        store.do(signing(6, ring=3))
        store.do(settle(store.note, RING, 3, 0))
        assert store.holds(RING)["old_warranty"] == 3

    def test_the_page_offers_what_would_differ_while_something_is_out(self) -> None:
        def offers(store: Store) -> list[Opened]:
            return [each.opened for each in offered_opening(NUMBER, store.note)]

        (whole,) = offers(opened(ONE_SHORT))
        assert (whole.opening, whole.missing) == (Opening.AS_SENT, ())
        (short,) = offers(opened())
        assert (short.opening, short.missing) == (Opening.SHORT, (PartWanted(RING, 1),))
        settled = opened().do(settle(opened().note, RING, 0, 3), settle(opened().note, PUMP, 0, 1))
        assert offers(settled) == []


class TestToldAgainAfterSettling:
    def settled(self) -> Store:
        """A ring was missing, granted as lost by the post, and accounted for so."""
        store = opened(ONE_SHORT).do(signing(6, ring=2, pump=1))
        lost = Loss(RING, 1, LossWhere.POST, "箱子破了", Bearer.CARRIER, 1200)
        store.do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"))
        store.do(settle(store.note, RING, 2, 0, lost=1))
        return store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",)))

    def test_nothing_moves_and_the_account_is_corrected(self) -> None:
        store = self.settled()
        assert store.note.stage is NoteStage.SETTLED
        assert [stream for stream, _ in store.decide(ALL)] == [HOME]
        three = Account(used=3, unused=0, old_returned=3, fault_nature=FaultNature.WEAR)
        store.do(signing(7, "6" * 64, ring=3, pump=1))
        refused(store, AskCorrection(RING, WHY, three), "used-from-parcel")
        assert list(offered_opening(NUMBER, store.note))
        store.do(ALL, AskCorrection(RING, WHY, three), CorrectReconciliation(f"{NUMBER}-G1"))
        assert store.holds(RING) == {"supplier": -10, "store": 7, "old_warranty": 3}

    def test_what_the_account_has_as_used_did_not_turn_out_missing(self) -> None:
        two = found(PartWanted(RING, 2), because="数错了")
        refused(self.settled(), two, "used-from-parcel")


class TestTakenBack:
    def test_a_return_that_was_of_another_parcel_goes_on_its_way(self) -> None:
        store = posted().do(ANNOUNCE, CAME_BACK)
        refused(store, OPEN, "parcel-returned")
        word = taken_back(ParcelWord.RETURNED)
        assert store.decide(word) == [(HOME, ParcelWordWithdrawn(word.word, word.because))]
        assert store.do(word).decide(word) == []
        assert store.note.is_under_way
        store.do(DELIVER, OPEN)
        assert store.holds(RING)[HANDS] == 3

    def test_a_delivery_is_told_anew_as_it_was(self) -> None:
        store = posted().do(ANNOUNCE, DELIVER)
        earlier = DeliverParcel(AT - timedelta(hours=1))
        refused(store, earlier, "delivered-already")
        store.do(taken_back(ParcelWord.DELIVERED), earlier)
        assert store.note.delivered is not None
        assert store.note.delivered.at == earlier.at

    def test_a_parcel_that_nobody_opened_has_everything_in_it_again(self) -> None:
        store = opened(PUMP_SHORT).do(taken_back(ParcelWord.OPENED), person=LIU)
        assert store.holds(RING) == {"supplier": -10, "store": 7, UNDER_WAY: 3}
        assert store.stocks[stock_stream(PUMP)].serials["P-1"] == UNDER_WAY
        assert store.note.opened is None
        assert store.note.holders == {LIU}
        store.do(OPEN)
        assert store.note.hands == {RING: {LIU: 3}, PUMP: {LIU: 1}}

    def test_only_who_has_all_of_it_says_that_it_was_not_opened(self) -> None:
        word = taken_back(ParcelWord.OPENED)
        refused(opened(), word, "opened-by-another", person=KEEPER)
        refused(opened().do(signing(6, ring=1)), word, "used-from-parcel", person=LIU)
        store = opened()
        store.do(to_chen(store, CountedPieces(PUMP, 1, ("P-1",))))
        refused(store, word, "opening-not-in-hand", "beyond-account", person=CHEN)

    @pytest.mark.parametrize("word", list(ParcelWord))
    def test_what_was_not_told_is_not_taken_back(self, word: ParcelWord) -> None:
        refused(posted(), taken_back(word), "not-told", person=LIU)
        refused(drawn(), taken_back(word), "not-posted", "not-told", person=LIU)
        assert list(offered_taking_back(NUMBER, posted().note)) == []

    @pytest.mark.parametrize("received", [DELIVER, CAME_BACK])
    def test_what_came_home_by_it_stays_unless_the_customer_signs_otherwise(
        self, received: Any
    ) -> None:
        store = posted().do(ANNOUNCE, received)
        store.do(settle(store.note, RING, 0, 3), settle(store.note, PUMP, 0, 1))
        word = ParcelWord.RETURNED if received is CAME_BACK else ParcelWord.DELIVERED
        refused(store, taken_back(word), "parcel-accounted")
        assert list(offered_taking_back(NUMBER, store.note)) == []
        store.do(signing(6, ring=3, pump=1))
        three = Account(used=3, unused=0, old_returned=3, fault_nature=FaultNature.WEAR)
        refused(store, AskCorrection(RING, WHY, three), "used-from-parcel")
        store.do(taken_back(word), OPEN)
        store.do(AskCorrection(RING, WHY, three), CorrectReconciliation(f"{NUMBER}-G1"))
        assert store.holds(RING)["store"] == 7
        assert store.holds(RING)["old_warranty"] == 3


class TestTheNoticeOfIt:
    def test_of_a_return_that_is_taken_back_is_as_before(self) -> None:
        (row,) = seen(arrivals, [*POSTED, TOLD, CAME]).values()
        back = [*POSTED, TOLD, CAME, ParcelReturned(AT, "地址不详")]
        (returned,) = seen(arrivals, back).values()
        assert (row.returned, returned.returned) == (False, True)
        withdrawn = ParcelWordWithdrawn(ParcelWord.RETURNED, "退回的是另一个包裹")
        (again,) = seen(arrivals, [*back, withdrawn]).values()
        assert replace(again, changed_at=row.changed_at) == row

    def test_of_a_delivery_and_an_opening_that_were_not_says_neither(self) -> None:
        (row,) = seen(arrivals, [*POSTED, TOLD]).values()
        told = [*POSTED, TOLD, CAME, ParcelOpened(OPENED, None, "用户签字仪坏了")]
        words = (ParcelWord.OPENED, ParcelWord.DELIVERED)
        (again,) = seen(
            arrivals, [*told, *(ParcelWordWithdrawn(w, "登错了") for w in words)]
        ).values()
        assert replace(again, changed_at=row.changed_at) == row

    def test_the_board_shows_neither_any_more(self) -> None:
        (row,) = seen(board, [*POSTED, TOLD]).values()
        told = [*POSTED, TOLD, CAME, ParcelOpened(OPENED, None, "用户签字仪坏了")]
        words = (ParcelWord.OPENED, ParcelWord.DELIVERED)
        (again,) = seen(board, [*told, *(ParcelWordWithdrawn(w, "登错了") for w in words)]).values()
        assert (
            (again.opening, again.delivered_at) == (row.opening, row.delivered_at) == (None, None)
        )
