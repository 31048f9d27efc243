"""旧件实发更正 as stories: a list that was told as sent, and never left."""

from dataclasses import replace
from typing import Any

from services.inventory import ledger, old_parts, serial_book
from services.inventory.ledger import Stock
from services.inventory.missent import ApproveSending, CorrectSending, RefuseSending
from services.inventory.old_parts import board
from services.inventory.old_parts.losing import offered_loss_approvals
from services.inventory.old_parts.state import list_content
from shared.decider import Asked
from shared.events.consignments import (
    SendingCorrected,
    SendingCorrectionAsked,
    SendingCorrectionRefused,
    SentLine,
)
from shared.events.inventory import SerialsEntered
from shared.events.old_parts import OldLossRefused, OldPartsReceived, OldPartsStage
from shared.events.values import Role, Signature, SignedHow
from tests.inventory.example import APPROVER, AT, BRANCH, KEEPER, PUMP, RING
from tests.inventory.old_parts.test_old_parts import (
    AS_LISTED,
    BASE,
    BASE_SIG,
    CAME,
    COUNTER,
    HERE,
    HOME,
    LACKING,
    LISTED,
    LOSS_ASKED,
    LOST,
    NUMBER,
    PARCEL,
    S1,
    SEND,
    SENT,
    moved,
    on,
    sending,
    stage,
)
from tests.seen import fold_view, recorded_on
from tests.spec import ANY_HASH, given

WHY = "快递未揽收"
NOTHING = (SentLine(RING, 0), SentLine(PUMP, 0))
NEVER = CorrectSending(PARCEL, NOTHING, WHY)
G1 = f"{PARCEL}-G1"
BOOKED = (SentLine(RING, 2), SentLine(PUMP, 1, ("OLD-0",)))
ASKED = SendingCorrectionAsked(
    number=G1,
    sender=BRANCH,
    receiver=BASE,
    lines=NOTHING,
    because=WHY,
    asked_by=KEEPER,
    keeper_sig=Signature(KEEPER, "storekeeper", SignedHow.SESSION, AT, ANY_HASH),
    nothing_left=True,
)
CORRECTED = SendingCorrected(
    number=G1,
    was=BOOKED,
    lines=tuple(replace(each, short_because=WHY) for each in NOTHING),
    because=WHY,
    asked_by=KEEPER,
    signature=Signature(APPROVER, "approver", SignedHow.SESSION, AT, ANY_HASH),
)
ON_THE_WAY = (LISTED, SENT)
NONE_CAME = OldPartsReceived(
    tuple(replace(each, received=0, serials=(), difference_because="没到") for each in CAME),
    COUNTER,
    BASE_SIG,
)


def away(person: str, role: Role) -> Asked:
    """As `on`, while everything is on the way: nothing of it lies at the store."""
    asked = on(person, role)
    empty = {ledger.stream_of(BRANCH, part): Stock({"transfer": 9}) for part in (RING, PUMP)}
    return replace(asked, reads={**asked.reads, **empty})


def at_base(person: str, role: Role) -> Asked:
    """And it is in transit to base, by the books."""
    asked, way = away(person, role), "old_in_transit"
    books: dict[str, Any] = {ledger.stream_of(BASE, RING): Stock({way: 2, "transfer": -2})}
    books[ledger.stream_of(BASE, PUMP)] = Stock({way: 1, "transfer": -1}, {"OLD-0": way})
    return replace(asked, reads={**asked.reads, **books})


KEEPS, DECIDES = at_base(KEEPER, Role.STOREKEEPER), at_base(APPROVER, Role.APPROVER)


def test_who_sent_says_that_it_never_left() -> None:
    given(old_parts, *ON_THE_WAY).when(NEVER, KEEPS).then(ASKED)
    given(old_parts, *ON_THE_WAY, ASKED).when(NEVER, KEEPS).then()
    other = replace(NEVER, because="另")
    told = given(old_parts, *ON_THE_WAY, ASKED).when(other, KEEPS)
    told.refused_with("sending-questioned", number=G1)
    given(old_parts, *ON_THE_WAY, NONE_CAME).when(NEVER, KEEPS).then(ASKED)


def test_of_a_part_of_it_nothing_is_corrected() -> None:
    """Base counts what came, as any other parcel of old parts."""
    less = replace(NEVER, lines=(SentLine(RING, 1),))
    told = given(old_parts, *ON_THE_WAY).when(less, KEEPS)
    told.refused_with("old-list-whole", number=NUMBER)
    one = replace(NEVER, lines=(SentLine(RING, 0),))
    given(old_parts, *ON_THE_WAY).when(one, KEEPS).refused("old-list-whole")


