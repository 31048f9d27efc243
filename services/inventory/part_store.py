"""台账与定额 (the stock of a part in a store): its opening stock, its quota, and every movement.

A stream for each store and part. Movements that belong to a paper are decided with that paper and
written here in the same append; what the store itself says is decided here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from services.inventory import (
    old_pieces,
    old_reminder,
    periods,
    quarantine,
    refill_draft,
    serial_book,
    upward,
    worth,
)
from services.inventory.ledger import STORE, Stock, broken, moved, stock_of, stream_of
from services.inventory.part_register import NUMBER, card_of, each_named, unusable
from services.inventory.part_register import stream_of as card_stream
from shared.decider import Asked, Decision, Rule, reason, refuse_if
from shared.events.inventory import (
    Movement,
    Outside,
    PartRegistered,
    QuarantineJudged,
    QuotaSet,
    StockMoved,
    Valuing,
)
from shared.events.old_parts import OldPartsUrged, OldPiecesAdjusted, OldPiecesSet
from shared.events.order_sheet import Pieces
from shared.events.replenishments import KeeperOverdue, RefillDrafted, RefillUrged
from shared.events.values import AllSerials, BranchCode, Fen, PartNumber, Quantity, Role
from shared.ground import last_of
from shared.step import Address, Owed, PaperType, PathField, Step, by_command


@dataclass(frozen=True, slots=True)
class EnterOpening:
    """期初库存: what the store had before its books; once for a part, before anything moves."""

    store: BranchCode
    part: PartNumber
    quantity: Quantity
    serials: AllSerials = ()
    fen: Fen | None = None
    """What the pieces cost, all together; None: it is unknown."""
    stores: tuple[BranchCode, ...] = ()
    """Obligation: the other stores that ever had the part, if serials are named."""


@dataclass(frozen=True, slots=True)
class SetQuota:
    """定额: how many of the part the store should have; below it the stock is low."""

    store: BranchCode
    part: PartNumber
    quota: Pieces


Listing: TypeAlias = OldPiecesSet | OldPiecesAdjusted
OnItsDay: TypeAlias = RefillDrafted | RefillUrged | OldPartsUrged | KeeperOverdue
Fact: TypeAlias = StockMoved | QuotaSet | QuarantineJudged | Listing | OnItsDay


def set_quota(command: SetQuota, stock: Stock, asked: Asked) -> Decision:
    """定额: of a part that is in use."""
    refuse_if(*_usable(command, asked))
    wanted = QuotaSet(command.store, command.part, command.quota)
    return [] if stock.quota == command.quota else asked.here(wanted)


def evolve(stock: Stock, fact: Fact) -> Stock:
    """The accounts after the fact. Asks no rule: facts are facts."""
    match fact:
        case StockMoved():
            return _begun(_moved(stock, fact), fact)
        case QuotaSet(quota=quota):
            return replace(stock, quota=quota)
        case QuarantineJudged():
            return replace(stock, judged=stock.judged + 1)
        case RefillDrafted() | RefillUrged() | OldPartsUrged() | KeeperOverdue():
            return _by_calendar(stock, fact)
        case OldPiecesSet() | OldPiecesAdjusted():
            return replace(stock, old=old_pieces.told(stock.old, fact))


def _by_calendar(stock: Stock, fact: OnItsDay) -> Stock:
    """The book after what the calendar said of the part."""
    match fact:
        case RefillDrafted():
            return replace(stock, drafted=fact)
        case RefillUrged(drafted_on=day):
            return replace(stock, draft_urged=day)
        case OldPartsUrged(period=period):
            return replace(stock, old_urged=period)
        case KeeperOverdue(duty=duty, due_at=due_at):
            return replace(stock, told_upward={**stock.told_upward, duty: due_at})


def _begun(stock: Stock, move: StockMoved) -> Stock:
    """The accounts with what was there before the books, or with the first movement after it."""
    match move.because:
        case Movement.OPENING:
            return replace(stock, opening=move)
        case Movement.TAKEN_OVER:
            return stock
        case _:
            return replace(stock, is_begun=True)


def _moved(stock: Stock, move: StockMoved) -> Stock:
    """The accounts after a movement, and what their pieces have cost by each method."""
    worths = {each: worth.moved(stock.worth_by(each), move, each)[0] for each in Valuing}
    return replace(moved(stock, move), worths=worths, old=old_pieces.moved(stock.old, move))


def reads_card(command: EnterOpening | SetQuota, _stock: Stock, _asked: Asked) -> tuple[str, ...]:
    """The card of the part it is about."""
    return (card_stream(command.part),)


def reads_of_opening(command: EnterOpening, stock: Stock, asked: Asked) -> tuple[str, ...]:
    """The card, the closings, and where its serials are: the book, and the other stores."""
    named = serial_book.streams_of(command.part, command.serials)
    others = (stream_of(store, command.part) for store in command.stores)
    closings = periods.stream_of(command.store)
    return (*reads_card(command, stock, asked), closings, *named, *others)


def enter_opening(command: EnterOpening, stock: Stock, asked: Asked) -> Decision:
    """期初库存: once a part, with a serial for each piece where the part has serials."""
    card, rules = card_of(asked, command.part), _usable(command, asked)
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
        fen=command.fen,
    )
    if stock.opening == move:
        return []
    others = [stock_of(asked, store, command.part) for store in command.stores]
    refuse_if(
        *rules,
        *_before_the_books(command, stock, asked),
        *each_named(card, command.part, command.quantity, command.serials),
        *broken(stock, [move]),
        *serial_book.not_new(asked, command.part, command.serials, [stock, *others]),
    )
    entered = serial_book.entered(command.store, command.part, command.serials)
    return [*asked.here(move), *entered]


def _before_the_books(command: EnterOpening, stock: Stock, asked: Asked) -> Iterator[Rule]:
    """A rule: once, before anything moved there, and before the store has closed a month.

    Later it would be a surplus that nobody counted and no finance decided.
    """
    part, before = command.part, stock.opening
    yield before is not None, reason("opening-entered", part=part)
    begun = stock.is_begun and before is None
    yield begun, reason("opening-after-movement", store=command.store, part=part)
    if before is None:
        yield periods.unclosed(asked, command.store, part)


def _usable(command: EnterOpening | SetQuota, asked: Asked) -> list[Rule]:
    """A rule: the part is in the catalogue and active, and its book is the one it is written in."""
    part = command.part
    elsewhere = stream_of(command.store, part) != asked.home
    return [
        (elsewhere, reason("card-elsewhere", part=part)),
        *unusable(card_of(asked, part), part),
    ]


STORE_CODE = PathField("store", described="网点仓库 store", pattern=r"^[A-Z0-9]{2,8}$")
PAPER: PaperType[Stock] = PaperType(
    prefix="stock",
    address=Address("/stock/{store}/{part:path}", (STORE_CODE, replace(NUMBER, name="part"))),
    snapshot=Stock,
    place_of=lambda number: number.partition(":")[0],
)

initial = Stock()
STEPS = (
    Step(
        "openings",
        EnterOpening,
        enter_opening,
        by={Role.STOREKEEPER},
        begins=True,
        reads=reads_of_opening,
        rests_on=last_of(PartRegistered),
        example={"quantity": 12, "fen": 45600},
    ),
    Step(
        "quotas",
        SetQuota,
        set_quota,
        by={Role.APPROVER, Role.BASE},
        nobody_apart="nobody asks for a quota",
        begins=True,
        reads=reads_card,
        rests_on=last_of(PartRegistered),
        example={"quota": 10},
    ),
    *quarantine.STEPS,
    Owed(refill_draft.DraftRefill, refill_draft.draft, reads=refill_draft.reads),
    Owed(refill_draft.UrgeRefill, refill_draft.urge, reads=refill_draft.reads),
    Owed(old_reminder.UrgeOldParts, old_reminder.urge),
    Owed(upward.TellOfKeeper, upward.tell, reads=upward.reads),
)
decide = by_command(STEPS)
