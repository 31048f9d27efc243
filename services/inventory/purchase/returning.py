"""退货 (goods go back): what came in leaves the shelves for the supplier again, and why.

Also what was told of a receipt and never came. An approver says it, as of everything that leaves
the books unused; what is open by it is waited for again, until it comes or the purchase is ended.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from services.inventory import on_order, serial_book
from services.inventory.ledger import STORE, Stock, broken, stock_of, stream_of
from services.inventory.part_register import card_of, each_named, each_once
from services.inventory.part_register import stream_of as card_stream
from services.inventory.purchase import receiving, serving
from services.inventory.purchase.state import Purchase, evolve
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if, too_many
from shared.events.purchases import GoodsReceived, GoodsReturned, PurchaseStage, ReturnedLine
from shared.events.values import ALL_SERIALS, SEVERAL, Note, PartList
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class ReturnGoods:
    """退货: pieces of this purchase go back to the supplier, or never came; and why."""

    lines: PartList[ReturnedLine]
    because: Note


def give_back(command: ReturnGoods, purchase: Purchase, asked: Asked) -> Decision:
    """退货: of what came in by this purchase and lies on the shelf; by nobody who took it in."""
    last = purchase.returns[-1:]
    if [(each.lines, each.because, each.returned_by) for each in last] == [
        (command.lines, command.because, asked.actor)
    ]:
        return []
    number = f"{number_of(asked.home)}-T{len(purchase.returns) + 1}"
    moves = [receiving.sent_back(purchase.store, number, line) for line in command.lines]
    refuse_if(
        (not command.lines, reason("no-lines")),
        _own_goods(purchase, asked),
        *each_once([line.part for line in command.lines]),
        *(rule for line in command.lines for rule in _came(line, purchase, asked)),
        *(
            rule
            for move in moves
            for rule in broken(stock_of(asked, move.store, move.part), [move])
        ),
        too_many("serials", sum(len(line.serials) for line in command.lines), ALL_SERIALS),
        too_many("returns", len(purchase.returns) + 1, SEVERAL),
    )
    fact = GoodsReturned(number, command.lines, command.because, asked.actor)
    after, over = evolve(purchase, fact), purchase.stage is PurchaseStage.ENDED
    left = [
        each for move in moves for each in serial_book.left(move.store, move.part, move.serials)
    ]
    moved = [(stream_of(move.store, move.part), move) for move in moves]
    waits = serving.waits(number_of(asked.home), after, over=over)
    return [*asked.here(fact), *moved, *left, *waits]


def reads(command: ReturnGoods, purchase: Purchase, _asked: Asked) -> Sequence[str]:
    """The cards and the stock of the parts, where their serials are, and what is on order."""
    found = [on_order.stream_of(purchase.store)] if purchase.asked else []
    for line in command.lines:
        found += [card_stream(line.part), stream_of(purchase.store, line.part)]
        found += serial_book.streams_of(line.part, line.serials)
    return tuple(dict.fromkeys(found))


def offered(_number: str, purchase: Purchase) -> Iterator[ReturnGoods]:
    """All that came in and did not go back; what of it lies on the shelf, `on_shelf` says."""
    lines = tuple(
        ReturnedLine(part, kept, purchase.paid_for(part), tuple(sorted(purchase.serials_of(part))))
        for part in purchase.lines
        if (kept := purchase.kept(part))
    )
    if lines:
        yield ReturnGoods(lines, WORDS)


def on_shelf(purchase: Purchase, shelf: Callable[[str], Stock]) -> Iterator[ReturnedLine]:
    """可退: what came in by it, did not go back, and lies on the shelf; with its share of the fen.

    Pieces without serials are not told apart: as many as the shelf has may be of this purchase.
    """
    for part in purchase.lines:
        stock, kept = shelf(part), purchase.kept(part)
        serials = tuple(sorted(purchase.serials_of(part) & stock.serials_in(STORE)))
        named = bool(purchase.serials_of(part))
        count = len(serials) if named else min(kept, stock.holds(STORE))
        if count > 0:
            yield ReturnedLine(part, count, purchase.paid_for(part) * count // kept, serials)


def _own_goods(purchase: Purchase, asked: Asked) -> Rule:
    """A rule: who took goods of it in does not say that they go back, nor who stood in for them."""
    told = asked.happened.get(asked.home, ())
    both = (each.people for each in told if isinstance(each.fact, GoodsReceived))
    took = {each.received_by for each in purchase.receipts.values()}.union(*both)
    return asked.actor in took, reason("own-goods", person=asked.actor)


def _came(line: ReturnedLine, purchase: Purchase, asked: Asked) -> Iterator[Rule]:
    """Rules: no more goes back, in pieces and fen, than came in by it; and its own pieces."""
    part, kept, paid = line.part, purchase.kept(line.part), purchase.paid_for(line.part)
    beyond = reason("beyond-received", part=part, received=kept, asked=line.quantity)
    yield line.quantity > kept, beyond
    yield line.fen > paid, reason("beyond-paid", part=part, paid=paid, fen=line.fen)
    yield from each_named(card_of(asked, part), part, line.quantity, line.serials)
    strange = sorted(set(line.serials) - purchase.serials_of(part))
    yield bool(strange), reason("serials-not-bought", part=part, serials=strange)
