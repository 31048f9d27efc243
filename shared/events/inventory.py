"""库存的事实 (facts of the stock): the catalogue, and the ledger of pieces.

A stream `stock-<store>:<part>` holds all accounts of one part in one store. `StockMoved` is the
only fact that moves pieces. It is written with the paper's own fact, in the same append.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.events import document, fact
from shared.events.order_sheet import Pieces
from shared.events.values import (
    AllSerials,
    BranchCode,
    Fen,
    Many,
    Note,
    PartNumber,
    Quantity,
    Ref,
    RepairNature,
    Several,
    Text,
)

THOUSAND = 1000
"""Of how many small pieces a unit of a divided part is made."""


class Unit(StrEnum):
    """计量单位: the unit a part is counted in; a divisible part in its small unit."""

    PIECE = "piece"
    SET = "set"
    METRE = "metre"
    LITRE = "litre"
    KILOGRAM = "kilogram"
    PAIR = "pair"
    PACK = "pack"
    BOX = "box"
    ROLL = "roll"
    BARREL = "barrel"
    BOTTLE = "bottle"
    CENTIMETRE = "centimetre"
    MILLILITRE = "millilitre"
    GRAM = "gram"


class UseNature(StrEnum):
    """使用性质: what a part was consumed for: the repair nature or a reason of the store."""

    WARRANTY = "warranty"
    CONTRACT = "contract"
    PAID = "paid"
    GOODWILL = "goodwill"
    COMMISSIONING = "commissioning"
    INTERNAL = "internal"
    SAMPLE = "sample"
    LOSS = "loss"


class Movement(StrEnum):
    """库存变动: why pieces moved from one account to another."""

    OPENING = "opening"
    ISSUE = "issue"
    JOINT_OPENING = "joint_opening"
    HANDED_OVER = "handed_over"
    USED = "used"
    UNUSED = "unused"
    LOST = "lost"
    OLD_PART = "old_part"
    CORRECTION = "correction"
    REFILL = "refill"
    OLD_LIST = "old_list"
    STOCKTAKE = "stocktake"
    PURCHASE = "purchase"
    TRANSFER = "transfer"
    JUDGED = "judged"
    OWN_USE = "own_use"
    TAKEN_OVER = "taken_over"


class Judgement(StrEnum):
    """待检结论: what becomes of pieces that came home damaged."""

    GOOD = "good"
    OLD_OTHER = "old_other"
    SCRAPPED = "scrapped"


class Valuing(StrEnum):
    """计价方法: what a piece that leaves has cost, where pieces came in at different prices."""

    MOVING_AVERAGE = "moving_average"
    FIRST_IN_FIRST_OUT = "first_in_first_out"


class Outside(StrEnum):
    """账外: the accounts outside the store. Only these may fall below zero."""

    SUPPLIER = "supplier"
    MAKER = "maker"
    INSTALLED = "installed"
    SCRAPPED = "scrapped"
    DIFFERENCE = "difference"
    TRANSFER = "transfer"
    CONSUMED = "consumed"


@dataclass(frozen=True, slots=True)
class PartCard:
    """配件: one part of the catalogue, how it is counted, and when its old part must come home."""

    id: PartNumber
    name: Text
    unit: Unit = Unit.PIECE
    category: Ref | None = None
    models: Many[Text] = ()
    """机型: the models it fits; if none is named, all."""
    has_serials: bool = False
    old_part_due: Several[RepairNature] = (RepairNature.WARRANTY,)
    """旧件应交: the repair natures for which one old part must come home for each piece used."""
    value_fen: Fen | None = None
    divided: bool | None = None
    """Whether it is counted in thousandths of its unit: mm, ml, g. If nobody says so: as before; a
    new part is, if its unit is a metre, a litre or a kilogram."""
    active: bool = True

    def price_of(self, quantity: int) -> int | None:
        """目录价: what so many of it cost, in whole fen; None: the catalogue has no price."""
        per = THOUSAND if self.divided else 1
        return None if self.value_fen is None else self.value_fen * quantity // per


@fact(schema=2, milestone="part")
class PartRegistered:
    """配件登记: a part is in the catalogue from now on."""

    card: PartCard


@fact(schema=2, milestone="part")
class PartChanged:
    """配件变更: a part's card is this one from now on."""

    card: PartCard


@fact(schema=2)
class StockMoved:
    """库存变动: pieces of the stream's part went from one account to another.

    Accounts inside: store, in_transit, technician:<id>, parcel:<note>, old_warranty, old_other,
    old_in_transit, spare_pool, spare_lent:<ticket>, quarantine. Outside: supplier, maker,
    installed, scrapped, difference, transfer, consumed.
    """

    store: BranchCode
    part: PartNumber
    source: str
    """The account the pieces leave."""
    target: str
    """The account they go to."""
    quantity: Quantity
    serials: AllSerials
    because: Movement
    use_nature: UseNature | None
    paper: str | None
    """The number of the paper that moved them; None for the opening stock."""
    fen: Fen | None = None
    """金额: what pieces that come from outside cost, all together; None: not said."""


@fact()
class SerialsEntered:
    """序列号入库: this store has these pieces from now on, and no other store does."""

    store: BranchCode
    part: PartNumber
    serials: AllSerials


@fact()
class SerialsLeft:
    """序列号出库: these pieces are in no store any more: they were fitted."""

    store: BranchCode
    part: PartNumber
    serials: AllSerials


@fact()
class QuarantineJudged:
    """待检判定: pieces in quarantine are good, lie with the old parts, or are scrapped."""

    number: str
    """Of the judgement: `HZ01:MFQ-32-J1`. Their movement names it."""
    store: BranchCode
    part: PartNumber
    judgement: Judgement
    quantity: Quantity
    serials: AllSerials
    because: Note
    """What was found."""
    judged_by: Ref


@fact()
class QuotaSet:
    """定额: how many pieces of the part this store should have. Below it the stock is low."""

    store: BranchCode
    part: PartNumber
    quota: Pieces


@document("part", schema=2)
class PartDocument:
    """配件: a part of the catalogue as other rooms know it."""

    card: PartCard
