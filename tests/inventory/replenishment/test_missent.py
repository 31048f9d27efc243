"""实发更正 as stories: a parcel of base has other pieces than were booked, or never left."""

from dataclasses import replace
from typing import Any

from services.inventory import ledger, missent, replenishment, serial_book, transit_loss
from services.inventory.ledger import Stock
from services.inventory.missent import (
    ApproveSending,
    ConfirmSending,
    CorrectSending,
    RefuseSending,
)
from services.inventory.replenishment.correcting import offered
from services.inventory.replenishment.state import Replenishment
from services.inventory.replenishment.travelling import ReceiveStock, parcel_content, to_sign
from shared.decider import Asked
from shared.events.consignments import (
    ArrivedLine,
    SendingCorrected,
    SendingCorrectionAsked,
    SendingCorrectionRefused,
    SentLine,
)
from shared.events.inventory import StockMoved
from shared.events.replenishments import ReplenishmentStage, StockLossRefused
from shared.events.values import Role
from tests.inventory.example import APPROVER, BRANCH, KEEPER, PUMP, RING
from tests.inventory.replenishment import test_replenishment as told
from tests.inventory.replenishment.test_replenishment import (
    BASE,
    BOTH,
    HOME,
    LACKING,
    MANAGER,
    P1,
    P2,
    SENDER,
    stage,
    stock,
    waits,
)
from tests.spec import given

G1 = f"{P2}-G1"
OTHER = (SentLine(PUMP, 2, ("P-1", "P-3")),)
WHY = "拿错一台"


def on(person: str, *roles: Role, counted: bool = False) -> Asked:
    """With both books as they are after both parcels left, and were counted."""
    asked = told.on(person, *roles)
    on_shelf = {"P-3": "store"}
    there = {"P-2": "in_transit", "P-1": "store" if counted else "in_transit"}
    near = {"store": 1, "in_transit": 1} if counted else {"in_transit": 2}
    books = {
        stock(BASE, RING): Stock({"store": 5, "transfer": 4, "supplier": -9}),
        stock(BASE, PUMP): Stock({"store": 1, "transfer": 2, "supplier": -3}, on_shelf),
        stock(BRANCH, RING): Stock({"in_transit": 4, "transfer": -4}),
        stock(BRANCH, PUMP): Stock({**near, "transfer": -2}, there),
        serial_book.stream_of(PUMP): serial_book.SerialBook(
            {"P-1": BRANCH, "P-2": BRANCH, "P-3": BASE}
        ),
    }
    return replace(asked, reads={**asked.reads, **books})


SENDS = on(SENDER, Role.STOREKEEPER)
HAS_IT = on(KEEPER, Role.STOREKEEPER)
MANAGES = on(MANAGER, Role.GENERAL_MANAGER)


def asked(parcel: str, lines: tuple[SentLine, ...], *past: Any, who: Asked = SENDS) -> Any:
    """The request as it is written."""
    story = given(replenishment, *past).when(CorrectSending(parcel, lines, WHY), who)
    ((_, fact),) = story.decision()
    story.then_on(*story.decision())
    assert isinstance(fact, SendingCorrectionAsked)
    return fact


def corrected(command: Any, who: Asked, *past: Any) -> tuple[SendingCorrected, list[Any]]:
    """What a grant writes: the fact, and what stands in the books."""
    story = given(replenishment, *past).when(command, who)
    (_, fact), *books = story.decision()
    story.then_on(*story.decision())
    assert isinstance(fact, SendingCorrected)
    return fact, books


def after(*past: Any) -> Replenishment:
    state = given(replenishment, *past).state
    assert isinstance(state, Replenishment)
    return state


def test_another_piece_left_and_the_store_counts_it() -> None:
    wants = asked(P2, OTHER, *BOTH)
    fact, books = corrected(ConfirmSending(G1), HAS_IT, *BOTH, wants)
    moves = [
        (m.store, m.source, m.target, m.serials) for _, m in books if isinstance(m, StockMoved)
    ]
    assert moves == [
        (BASE, "transfer", "store", ("P-2",)),
        (BASE, "store", "transfer", ("P-3",)),
        (BRANCH, "in_transit", "transfer", ("P-2",)),
        (BRANCH, "transfer", "in_transit", ("P-3",)),
    ]
    assert books[-1] == waits(0, 0)
    state = after(*BOTH, wants, fact)
    sheets = {sheet.shipment: sheet.content for sheet in to_sign(state)}
    assert sheets[P2] == parcel_content(state.sent[P2]) != parcel_content(told.SENT_2)
    came = (ArrivedLine(PUMP, 2, ("P-1", "P-3")),)
    receive = ReceiveStock(P2, came, sheets[P2])
    ((_, _), (stream, move)) = replenishment.decide(receive, state, told.KEEPS)
    assert stream == ledger.stream_of(BRANCH, PUMP)
    assert isinstance(move, StockMoved)
    assert move.serials == ("P-1", "P-3")
    given(replenishment, *BOTH, wants, fact).when(ConfirmSending(G1), HAS_IT).then()


