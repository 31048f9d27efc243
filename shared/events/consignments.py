"""托运的栏目 (consignments): what is on the way from one store to another, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum

from shared.events import fact
from shared.events.order_sheet import Pieces
from shared.events.values import (
    AllSerials,
    At,
    BranchCode,
    Fen,
    Note,
    PartList,
    PartNumber,
    Past,
    Quantity,
    Ref,
    Signature,
    Text,
)

WRITER = ("inventory",)


@dataclass(frozen=True, slots=True)
class Consignment:
    """托运: by whom and under which number the pieces travel, and when they should arrive."""

    carrier: Text
    parcel_no: Text
    sent_at: Past
    expected_at: At


@dataclass(frozen=True, slots=True)
class SentLine:
    """发出行: how many of a part left the shelves of the sender."""

    part: PartNumber
    quantity: Pieces
    serials: AllSerials = ()
    short_because: Text | None = None
    """Why it is less than was let go; then the rest does not come."""


@dataclass(frozen=True, slots=True)
class ArrivedLine:
    """到货行: how many of a part were counted when the parcel was opened."""

    part: PartNumber
    received: Pieces
    serials: AllSerials = ()
    difference_because: Text | None = None
    """Why it is less than was sent, and who was told. The rest stays in transit."""


@dataclass(frozen=True, slots=True)
class FoundLine:
    """找到行: pieces that were missing from the parcel, and are in the store now."""

    part: PartNumber
    quantity: Quantity
    serials: AllSerials = ()


def pieces_of(line: ArrivedLine | FoundLine) -> int:
    """How many pieces of a line came."""
    return line.received if isinstance(line, ArrivedLine) else line.quantity


class TransitBearer(StrEnum):
    """承担方: who bears what was lost on the way."""

    SENDER = "sender"
    RECEIVER = "receiver"
    CARRIER = "carrier"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class TransitLoss:
    """在途报损单: pieces that were sent and came nowhere, and who bears it."""

    part: PartNumber
    quantity: Quantity
    how: Note
    borne_by: TransitBearer
    fen: Fen
    person: Ref | None = None
    """Who bears it, if a person does."""
    serials: AllSerials = ()
    fen_because: Text | None = None
    """Why it is not the catalogue's price of the pieces, if it is less or more."""


@fact(writers=WRITER)
class TransitFound:
    """在途找到: pieces that were missing from a parcel are in the store of its receiver."""

    number: Ref
    lines: PartList[FoundLine]
    because: Text
    """Where they turned up."""
    found_by: Ref


@fact(writers=WRITER)
class TransitLossAsked:
    """在途报损申请: pieces are lost on the way; until somebody grants it they are in transit."""

    number: Ref
    loss: TransitLoss
    asked_by: Ref


@fact(writers=WRITER)
class TransitLossApproved:
    """在途报损批准: the pieces leave the books as a loss that somebody bears."""

    number: Ref
    loss: TransitLoss
    asked_by: Ref
    approved_by: Ref


@fact(writers=WRITER)
class TransitLossRefused:
    """在途报损驳回: the pieces are still to be found, or never left."""

    number: Ref
    because: Note
    refused_by: Ref


@fact(writers=WRITER)
class SendingCorrectionAsked:
    """实发更正申请: of a parcel another thing left than is booked; somebody else says so too."""

    number: Ref
    sender: BranchCode
    receiver: BranchCode
    lines: PartList[SentLine]
    """What really left, of the parts of which something else is booked."""
    because: Text
    asked_by: Ref
    keeper_sig: Signature
    """库管签字: under what is booked and what left."""
    nothing_left: bool
    """Whether by this nothing at all of the parcel left."""


@fact(writers=WRITER)
class SendingCorrected:
    """实发更正: the parcel has what really left, and each piece is where it was all the time."""

    number: Ref
    was: PartList[SentLine]
    """What was booked of these parts; none left of those that are not named."""
    lines: PartList[SentLine]
    because: Text
    asked_by: Ref
    signature: Signature
    """确认签字: of the keeper who has the parcel, or of an approver of the sender."""


@fact(writers=WRITER)
class SendingCorrectionRefused:
    """实发更正驳回: the parcel stays as it is booked."""

    number: Ref
    because: Note
    refused_by: Ref
