"""实发更正 as stories: a parcel of a transfer has other pieces than were booked, or never left."""

from dataclasses import replace
from typing import Any

from services.inventory import ledger, missent, part_store, serial_book, transfer
from services.inventory.ledger import Stock
from services.inventory.missent import (
    ApproveSending,
    ConfirmSending,
    CorrectSending,
    RefuseSending,
)
from services.inventory.transfer.correcting import offered
from services.inventory.transfer.losing import offered_loss_approvals
from services.inventory.transfer.state import Transfer
from services.inventory.transfer.travelling import FindTransferred, ReceiveTransfer
from shared.decider import Asked
from shared.events.consignments import (
    ArrivedLine,
    FoundLine,
    SendingCorrected,
    SendingCorrectionAsked,
    SendingCorrectionRefused,
    SentLine,
    TransitLossRefused,
)
from shared.events.inventory import Movement, StockMoved, Valuing
from shared.events.transfers import TransferReceived, TransferStage
from shared.events.values import Role
from tests.inventory.example import APPROVER, BRANCH, CARDS, KEEPER, PUMP, RING, by
from tests.inventory.transfer import test_transfer as told
from tests.inventory.transfer.test_transfer import (
    FAR,
    FAR_APPROVER,
    HOME,
    LACKING,
    ON_THE_WAY,
    PARCEL,
    SENDER,
    stock,
)
from tests.spec import given

G1 = f"{PARCEL}-G1"
OTHER = (SentLine(PUMP, 2, ("P-1", "P-3")),)
"""P-2 was scanned, and P-3 was packed."""
NOTHING = (SentLine(RING, 0), SentLine(PUMP, 0))
WHY = "拿错一台"


def opened(part: str, count: int, *serials: str, fen: int = 0) -> StockMoved:
    return StockMoved(
        FAR, part, "supplier", "store", count, serials, Movement.OPENING, None, None, fen
    )


def on(person: str, *roles: Role, counted: bool = False) -> Asked:
    """With both books as they are after the parcel left, and as it was counted."""
    far = {RING: Stock(), PUMP: Stock()}
    near = {RING: Stock(), PUMP: Stock()}
    far[RING] = part_store.evolve(far[RING], opened(RING, 4, fen=400))
    far[PUMP] = part_store.evolve(far[PUMP], opened(PUMP, 3, "P-1", "P-2", "P-3", fen=900))
    for line in (told.RINGS, told.PUMPS):
        out = told.moved(line, FAR, "store", "transfer", line.quantity)
        into = told.moved(line, BRANCH, "transfer", "in_transit", line.quantity)
        far[line.part] = part_store.evolve(far[line.part], out)
        cost = {RING: 400, PUMP: 600}[line.part]
        near[line.part] = part_store.evolve(near[line.part], replace(into, fen=cost))
    for here in told.SHORT if counted else ():
        came = told.moved(here, BRANCH, "in_transit", "store", here.received)
        near[here.part] = part_store.evolve(near[here.part], came)
    reads: dict[str, Any] = {f"part-{part}": CARDS[part] for part in (RING, PUMP)}
    reads |= {stock(FAR, part): each for part, each in far.items()}
    reads |= {stock(BRANCH, part): each for part, each in near.items()}
    where = {"P-1": BRANCH, "P-2": BRANCH, "P-3": FAR}
    reads[serial_book.stream_of(PUMP)] = serial_book.SerialBook(where)
    reads[serial_book.stream_of(RING)] = serial_book.initial
    return by(person, *roles, home=HOME, reads=reads)


SENDS = on(SENDER, Role.STOREKEEPER)
HAS_IT = on(KEEPER, Role.STOREKEEPER)
DECIDES = on(FAR_APPROVER, Role.APPROVER)


def asked(lines: tuple[SentLine, ...], *past: Any, who: Asked = SENDS) -> SendingCorrectionAsked:
    """The request as it is written."""
    command = CorrectSending(PARCEL, lines, WHY)
    story = given(transfer, *past).when(command, who)
    ((_, fact),) = story.decision()
    story.then_on(*story.decision())
    assert isinstance(fact, SendingCorrectionAsked)
    return fact


def corrected(command: Any, who: Asked, *past: Any) -> tuple[SendingCorrected, list[Any]]:
    """What a grant writes: the fact, and what stands in the books."""
    story = given(transfer, *past).when(command, who)
    (_, fact), *books = story.decision()
    story.then_on(*story.decision())
    assert isinstance(fact, SendingCorrected)
    return fact, books


