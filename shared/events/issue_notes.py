"""出库单的事实 (facts of issue notes): a note from the permission to draw to its account."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeAlias

from shared.events import document, fact
from shared.events.order_sheet import Delivery, NoteStage, Pieces
from shared.events.part_cases import CountedPieces, Loss, Waiver
from shared.events.values import (
    At,
    BranchCode,
    Constraint,
    ContentHash,
    FaultNature,
    Fen,
    Note,
    PartList,
    PartNumber,
    PartWanted,
    Past,
    Personal,
    PersonName,
    Photo,
    Quantity,
    Ref,
    RepairNature,
    Serials,
    Several,
    Signature,
    Text,
    Ticket,
)

WRITER = ("inventory",)


class Condition(StrEnum):
    """完好情况: in which state an unused piece came home."""

    GOOD = "good"
    DAMAGED = "damaged"


class Opening(StrEnum):
    """拆验结果: what was found when the parcel was opened together."""

    AS_SENT = "as_sent"
    SHORT = "short"
    DAMAGED = "damaged"
    WRONG = "wrong"


class ParcelWord(StrEnum):
    """邮件登记: what was told of a parcel."""

    DELIVERED = "delivered"
    RETURNED = "returned"
    OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Parcel:
    """邮寄: how posted parts travel, and when they should arrive."""

    carrier: Text
    parcel_no: Text
    sent_at: Past
    expected_at: At
    receiver: Personal


@dataclass(frozen=True, slots=True)
class Opened:
    """会同拆验: what was found when technician and customer opened the parcel together."""

    at: Past
    technician: Ref
    customer: PersonName
    opening: Opening
    missing: PartList[PartWanted] = ()
    """What was not in it or not fit for use. The keeper accounts for it, not the technician."""
    photos: Several[Photo] = ()


@dataclass(frozen=True, slots=True)
class Issued:
    """实发: how a line left the store."""

    quantity: Quantity
    old_part_due: bool
    serials: Serials = ()
    short_because: Text | None = None
    """Why it is less than permitted. The rest goes on a further note."""
    old_due_by: Several[RepairNature] | None = None
    """旧件应交: the repair natures for which its old parts are due, by the card as it left; None:
    drawn before that was kept."""


@dataclass(frozen=True, slots=True)
class Handed:
    """实际发出: what of a line was really handed out, however it was booked."""

    quantity: Pieces
    """None at all: what was handed out is on no line, or on another one."""
    serials: Serials = ()


@dataclass(frozen=True, slots=True)
class InHand:
    """在手: how many pieces of a line somebody has."""

    person: Ref
    quantity: Pieces


@dataclass(frozen=True, slots=True)
class UnusedPieces:
    """剩余交回: unused pieces that came home in one condition."""

    quantity: Quantity
    condition: Condition
    serials: Serials = ()
    found_because: Text | None = None
    """Of pieces that were missing from the parcel: where they turned up."""


UNUSED_LINES = 3
UnusedList: TypeAlias = Annotated[tuple[UnusedPieces, ...], Constraint(max_length=UNUSED_LINES)]
"""交回明细: a line for each condition."""


@dataclass(frozen=True, slots=True)
class Account:
    """核销账目: where every piece of a line went, and what came back in its place."""

    used: Pieces
    unused: Pieces
    condition: Condition = Condition.GOOD
    """Of the pieces that came home unused."""
    old_returned: Pieces = 0
    old_serials: Serials = ()
    new_serials: Serials = ()
    """Of the pieces used. Drawn serials that are not named here came home."""
    fault_nature: FaultNature | None = None
    """Why the old parts failed. What the base does with them depends on it."""
    lost: Pieces = 0
    """报损: at most the number approved as lost."""
    loss: Ref | None = None
    waived: Pieces = 0
    """旧件免交: at most the number approved as waived."""
    waiver: Ref | None = None
    unused_lines: UnusedList = ()
    """The unused pieces by condition, if not all are in the same; else `condition` says it."""
    old_unnumbered_because: Text | None = None
    """旧件无号: why old parts of a part with serials have none that can be read."""


@dataclass(frozen=True, slots=True)
class SignedUse:
    """签字用量: how many of a part the customer signed for, on one issue note."""

    part: PartNumber
    used: Pieces
    new_serials: Serials | None = None
    """None, here and below: heard before this room was told of more than the quantity."""
    old_serials: Serials | None = None
    old_taken: Pieces | None = None
    old_left: Pieces | None = None


@dataclass(frozen=True, slots=True)
class NoteLine:
    """出库行: one line of an issue note from its permission to its account."""

    part: PartNumber
    permitted: Pieces
    store: BranchCode
    issued: Issued | None = None
    account: Account | None = None
    dropped_because: Text | None = None
    """Why nothing will be drawn on it any more."""


@dataclass(frozen=True, slots=True)
class HeldLine:
    """在手行: what a technician has of a part from before the books, and by which old paper."""

    part: PartNumber
    quantity: Quantity
    old_paper: Text
    """The number of the paper on which they drew it."""
    serials: Serials = ()
    fen: Fen | None = None
    """What the pieces cost, all together; None: it is unknown."""

    @property
    def issued(self) -> Issued:
        """As a note has what was drawn on it; what the old paper owed of old parts is not known."""
        return Issued(self.quantity, old_part_due=False, serials=self.serials, old_due_by=())


@fact(writers=WRITER)
class AccountOpened:
    """在手登记: what a technician had before the books were opened; a note stands for it."""

    number: Ref
    store: BranchCode
    technician: Ref
    repair_nature: RepairNature
    """By which what they use of it is booked."""
    lines: PartList[HeldLine]
    opened_by: Ref


@fact(writers=WRITER)
class AccountSigned:
    """在手签字: the technician signed for the pieces, which are on their account from now on."""

    lines: PartList[HeldLine]
    signature: Signature


@fact(writers=WRITER, schema=4)
class IssueNoteReleased:
    """出库单放行: the technician signed the order; its parts may be drawn on this note."""

    number: str
    ticket: Ticket
    branch: BranchCode
    order: str
    """The number of the work order that names this note."""
    version: int
    """Of the order's document that says so."""
    recipient: Ref
    delivery: Delivery
    repair_nature: RepairNature
    lines: tuple[NoteLine, ...]
    travellers: Several[Ref] = ()
    """Who was approved to go there: they do the job with the recipient."""


