"""受理的事实 (facts of intake): the life of a report, deputies, and what a branch hides."""

from datetime import date

from shared.events import fact
from shared.events.report_form import (
    Agreement,
    Approval,
    ApprovalAsked,
    Basics,
    CallNotes,
    Circumstances,
    Confirmation,
    Diagnosis,
    Equipment,
    KeptBecause,
    ListedField,
    RemoteAttempt,
    Sale,
)
from shared.events.values import (
    At,
    BranchCode,
    Channel,
    ContentHash,
    CustomerRef,
    Ending,
    Note,
    Personal,
    PersonalNote,
    PersonName,
    Phone,
    Ref,
    ReportKind,
    Signature,
    Text,
    Ticket,
    Warned,
    WayIn,
)


@fact(schema=4, milestone="report")
class RepairReported:
    """报修: a broken machine was reported, or a question asked. The case now has an owner."""

    branch: BranchCode
    kind: ReportKind
    channel: Channel
    received_at: At
    received_by: str
    owner: str
    way_in: WayIn
    contact_name: PersonName
    contact_phone: Phone
    fault_description: Note
    basics: Basics
    equipment: Equipment
    circumstances: Circumstances
    noted: CallNotes | None
    reference: str | None
    """The stream this report continues, e.g. a legacy ticket's."""
    warnings: tuple[Warned, ...]
    content: str
    """SHA-256 of what a signer is shown from here on. Every fact that changes it has this field."""
    opinion: PersonalNote | None = None
    """What the customer said in the call-back that this report follows, in their words."""
    sale: Sale | None = None
    """Of a machine that is to be commissioned: what the sale hands over."""
    registered_at: At | None = None
    """登记时刻: when it was recorded, whenever it was received; None: it was not said then."""


@fact()
class CaseHandedOver:
    """首问移交: somebody else owns the case from now on."""

    owner_before: str
    owner: str
    because: Text | None


@fact(schema=2)
class BasicsCompleted:
    """基本信息补全: sections of the report were filled in. A section of None is unchanged."""

    contact_name: PersonName | None
    contact_phone: Phone | None
    fault_description: Note | None
    basics: Basics | None
    equipment: Equipment | None
    circumstances: Circumstances | None
    agreement: Agreement | None
    confirmed: Confirmation | None
    content: str
    sale: Sale | None = None


@fact(schema=2)
class FaultDiagnosed:
    """故障诊断: the technician said what is broken, why, and what to do. Signatures are void."""

    diagnosis: Diagnosis
    kept: KeptBecause
    content: str


@fact()
class CommissioningPlanned:
    """调试计划: what is set up, what it takes, who travels when and how, and the estimated cost.

    It stands where a repair has its diagnosis. No fault is found: the machine is new.
    """

    diagnosis: Diagnosis
    content: str


@fact()
class RemoteGuidanceGiven:
    """远程指导: somebody tried to solve the fault remotely."""

    attempt: RemoteAttempt
    content: str


@fact()
class ReportSigned:
    """技术签字: the technician signed the report as it was shown to them."""

    signature: Signature


@fact(schema=2)
class ReportSubmitted:
    """送审: the clerk signed the complete report and asked for its approval."""

    round: int
    """送审轮次: counted from 1. A report that was returned begins the next round."""
    signature: Signature
    approval: ApprovalAsked


@fact(schema=2)
class ApprovalGiven:
    """审批同意: one of the approvers approved the report as submitted."""

    round: int
    approval: Approval


@fact(schema=2, milestone="report")
class RepairApproved:
    """批准维修: all approvers have approved; dispatch may open the work order."""

    round: int
    content: str
    approvals: tuple[Approval, ...]
    policy: str


@fact(schema=2)
class ReportReturned:
    """退回: an approver sent the report back, and named the reasons and the fields concerned."""

    round: int
    """The round that ends with this."""
    by: str
    as_what: str
    reasons: tuple[Note, ...]
    fields: tuple[str, ...]
    acting_for: str | None = None
    """Whom they stood in for; None: for nobody."""


@fact()
class ReportRecalled:
    """撤回: the clerk took the report back before anybody had decided."""

    round: int
    because: Text | None


@fact(writers=("intake", "dispatch"))
class ContactAttempted:
    """联系未果: somebody tried to reach the customer, and did not; each try is told by itself."""

    at: At
    by: str
    channel: Text
    whom: Personal
    """Whom they asked for, or what they tried: a number, an address."""
    result: Text
    """What came of it: nobody answered, no such number, moved away."""


@fact(schema=3, milestone={"intake": "report", "dispatch": "work_order"})
class RepairClosed:
    """结案: the task was handed in, or the case ended without one."""

    ending: Ending
    reason: Note | None = None
    answer: Note | None = None
    """答复: what an enquiry was told."""
    customer_told_at: At | None = None
    """When the customer was told; if solved remotely, when they said that it works."""
    other_ticket: Ticket | None = None
    """The ticket that this one duplicates, or the report that an enquiry became."""
    handed_in_by: str | None = None
    handed_in_at: At | None = None
    taken_by: str | None = None
    papers_checked: tuple[str, ...] = ()
    tried_on: tuple[date, ...] = ()
    """联系日期: of a customer whom nobody reached, the last days on which a try was recorded."""
    warranty_starts_on: date | None = None
    """Of a machine that was commissioned: the local day on which it was accepted."""
    acceptance_told_on: date | None = None
    """The local day on which that was recorded, which may be later."""