def after(*past: Any) -> Transfer:
    state = given(transfer, *past).state
    assert isinstance(state, Transfer)
    return state


class TestAnotherPiece:
    def test_the_booked_one_is_on_its_shelf_and_the_other_in_transit(self) -> None:
        wants = asked(OTHER, *ON_THE_WAY)
        fact, books = corrected(ConfirmSending(G1), HAS_IT, *ON_THE_WAY, wants)
        one = SentLine(PUMP, 1, ("P-2",))
        other = SentLine(PUMP, 1, ("P-3",))
        back = told.moved(one, FAR, "transfer", "store", 1)
        into = told.moved(other, BRANCH, "transfer", "in_transit", 1)
        assert books == [
            (stock(FAR, PUMP), replace(back, fen=300)),
            (stock(FAR, PUMP), told.moved(other, FAR, "store", "transfer", 1)),
            (stock(BRANCH, PUMP), told.moved(one, BRANCH, "in_transit", "transfer", 1)),
            (stock(BRANCH, PUMP), replace(into, fen=300)),
            *serial_book.entered(FAR, PUMP, ("P-2",)),
            *serial_book.entered(BRANCH, PUMP, ("P-3",)),
        ]
        assert (fact.was, fact.lines) == ((told.PUMPS,), OTHER)
        assert (fact.signature.by, fact.asked_by) == (KEEPER, SENDER)
        came = (told.CAME[0], ArrivedLine(PUMP, 2, ("P-1", "P-3")))
        done = (*ON_THE_WAY, wants, fact)
        received = TransferReceived(came, KEEPER)
        state = given(transfer, *done).when(ReceiveTransfer(came), told.KEEPS)
        state.then_on(
            (HOME, received),
            (stock(BRANCH, RING), told.moved(came[0], BRANCH, "in_transit", "store", 4)),
            (stock(BRANCH, PUMP), told.moved(came[1], BRANCH, "in_transit", "store", 2)),
        )
        given(transfer, *done).when(ConfirmSending(G1), HAS_IT).then()

    def test_it_is_asked_once_and_signed(self) -> None:
        wants = asked(OTHER, *ON_THE_WAY)
        assert (wants.number, wants.sender, wants.receiver) == (G1, FAR, BRANCH)
        assert (wants.keeper_sig.by, wants.nothing_left) == (SENDER, False)
        again = CorrectSending(PARCEL, OTHER, WHY)
        given(transfer, *ON_THE_WAY, wants).when(again, SENDS).then()
        more = given(transfer, *ON_THE_WAY, wants).when(replace(again, lines=NOTHING), SENDS)
        more.refused_with("sending-questioned", number=G1)

    def test_after_the_count_what_came_stays_and_the_other_turns_up(self) -> None:
        """P-1 was counted in; P-2 is missing, for P-3 was packed."""
        sends, has = on(SENDER, counted=True), on(KEEPER, counted=True)
        wants = asked(OTHER, *LACKING, who=sends)
        fact, books = corrected(ConfirmSending(G1), has, *LACKING, wants)
        assert [move.serials for _, move in books if isinstance(move, StockMoved)] == [
            ("P-2",),
            ("P-3",),
            ("P-2",),
            ("P-3",),
        ]
        find = FindTransferred((FoundLine(PUMP, 1, ("P-3",)),), "就在箱内")
        past = after(*LACKING, wants, fact)
        move = told.moved(find.lines[0], BRANCH, "in_transit", "store", 1)
        ((home, _), *moves) = transfer.decide(find, past, told.KEEPS)
        assert (home, moves) == (HOME, [(stock(BRANCH, PUMP), move)])
        lost = replace(OTHER[0], serials=("P-2", "P-3"))
        told_off = given(transfer, *LACKING).when(CorrectSending(PARCEL, (lost,), WHY), sends)
        told_off.refused_with("sending-settled", number=PARCEL)

    def test_not_what_another_store_or_account_has(self) -> None:
        strange = CorrectSending(PARCEL, (SentLine(PUMP, 2, ("P-1", "P-9")),), WHY)
        given(transfer, *ON_THE_WAY).when(strange, SENDS).refused(
            "serial-elsewhere", "serials-unnamed"
        )
        bare = CorrectSending(PARCEL, (SentLine(PUMP, 2, ("P-1",)),), WHY)
        given(transfer, *ON_THE_WAY).when(bare, SENDS).refused("serials-needed", "serials-unnamed")
        same = CorrectSending(PARCEL, (told.PUMPS,), WHY)
        given(transfer, *ON_THE_WAY).when(same, SENDS).refused("nothing-to-correct")
        named = CorrectSending(PARCEL, (SentLine(RING, 3, ("R-1",)),), WHY)
        refused = given(transfer, *ON_THE_WAY).when(named, SENDS)
        refused.refused("serials-not-kept", "serial-elsewhere")


