"""差旅报销的事实 (facts of travel claims): what a journey cost, what of it is allowed, and paid."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias

from shared.events import document, fact
from shared.events.order_sheet import Deviation, Journey
from shared.events.values import (
    At,
    BranchCode,
    Constraint,
    ContentHash,
    Fen,
    FileRef,
    Note,
    Ref,
    Several,
    Text,
    Ticket,
    TravelMode,
)

WRITER = ("dispatch",)
LineNumber: TypeAlias = Annotated[int, Constraint(ge=1, le=20, strict=True)]
"""行号: the lines of a claim are counted from 1."""
Spent: TypeAlias = Annotated[int, Constraint(ge=1, le=10**9, strict=True)]
"""Money that was spent, in fen; a line of nothing is no line."""
Moved: TypeAlias = Annotated[int, Constraint(ge=-(10**9), le=10**9, strict=True)]
"""Money that was paid in addition, in fen; less than nothing: it was paid back."""


class ClaimStage(StrEnum):
    """报销进度: how far a travel claim has come."""

    NONE = "none"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ExpenseKind(StrEnum):
    """费用类别: what was paid for on the way."""

    FARE = "fare"
    LODGING = "lodging"
    ALLOWANCE = "allowance"
    LOCAL = "local"
    POSTAGE = "postage"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ExpenseLine:
    """费用行: what was paid for on a day of a journey, and the voucher that proves it."""

    visit: Ref
    """The number of the visit for whose journey it was spent."""
    kind: ExpenseKind
    on: date
    fen: Spent
    voucher_no: Ref | None = None
    """凭证号: as it is printed. A day's allowance has none."""
    because: Text | None = None
    """What it was, or why there is no voucher."""
    file: FileRef | None = None
    """The voucher as a picture or a PDF; brought by `POST /v1/files`."""


@dataclass(frozen=True, slots=True)
class Trip:
    """行程: one journey, as it is told and as the papers say it."""

    visit: Ref
    from_place: Text
    """The town or station, no address."""
    to_place: Text
    left_at: At
    """When its technician set out, by the visit."""
    back_at: At
    mode_approved: TravelMode | None
    """As granted last, by the order; None: it names none."""
    mode_used: TravelMode
    """By the visit."""
    change: Journey | None = None
    """旅程变更: what the approver had granted instead of the approved journey, by the order."""
    deviation: tuple[Deviation, ...] = ()
    """偏差: in what it was left otherwise than approved, by the visit."""


@dataclass(frozen=True, slots=True)
class ReportAttached:
    """所附报修单: the approved report that goes to finance with the claim."""

    report: Ref
    """The number of the report."""
    version: int
    """Of the report's document that the order was made out by."""
    content: ContentHash
    """Of what was approved."""


@dataclass(frozen=True, slots=True)
class LineReviewed:
    """核定行: how much of a line finance allows, by which rule, and why not all of it."""

    line: LineNumber
    allowed_fen: Fen
    rule: Ref
    """The row of the policy table that the line was held to."""
    because: Note | None = None
    """Why it was cut; None: it was not."""
    counts_as: Ref = ""
    """Under what its day's rate is counted, by what the row holds for; empty: under its name."""


@fact(writers=WRITER, milestone="claim")
class ClaimSubmitted:
    """报销提交: who travelled says what it cost, and attaches the approved report."""

    number: Ref
    ticket: Ticket
    branch: BranchCode
    order: Ref
    claimant: Ref
    trips: Several[Trip]
    lines: Several[ExpenseLine]
    total_fen: Fen
    """Computed from the lines."""
    report: ReportAttached


@fact(writers=WRITER, milestone="claim")
class ClaimReturned:
    """报销退回: finance sends the claim back, with what is wrong with it."""

    reasons: Several[Note]
    returned_by: Ref


@fact(writers=WRITER, schema=3)
class ClaimReviewed:
    """报销审核: finance has allowed or cut each line."""

    lines: Several[LineReviewed]
    allowed_fen: Fen
    """Computed from the lines."""
    policy: Text
    """The policy table by which the lines were held, with its version."""
    needed: tuple[Ref, ...]
    """In which role this sum is approved, one of these; empty: it was not written down."""
    reviewed_by: Ref


@fact(writers=WRITER, milestone="claim")
class ClaimApproved:
    """报销批准: what finance allowed may be paid."""

    allowed_fen: Fen
    in_spite_of: tuple[LineNumber, ...]
    """Lines of a journey that was left otherwise than approved, and that count all the same."""
    approved_by: Ref


@fact(writers=WRITER, milestone="claim")
class ClaimRejected:
    """报销驳回: nothing of it is paid; its vouchers may be claimed anew."""

    because: Note
    rejected_by: Ref


@fact(writers=WRITER)
class ClaimPaid:
    """报销付款: what was allowed has been paid, once."""

    reference: Ref
    """付款凭证号: of the payment."""
    fen: Fen
    paid_by: Ref


@fact(writers=WRITER, milestone="claim")
class ClaimApprovalTakenBack:
    """批准收回: what was approved is not paid as it is; finance has the report again."""

    because: Note
    taken_back_by: Ref


@fact(writers=WRITER)
class ClaimCorrected:
    """付款更正: after the payment more was paid, or some was paid back; nothing is rewritten."""

    reference: Ref
    """更正凭证号: of the payment or the receipt by which the money went."""
    fen: Moved
    because: Note
    corrected_by: Ref


@fact(writers=WRITER, milestone="claim")
class ClaimWithdrawn:
    """报销撤回: it is not claimed any more; its vouchers may be claimed anew."""

    because: Note
    withdrawn_by: Ref


@fact(writers=WRITER, schema=2)
class VoucherUsed:
    """凭证占用: a voucher, a payment, a person's day or a part of it counts for this claim."""

    claim: Ref
    fen: Fen | None = None
    """标准内已核: how much of what a day allows; None: of anything else, which counts whole."""


@fact(writers=WRITER)
class VoucherFreed:
    """凭证释放: it counts for this claim no more."""

    claim: Ref


@document("claim")
class TravelClaimDocument:
    """差旅报销单: what of a claim other rooms use: whose it is, and where the report is."""

    number: str
    ticket: str
    branch: str
    order: str
    stage: ClaimStage
    claimant: str
    total_fen: Fen
    report: ReportAttached
    has_report: bool
    """Whether finance has the report now, because the claim waits to be decided."""
    allowed_fen: Fen | None = None
