"""调拨 as stories: what is asked of another store, let go, sent, counted, found and lost."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.inventory import ledger, part_store, serial_book, transfer
from services.inventory.ledger import Stock
from services.inventory.transfer.asking import (
    ApproveTransfer,
    AskTransfer,
    CancelTransfer,
    RefuseTransfer,
)
from services.inventory.transfer.losing import (
    ApproveTransferLoss,
    AskTransferLoss,
    RefuseTransferLoss,
)
from services.inventory.transfer.state import Transfer
from services.inventory.transfer.travelling import FindTransferred, ReceiveTransfer, SendTransfer
from shared.decider import Asked
from shared.events.consignments import (
    ArrivedLine,
    Consignment,
    FoundLine,
    SentLine,
    TransitBearer,
    TransitFound,
    TransitLoss,
    TransitLossApproved,
    TransitLossAsked,
    TransitLossRefused,
)
from shared.events.inventory import Movement, PartCard, StockMoved, UseNature
from shared.events.transfers import (
    TransferApproved,
    TransferAsked,
    TransferCancelled,
    TransferLine,
    TransferReceived,
    TransferRefused,
    TransferSent,
    TransferStage,
)
from shared.events.values import Role
from tests.inventory.example import APPROVER, AT, BRANCH, CARDS, KEEPER, PUMP, RING, SERIALS, by
from tests.spec import given

FAR = "NB01"
"""The store that sends."""
NUMBER = f"DB-{BRANCH}-2026-0001"
PARCEL = f"{NUMBER}-P1"
HOME = f"transfer-{NUMBER}"
SENDER, FAR_APPROVER = "K-NINGBO", "A-NINGBO"
LINES = (TransferLine(RING, 4), TransferLine(PUMP, 2))
ASK = AskTransfer(FAR, BRANCH, LINES, "急修缺料")
ASKED = TransferAsked(
    number=NUMBER,
    sender=FAR,
    receiver=BRANCH,
    lines=LINES,
    because="急修缺料",
    asked_by=KEEPER,
)
APPROVED = TransferApproved(FAR_APPROVER)
REFUSED = TransferRefused("本库也缺", FAR_APPROVER)
CANCELLED = TransferCancelled("已解决", KEEPER)
TRAVELS = Consignment("顺丰", "SF7", AT, AT + timedelta(days=1))
RINGS, PUMPS = SentLine(RING, 4), SentLine(PUMP, 2, ("P-1", "P-2"))
SEND = SendTransfer((RINGS, PUMPS), TRAVELS)
SENT = TransferSent((RINGS, PUMPS), TRAVELS, SENDER)
CAME = (ArrivedLine(RING, 4), ArrivedLine(PUMP, 2, ("P-1", "P-2")))
SHORT = (
    ArrivedLine(RING, 3, difference_because="箱内少一只"),
    ArrivedLine(PUMP, 1, ("P-1",), difference_because="箱内少一台"),
)
RECEIVED = TransferReceived(CAME, KEEPER)
MISSING = TransferReceived(SHORT, KEEPER)
ON_THE_WAY = (ASKED, APPROVED, SENT)
LACKING = (*ON_THE_WAY, MISSING)
LOSS = TransitLoss(
    part=PUMP,
    quantity=1,
    how="承运人查无下落",
    borne_by=TransitBearer.CARRIER,
    fen=30_000,
    serials=("P-2",),
)
S1 = f"{NUMBER}-S1"
LOSS_ASKED = TransitLossAsked(S1, LOSS, KEEPER)
LOST = TransitLossApproved(S1, LOSS, KEEPER, APPROVER)
STRANGE = "X-1"


def moved(line: Any, store: str, source: str, target: str, quantity: int) -> StockMoved:
    return StockMoved(
        store=store,
        part=line.part,
        source=source,
        target=target,
        quantity=quantity,
        serials=line.serials,
        because=Movement.TRANSFER,
        use_nature=None,
        paper=PARCEL,
    )


def stock(store: str, part: str) -> str:
    return ledger.stream_of(store, part)


def on(
    person: str,
    *roles: Role,
    far: Mapping[str, int] = {RING: 4, PUMP: 3},
    cards: Mapping[str, Any] = CARDS,
    book: Mapping[str, str] | None = None,
) -> Asked:
    """Asked of the transfer, with the catalogue, both books and the book of serials."""
    parts = (RING, PUMP, STRANGE)
    reads: dict[str, Any] = {f"part-{part}": cards.get(part) for part in parts}
    for part in parts:
        held = far.get(part, 0)
        named = dict.fromkeys(SERIALS, "store") if part == PUMP and held else {}
        reads[stock(FAR, part)] = Stock({"store": held, "supplier": -held}, named)
        reads[stock(BRANCH, part)] = Stock()
    where = dict.fromkeys(SERIALS, FAR) if book is None else book
    reads |= {serial_book.stream_of(part): serial_book.initial for part in parts}
    reads[serial_book.stream_of(PUMP)] = serial_book.SerialBook(where)
    return by(person, *roles, home=HOME, reads=reads)


KEEPS = on(KEEPER, Role.STOREKEEPER)
SENDS = on(SENDER, Role.STOREKEEPER)
LETS_GO = on(FAR_APPROVER, Role.APPROVER)
DECIDES = on(APPROVER, Role.APPROVER)


def stage(*facts: Any) -> TransferStage:
    state = given(transfer, *facts).state
    assert isinstance(state, Transfer)
    return state.stage


class TestAsking:
    def test_a_store_asks_another_for_parts(self) -> None:
        given(transfer).when(ASK, KEEPS).then(ASKED)
        given(transfer, ASKED).when(ASK, KEEPS).then()
        own = given(transfer).when(replace(ASK, sender=BRANCH), KEEPS)
        own.refused_with("same-store", store=BRANCH)

    def test_a_number_is_of_one_transfer(self) -> None:
        told = given(transfer, ASKED).when(replace(ASK, because="别的"), KEEPS)
        told.refused_with("number-taken", number=NUMBER)

    def test_of_parts_in_the_catalogue_each_on_one_line(self) -> None:
        unknown = replace(ASK, lines=(LINES[0], LINES[0], TransferLine(STRANGE, 1)))
        given(transfer).when(unknown, KEEPS).refused("part-twice", "part-unknown")
        gone = {**CARDS, RING: replace(CARDS[RING], active=False)}
        given(transfer).when(ASK, on(KEEPER, cards=gone)).refused("part-inactive")
        given(transfer).when(replace(ASK, lines=()), KEEPS).refused("no-lines")


class TestDeciding:
    def test_the_branch_that_sends_lets_the_parts_go(self) -> None:
        given(transfer, ASKED).when(ApproveTransfer(), LETS_GO).then(APPROVED)
        given(transfer, ASKED, APPROVED).when(ApproveTransfer(), LETS_GO).then()
        given(transfer, *ON_THE_WAY).when(ApproveTransfer(), LETS_GO).refused("transfer-stage")

    def test_or_keeps_them(self) -> None:
        no = RefuseTransfer("本库也缺")
        given(transfer, ASKED).when(no, LETS_GO).then(REFUSED)
        given(transfer, ASKED, APPROVED).when(no, LETS_GO).then(REFUSED)
        given(transfer, ASKED, REFUSED).when(no, LETS_GO).then()
        given(transfer, ASKED, REFUSED).when(SEND, SENDS).refused("transfer-stage")
        given(transfer, *ON_THE_WAY).when(no, LETS_GO).refused("transfer-stage")

    def test_nobody_decides_their_own(self) -> None:
        own = on(KEEPER, Role.STOREKEEPER, Role.APPROVER)
        given(transfer, ASKED).when(ApproveTransfer(), own).refused("own-request")
        given(transfer, ASKED).when(RefuseTransfer("不"), own).refused("own-request")

    def test_what_is_not_needed_any_more_is_not_sent(self) -> None:
        no = CancelTransfer("已解决")
        given(transfer, ASKED).when(no, KEEPS).then(CANCELLED)
        given(transfer, ASKED, APPROVED).when(no, KEEPS).then(CANCELLED)
        given(transfer, ASKED, CANCELLED).when(no, KEEPS).then()
        given(transfer, ASKED, CANCELLED).when(SEND, SENDS).refused("transfer-stage")
        given(transfer, *ON_THE_WAY).when(no, KEEPS).refused("transfer-stage")


class TestSending:
    PAST = (ASKED, APPROVED)

    def test_pieces_leave_one_book_and_are_in_transit_in_the_other(self) -> None:
        ((book, entered),) = serial_book.entered(BRANCH, PUMP, ("P-1", "P-2"))
        given(transfer, *self.PAST).when(SEND, SENDS).then_on(
            (HOME, SENT),
            (stock(FAR, RING), moved(RINGS, FAR, "store", "transfer", 4)),
            (stock(BRANCH, RING), moved(RINGS, BRANCH, "transfer", "in_transit", 4)),
            (stock(FAR, PUMP), moved(PUMPS, FAR, "store", "transfer", 2)),
            (stock(BRANCH, PUMP), moved(PUMPS, BRANCH, "transfer", "in_transit", 2)),
            (book, entered),
        )
        given(transfer, *ON_THE_WAY).when(SEND, SENDS).then()
        assert stage(*ON_THE_WAY) is TransferStage.SENT

    def test_not_before_they_are_let_go(self) -> None:
        given(transfer, ASKED).when(SEND, SENDS).refused("transfer-stage")

    def test_no_more_than_there_is(self) -> None:
        told = given(transfer, *self.PAST).when(SEND, on(SENDER, far={RING: 3, PUMP: 3}))
        told.refused_with("beyond-stock", part=RING, asked=4)

    def test_fewer_with_words_and_no_more_than_was_let_go(self) -> None:
        few = replace(RINGS, quantity=3)
        told = given(transfer, *self.PAST).when(replace(SEND, lines=(few, PUMPS)), SENDS)
        told.refused_with("sent-short-unexplained", part=RING, let_go=4, asked=3)
        more = replace(RINGS, quantity=5)
        told = given(transfer, *self.PAST).when(replace(SEND, lines=(more, PUMPS)), SENDS)
        told.refused("beyond-let-go", "beyond-stock")
        none = SentLine(PUMP, 0, short_because="留作急修")
        told = given(transfer, *self.PAST).when(replace(SEND, lines=(RINGS, none)), SENDS)
        told.then_on(
            (HOME, replace(SENT, lines=(RINGS, none))),
            (stock(FAR, RING), moved(RINGS, FAR, "store", "transfer", 4)),
            (stock(BRANCH, RING), moved(RINGS, BRANCH, "transfer", "in_transit", 4)),
        )

    def test_every_part_is_named_and_something_is_sent(self) -> None:
        strange = SentLine(STRANGE, 1)
        told = given(transfer, *self.PAST).when(replace(SEND, lines=(RINGS, strange)), SENDS)
        told.refused("line-missing", "not-let-go", "beyond-let-go", "beyond-stock")
        nothing = tuple(SentLine(each.part, 0, short_because="没有") for each in LINES)
        told = given(transfer, *self.PAST).when(replace(SEND, lines=nothing), SENDS)
        told.refused_with("nothing-sent", number=PARCEL)

    def test_each_piece_by_its_serial_and_where_it_is(self) -> None:
        bare = replace(SEND, lines=(RINGS, replace(PUMPS, serials=())))
        given(transfer, *self.PAST).when(bare, SENDS).refused("serials-needed", "serials-unnamed")
        named = replace(SEND, lines=(replace(RINGS, serials=("R-1",)), PUMPS))
        told = given(transfer, *self.PAST).when(named, SENDS)
        told.refused("serials-not-kept", "serial-elsewhere")
        strayed = on(SENDER, book={"P-1": "SH01"})
        told = given(transfer, *self.PAST).when(SEND, strayed)
        told.refused_with("serial-known", part=PUMP, serials=["P-1"])

    def test_it_does_not_arrive_before_it_was_sent(self) -> None:
        early = replace(TRAVELS, expected_at=AT - timedelta(days=1))
        told = given(transfer, *self.PAST).when(replace(SEND, consignment=early), SENDS)
        told.refused_with("arrival-before-sending", number=PARCEL)


class TestReceiving:
    def test_what_came_goes_onto_the_shelves(self) -> None:
        rings, pumps = CAME
        told = given(transfer, *ON_THE_WAY).when(ReceiveTransfer(CAME), KEEPS)
        told.then_on(
            (HOME, RECEIVED),
            (stock(BRANCH, RING), moved(rings, BRANCH, "in_transit", "store", 4)),
            (stock(BRANCH, PUMP), moved(pumps, BRANCH, "in_transit", "store", 2)),
        )
        given(transfer, *ON_THE_WAY, RECEIVED).when(ReceiveTransfer(CAME), KEEPS).then()
        assert stage(*ON_THE_WAY, RECEIVED) is TransferStage.RECEIVED

    def test_a_parcel_is_counted_once(self) -> None:
        told = given(transfer, *ON_THE_WAY, RECEIVED).when(ReceiveTransfer(SHORT), KEEPS)
        told.refused("transfer-stage", "beyond-sent", "beyond-sent", "serials-not-sent")
        given(transfer, ASKED, APPROVED).when(ReceiveTransfer(CAME), KEEPS).refused(
            "transfer-stage"
        )

    def test_who_sent_it_does_not_receive_it(self) -> None:
        own = on(SENDER, Role.STOREKEEPER)
        told = given(transfer, *ON_THE_WAY).when(ReceiveTransfer(CAME), own)
        told.refused_with("self-receipt", person=SENDER)

    def test_a_difference_is_said_and_stays_in_transit(self) -> None:
        silent = (replace(SHORT[0], difference_because=None), SHORT[1])
        told = given(transfer, *ON_THE_WAY).when(ReceiveTransfer(silent), KEEPS)
        told.refused_with("count-unexplained", part=RING, was=4, asked=3)
        rings, pumps = SHORT
        told = given(transfer, *ON_THE_WAY).when(ReceiveTransfer(SHORT), KEEPS)
        told.then_on(
            (HOME, MISSING),
            (stock(BRANCH, RING), moved(rings, BRANCH, "in_transit", "store", 3)),
            (stock(BRANCH, PUMP), moved(pumps, BRANCH, "in_transit", "store", 1)),
        )
        assert stage(*LACKING) is TransferStage.SHORT

    def test_no_more_than_was_sent_and_every_part_of_it(self) -> None:
        more = (replace(CAME[0], received=5), CAME[1])
        told = given(transfer, *ON_THE_WAY).when(ReceiveTransfer(more), KEEPS)
        told.refused_with("beyond-sent", part=RING, left=4, asked=5)
        told = given(transfer, *ON_THE_WAY).when(ReceiveTransfer(CAME[:1]), KEEPS)
        told.refused_with("line-missing", parts=[PUMP])
        strange = (*CAME, ArrivedLine(STRANGE, 0))
        told = given(transfer, *ON_THE_WAY).when(ReceiveTransfer(strange), KEEPS)
        told.refused_with("not-sent-so", part=STRANGE)

    def test_these_pieces_and_no_others(self) -> None:
        other = (CAME[0], replace(CAME[1], serials=("P-1", "P-9")))
        told = given(transfer, *ON_THE_WAY).when(ReceiveTransfer(other), KEEPS)
        told.refused_with("serials-not-sent", part=PUMP, serials=["P-9"])
        bare = (CAME[0], replace(CAME[1], serials=("P-1",)))
        told = given(transfer, *ON_THE_WAY).when(ReceiveTransfer(bare), KEEPS)
        told.refused_with("serials-needed", part=PUMP, named=1, asked=2)


class TestFinding:
    FIND = FindTransferred((FoundLine(RING, 1),), "夹在箱底")
    FOUND = TransitFound(f"{NUMBER}-F1", FIND.lines, "夹在箱底", KEEPER)

    def test_what_turns_up_goes_onto_the_shelves(self) -> None:
        told = given(transfer, *LACKING).when(self.FIND, KEEPS)
        move = moved(self.FIND.lines[0], BRANCH, "in_transit", "store", 1)
        told.then_on((HOME, self.FOUND), (stock(BRANCH, RING), move))
        given(transfer, *LACKING, self.FOUND).when(self.FIND, KEEPS).then()
        assert stage(*LACKING, self.FOUND) is TransferStage.SHORT
        assert stage(*LACKING, self.FOUND, LOSS_ASKED, LOST) is TransferStage.RECEIVED

    def test_the_last_missing_piece_ends_it(self) -> None:
        one_ring = TransferReceived((SHORT[0], CAME[1]), KEEPER)
        past = (*ON_THE_WAY, one_ring)
        told = given(transfer, *past).when(self.FIND, KEEPS)
        move = moved(self.FIND.lines[0], BRANCH, "in_transit", "store", 1)
        told.then_on((HOME, self.FOUND), (stock(BRANCH, RING), move))
        assert stage(*past, self.FOUND) is TransferStage.RECEIVED
        loss = TransitLoss(RING, 1, "查无下落", TransitBearer.SENDER, 0)
        lost = TransitLossAsked(S1, loss, KEEPER)
        granted = given(transfer, *past, lost).when(ApproveTransferLoss(S1), DECIDES)
        gone = replace(
            moved(FoundLine(RING, 1), BRANCH, "in_transit", "difference", 1),
            because=Movement.LOST,
            use_nature=UseNature.LOSS,
        )
        granted.then_on(
            (HOME, TransitLossApproved(S1, loss, KEEPER, APPROVER)), (stock(BRANCH, RING), gone)
        )

    def test_of_what_is_missing_alone(self) -> None:
        more = replace(self.FIND, lines=(FoundLine(RING, 2),))
        told = given(transfer, *LACKING).when(more, KEEPS)
        told.refused_with("beyond-sent", part=RING, left=1, asked=2)
        here = replace(self.FIND, lines=(FoundLine(PUMP, 1, ("P-1",)),))
        told = given(transfer, *LACKING).when(here, KEEPS)
        told.refused_with("serials-not-sent", part=PUMP, serials=["P-1"])
        given(transfer, *ON_THE_WAY).when(self.FIND, KEEPS).refused("transfer-stage")


class TestLosing:
    GRANT = ApproveTransferLoss(S1)

    def test_what_nobody_finds_leaves_the_books_and_somebody_bears_it(self) -> None:
        given(transfer, *LACKING).when(AskTransferLoss(LOSS), KEEPS).then(LOSS_ASKED)
        given(transfer, *LACKING, LOSS_ASKED).when(AskTransferLoss(LOSS), KEEPS).then()
        ((book, left),) = serial_book.left(BRANCH, PUMP, ("P-2",))
        gone = replace(
            moved(LOSS, BRANCH, "in_transit", "difference", 1),
            because=Movement.LOST,
            use_nature=UseNature.LOSS,
        )
        told = given(transfer, *LACKING, LOSS_ASKED).when(self.GRANT, DECIDES)
        told.then_on((HOME, LOST), (stock(BRANCH, PUMP), gone), (book, left))
        given(transfer, *LACKING, LOSS_ASKED, LOST).when(self.GRANT, DECIDES).then()
        assert stage(*LACKING, LOSS_ASKED, LOST) is TransferStage.SHORT

    def test_or_is_looked_for_again(self) -> None:
        no, refused = RefuseTransferLoss(S1, "再查"), TransitLossRefused(S1, "再查", APPROVER)
        given(transfer, *LACKING, LOSS_ASKED).when(no, DECIDES).then(refused)
        given(transfer, *LACKING, LOSS_ASKED, refused).when(no, DECIDES).then()
        told = given(transfer, *LACKING, LOSS_ASKED, refused).when(self.GRANT, DECIDES)
        told.refused("request-decided")
        given(transfer, *LACKING).when(no, DECIDES).refused("request-unknown")

    def test_what_turned_up_meanwhile_is_not_lost(self) -> None:
        lines = (FoundLine(RING, 1), FoundLine(PUMP, 1, ("P-2",)))
        past = (*LACKING, LOSS_ASKED, TransitFound(f"{NUMBER}-F1", lines, "在车上", KEEPER))
        assert stage(*past) is TransferStage.RECEIVED
        refused = TransitLossRefused(S1, "已找到", APPROVER)
        given(transfer, *past).when(RefuseTransferLoss(S1, "已找到"), DECIDES).then(refused)
        told = given(transfer, *past).when(self.GRANT, DECIDES)
        told.refused("transfer-stage", "lost-beyond-missing", "serials-not-sent")

    def test_of_what_is_missing_alone(self) -> None:
        told = given(transfer, *LACKING).when(AskTransferLoss(replace(LOSS, quantity=2)), KEEPS)
        told.refused("lost-beyond-missing", "serials-needed")
        told = given(transfer, *ON_THE_WAY).when(AskTransferLoss(LOSS), KEEPS)
        told.refused("transfer-stage", "parcel-uncounted")
        pump = FoundLine(PUMP, 1, ("P-2",))
        found = TransitFound(f"{NUMBER}-F1", (pump,), "在车上", KEEPER)
        told = given(transfer, *LACKING, LOSS_ASKED, found).when(self.GRANT, DECIDES)
        told.refused("lost-beyond-missing", "serials-not-sent")

    def test_it_costs_what_the_catalogue_says_or_tells_why_less(self) -> None:
        dear = on(KEEPER, cards={**CARDS, PUMP: PartCard(PUMP, "泵", value_fen=40_000)})
        told = given(transfer, *LACKING).when(AskTransferLoss(LOSS), dear)
        told.refused_with("loss-below-price", part=PUMP, fen=30_000, price=40_000)

    def test_nobody_grants_what_they_asked_for_or_bear(self) -> None:
        own = on(KEEPER, Role.APPROVER)
        given(transfer, *LACKING, LOSS_ASKED).when(self.GRANT, own).refused("own-request")
        no = RefuseTransferLoss(S1, "再查")
        given(transfer, *LACKING, LOSS_ASKED).when(no, own).refused("own-request")
        borne = replace(LOSS, borne_by=TransitBearer.PERSON, person=APPROVER)
        told = given(transfer, *LACKING, replace(LOSS_ASKED, loss=borne)).when(self.GRANT, DECIDES)
        told.refused_with("own-loss", person=APPROVER)
        unclear = replace(LOSS, borne_by=TransitBearer.PERSON)
        told = given(transfer, *LACKING).when(AskTransferLoss(unclear), KEEPS)
        told.refused("bearer-unclear")


@pytest.mark.parametrize("past", [(), LACKING])
def test_both_books_add_up_to_nothing_at_every_step(past: tuple[Any, ...]) -> None:
    """The account between the stores is empty whatever is missing, and a serial is in one place."""
    books = {(store, part): Stock() for store in (FAR, BRANCH) for part in (RING, PUMP)}
    held = {RING: 4, PUMP: 3}
    for part, count in held.items():
        named = SERIALS if part == PUMP else ()
        start = StockMoved(
            FAR, part, "supplier", "store", count, named, Movement.OPENING, None, None
        )
        books[FAR, part] = part_store.evolve(books[FAR, part], start)
    steps: list[tuple[tuple[Any, ...], Any, Asked]] = [
        ((ASKED, APPROVED), SEND, SENDS),
        (ON_THE_WAY, ReceiveTransfer(SHORT if past else CAME), KEEPS),
    ]
    if past:
        steps.append(((*past, LOSS_ASKED), TestLosing.GRANT, DECIDES))
    for before, command, asked in steps:
        state = given(transfer, *before).state
        for _, fact in transfer.decide(command, state, asked):
            if isinstance(fact, StockMoved):
                key = (fact.store, fact.part)
                books[key] = part_store.evolve(books[key], fact)
        for part in held:
            far, here = books[FAR, part], books[BRANCH, part]
            assert far.holds("transfer") + here.holds("transfer") == 0
            assert sum(far.balances.values()) == sum(here.balances.values()) == 0
            assert not far.serials.keys() & here.serials.keys()
    rings = books[BRANCH, RING]
    assert (rings.holds("store"), rings.holds("in_transit")) == ((3, 1) if past else (4, 0))
    assert books[BRANCH, PUMP].holds("difference") == (1 if past else 0)


def bought(quantity: int, fen: int | None) -> StockMoved:
    because = Movement.OPENING if fen is None else Movement.PURCHASE
    return StockMoved(FAR, RING, "supplier", "store", quantity, (), because, None, "CG-1", fen)


@pytest.mark.parametrize(
    ("pools", "into"),
    [
        ([bought(5, 5_000)], [(4, 4_000)]),
        ([bought(3, None), bought(5, 5_000)], [(3, None), (1, 1_000)]),
    ],
)
def test_money_goes_with_the_pieces(
    pools: list[StockMoved], into: list[tuple[int, int | None]]
) -> None:
    """The receiver's book says what they cost by the sender's, and of which nobody said it."""
    stock_of_far = Stock()
    for each in pools:
        stock_of_far = part_store.evolve(stock_of_far, each)
    asked = replace(SENDS, reads={**SENDS.reads, stock(FAR, RING): stock_of_far})
    state = given(transfer, ASKED, APPROVED).state
    moves = [
        fact
        for stream, fact in transfer.decide(SEND, state, asked)
        if stream == stock(BRANCH, RING) and isinstance(fact, StockMoved)
    ]
    assert [(each.quantity, each.fen) for each in moves] == into