@fact(schema=2)
class ClosingNoted:
    """得知结案: dispatch closed the case; the document that says so is noted."""

    stream: str
    version: int
    ending: Ending
    other_ticket: Ticket | None = None
    """Of a duplicate the ticket that goes on, if the document said so."""


@fact(milestone="report")
class ContactCorrected:
    """联系方式更正: whom and where to reach, corrected after submitting. What is None is unchanged.

    Signatures and the approval stand: they cover the work.
    """

    contact_name: PersonName | None
    contact_phone: Phone | None
    address: Personal | None
    because: Text


@fact(schema=2)
class AmendmentDrafted:
    """更正草拟: what of an approved report is to change, in whole sections; nothing changes yet."""

    diagnosis: Diagnosis
    kept: KeptBecause
    agreement: Agreement | None
    """None: as it is."""
    equipment: Equipment | None
    customer: CustomerRef | None
    because: Note
    content: ContentHash
    """SHA-256 of what a signer of the change is shown."""


@fact(schema=2, milestone="report")
class ReportAmended:
    """更正送审: the clerk signed the drafted change and asked for its approval.

    The report is the changed one from here on; while that is not approved, nothing goes on by it.
    """

    round: int
    changes: tuple[str, ...]
    """The fields that change."""
    because: Note
    signature: Signature
    approval: ApprovalAsked


@fact(milestone="report")
class AmendmentRefused:
    """更正退回: an approver did not agree to the change; what was approved before stands."""

    round: int
    by: str
    as_what: str
    reasons: tuple[Note, ...]
    fields: tuple[str, ...]
    acting_for: str | None
    """Whom they stood in for; None: for nobody."""


@fact(milestone="report")
class AmendmentRecalled:
    """更正撤回: the clerk took the change back before anybody had decided; the approval stands."""

    round: int
    because: Text | None


@fact()
class CallNoted:
    """再次来电: the customer called again about an open case."""

    by: str
    at: At
    said: Note
    urges: bool


@fact()
class NoteAdded:
    """备注: somebody wrote down what whoever works on the case should know."""

    by: str
    at: At
    text: Note


@fact()
class ReportLinked:
    """关联: another ticket was closed and names this one: as its duplicate, or as what follows."""

    ticket: Ticket
    ending: Ending


@fact()
class DefectNoted:
    """得知缺陷: a commissioning found what this report is about, and is over."""

    ticket: Ticket
    """Of the commissioning."""
    order: str
    """The stream of its work order, whose document says so."""
    version: int


@fact()
class ReportRepeated:
    """再次报修: the customer was not satisfied; their case goes on as a new report.

    It is written on the first report, so that one call-back leads to one new report only.
    """

    ticket: Ticket
    report: str
    """The stream of the new report."""
    survey: str
    """The stream of the call-back in which the customer said so."""
    version: int
    """Of the call-back's document that says so."""


@fact()
class RepeatNoted:
    """得知再修: this report is what a call-back of another ticket led to; it is a repeat repair."""

    ticket: Ticket
    """Of the first case."""
    survey: str
    """The stream of the call-back in which the customer said so."""
    version: int
    """Of the call-back's document that says so."""
    opinion: PersonalNote | None
    """What the customer said there, in their own words."""


@fact()
class ReportComplained:
    """被投诉: somebody complained of this case; the complaint is a paper of its own."""

    complaint: Ref
    """Its number."""
    survey: str | None
    """The stream of the call-back in which the customer said so, if it came from one."""
    version: int | None = None
    """Of the call-back's document that says so."""


@fact()
class ApprovalUrged:
    """督促: the approval is overdue; owner and approvers are reminded once for each submission."""

    round: int
    due_at: At


@fact()
class DecisionUrged:
    """人工督促审批: somebody reminds whoever is to approve the report, and says why."""

    by: Ref
    round: int
    """Of which submission."""
    because: Note


@fact(milestone="delegation")
class DelegationRecorded:
    """授权: on these days a deputy stands in for the person of this stream, as listed."""

    number: int
    """Counted from 1 for each person who has deputies."""
    deputy: Ref
    as_what: tuple[Ref, ...]
    branch: BranchCode
    from_on: date
    until_on: date
    because: Text | None


@fact(milestone="delegation")
class DelegationEnded:
    """撤销授权: a delegation ended before its last day."""

    number: int
    because: Text | None


@fact(milestone="hidden_values")
class ValueHidden:
    """停用选项: the branch of this stream no longer chooses this value of the list of a field.

    What has it already keeps it.
    """

    field: ListedField
    value: Ref
    because: Text | None


@fact(milestone="hidden_values")
class ValueShown:
    """启用选项: the branch chooses this value again."""

    field: ListedField
    value: Ref