class TestNothingLeft:
    def test_all_is_on_its_shelf_again_and_may_be_sent(self) -> None:
        wants = asked(NOTHING, *ON_THE_WAY)
        assert wants.nothing_left
        given(transfer, *ON_THE_WAY, wants).when(ConfirmSending(G1), HAS_IT).refused(
            "approver-corrects", "approver-corrects"
        )
        fact, books = corrected(ApproveSending(G1), DECIDES, *ON_THE_WAY, wants)
        moves = [move for _, move in books if isinstance(move, StockMoved)]
        assert [(m.store, m.part, m.source, m.target, m.quantity) for m in moves] == [
            (FAR, RING, "transfer", "store", 4),
            (BRANCH, RING, "in_transit", "transfer", 4),
            (FAR, PUMP, "transfer", "store", 2),
            (BRANCH, PUMP, "in_transit", "transfer", 2),
        ]
        state = after(*ON_THE_WAY, wants, fact)
        assert (state.stage, state.shipment) == (TransferStage.APPROVED, None)
        assert transfer.decide(told.SEND, state, told.SENDS)[0] == (HOME, told.SENT)
        no = CorrectSending(PARCEL, NOTHING, WHY)
        late = given(transfer, *ON_THE_WAY, wants, fact).when(no, SENDS)
        late.refused("transfer-stage", "parcel-unknown")

    def test_a_loss_that_waits_ends_with_it(self) -> None:
        """What is sent again has the same number, and may be short for another reason."""
        none = tuple(ArrivedLine(part, 0, (), "没到") for part in (RING, PUMP))
        past = (*ON_THE_WAY, TransferReceived(none, KEEPER), told.LOSS_ASKED)
        (grants_loss,) = offered_loss_approvals("", after(*past))
        wants = asked(NOTHING, *past)
        story = given(transfer, *past, wants).when(ApproveSending(G1), DECIDES)
        (_, refused), (_, fact), *_ = story.decision()
        assert refused == TransitLossRefused(told.S1, WHY, FAR_APPROVER)
        assert isinstance(fact, SendingCorrected)
        story.then_on(*story.decision())
        again = (*past, wants, refused, fact, told.SENT, TransferReceived(none, KEEPER))
        granted = given(transfer, *again).when(grants_loss, told.DECIDES)
        granted.refused_with("request-decided", number=told.S1)

    def test_the_page_offers_it_once_while_something_is_in_transit(self) -> None:
        (offer,) = offered("", after(*LACKING))
        left = (SentLine(RING, 3), SentLine(PUMP, 1, ("P-1",)))
        assert (offer.shipment, offer.lines) == (PARCEL, left)
        wants = asked(OTHER, *ON_THE_WAY)
        waits = after(*ON_THE_WAY, wants)
        assert list(offered("", waits)) == []
        assert [*missent.offered_confirmations("", waits)] == [ConfirmSending(G1)]
        assert [*missent.offered_approvals("", waits)] == [ApproveSending(G1)]
        assert [each.number for each in missent.offered_refusals("", waits)] == [G1]
        assert list(offered("", after(*ON_THE_WAY, told.RECEIVED))) == []
        never = after(*ON_THE_WAY, asked(NOTHING, *ON_THE_WAY))
        assert list(missent.offered_confirmations("", never)) == []

    def test_fewer_left_and_the_rest_is_not_missing(self) -> None:
        sends = on(SENDER, counted=True)
        fewer = (SentLine(RING, 3), SentLine(PUMP, 1, ("P-1",)))
        wants = asked(fewer, *LACKING, who=sends)
        fact, _ = corrected(ConfirmSending(G1), on(KEEPER, counted=True), *LACKING, wants)
        assert after(*LACKING, wants, fact).stage is TransferStage.RECEIVED
        assert [line.short_because for line in fact.lines] == [WHY, WHY]
        settled = (*ON_THE_WAY, told.RECEIVED)
        late = given(transfer, *settled).when(CorrectSending(PARCEL, fewer, WHY), sends)
        late.refused_with("sending-settled", number=PARCEL)


