"""派工的事实 (facts of dispatch): the work order from the approval to the end.

The values of their fields are in `order_sheet.py`. `RepairClosed` is in `intake.py`: intake writes
it before the approval, dispatch after it.
"""

from datetime import date

from shared.events import fact
from shared.events.order_sheet import (
    ApprovedReport,
    ClaimDue,
    CustomerWord,
    Delivery,
    EarlierOrder,
    FeeDue,
    HandIn,
    HelpGround,
    Journey,
    NamedNote,
    NotedNote,
    OrderKind,
    Site,
    Standing,
    Work,
)
from shared.events.report_form import Consent
from shared.events.values import (
    At,
    BranchCode,
    ContentHash,
    Fen,
    Many,
    Note,
    PartNumber,
    PartWanted,
    Personal,
    Ref,
    RepairNature,
    Several,
    Signature,
    Text,
    Ticket,
    Travel,
    Warned,
)


@fact(schema=3)
class ApprovalNoted:
    """得知批准: a report was approved; its work order may be opened."""

    number: str
    """Of the work order: the ticket's number with `-W1`."""
    ticket: Ticket
    branch: BranchCode
    report: str
    """The stream of the report."""
    version: int
    """Of the report's document that says so."""
    approved: ApprovedReport


@fact()
class AmendmentNoted:
    """得知更正: what was approved is to change; until that is decided, nothing goes on by it."""

    report: str
    """The stream of the report."""
    version: int
    """Of the report's document that says so. A newer approval, noted, is the decision."""


@fact(schema=2)
class WorkOrderOpened:
    """开单: the clerk made out the three-part order as approved, signed it and named its notes."""

    kind: OrderKind
    approved: ContentHash
    """Of the approved report on which this order is based."""
    repair_nature: RepairNature
    notes: tuple[NamedNote, ...]
    no_parts: bool
    travel: Travel | None
    travel_on: date | None
    """出行日: the day of the journey by the branch's calendar; the board is queried by it."""
    signature: Signature
    content: ContentHash
    """Of the order as made out. Everybody who signs it from here on is shown this."""
    site: Site | None = None
    """Of a machine that is to be commissioned: what is ready for it there."""


@fact(milestone="work_order")
class TechnicianAssigned:
    """派人: the order was given to a technician, who now has to sign or decline it."""

    technician: Ref
    standing: Standing
    due_at: At | None
    """By when they should take it, by policy; None: the policy sets no time."""
    warnings: tuple[Warned, ...]


@fact(milestone="work_order")
class WorkOrderSigned:
    """接单签字: the technician took the order and signed it; its issue notes are released."""

    signature: Signature
    standing: Standing
    notes: tuple[NamedNote, ...]


@fact()
class WorkOrderDeclined:
    """退单: the technician did not take the order, and said why."""

    technician: Ref
    because: Note


@fact()
class WorkOrderRecalled:
    """收回派单: the clerk took the order back from the technician, and said why."""

    technician: Ref
    because: Note


@fact()
class TakingUrged:
    """督促接单: the technician neither signed nor declined in time; they are reminded once."""

    technician: Ref
    due_at: At


@fact(schema=3)
class IssueNoteNoted:
    """得知出库: the newest document of inventory about an issue note of this order."""

    note: NotedNote


@fact(milestone="work_order")
class FurtherNoteNamed:
    """追加出库单: a further issue note for the rest of a short line. Inventory releases it too."""

    note: NamedNote
    because: Note


@fact()
class PartsForgone:
    """缺件先行: the technician leaves without these parts, which cannot be had in time; and why."""

    by: Ref
    parts: Several[PartNumber]
    because: Note


@fact()
class TravelChangeAsked:
    """旅程变更申请: another mode or time than the approved, before departure, and why."""

    by: Ref
    before: Journey | None
    wanted: Journey
    because: Note
    more_fen: Fen | None
    """差额: what it costs more than was estimated; None: not said."""


@fact()
class TravelChangeApproved:
    """旅程变更批准: the approver granted the change; the latest granted journey counts."""

    by: Ref
    granted: Journey


@fact()
class TravelChangeRefused:
    """旅程变更不准: the approver did not grant the change; the approved journey stands."""

    by: Ref
    wanted: Journey
    because: Note


@fact()
class SupplementAsked:
    """追加配件申请: the repair takes parts beyond the approved list; which, and why."""

    by: Ref
    delivery: Delivery
    lines: tuple[PartWanted, ...]
    because: Note


@fact(milestone="work_order")
class SupplementApproved:
    """追加配件批准: the approver granted the parts; inventory releases the note with them."""

    by: Ref
    note: NamedNote
    because: Note
    """Why the technician asked for them."""


@fact()
class SupplementRefused:
    """追加配件不准: the approver did not grant the parts; the approved list stands."""

    by: Ref
    lines: tuple[PartWanted, ...]
    because: Note


@fact()
class ExcessGranted:
    """超批准许: the approver agrees to what was used beyond what is approved."""

    by: Ref
    lines: tuple[PartWanted, ...]
    """How many pieces more than approved."""


@fact()
class ExcessDenied:
    """超批不准: the approver does not agree to it; what was used is written as it was."""

    by: Ref
    lines: tuple[PartWanted, ...]
    because: Note


@fact()
class ConsentGiven:
    """用户同意: the customer agreed on site, before the work, to what was quoted."""

    by: Ref
    """The technician who tells it."""
    consent: Consent
    fen: Fen
    """How much they agreed to, all in all."""


