"""调拨的事实 (facts of transfers): what one store asks of another, sends and receives."""

from dataclasses import dataclass
from enum import StrEnum

from shared.events import fact
from shared.events.consignments import ArrivedLine, Consignment, SentLine
from shared.events.values import BranchCode, Note, PartList, PartNumber, Quantity, Ref, Text

WRITER = ("inventory",)


class TransferStage(StrEnum):
    """调拨进度: how far a transfer has come."""

    NONE = "none"
    ASKED = "asked"
    APPROVED = "approved"
    SENT = "sent"
    SHORT = "short"
    """Counted with less than was sent; the rest is looked for."""
    RECEIVED = "received"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class TransferLine:
    """调拨行: a part and how many of it are asked for."""

    part: PartNumber
    quantity: Quantity


@fact(writers=WRITER)
class TransferAsked:
    """调拨申请: a store asks another one for parts."""

    number: str
    sender: BranchCode
    receiver: BranchCode
    """The store that asks."""
    lines: PartList[TransferLine]
    because: Text
    asked_by: Ref


@fact(writers=WRITER)
class TransferApproved:
    """调拨批准: the sending branch lets the parts go."""

    approved_by: Ref


@fact(writers=WRITER)
class TransferRefused:
    """调拨驳回: the sending branch keeps its parts."""

    because: Note
    refused_by: Ref


@fact(writers=WRITER)
class TransferCancelled:
    """调拨取消: the parts are not needed any more; nothing was sent."""

    because: Note
    cancelled_by: Ref


@fact(writers=WRITER)
class TransferSent:
    """调拨发出: the pieces left the shelves of the sender and are in transit."""

    lines: PartList[SentLine]
    consignment: Consignment
    sent_by: Ref


@fact(writers=WRITER)
class TransferReceived:
    """调拨到货: the parcel was counted against what was sent; what is missing is in transit."""

    lines: PartList[ArrivedLine]
    received_by: Ref
