"""旧件的事实 (facts of old parts): what came off machines, its way to base, what became of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.events import fact
from shared.events.consignments import ArrivedLine, Consignment, FoundLine, TransitLoss
from shared.events.inventory import Movement
from shared.events.order_sheet import Pieces
from shared.events.values import (
    BranchCode,
    FaultNature,
    Fen,
    Note,
    PartList,
    PartNumber,
    Period,
    Quantity,
    Ref,
    Role,
    Serials,
    Signature,
    Text,
)

WRITER = ("inventory",)


class OldPartsStage(StrEnum):
    """旧件清单进度: how far a list of old parts has come."""

    NONE = "none"
    LISTED = "listed"
    SENT = "sent"
    SHORT = "short"
    """Counted with less than was sent; the rest is looked for."""
    RECEIVED = "received"
    JUDGED = "judged"
    SETTLED = "settled"
    ENDED = "ended"


class OldClass(StrEnum):
    """旧件类别: warranty 三包 apart from all others."""

    WARRANTY = "warranty"
    OTHER = "other"


class Disposition(StrEnum):
    """旧件处置: what base does with an old part."""

    RETURN_TO_MAKER = "return_to_maker"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    SCRAP = "scrap"


class OldOutcome(StrEnum):
    """旧件结果: what came of it."""

    PART_BACK = "part_back"
    """A part is on the shelf of base again: the repaired one, or another from the maker."""
    CREDIT = "credit"
    SCRAPPED = "scrapped"
    WRITTEN_OFF = "written_off"
    """Nothing: a stocktake of base did not find the pieces, and the books do not have them."""


CLASSES = {"old_warranty": OldClass.WARRANTY, "old_other": OldClass.OTHER}
"""By the account in which they lie."""
BARE = {OldClass.OTHER: "quarantine", OldClass.WARRANTY: "stocktake"}
"""What stands for a note where there is none: most of the others come from quarantine."""
BY_NOTE = (Movement.OLD_PART, Movement.CORRECTION)
"""Movements of old parts that name an issue note."""


def source_of(note: str | None, old_class: OldClass | None) -> str:
    """What old parts are found by: their note, or what stands for one."""
    return note or BARE[old_class or OldClass.OTHER]


@dataclass(frozen=True, slots=True)
class OldPartLine:
    """旧件行: old parts of one reconciled line, or of quarantine; its figures are the books'."""

    part: PartNumber
    quantity: Quantity
    serials: Serials
    ticket: Text
    """Empty, where it belongs to none."""
    issue_note: Ref | None
    """None: what stands on no note, from quarantine or found by a stocktake."""
    fault_nature: FaultNature | None
    condition: Text
    machine_serial: Text | None = None
    """机号 of the machine that it was in; None: no order says it."""
    removed_on: date | None = None
    """拆下日期: when the work was finished; None: no order says it."""


@fact(writers=WRITER, schema=4)
class OldPartsListed:
    """旧件列单: a store puts old parts on a list for base, one class a list."""

    number: str
    store: BranchCode
    period: Period
    """The month in which it was listed."""
    old_class: OldClass
    lines: PartList[OldPartLine]
    listed_by: Ref
    at_base: bool = False
    """Whether they lie in the store of base, where they are counted and judged without a parcel."""


@fact(writers=WRITER, schema=3)
class OldPiecesSet:
    """旧件占用: how many old pieces of a reconciled line are on lists that were not ended."""

    issue_note: Ref | None
    """None: of those that stand on no note; quarantine put most of them there."""
    part: PartNumber
    number: Ref
    """Of the list that changed it."""
    listed: Pieces
    serials: Serials
    """Of those pieces, as far as they are known."""
    old_class: OldClass | None = None
    """None: an older list did not tell it; without a note it was of no warranty."""
    waiting: Pieces | None = None
    """How many of the line are on no list now; None: an older list did not tell it."""
    waiting_serials: Serials = ()


@fact(writers=WRITER)
class OldPiecesAdjusted:
    """旧件核减: pieces of a line that are not there by a stocktake, or were found again."""

    issue_note: Ref | None
    """None: of those that stand on no note."""
    part: PartNumber
    old_class: OldClass
    number: Ref
    """Of the stocktake; of the list, where its end gave back fewer pieces than it had."""
    written_off: Pieces
    found: Pieces
    serials: Serials
    """Of these pieces, as far as they are known."""


@fact(writers=WRITER)
class OldPartsUrged:
    """督促旧件列单: old pieces of a part have waited too long for a list; once a month."""

    store: BranchCode
    part: PartNumber
    period: Period
    """The month that has begun."""
    waiting: Pieces
    """How many pieces of the part are on no list."""
    owed_by: Role
    """Who lists them, of the people of the store."""


@fact(writers=WRITER)
class OldPartsEnded:
    """旧件清单终止: nothing was sent; its pieces may be listed anew."""

    because: Note
    ended_by: Ref


@fact(writers=WRITER, schema=2)
class OldPartsSent:
    """旧件发出: everything on the list left the store for base."""

    base: BranchCode
    consignment: Consignment
    sent_by: Ref
    keeper_sig: Signature | None = None
    """库管签字: under the list as it was shown; None: an older one."""


@fact(writers=WRITER, schema=2)
class OldPartsReceived:
    """旧件点收: base counted the parcel against the list; what is missing is on the way still.

    Of a list of base's own store all of it, where it lies.
    """

    lines: PartList[ArrivedLine]
    received_by: Ref
    signature: Signature | None = None
    """基地签字: under the list as it was shown, and how it travelled; None: an older one."""


@fact(writers=WRITER)
class OldPartsFound:
    """旧件找到: old parts that were missing from the parcel are at base."""

    number: Ref
    lines: PartList[FoundLine]
    because: Text
    """Where they turned up."""
    found_by: Ref


@fact(writers=WRITER)
class OldLossAsked:
    """旧件在途报损申请: old parts are lost on the way; until it is granted they are missing."""

    number: Ref
    loss: TransitLoss
    asked_by: Ref


@fact(writers=WRITER)
class OldLossApproved:
    """旧件在途报损批准: the old parts leave the books as a loss that somebody bears."""

    number: Ref
    loss: TransitLoss
    asked_by: Ref
    approved_by: Ref


@fact(writers=WRITER)
class OldLossRefused:
    """旧件在途报损驳回: the old parts are still to be found, or never left."""

    number: Ref
    because: Note
    refused_by: Ref


@fact(writers=WRITER)
class OldPartJudged:
    """旧件判定: what base does with pieces of one line."""

    number: Ref
    """Of the judgement: `JJ-…-J1`."""
    line: Quantity
    """Which line of the list, the first is 1."""
    quantity: Quantity
    serials: Serials
    disposition: Disposition
    because: Text | None
    """Why it is not what the fault nature says, if it is not."""
    judged_by: Ref


@fact(writers=WRITER, schema=2)
class OldPartSettled:
    """旧件结案: what came of judged pieces; they leave the old parts."""

    number: Ref
    """Of the judgement."""
    outcome: OldOutcome
    credit_fen: Fen | None
    case_no: Text | None
    """厂家受理号: the maker's case number."""
    serials: Serials
    """Of the parts that came back from the maker."""
    because: Text | None
    """Why it is not what its judgement leads to, if it is not."""
    settled_by: Ref
    written_off: Pieces = 0
    """How many of the judged pieces a stocktake had written off; the outcome is of the rest."""