@fact()
class FeesAsked:
    """费用申请: to charge otherwise than was quoted, or not at all; and why."""

    by: Ref
    fees: Several[FeeDue]
    """All that is to be charged so; none: nothing is charged."""
    because: Note


@fact()
class FeesApproved:
    """费用批准: the approver granted these fees; the customer is shown them and signs."""

    by: Ref
    fees: Several[FeeDue]
    because: Note
    """Why it was asked for."""


@fact()
class FeesRefused:
    """费用不准: the approver did not grant these fees; what was quoted stands."""

    by: Ref
    fees: Several[FeeDue]
    because: Note


@fact(schema=2)
class SignatureRefused:
    """用户未签: the customer would not sign what they were shown, or was not there to be asked."""

    by: Ref
    because: Note
    witness: Personal | None
    """Who saw that they refused; of a customer who was not there, whoever saw that, if anybody."""
    content: ContentHash
    """Of the order with its work, parts and fees, as it was to be shown to them."""
    absent: bool = False
    """不在场: nobody refused anything: they were not there any more, and were not reached."""


@fact()
class UnreachedGranted:
    """准予联系不上结案: the approver agreed that the case ends though nobody reached the customer.

    Asked for where parts are in their machine, or money is charged or taken.
    """

    by: Ref
    because: Note


@fact(milestone="work_order")
class SignatureWaived:
    """免签批准: the approver waived the signature; the parts are accounted for without it."""

    by: Ref
    because: Text
    content: ContentHash
    """Of the recorded work: its parts count as if the customer had signed them."""
    due_at: At | None
    """By when the task should be handed in, as in `CustomerSigned`."""


@fact(schema=3)
class WorkRecorded:
    """维修记录: what was found and done, the parts used and the fees, ready to be signed."""

    work: Work
    content: ContentHash
    """Of the order with this work, as it is shown to the customer."""


@fact(milestone="work_order")
class CustomerSigned:
    """用户签字: the customer signed the order with the parts used and the fees."""

    word: CustomerWord
    due_at: At | None
    """By when the task should be handed in, by policy; None: the policy sets no time."""


@fact()
class SigningCodeAsked:
    """签字码: six digits go to the customer, to sign this content with and no other."""

    content: ContentHash
    """Of what was shown to them."""
    code: ContentHash
    """A keyed digest of the digits, which stand nowhere."""
    until: At


@fact()
class SigningCodeTried:
    """核对签字码: what the customer told was the code for this content, or was not."""

    content: ContentHash
    right: bool


@fact(milestone="work_order")
class SignatureVoided:
    """签字作废: the customer's signature is no longer valid, because the content has to change."""

    because: Note


@fact(schema=2, milestone="work_order")
class TaskHandedIn:
    """交销: the technician brought the signed order and every reconciled note."""

    hand_in: HandIn
    claim: ClaimDue | None = None
    """None: nobody travelled who has not claimed, or no time is set."""


@fact()
class ClaimUrged:
    """督促报销: who travelled has not claimed in time; they are reminded once."""

    travellers: tuple[Ref, ...]
    due_at: At


@fact()
class ClaimOverdue:
    """报销逾期: they have still not claimed; those who approved the job are told once."""

    travellers: tuple[Ref, ...]
    due_at: At
    told: tuple[Ref, ...]


@fact()
class BaseHelpAsked:
    """基地支援报请: the branch asks base for help; on which ground, and what was tried."""

    by: Ref
    ground: HelpGround
    tried: Note


@fact()
class BaseGuided:
    """基地指导: base answered from afar; what was to be done, and whether that was enough."""

    by: Ref
    steps: Note
    solved: bool


@fact(milestone="work_order")
class BaseTechnicianSent:
    """基地派员: base sends somebody, who signs the order themselves."""

    by: Ref
    technician: Ref
    because: Note


@fact()
class BaseHelpDeclined:
    """基地支援不予: base does not help, and why."""

    by: Ref
    because: Note


@fact()
class HandInEntrusted:
    """代为交销: the approver lets this clerk hand the task in, because its technician cannot."""

    by: Ref
    clerk: Ref
    because: Note


@fact()
class HandInUrged:
    """督促交销: the task was not handed in in time; the technician is reminded once."""

    technician: Ref
    due_at: At


@fact()
class CashSettled:
    """款项结清: what a customer paid was received from who took it, under a receipt."""

    by: Ref
    technicians: Several[Ref]
    """Who took it."""
    fen: Fen
    """So much was received."""
    taken_fen: Fen
    """So much was taken, by the record of the work."""
    receipt_no: Text | None = None
    """None: nothing was received."""
    because: Note | None = None
    """Why both differ, or why nobody of finance says it; then an approver does."""


@fact(milestone="work_order")
class HandInReturned:
    """交销退回: the clerk did not accept the task, and said what is wrong with it."""

    by: str
    reasons: tuple[Note, ...]


@fact(milestone="work_order")
class RepairContinued:
    """另开续单: the order is over, the repair is not; a further order of the ticket follows."""

    order: str
    """The number of the further order."""
    because: Note
    taken_by: str | None
    """Who took the task, if it was handed in."""
    papers_checked: Many[Ref]


@fact(schema=2)
class FurtherOrderNamed:
    """续单: this order continues others of its ticket; what they used is not drawn again."""

    earlier: tuple[EarlierOrder, ...]
    used: tuple[PartWanted, ...]
    """What is in the machine already, of each part once."""