@fact(writers=WRITER, schema=2)
class SignatureNoted:
    """得知用户签字: the signature in force on the order, and the use of parts it covers."""

    version: int
    """Of the order's document that says so."""
    content: ContentHash | None
    """What the customer signed; None: no signature is in force."""
    waived: bool
    used: tuple[SignedUse, ...]


@fact(writers=WRITER)
class ChangeNoted:
    """得知更正: what was approved for the ticket is to change; nothing is drawn till then."""

    version: int
    """Of the report's document that says so."""


@fact(writers=WRITER)
class NatureNoted:
    """得知批准: the repair nature as approved last; what is not settled yet goes by it."""

    version: int
    """Of the report's document that says so. It decides every change that was heard before."""
    repair_nature: RepairNature


@fact(writers=WRITER, milestone="issue_note", schema=2)
class PartIssued:
    """出库: a line left the store on its note. From here on its card has no say in it any more.

    The recipient signs if they carry the parts; the keeper signs if the parts are posted.
    """

    part: PartNumber
    issued: Issued
    store: BranchCode
    recipient: Ref
    signature: Signature
    parcel: Parcel | None
    issued_by: str


@fact(writers=WRITER, milestone="issue_note")
class ArrivalAnnounced:
    """到货通知: both were told when the parcel comes, and to open it together."""

    expected_at: At
    technician_told_at: At
    customer_told_at: At


@fact(writers=WRITER)
class ParcelDelivered:
    """邮件送达: the parcel has arrived."""

    at: At


@fact(writers=WRITER)
class ParcelReturned:
    """邮件退回: the parcel came back to the store, and nobody had opened it."""

    at: At
    because: Text
    """Why it was not delivered, or not wanted."""


@fact(writers=WRITER, milestone="issue_note", schema=3)
class ParcelOpened:
    """会同拆验: technician and customer opened the parcel together; the one told last holds."""

    opened: Opened
    customer_sig: Signature | None
    """None: the customer did not sign, and `unsigned_because` says why."""
    unsigned_because: Text | None
    because: Text | None = None
    """更正原因: what was wrong in what was told before; None: it is told for the first time."""


@fact(writers=WRITER, milestone="issue_note")
class ParcelWordWithdrawn:
    """邮件登记撤回: what was told of the parcel did not happen, or to another parcel."""

    word: ParcelWord
    because: Text


@fact(writers=WRITER, milestone="issue_note", schema=2)
class PartReconciled:
    """核销: where every piece of the line went, and what came back in its place."""

    part: PartNumber
    account: Account
    content: ContentHash | None
    """What the customer had signed; None if nothing was used or the signature was waived."""
    technician_sig: Signature
    keeper_sig: Signature


@fact(writers=WRITER, milestone="issue_note")
class IssueNoteVoided:
    """出库单作废: nothing was drawn on the note, and nothing will be."""

    because: Note
    asked_by: Ref
    """The clerk who asked for it."""


@fact(writers=WRITER)
class VoidingAsked:
    """作废请求: a clerk says that nothing more will be drawn, on a line or on the whole note."""

    part: PartNumber | None
    """None: the whole note."""
    because: Text
    asked_by: Ref