def test_what_never_left_base_has_still_to_send() -> None:
    wants = asked(P2, (SentLine(PUMP, 0),), *BOTH)
    assert wants.nothing_left
    past = (*BOTH, wants)
    given(replenishment, *past).when(ConfirmSending(G1), HAS_IT).refused("approver-corrects")
    fact, books = corrected(ApproveSending(G1), MANAGES, *past)
    assert books[-1] == waits(0, 2)
    state = after(*past, fact)
    assert (state.to_send, state.stage) == ({RING: 0, PUMP: 2}, ReplenishmentStage.CHECKED)
    assert [sheet.shipment for sheet in to_sign(state)] == [P1]
    assert fact.signature.role == Role.GENERAL_MANAGER.value
    given_up = told.GIVEN_UP
    assert stage(*told.PAST, told.SENT_2, given_up, wants, fact) is ReplenishmentStage.ENDED


def test_the_losses_of_a_parcel_that_never_left_end_with_it() -> None:
    """Those of another parcel wait still."""
    none = (ArrivedLine(PUMP, 0, (), "没到"),)
    other = replace(told.LOSS_ASKED, number=f"{P1}-S2")
    past = (*BOTH, replace(told.SHORT_2, lines=none), told.LOSS_ASKED, other)
    wants = asked(P2, (SentLine(PUMP, 0),), *past)
    story = given(replenishment, *past, wants).when(ApproveSending(G1), MANAGES)
    (_, refused), (_, fact), *_ = story.decision()
    assert refused == StockLossRefused(told.S1, WHY, MANAGER)
    story.then_on(*story.decision())
    state = after(*past, wants, refused, fact)
    assert [*transit_loss.waiting(state.losses)] == [other.number]


def test_after_the_count_what_is_missing_never_left() -> None:
    sends, has = on(SENDER, Role.STOREKEEPER, counted=True), on(KEEPER, counted=True)
    (offer,) = offered("", after(*LACKING))
    assert (offer.shipment, offer.lines) == (P2, (SentLine(PUMP, 1, ("P-1",)),))
    wants = asked(P2, offer.lines, *LACKING, who=sends)
    fact, _ = corrected(ConfirmSending(G1), has, *LACKING, wants)
    state = after(*LACKING, wants, fact)
    assert (state.to_send[PUMP], state.shipments[P2].is_whole) == (1, True)
    assert list(offered("", state)) == []
    all_sent = (*told.PAST, told.SENT_1, told.CAME_1, told.SENT_2, told.SHORT_2)
    past = (*all_sent, told.GIVEN_UP, wants)
    fact, _ = corrected(ConfirmSending(G1), has, *past)
    assert stage(*past, fact) is ReplenishmentStage.ENDED


def test_what_was_counted_whole_is_the_matter_of_a_stocktake() -> None:
    past = (*BOTH, told.CAME_1)
    late = given(replenishment, *past).when(CorrectSending(P1, (SentLine(RING, 3),), WHY), SENDS)
    late.refused_with("sending-settled", number=P1)
    strange = given(replenishment, *BOTH).when(CorrectSending(f"{P2}0", OTHER, WHY), SENDS)
    strange.refused_with("parcel-unknown", number=f"{P2}0")


def test_it_waits_once_and_may_be_refused() -> None:
    wants = asked(P2, OTHER, *BOTH)
    again = CorrectSending(P2, (SentLine(PUMP, 0),), WHY)
    twice = given(replenishment, *BOTH, wants).when(again, SENDS)
    twice.refused_with("sending-questioned", number=G1)
    given(replenishment, *BOTH, wants).when(CorrectSending(P2, OTHER, WHY), SENDS).then()
    no = RefuseSending(G1, "监控可见")
    decides = on(APPROVER, Role.APPROVER)
    refused = SendingCorrectionRefused(G1, "监控可见", APPROVER)
    given(replenishment, *BOTH, wants).when(no, decides).then(refused)
    own = on(SENDER, Role.STOREKEEPER, Role.APPROVER)
    for command in (no, ConfirmSending(G1), ApproveSending(G1)):
        given(replenishment, *BOTH, wants).when(command, own).refused("own-request")
    assert list(missent.waiting(after(*BOTH, wants, refused))) == []
    assert (wants.number, HOME) == (G1, told.HOME)
