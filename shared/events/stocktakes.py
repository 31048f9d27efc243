"""盘点的事实 (facts of stocktakes): what was counted, why it differs, and what was decided."""

from dataclasses import dataclass
from enum import StrEnum

from shared.events import fact
from shared.events.inventory import Valuing
from shared.events.order_sheet import Pieces
from shared.events.values import (
    AllSerials,
    At,
    BranchCode,
    Fen,
    Note,
    PartList,
    PartNumber,
    Period,
    Ref,
    Signature,
    Text,
)

WRITER = ("inventory",)


class StocktakeStage(StrEnum):
    """盘点进度: how far a stocktake has come."""

    NONE = "none"
    COUNTING = "counting"
    COUNTED = "counted"
    EXPLAINED = "explained"
    RETURNED = "returned"
    APPROVED = "approved"
    ENDED = "ended"


class StocktakeKind(StrEnum):
    """盘点种类: of a month, or of some parts at any time."""

    MONTHLY = "monthly"
    SPOT = "spot"


class DifferenceCause(StrEnum):
    """差异原因: why another number was counted than stood in the books."""

    UNPOSTED = "unposted"
    MISCOUNTED = "miscounted"
    DAMAGED = "damaged"
    LOST = "lost"
    UNKNOWN = "unknown"


class Treatment(StrEnum):
    """差异处理: the books follow the count, also at a person's cost; or a paper puts it right."""

    ADJUST = "adjust"
    CHARGE_PERSON = "charge_person"
    CORRECT_ENTRY = "correct_entry"


@dataclass(frozen=True, slots=True)
class Explanation:
    """差异说明: why a line of a stocktake differs."""

    part: PartNumber
    place: Text
    cause: DifferenceCause
    explanation: Note
    issue_notes: PartList[Ref] = ()
    """旧件所属出库单: of old parts, the notes whose pieces are missing or are there again."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """差异裁定: what is done about a line that differs."""

    part: PartNumber
    place: Text
    treatment: Treatment
    because: Text | None = None
    charged_to: Ref | None = None
    """Who bears it, if a person does."""


@fact(writers=WRITER)
class StocktakeOpened:
    """开始盘点: the store counts what it has."""

    number: Ref
    store: BranchCode
    kind: StocktakeKind
    period: Period | None
    """The month, of a monthly one."""
    as_of: At
    """截点: to when what comes of it counts: the end of the month, or when it was opened."""
    opened_by: Ref


@fact(writers=WRITER, schema=3)
class PartCounted:
    """点数: how many pieces of a part lie in a place, and what the books had there just then."""

    part: PartNumber
    place: Text
    """The account: `store`, `quarantine`, `technician:<id>` and so on."""
    counted: Pieces
    book: Pieces
    """账面: what the account had when it was counted; what moved later is no part of it."""
    missing: AllSerials
    """Serials of the account that were not found."""
    surplus: AllSerials
    """Serials that were found and are not of the account."""
    posted: Ref | None
    """The stocktake that last posted a difference of this account."""
    counted_at: At
    counted_by: Ref
    moved_since: bool = False
    """补记: whether pieces moved there between the count and its entry."""
    signature: Signature | None = None
    """点数签字: of who counted, under the count as they made it out; None: an older one."""


@fact(writers=WRITER, schema=2)
class StocktakeCounted:
    """监盘: somebody beside the counter confirms that all was counted."""

    lines: Pieces
    """How many lines were counted."""
    differing: Pieces
    """How many of them differ from the books."""
    unexplained: Pieces
    """How many of these nobody has explained; after a return some are."""
    witnessed_by: Ref
    signature: Signature | None = None
    """监盘签字: under every count of the sheet; None: an older one."""


@fact(writers=WRITER, schema=3)
class DifferencesExplained:
    """差异说明: each line that differs has a cause and words."""

    lines: PartList[Explanation]
    left: Pieces
    """How many lines are still to be explained."""
    explained_by: Ref
    keeper_sig: Signature | None = None
    """库管签字: under the lines that differ as they were shown; None: an older one."""


@dataclass(frozen=True, slots=True)
class LineValue:
    """差异金额: what the pieces of a line that was posted cost."""

    part: PartNumber
    place: Text
    lost_fen: Fen
    found_fen: Fen
    unknown: Pieces
    """Of how many pieces nobody said what they cost."""


@fact(writers=WRITER, schema=2)
class StocktakeApproved:
    """盘点批准: what is done about these lines; the books follow in the same append."""

    lines: PartList[Judgement]
    left: Pieces
    """How many lines are still to be decided."""
    approved_by: Ref
    values: PartList[LineValue] = ()
    """差异金额: of each line that the books follow."""
    valuing: Valuing | None = None
    """By which method, as policy said then; None: it was not told."""


@fact(writers=WRITER)
class StocktakeReturned:
    """盘点退回: it is counted or explained once more, and why."""

    because: Note
    returned_by: Ref


@fact(writers=WRITER)
class StocktakeEnded:
    """盘点作废: it is not gone on with; nothing of it was posted."""

    because: Note
    ended_by: Ref