@fact(writers=WRITER, milestone="issue_note")
class LineDropped:
    """停领: nothing was drawn on a line, and nothing will be, at the word of a clerk."""

    part: PartNumber
    because: Text
    asked_by: Ref
    """The clerk."""


@fact(writers=WRITER, schema=2)
class LossAsked:
    """报损申请: pieces are lost; until somebody else grants it, they are still accounted for."""

    number: Ref
    loss: Loss
    asked_by: Ref


@fact(writers=WRITER, milestone="issue_note", schema=2)
class LossApproved:
    """报损批准: so many pieces of a line need not come home; they leave the books as a loss."""

    number: Ref
    loss: Loss
    asked_by: Ref
    approved_by: Ref


@fact(writers=WRITER)
class LossRefused:
    """报损驳回: the pieces are still to be brought home."""

    number: Ref
    because: Note
    refused_by: Ref


@fact(writers=WRITER)
class WaiverAsked:
    """旧件免交申请: old parts that are due do not come home; somebody else grants it or not."""

    number: Ref
    waiver: Waiver
    asked_by: Ref


@fact(writers=WRITER)
class OldPartWaived:
    """旧件免交: so many old parts of a line need not come home."""

    number: Ref
    waiver: Waiver
    asked_by: Ref
    approved_by: Ref


@fact(writers=WRITER)
class WaiverRefused:
    """旧件免交驳回: the old parts are still due."""

    number: Ref
    because: Note
    refused_by: Ref


@fact(writers=WRITER, schema=2)
class CorrectionAsked:
    """更正申请: a line was accounted for, or booked as it left, otherwise than it was."""

    number: Ref
    part: PartNumber
    account: Account | None
    """Its account as it should be. None: it is about what was handed out."""
    because: Text
    asked_by: Ref
    handed: Handed | None = None
    """What was really handed out. None: it is about the account."""
    exchanged_with: Ref | None = None
    """The note on which the piece is booked that was handed out: both are corrected at once."""


@fact(writers=WRITER, milestone="issue_note")
class IssueCorrected:
    """实发更正: the line left the store as it is said here, and not as it was booked."""

    number: Ref
    part: PartNumber
    issued: Issued | None
    """None: nothing of the line was handed out; it is open again."""
    hands: Several[InHand]
    """Who has what of it from now on; nobody, while it is in a parcel or once it is settled."""
    missing: Pieces
    """How many of them the parcel lacked when it was opened together."""
    account: Account | None
    """The account of a settled line, with the pieces named as they are."""
    content: ContentHash | None
    """What the customer had signed of it; None where the line is not settled."""
    because: Text
    asked_by: Ref
    """The keeper who says so, in a session of their own."""
    signature: Signature
    """Of whoever received the pieces; of an approver, where they cannot or may not."""


@fact(writers=WRITER, milestone="issue_note")
class ReconciliationCorrected:
    """核销更正: the line's account is this one, and counter-entries stand in the ledger."""

    number: Ref
    part: PartNumber
    account: Account
    content: ContentHash | None
    """What the customer had signed; None if nothing was used or the signature was waived."""
    because: Text
    asked_by: Ref
    approved_by: Ref


@fact(writers=WRITER)
class CorrectionRefused:
    """核销更正驳回: the account stays as it was."""

    number: Ref
    because: Note
    refused_by: Ref


@fact(writers=WRITER)
class PartsCounted:
    """清点: what somebody counted of the parts that the recipient of a note holds."""

    holder: Ref
    lines: PartList[CountedPieces]
    counted_by: Ref


@fact(writers=WRITER, milestone="issue_note")
class PartsHandedOver:
    """转交: the drawn parts are in another technician's hands, who is the note's recipient now."""

    giver: Ref
    recipient: Ref
    lines: PartList[CountedPieces]
    giver_sig: Signature
    """The giver's; the approver's in their place, if they cannot sign."""
    recipient_sig: Signature
    counted_by: tuple[str, ...]
    """Who counted, if the giver did not sign."""
    because: Note


@document("issue_note", schema=4)
class IssueNoteDocument:
    """出库单: everything of an issue note that other rooms use."""

    number: str
    ticket: str
    branch: str
    order: str
    stage: NoteStage
    recipient: str
    delivery: Delivery
    repair_nature: RepairNature
    lines: tuple[NoteLine, ...]
    parcel: Parcel | None
    announced: ArrivalAnnounced | None
    delivered_at: At | None
    opened: Opened | None
    content: str | None
    """What the customer had signed when the note was settled. None before that, or if nothing was
    used, or if the signature was waived."""
    technician_sig: Signature | None
    keeper_sig: Signature | None
    void_because: str | None
    lost: tuple[PartWanted, ...] = ()
    """报损: the pieces granted as lost of lines that are not accounted for, beside what was missing
    when the parcel was opened."""
