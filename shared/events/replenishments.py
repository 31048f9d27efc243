"""补库的事实 (facts of refilling): what a store asks of base, what it sends, what is late."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.events import fact
from shared.events.consignments import ArrivedLine, Consignment, FoundLine, SentLine, TransitLoss
from shared.events.order_sheet import Pieces
from shared.events.values import (
    At,
    BranchCode,
    Note,
    PartList,
    PartNumber,
    Quantity,
    Ref,
    Role,
    Signature,
    Text,
)

WRITER = ("inventory",)


class ReplenishmentStage(StrEnum):
    """补库进度: how far a request has come."""

    NONE = "none"
    ASKED = "asked"
    CHECKED = "checked"
    """Base has said how many it sends; until nothing of it is lacking or in transit."""
    RECEIVED = "received"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Figures:
    """补库算式: what a store should have of a part, and what it has or waits for."""

    quota: Pieces
    on_hand: Pieces
    in_transit: Pieces
    on_order: Pieces
    """What earlier requests and purchases of the store still wait for."""

    @property
    def lacking(self) -> int:
        """应补: up to the quota."""
        return max(0, self.quota - self.on_hand - self.in_transit - self.on_order)


@dataclass(frozen=True, slots=True)
class RefillLine:
    """补库行: how many of a part are asked for, and the figures that say so."""

    part: PartNumber
    asked: Quantity
    figures: Figures
    because: Text | None = None
    """Why it is another number than the figures give."""


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """核定行: how many of a part base sends."""

    part: PartNumber
    agreed: Pieces
    because: Text | None = None
    """Why it is less than was asked for."""


@dataclass(frozen=True, slots=True)
class OpenPieces:
    """未到行: how many of a part a paper still waits for."""

    part: PartNumber
    quantity: Pieces


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """代购行: how many of a part a purchase brings for a request, and how many have come in."""

    part: PartNumber
    ordered: Pieces
    """Of a purchase that is over, no more than came in."""
    arrived: Pieces


@fact(writers=WRITER)
class OnOrderSet:
    """在购: what a paper of the store still waits for from now on."""

    store: BranchCode
    number: Ref
    lines: PartList[OpenPieces]
    """All parts of the paper; of what came or was given up, none."""
    unchecked_on: date | None = None
    """The day on which it was asked, while base has not checked it."""


@fact(writers=WRITER)
class RefillDrafted:
    """补库草稿: on the day on which a store asks, what it lacks of a part."""

    store: BranchCode
    part: PartNumber
    drafted_on: date
    figures: Figures


@fact(writers=WRITER)
class RefillUrged:
    """督促补库: nobody has asked for what was drafted; once a draft."""

    store: BranchCode
    part: PartNumber
    drafted_on: date
    due_at: At
    lacking: Pieces
    owed_by: Role
    """Who asks, of the people of the store."""


class KeeperDuty(StrEnum):
    """库管事项: of what a keeper is reminded, part by part."""

    ASKING = "asking"
    """To ask base for what was drafted."""
    LISTING = "listing"
    """To list old parts."""


@fact(writers=WRITER)
class KeeperOverdue:
    """库管逾期: the keeper was reminded in vain; approvers of the store are told, each time."""

    store: BranchCode
    part: PartNumber
    duty: KeeperDuty
    due_at: At
    """By when it was to be done; of old parts, when the keeper was reminded."""
    upward_at: At
    told: Role
    """In which role people of the store are told."""


@fact(writers=WRITER, schema=3)
class ReplenishmentAsked:
    """补库申请: a store asks base for parts up to its quotas."""

    number: str
    store: BranchCode
    asked_on: date
    lines: PartList[RefillLine]
    because: Text | None
    """Why on another day than policy says."""
    due_at: At | None
    """By when base sends what it had to buy; None: no time is set."""
    asked_by: Ref
    within: Text | None = None
    """时限: the time from asking to `due_at` as policy says it, `P7D`; None: no time is set."""
    keeper_sig: Signature | None = None
    """库管签字: under the request as it was made out; None: an older one."""


@fact(writers=WRITER)
class ReplenishmentChecked:
    """补库核定: how many of each part base sends, and from which store."""

    base: BranchCode
    lines: PartList[AgreedLine]
    checked_by: Ref


@fact(writers=WRITER)
class RefillBought:
    """补库代购: what a purchase of base brings for the request, from now on."""

    purchase: Ref
    store: BranchCode
    """Where it comes in: in the store that asks itself, or in that of base, which then sends it."""
    due_on: date
    lines: PartList[BoughtLine]


@fact(writers=WRITER)
class StockSent:
    """补库发出: the pieces left the shelves of base and are in transit."""

    shipment: Ref
    lines: PartList[SentLine]
    consignment: Consignment
    sent_by: Ref


@fact(writers=WRITER, schema=2)
class StockReceived:
    """补库到货: the parcel was counted against what was sent; what is missing is in transit."""

    shipment: Ref
    lines: PartList[ArrivedLine]
    received_by: Ref
    keeper_sig: Signature | None = None
    """库管签字: under the parcel as it was sent; None: an older one."""


@fact(writers=WRITER)
class StockFound:
    """在途找到: pieces that were missing from a parcel of base are in the store."""

    number: Ref
    lines: PartList[FoundLine]
    because: Text
    """Where they turned up."""
    found_by: Ref


@fact(writers=WRITER)
class StockLossAsked:
    """在途报损申请: pieces of a parcel are lost; until somebody grants it they are in transit."""

    number: Ref
    loss: TransitLoss
    asked_by: Ref


@fact(writers=WRITER)
class StockLossApproved:
    """在途报损批准: the pieces leave the books as a loss that somebody bears."""

    number: Ref
    loss: TransitLoss
    asked_by: Ref
    approved_by: Ref


@fact(writers=WRITER)
class StockLossRefused:
    """在途报损驳回: the pieces are still to be found, or never left."""

    number: Ref
    because: Note
    refused_by: Ref


@fact(writers=WRITER)
class ReplenishmentEnded:
    """补库终止: what base did not send is not waited for any more."""

    because: Note
    ended_by: Ref


@fact(writers=WRITER)
class ReplenishmentLate:
    """补库逾期: base has not sent these in time. It stands against base until it is approved."""

    due_at: At
    lines: PartList[OpenPieces]


@fact(writers=WRITER)
class LatenessApproved:
    """逾期批准: the general manager accepts that base is late, and why."""

    because: Note
    approved_by: Ref