class TestWhoSaysSo:
    def test_more_than_was_let_go_only_an_approver(self) -> None:
        more = (SentLine(PUMP, 3, ("P-1", "P-2", "P-3")),)
        wants = asked(more, *ON_THE_WAY)
        refused = given(transfer, *ON_THE_WAY, wants).when(ConfirmSending(G1), HAS_IT)
        refused.refused_with("approver-corrects", part=PUMP, why="not_let_go")
        fact, books = corrected(ApproveSending(G1), DECIDES, *ON_THE_WAY, wants)
        assert [move.serials for _, move in books if isinstance(move, StockMoved)] == [
            ("P-3",),
            ("P-3",),
        ]
        assert fact.signature.role == Role.APPROVER.value
        assert after(*ON_THE_WAY, wants, fact).stage is TransferStage.SENT

    def test_nobody_who_sent_or_asked(self) -> None:
        wants = asked(OTHER, *ON_THE_WAY)
        past = (*ON_THE_WAY, wants)
        own = on(SENDER, Role.STOREKEEPER, Role.APPROVER)
        for command in (ConfirmSending(G1), ApproveSending(G1), RefuseSending(G1, "不是")):
            given(transfer, *past).when(command, own).refused("own-request")
        by_another = replace(wants, asked_by=APPROVER)
        also = on(SENDER, Role.APPROVER)
        packed = given(transfer, *ON_THE_WAY, by_another).when(ApproveSending(G1), also)
        packed.refused("own-request")

    def test_or_it_stays_as_it_is_booked(self) -> None:
        wants, no = asked(OTHER, *ON_THE_WAY), RefuseSending(G1, "监控可见")
        refused = SendingCorrectionRefused(G1, "监控可见", FAR_APPROVER)
        given(transfer, *ON_THE_WAY, wants).when(no, DECIDES).then(refused)
        given(transfer, *ON_THE_WAY, wants, refused).when(no, DECIDES).then()
        over = given(transfer, *ON_THE_WAY, wants, refused).when(ApproveSending(G1), DECIDES)
        over.refused("request-decided")
        given(transfer, *ON_THE_WAY).when(no, DECIDES).refused("request-unknown")
        given(transfer, *ON_THE_WAY).when(ConfirmSending(G1), HAS_IT).refused("request-unknown")

    def test_what_was_settled_meanwhile_stays(self) -> None:
        wants = asked(NOTHING, *ON_THE_WAY)
        counted = on(FAR_APPROVER, Role.APPROVER, counted=True)
        late = given(transfer, *ON_THE_WAY, wants, told.MISSING).when(ApproveSending(G1), counted)
        late.refused_with("sending-settled", number=PARCEL)


def test_both_books_and_what_the_pieces_cost_add_up() -> None:
    """Pieces and fen leave the one book as they come into the other."""
    for lines in (OTHER, NOTHING, (SentLine(RING, 1), SentLine(PUMP, 1, ("P-3",)))):
        wants = asked(lines, *ON_THE_WAY)
        _, books = corrected(ApproveSending(G1), DECIDES, *ON_THE_WAY, wants)
        stocks = {
            name: each
            for name, each in DECIDES.reads.items()
            if name.startswith("stock-") and isinstance(each, Stock)
        }
        for stream, move in books:
            if isinstance(move, StockMoved):
                assert not any(broken for broken, _ in ledger.broken(stocks[stream], [move]))
                stocks[stream] = part_store.evolve(stocks[stream], move)
        for part in (RING, PUMP):
            both = [stocks[stock(store, part)] for store in (FAR, BRANCH)]
            assert sum(each.holds("transfer") for each in both) == 0
            inside = [
                layer
                for each in both
                for account in ("store", "in_transit")
                for layer in each.worth_by(Valuing.MOVING_AVERAGE).of(account)
            ]
            assert sum(layer.fen or 0 for layer in inside) == {RING: 400, PUMP: 900}[part]
            assert all(layer.fen is not None for layer in inside)
        named = [
            each.serials.keys() for each in (stocks[stock(FAR, PUMP)], stocks[stock(BRANCH, PUMP)])
        ]
        assert named[0].isdisjoint(named[1])
        assert named[0] | named[1] == {"P-1", "P-2", "P-3"}
