"""采购与入库的事实 (facts of buying): what was ordered for a store, and what came in of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.events import fact
from shared.events.order_sheet import Pieces
from shared.events.values import (
    AllSerials,
    BranchCode,
    Fen,
    Note,
    PartList,
    PartNumber,
    Quantity,
    Ref,
    Text,
)

WRITER = ("inventory",)


class PurchaseStage(StrEnum):
    """采购进度: how far a purchase has come."""

    NONE = "none"
    ASKED = "asked"
    ORDERED = "ordered"
    RECEIVED = "received"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """采购行: how many of a part are bought, and for how much all together."""

    part: PartNumber
    quantity: Quantity
    fen: Fen


@dataclass(frozen=True, slots=True)
class ServedLine:
    """为申请行: how many pieces of a line are bought for a store's request to base."""

    request: Ref
    """补库单号: `BK-HZ01-2026-0001`."""
    part: PartNumber
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """入库行: what came in of a part, against what the delivery note says."""

    part: PartNumber
    announced: Pieces
    """实送: how many the delivery note names."""
    received: Pieces
    """实收: how many were counted, and are in the store from now on."""
    fen: Fen
    """What the received pieces cost, all together."""
    serials: AllSerials = ()
    difference_because: Text | None = None
    """Why it is another number than the note names, or more than was ordered; who was told."""


@fact(writers=WRITER, schema=2)
class PurchaseAsked:
    """采购: parts are bought for a store. A branch's own purchase waits for an approver."""

    number: Ref
    store: BranchCode
    supplier: Text
    lines: PartList[PurchaseLine]
    is_local: bool
    """自购: whether the branch buys by itself, not base. Who keeps a store asks as its branch."""
    because: Text | None
    due_on: date
    """By when the parts are to be there, by the calendar of the store."""
    asked_by: Ref
    serves: PartList[ServedLine] = ()
    """Which requests it is for; what comes in is theirs in this order, and the rest the store's."""


@fact(writers=WRITER, schema=2)
class LocalPurchaseApproved:
    """自购批准: the branch may buy these parts itself."""

    fen: Fen
    """What the approver was shown: the sum of the lines."""
    approved_by: Ref
    because: Note | None = None
    """Why the approver lets the branch buy; None: nobody was asked to say it then."""


@fact(writers=WRITER)
class LocalPurchaseRefused:
    """自购驳回: the branch does not buy them."""

    because: Note
    refused_by: Ref


@fact(writers=WRITER, schema=2)
class GoodsReceived:
    """入库: goods of a purchase came in and were counted, line by line."""

    number: Ref
    """Of the receipt: `CG-HZ01-2026-0001-R1`."""
    delivery_note: Text
    """送货单号: each delivery note of a purchase is received once."""
    lines: PartList[GoodsLine]
    received_by: Ref
    same_note_because: Text | None = None
    """一单两购: why the note serves another purchase of the supplier too; None: nobody said it."""


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """退货行: how many pieces of a part go back."""

    part: PartNumber
    quantity: Quantity
    fen: Fen
    """What the supplier gives back for them, or is not paid, all together."""
    serials: AllSerials = ()


@fact(writers=WRITER)
class GoodsReturned:
    """退货: pieces that came in by a purchase go back to the supplier, or never came."""

    number: Ref
    """Of the return: `CG-HZ01-2026-0001-T1`."""
    lines: PartList[ReturnedLine]
    because: Note
    returned_by: Ref


@fact(writers=WRITER)
class PurchaseEnded:
    """采购终止: what has not come in is not waited for any more."""

    because: Note
    ended_by: Ref
