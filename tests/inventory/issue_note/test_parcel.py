"""邮寄 as stories: both are told, and open it together; what is missing is the keeper's."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.inventory import issue_note
from services.inventory.issue_note.correction import AskCorrection, CorrectReconciliation
from services.inventory.issue_note.opening import OpenParcel
from services.inventory.issue_note.parcel import DeliverParcel, ReturnParcel
from services.inventory.issue_note.requests import ApproveLoss, AskLoss
from shared.decider import Happened
from shared.events.inventory import Movement
from shared.events.issue_notes import (
    Account,
    ArrivalAnnounced,
    Condition,
    Opening,
    ParcelDelivered,
    ParcelOpened,
    ParcelReturned,
)
from shared.events.order_sheet import NoteStage
from shared.events.part_cases import Bearer, Loss, LossWhere
from shared.events.values import PartWanted, Role, Signature, SignedHow
from shared.step import Step
from tests.inventory.example import (
    ANNOUNCE,
    AT,
    CHEN,
    DRAWING,
    HOME,
    KEEPER,
    LIU,
    NUMBER,
    OPEN,
    OPENED,
    PARCEL,
    PUMP,
    RELEASE_POSTED,
    RING,
    TICKET,
    VOID,
    Store,
    by,
    draw,
    drawn,
    move,
    posted,
    settle,
    signing,
    stock_stream,
    whose,
)
from tests.spec import ANY_HASH, given

DELIVER, CAME_BACK = DeliverParcel(AT), ReturnParcel(AT, "地址不详")
CUSTOMER = Signature("customer", "customer", SignedHow.DRAWN, AT, ANY_HASH, DRAWING)
FOUND = ParcelOpened(OPENED, CUSTOMER, None)
HANDS, UNDER_WAY = f"technician:{LIU}", f"parcel:{NUMBER}"


def refused(store: Store, command: Any, *codes: str, person: str | None = None) -> None:
    person = person or whose(command)
    asked = store.asked(person, *([Role.STOREKEEPER] if person == KEEPER else []))
    given(issue_note, *store.facts).when(command, asked).refused(*codes)


def short(*missing: PartWanted, serials: tuple[str, ...] = ()) -> OpenParcel:
    opened = replace(OPENED, opening=Opening.SHORT, missing=missing)
    return replace(OPEN, opened=opened, missing_serials=serials)


def test_both_are_told_when_it_comes() -> None:
    store = posted()
    assert store.decide(ANNOUNCE) == [(HOME, ArrivalAnnounced(PARCEL.expected_at, AT, AT))]
    assert store.do(ANNOUNCE).decide(ANNOUNCE) == []


def test_they_are_told_again_if_it_comes_later() -> None:
    late = replace(ANNOUNCE, expected_at=PARCEL.expected_at + timedelta(days=1))
    store = posted().do(ANNOUNCE, late)
    assert store.note.announced is not None
    assert store.note.announced.expected_at == late.expected_at
    early = replace(ANNOUNCE, expected_at=PARCEL.sent_at - timedelta(days=1))
    refused(store, early, "arrival-before-sending")


def test_nobody_is_told_before_everything_is_in_the_parcel() -> None:
    store = Store().do(RELEASE_POSTED)
    refused(store, ANNOUNCE, "not-sent", "lines-open")
    store.do(draw(store.note, RING, 3, parcel=PARCEL))
    told = given(issue_note, *store.facts).when(ANNOUNCE, store.asked(KEEPER))
    told.refused_with("lines-open", number=NUMBER, parts=(PUMP,))


def test_what_was_said_was_not_said_tomorrow() -> None:
    told = replace(ANNOUNCE, customer_told_at=AT + timedelta(hours=1))
    refused(posted(), told, "in-the-future")


def test_what_is_carried_does_not_arrive() -> None:
    for command in (ANNOUNCE, DELIVER, OPEN):
        refused(drawn(), command, "not-posted")


def test_a_parcel_is_delivered_once() -> None:
    store = posted().do(ANNOUNCE)
    assert store.decide(DELIVER) == [(HOME, ParcelDelivered(AT))]
    assert store.do(DELIVER).decide(DELIVER) == []
    refused(store, DeliverParcel(AT - timedelta(hours=1)), "delivered-already")


def test_a_parcel_that_was_opened_was_delivered_before_that() -> None:
    store, hour = posted().do(ANNOUNCE, OPEN), timedelta(hours=1)
    later = replace(store.asked(KEEPER, Role.STOREKEEPER), at=AT + 2 * hour)
    told = given(issue_note, *store.facts)
    told.when(DeliverParcel(AT + hour), later).refused("parcel-opened")
    told.when(DELIVER, later).then(ParcelDelivered(AT))


def test_opened_together_it_is_in_the_technicians_hands() -> None:
    store = posted().do(ANNOUNCE, DELIVER)
    expected = [
        (HOME, FOUND),
        (stock_stream(RING), move(RING, UNDER_WAY, HANDS, 3, Movement.JOINT_OPENING)),
        (stock_stream(PUMP), move(PUMP, UNDER_WAY, HANDS, 1, Movement.JOINT_OPENING, "P-1")),
    ]
    assert store.decide(OPEN, LIU, Role.TECHNICIAN) == expected
    assert store.do(OPEN).decide(OPEN) == []


def test_it_is_opened_by_its_recipient_and_only_once_both_were_told() -> None:
    store = posted()
    refused(store, OPEN, "not-announced")
    store.do(ANNOUNCE)
    other = replace(OPEN, opened=replace(OPENED, technician=CHEN))
    refused(store, other, "wrong-recipient")
    for another in (CHEN, KEEPER):
        refused(store, OPEN, "opened-by-another", person=another)
    store.do(OPEN)
    again = replace(OPEN, opened=replace(OPENED, at=AT - timedelta(hours=1)))
    refused(store, again, "opening-told", "opened-before-delivery")
    refused(store, replace(ANNOUNCE, expected_at=AT), "parcel-opened")


def test_the_customer_signs_what_was_found_or_it_is_said_why_not() -> None:
    store = posted().do(ANNOUNCE)
    refused(store, OpenParcel(OPENED, arrived=True), "opened-alone")
    refused(store, replace(OPEN, evidence=None), "evidence-missing")
    refused(store, replace(OPEN, how=SignedHow.SESSION), "not-their-session")
    unsigned = OpenParcel(OPENED, unsigned_because="用户有事先走", arrived=True)
    refused(store, unsigned, "opened-alone")
    shown = replace(unsigned, evidence=DRAWING)
    store.do(shown)
    assert store.facts[-1] == ParcelOpened(OPENED, None, "用户有事先走")


def test_what_is_expected_tomorrow_is_not_opened_in_the_office_today() -> None:
    office = replace(OPEN, arrived=False)
    store = posted().do(ANNOUNCE)
    refused(store, office, "not-delivered")
    (offered,) = issue_note.opening.offered_opening(NUMBER, store.note)
    refused(store, offered, "not-delivered", person=LIU)
    assert store.decide(OPEN, LIU)
    assert posted().do(ANNOUNCE, DELIVER).decide(office, LIU)
    assert posted().do(replace(ANNOUNCE, expected_at=AT)).decide(office, LIU)


def test_nothing_is_opened_before_it_can_have_come() -> None:
    store = posted().do(ANNOUNCE)
    early = replace(OPEN, opened=replace(OPENED, at=PARCEL.sent_at - timedelta(minutes=1)))
    refused(store, early, "opened-before-delivery")
    store.do(DELIVER)
    refused(store, early, "opened-before-delivery")
    store.do(OPEN)


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        (replace(OPEN, opened=replace(OPENED, opening=Opening.SHORT)), ["opening-unclear"]),
        (
            replace(OPEN, opened=replace(OPENED, missing=(PartWanted(RING, 1),))),
            ["opening-unclear"],
        ),
        (short(PartWanted(RING, 4)), ["missing-beyond-sent"]),
        (short(PartWanted("X-1", 1)), ["missing-beyond-sent"]),
        (short(PartWanted(PUMP, 1)), ["missing-serials"]),
        (short(PartWanted(PUMP, 1), serials=("P-2",)), ["serials-not-issued", "missing-serials"]),
    ],
)
def test_what_was_missing_is_said_exactly(command: OpenParcel, codes: list[str]) -> None:
    refused(posted().do(ANNOUNCE), command, *codes)


def test_what_was_missing_stays_with_the_keeper() -> None:
    store = posted().do(ANNOUNCE, short(PartWanted(RING, 1), PartWanted(PUMP, 1), serials=("P-1",)))
    assert store.holds(RING) == {"supplier": -10, "store": 7, HANDS: 2, UNDER_WAY: 1}
    assert store.holds(PUMP) == {"supplier": -3, "store": 2, UNDER_WAY: 1}
    store.do(signing(6, ring=3))
    refused(store, settle(store.note, RING, 3, 0), "used-from-parcel")
    store.do(signing(7, ring=2))
    refused(store, settle(store.note, RING, 2, 0), "unbalanced")
    refused(store, settle(store.note, RING, 2, 1), "missing-not-home")


def test_what_was_not_fit_comes_home_to_quarantine() -> None:
    damaged = replace(OPENED, opening=Opening.DAMAGED, missing=(PartWanted(RING, 1),))
    store = posted().do(ANNOUNCE, replace(OPEN, opened=damaged), signing(6, ring=1))
    store.do(settle(store.note, RING, 1, 2, condition=Condition.DAMAGED))
    assert store.holds(RING) == {
        "supplier": -10,
        "store": 7,
        "quarantine": 2,
        "old_warranty": 1,
    }


@pytest.mark.parametrize("received", [DELIVER, CAME_BACK])
def test_a_parcel_that_was_never_opened_comes_home_whole(received: Any) -> None:
    """The customer withdrew meanwhile: nothing was used, so nothing was signed."""
    store = posted().do(ANNOUNCE, received)
    refused(store, settle(store.note, RING, 1, 2), "no-customer-signature", "used-from-parcel")
    store.do(settle(store.note, RING, 0, 3), settle(store.note, PUMP, 0, 1))
    assert store.note.stage is NoteStage.SETTLED
    assert store.holds(RING) == {"supplier": -10, "store": 10}
    assert set(store.stocks[stock_stream(PUMP)].serials.values()) == {"store"}
    refused(store, OPEN, *(["parcel-returned"] if received is CAME_BACK else []), "note-settled")


def test_what_is_still_with_the_post_does_not_come_home() -> None:
    store = posted()
    refused(store, settle(store.note, RING, 0, 3), "parcel-not-received")
    store.do(ANNOUNCE)
    refused(store, settle(store.note, RING, 0, 3), "parcel-not-received")
    refused(store, settle(store.note, RING, 0, 2, lost=1), "loss-unapproved", "parcel-not-received")
    store.do(DELIVER, settle(store.note, RING, 0, 3))


def test_what_is_lost_in_the_post_nobody_has_to_receive() -> None:
    store = posted()
    lost = Loss(RING, 3, LossWhere.POST, "邮局查无此件", Bearer.CARRIER, 3600)
    store.do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"), settle(store.note, RING, 0, 0, lost=3))
    assert store.holds(RING) == {"supplier": -10, "store": 7, "difference": 3}


def test_it_comes_back_once_and_goes_nowhere_then() -> None:
    store = posted().do(ANNOUNCE)
    assert store.decide(CAME_BACK) == [(HOME, ParcelReturned(AT, "地址不详"))]
    assert store.do(CAME_BACK).decide(CAME_BACK) == []
    again = replace(CAME_BACK, because="无人签收")
    late = replace(ANNOUNCE, expected_at=PARCEL.expected_at + timedelta(days=1))
    for command in (again, late, DELIVER, OPEN):
        refused(store, command, "parcel-returned")
    refused(posted().do(ANNOUNCE, OPEN), CAME_BACK, "parcel-opened")
    early = replace(CAME_BACK, at=AT - timedelta(minutes=1))
    refused(posted().do(DELIVER), early, "back-before-delivery")
    refused(drawn(), CAME_BACK, "not-posted")


def test_nothing_is_put_into_a_parcel_that_came_back() -> None:
    store = Store().do(RELEASE_POSTED)
    store.do(draw(store.note, RING, 3, parcel=PARCEL), CAME_BACK)
    refused(store, draw(store.note, PUMP, 1, "P-1", parcel=PARCEL), "parcel-returned")
    store.do(settle(store.note, RING, 0, 3))
    assert store.note.stage is NoteStage.SETTLED


def test_of_a_parcel_that_came_back_something_may_be_missing() -> None:
    store = posted().do(CAME_BACK)
    lost = Loss(RING, 1, LossWhere.POST, "箱子破了", Bearer.CARRIER, 1200)
    store.do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"))
    store.do(settle(store.note, RING, 0, 2, lost=1, condition=Condition.DAMAGED))
    assert store.holds(RING) == {"supplier": -10, "store": 7, "quarantine": 2, "difference": 1}


def test_a_loss_in_the_post_that_turns_up_is_put_right_by_a_correction() -> None:
    store = posted()
    lost = Loss(RING, 3, LossWhere.POST, "邮局查无此件", Bearer.CARRIER, 3600)
    store.do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"), settle(store.note, RING, 0, 0, lost=3))
    store.do(AskCorrection(RING, "邮件找到了", Account(used=0, unused=3, old_returned=0)))
    store.do(CorrectReconciliation(f"{NUMBER}-G1"))
    assert store.holds(RING) == {"supplier": -10, "store": 10}


def test_nothing_more_goes_into_a_parcel_that_was_opened() -> None:
    store = posted().do(ANNOUNCE, OPEN)
    assert store.holds(RING)[HANDS] == 3
    refused(store, VOID, "parts-drawn", "clerk-has-not-asked")


def test_what_goes_in_a_parcel_rests_on_the_release_of_its_own_note() -> None:
    """A further note that is released later does not forbid the true moment of sending."""
    asked = by("reaction:note-order")
    ((_, released),) = given(issue_note).when(RELEASE_POSTED, asked).decision()
    later = AT + timedelta(hours=1)
    (row,) = (each for each in issue_note.STEPS if isinstance(each, Step) and each.path == "issues")
    happened = {
        HOME: (Happened(released, AT, AT),),
        f"issue_note-{TICKET}-C2": (Happened(released, later, later),),
    }
    assert row.rests_on(replace(by(KEEPER), happened=happened)) == AT