def test_nor_of_what_was_counted_in_or_is_lost() -> None:
    for past in (LACKING, (*ON_THE_WAY, NONE_CAME, LOSS_ASKED, LOST)):
        told = given(old_parts, *past).when(NEVER, KEEPS)
        told.refused_with("sending-settled", number=PARCEL)
    given(old_parts, *HERE).when(NEVER, KEEPS).refused("old-parts-stage", "sending-settled")
    given(old_parts, LISTED).when(NEVER, KEEPS).refused("old-parts-stage", "parcel-unknown")


def test_an_approver_of_the_store_grants_it_and_the_list_is_as_before() -> None:
    """Its pieces lie at the store again, on the same list, which is sent or ended."""
    back, home = ("old_in_transit", "transfer"), ("transfer", "old_warranty")
    named = ("OLD-0",)
    written = (
        (HOME, CORRECTED),
        moved(RING, BRANCH, *home, 2),
        moved(RING, BASE, *back, 2),
        moved(PUMP, BRANCH, *home, 1, serials=named),
        moved(PUMP, BASE, *back, 1, serials=named),
        (serial_book.stream_of(PUMP), SerialsEntered(BRANCH, PUMP, named)),
    )
    for came in ((), (NONE_CAME,)):
        told = given(old_parts, *ON_THE_WAY, ASKED, *came).when(ApproveSending(G1), DECIDES)
        told.then_on(*written)
    assert stage(*ON_THE_WAY, ASKED, CORRECTED) is OldPartsStage.LISTED
    state = given(old_parts, *ON_THE_WAY, ASKED, CORRECTED).state
    assert (state.base, state.shipment, list_content(state)) == ("", None, AS_LISTED)
    given(old_parts, *ON_THE_WAY, ASKED, CORRECTED).when(ApproveSending(G1), DECIDES).then()
    again = given(old_parts, *ON_THE_WAY, ASKED, CORRECTED).when(SEND, sending(KEEPER))
    assert again.decision()[0] == (HOME, SENT)


def test_a_loss_that_waits_ends_with_it_and_is_not_granted_of_another_parcel() -> None:
    """What is sent again has the same number, and may be short for another reason."""
    refused = OldLossRefused(S1, WHY, APPROVER)
    past = (*ON_THE_WAY, NONE_CAME, LOSS_ASKED, ASKED)
    (grants_loss,) = offered_loss_approvals("", given(old_parts, *past).state)
    story = given(old_parts, *past).when(ApproveSending(G1), DECIDES)
    written = story.decision()
    assert written[:2] == [(HOME, refused), (HOME, CORRECTED)]
    story.then_on(*written)
    again = (*past, refused, CORRECTED, SENT, NONE_CAME)
    granted = given(old_parts, *again).when(grants_loss, on(APPROVER, Role.APPROVER))
    granted.refused_with("request-decided", number=S1)
    anew = replace(LOSS_ASKED, number=f"{NUMBER}-S2")
    given(old_parts, *again, anew).when(ApproveSending(G1), DECIDES).then()


def test_who_sent_or_asked_does_not_grant_it() -> None:
    own = at_base(KEEPER, Role.APPROVER)
    past = given(old_parts, *ON_THE_WAY, ASKED)
    past.when(ApproveSending(G1), own).refused("own-request")
    past.when(RefuseSending(G1, "监控可见"), own).refused("own-request")
    past.when(ApproveSending(f"{PARCEL}-G9"), DECIDES).refused("request-unknown")


def test_it_may_be_refused_and_then_the_parcel_is_counted() -> None:
    refused = SendingCorrectionRefused(G1, "监控可见", APPROVER)
    told = given(old_parts, *ON_THE_WAY, ASKED).when(RefuseSending(G1, "监控可见"), DECIDES)
    told.then(refused)
    assert stage(*ON_THE_WAY, ASKED, refused) is OldPartsStage.SENT


def test_the_list_shows_it_as_not_sent() -> None:
    facts = (*ON_THE_WAY, ASKED, CORRECTED)
    told = (
        recorded_on("inventory", HOME, fact, seq=n, version=n, ticket="", branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    (row,) = fold_view(board, told).values()
    assert (row.stage, row.base, row.branches) == (OldPartsStage.LISTED, None, (BRANCH,))
    assert (row.parcel_no, row.expected_at, row.received) == (None, None, 0)
