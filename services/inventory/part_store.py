"""台账与定额 (the stock of a part in a store): its opening stock, its quota, and every movement.

A stream for each store and part. Movements that belong to a paper are decided with that paper and
written here in the same append; what the store itself says is decided here.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from services.inventory.ledger import STORE, Rule, Stock, broken, moved, stream_of
from services.inventory.part_register import card_of, unusable
from services.inventory.part_register import stream_of as card_stream
from shared.decider import Asked, Decision, Public, reason, refuse_if
from shared.events.inventory import Movement, Outside, PartCard, QuotaSet, StockMoved
from shared.events.order_sheet import Pieces
from shared.events.values import BranchCode, Quantity, Ref, Text


@dataclass(frozen=True, slots=True)
class EnterOpening:
    """期初库存: how many of the part the store had when its book was opened; once."""

    store: BranchCode
    part: Ref
    quantity: Quantity
    serials: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class SetQuota:
    """定额: how many of the part the store should have."""

    store: BranchCode
    part: Ref
    quota: Pieces


Command: TypeAlias = EnterOpening | SetQuota
Fact: TypeAlias = StockMoved | QuotaSet

initial = Stock()


def reads(command: Command) -> tuple[str, ...]:
    """The card of the part it is about."""
    return (card_stream(command.part),)


def decide(command: Command, stock: Stock, asked: Asked) -> Decision:
    """What the command makes true. Nothing, when it is true already."""
    part, card = command.part, card_of(asked, command.part)
    elsewhere = stream_of(command.store, part) != asked.home
    rules: list[Rule] = [
        (elsewhere, reason("card-elsewhere", part=part)),
        *unusable(card, part),
    ]
    match command:
        case SetQuota(quota=quota):
            refuse_if(*rules)
            return [] if stock.quota == quota else asked.here(QuotaSet(command.store, part, quota))
        case EnterOpening():
            return _open(command, stock, card, asked, rules)


def evolve(stock: Stock, fact: Fact) -> Stock:
    """The accounts after the fact. Asks no rule: facts are facts."""
    match fact:
        case StockMoved(because=Movement.OPENING):
            return replace(moved(stock, fact), opening=fact)
        case StockMoved():
            return moved(stock, fact)
        case QuotaSet(quota=quota):
            return replace(stock, quota=quota)


def public(_: Stock, fact: Fact) -> Public:
    """No milestone stands on a stock stream: other rooms hear of parts by their papers."""
    raise NotImplementedError(f"{type(fact).__name__} is no milestone")


def _open(
    command: EnterOpening, stock: Stock, card: PartCard | None, asked: Asked, rules: list[Rule]
) -> Decision:
    move = StockMoved(
        store=command.store,
        part=command.part,
        source=Outside.SUPPLIER.value,
        target=STORE,
        quantity=command.quantity,
        serials=tuple(sorted(command.serials)),
        because=Movement.OPENING,
        use_nature=None,
        paper=None,
    )
    before = stock.opening
    if before == move:
        return []
    kept, named = bool(card and card.has_serials), len(command.serials)
    lacking = reason("serials-needed", part=command.part, named=named, asked=command.quantity)
    refuse_if(
        *rules,
        (
            before is not None,
            reason("opening-entered", part=command.part, was=before.quantity if before else 0),
        ),
        (kept and named < command.quantity, lacking),
        (bool(card) and not kept and named > 0, reason("serials-not-kept", part=command.part)),
        *broken(stock, [move]),
    )
    return asked.here(move)
