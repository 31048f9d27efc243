"""入库 (goods in): a delivery is counted against its delivery note and goes onto the shelves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import serial_book
from services.inventory.ledger import STORE, broken, stock_of, stream_of
from services.inventory.part_register import card_of, each_named, each_once
from services.inventory.part_register import stream_of as card_stream
from services.inventory.purchase import serving
from services.inventory.purchase.asking import at
from services.inventory.purchase.state import Purchase, evolve
from shared.alike import digits_alike
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if, too_many
from shared.events.inventory import Movement, Outside, StockMoved
from shared.events.purchases import GoodsLine, GoodsReceived, PurchaseStage, ReturnedLine
from shared.events.values import ALL_SERIALS, SEVERAL, BranchCode, PartList, Ref, Text
from shared.step import WORDS, Matter

NOTE = "delivery-note"
"""By what two receipts are of the same matter."""


@dataclass(frozen=True, slots=True)
class ReceiveGoods:
    """入库: what came with a delivery note, counted; a difference is said, never absorbed."""

    delivery_note: Text
    lines: PartList[GoodsLine]
    same_note_because: Text | None = None
    """Why a delivery note that came in by another purchase of this supplier is for this one too.

    Or why it comes in again, after something of this purchase went back.
    """
    purchases: PartList[Ref] = ()
    """Obligation: the other purchases of this supplier by which this delivery note came in, as far
    as the views know."""
    stores: tuple[BranchCode, ...] = ()
    """Obligation: the other stores that ever had these parts, if serials are named."""


def receive(command: ReceiveGoods, purchase: Purchase, asked: Asked) -> Decision:
    """入库: each delivery note once, however it is written; a piece with a serial by its serial."""
    known = purchase.receipt_of(command.delivery_note)
    if known is not None and known.lines == command.lines and not purchase.returns:
        return []
    note = known.delivery_note if known else ""
    number = f"{number_of(asked.home)}-R{len(purchase.receipts) + 1}"
    moves = [_moved(purchase.store, number, line) for line in command.lines if line.received]
    refuse_if(
        at(purchase, PurchaseStage.ORDERED, asked=asked),
        _own_order(purchase, asked),
        (_again(command, purchase), reason("delivery-received", delivery_note=note)),
        _delivered_elsewhere(command, purchase, asked),
        *each_once([line.part for line in command.lines]),
        *(rule for line in command.lines for rule in _sound(line, purchase, asked)),
        *(rule for move in moves for rule in _enters(move, command, purchase, asked)),
        too_many("serials", sum(len(line.serials) for line in command.lines), ALL_SERIALS),
        too_many("receipts", len(purchase.receipts) + 1, SEVERAL),
    )
    why = command.same_note_because
    fact = GoodsReceived(number, command.delivery_note, command.lines, asked.actor, why)
    moved = [(stream_of(purchase.store, move.part), move) for move in moves]
    named = [
        each
        for move in moves
        for each in serial_book.entered(purchase.store, move.part, move.serials)
    ]
    paper, after = number_of(asked.home), evolve(purchase, fact)
    told = serving.written(paper, purchase, after, asked)
    return [*asked.here(fact), *moved, *named, *told, *serving.waits(paper, after)]


def reads_of_receipt(command: ReceiveGoods, purchase: Purchase, asked: Asked) -> Sequence[str]:
    """The cards and the stock of the parts, where their serials are, who waits for them.

    And the purchases by which the store took in this delivery note just now.
    """
    found: list[str] = [*serving.reads(purchase), *asked.met.get(NOTE, ())]
    for line in command.lines:
        part = line.part
        found += [card_stream(part), stream_of(purchase.store, part)]
        if line.serials:
            found += [serial_book.stream_of(part)]
            found += [stream_of(store, part) for store in command.stores]
    return tuple(dict.fromkeys(found))


def offered_receipts(_number: str, purchase: Purchase) -> Iterator[ReceiveGoods]:
    """All that is still to come in, if it waits for goods."""
    if purchase.stage is not PurchaseStage.ORDERED:
        return
    waits = {part: purchase.open_of(part) for part in purchase.lines}
    lines = tuple(
        GoodsLine(part, count, count, _share(purchase, part, count))
        for part, count in waits.items()
        if count
    )
    yield ReceiveGoods(WORDS, lines)


def _share(purchase: Purchase, part: str, count: int) -> int:
    """What is still to come costs, by what was ordered; no more than is left of its sum."""
    line = purchase.lines[part]
    left = max(0, line.fen - purchase.paid_for(part))
    return min(left, line.fen * count // line.quantity)


def _moved(store: str, number: str, line: GoodsLine) -> StockMoved:
    return StockMoved(
        store=store,
        part=line.part,
        source=Outside.SUPPLIER.value,
        target=STORE,
        quantity=line.received,
        serials=tuple(sorted(line.serials)),
        because=Movement.PURCHASE,
        use_nature=None,
        paper=number,
        fen=line.fen,
    )


def matter_of(command: ReceiveGoods, asked: Asked) -> Matter:
    """同一送货单: a delivery note of a store, however it is written."""
    of_store = asked.home.rsplit("-", 2)[0]
    return Matter(asked.home, {NOTE: f"{of_store} {digits_alike(command.delivery_note)}"})


def sent_back(store: str, number: str, line: ReturnedLine) -> StockMoved:
    """退货: the movement of pieces that go back to the supplier, for what is given back."""
    return StockMoved(
        store=store,
        part=line.part,
        source=STORE,
        target=Outside.SUPPLIER.value,
        quantity=line.quantity,
        serials=tuple(sorted(line.serials)),
        because=Movement.PURCHASE,
        use_nature=None,
        paper=number,
        fen=line.fen,
    )


def _again(command: ReceiveGoods, purchase: Purchase) -> bool:
    """Whether the delivery note came in; after something went back it comes again with words."""
    told_anew = bool(purchase.returns) and command.same_note_because is not None
    return purchase.receipt_of(command.delivery_note) is not None and not told_anew


def _delivered_elsewhere(command: ReceiveGoods, purchase: Purchase, asked: Asked) -> Rule:
    """A rule: one delivery comes in once; one note for two purchases is said."""
    known = sorted({*command.purchases, *_just_now(command, purchase, asked)})
    twice = bool(known) and command.same_note_because is None
    told = reason("delivery-elsewhere", delivery_note=command.delivery_note, purchases=known)
    return twice, told


def _just_now(command: ReceiveGoods, purchase: Purchase, asked: Asked) -> Iterator[str]:
    """The other purchases of this supplier by which the note came in, which no view may know."""
    for stream in asked.met.get(NOTE, ()):
        other = asked.read(stream)
        assert isinstance(other, Purchase)
        came = other.receipt_of(command.delivery_note) is not None
        if came and purchase.asked and other.is_of(purchase.asked.supplier):
            yield number_of(stream)


def _own_order(purchase: Purchase, asked: Asked) -> Rule:
    """A rule: who ordered, and whom no approver let it, does not say what came of it.

    Nor does in whose place it was ordered.
    """
    ordered = purchase.asked
    if ordered is None or ordered.is_local:
        return False, reason("own-order", person=asked.actor)
    told = asked.happened.get(asked.home, ())
    both = (each.people for each in told if each.fact == ordered)
    own = asked.actor in {ordered.asked_by}.union(*both)
    return own, reason("own-order", person=asked.actor)


def _sound(line: GoodsLine, purchase: Purchase, asked: Asked) -> Iterator[Rule]:
    """A rule: a line is of the purchase, says why it differs, and names its serials."""
    part, card = line.part, card_of(asked, line.part)
    yield part not in purchase.lines, reason("not-purchased", part=part)
    differs = line.announced != line.received
    told = reason("difference-unexplained", part=part, was=line.announced, asked=line.received)
    yield differs and line.difference_because is None, told
    yield not line.received and line.fen > 0, reason("nothing-for-money", part=part, fen=line.fen)
    yield from _within_order(line, purchase)
    yield from each_named(card, part, line.received, line.serials)


def _within_order(line: GoodsLine, purchase: Purchase) -> Iterator[Rule]:
    """A rule: over all receipts no more comes in, in pieces and fen, than an approver let in.

    Of what base ordered by itself more may come in, with words.
    """
    bought = purchase.lines.get(line.part)
    if bought is None or purchase.asked is None:
        return
    came = purchase.kept(line.part) + line.received
    paid = purchase.paid_for(line.part) + line.fen
    over = came > bought.quantity or paid > bought.fen
    ordered, fen = bought.quantity, bought.fen
    not_let_in = reason(
        "beyond-approved",
        part=line.part,
        ordered=ordered,
        ordered_fen=fen,
        received=came,
        fen=paid,
    )
    yield over and purchase.asked.is_local, not_let_in
    unsaid = over and not purchase.asked.is_local and line.difference_because is None
    not_ordered = reason(
        "beyond-ordered",
        part=line.part,
        ordered=ordered,
        ordered_fen=fen,
        received=came,
        fen=paid,
    )
    yield unsaid, not_ordered


def _enters(
    move: StockMoved, command: ReceiveGoods, purchase: Purchase, asked: Asked
) -> Iterator[Rule]:
    """A rule: the books take it, and no serial was anywhere before; what went back may come again.

    It is then with the supplier by the books of all stores, and in none.
    """
    stock = stock_of(asked, move.store, move.part)
    named = {each: stock_of(asked, each, move.part) for each in command.stores if move.serials}
    others, back = [*named.values()], purchase.went_back(move.part).intersection(move.serials)
    yield from broken(stock, [move])
    stocks = {move.store: stock, **named}
    at = serial_book.put_by(asked, move.part, back, stocks, move.store)
    again = [each for each in sorted(back) if at.get(each, move.source) == move.source]
    fresh = [each for each in move.serials if each not in again]
    yield from serial_book.not_new(asked, move.part, fresh, [stock, *others])
    yield from serial_book.not_elsewhere(asked, move.part, move.store, again, others)
