"""维修单的栏目 (the sections of the work order): what its facts and its document are made of.

Every field of the printed three-part order is here from the first version on. None means "not
known". That there is none of something has a field of its own (`no_parts`, `no_parts_used`).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias

from shared.events import document
from shared.events.cards import PersonCard
from shared.events.report_form import (
    Agreement,
    Basics,
    Circumstances,
    Diagnosis,
    Equipment,
    Sale,
)
from shared.events.values import (
    At,
    CardBranch,
    Constraint,
    ContentHash,
    Ending,
    FaultNature,
    Fen,
    Note,
    PartNumber,
    PartWanted,
    Past,
    Personal,
    PersonalNote,
    PersonName,
    Phone,
    Photo,
    Quantity,
    Ref,
    RepairNature,
    ReportKind,
    Role,
    Serials,
    Several,
    Signature,
    Text,
    Ticket,
    Travel,
    TravelMode,
)

Pieces: TypeAlias = Annotated[int, Constraint(ge=0, le=10**6, strict=True)]
"""How many; 0 is allowed."""


class OrderStage(StrEnum):
    """维修单状态: where a work order stands."""

    NONE = "none"
    AWAITING = "awaiting"
    OPENED = "opened"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    SIGNED = "signed"
    HANDED_IN = "handed_in"
    CLOSED = "closed"


class OrderKind(StrEnum):
    """维修单类别: which kind of service the order is for."""

    REPAIR = "repair"
    COMMISSIONING = "commissioning"
    INSPECTION = "inspection"
    SWAP = "swap"
    MAIL_IN = "mail_in"


class Delivery(StrEnum):
    """领件方式: whether the technician carries the parts or they are posted."""

    CARRIED = "carried"
    POSTED = "posted"


class NoteStage(StrEnum):
    """出库单状态: where an issue note stands."""

    NONE = "none"
    RELEASED = "released"
    ISSUED = "issued"
    SETTLED = "settled"
    VOID = "void"


class VisitStage(StrEnum):
    """上门状态: where a visit stands."""

    NONE = "none"
    PLANNED = "planned"
    CONFIRMED = "confirmed"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    ENDED = "ended"
    CANCELLED = "cancelled"


class VisitOutcome(StrEnum):
    """上门结果: how a visit ended; only `done` leads to the customer's signature."""

    DONE = "done"
    NO_ACCESS = "no_access"
    SECOND_VISIT = "second_visit"
    PARTS_MISSING = "parts_missing"
    UNSOLVED = "unsolved"
    CUSTOMER_DECLINED = "customer_declined"
    SITE_NOT_READY = "site_not_ready"
    INTERRUPTED = "interrupted"


class HelpGround(StrEnum):
    """支援事由: on which ground a branch asks base for help."""

    TECHNICAL = "technical"
    ASSEMBLY = "assembly"
    CAPACITY = "capacity"


class WorkResult(StrEnum):
    """维修结果: the result of the work."""

    FIXED = "fixed"
    WORKAROUND = "workaround"
    NOT_FIXED = "not_fixed"
    IN_SERVICE = "in_service"
    """投运: a new machine runs as it should."""
    NOT_IN_SERVICE = "not_in_service"


class HandedOver(StrEnum):
    """移交资料: what the customer is given with a new machine."""

    ACCEPTANCE_LIST = "acceptance_list"
    CONFIGURATION = "configuration"
    UPKEEP_MANUAL = "upkeep_manual"
    COMMON_FAULTS = "common_faults"


@dataclass(frozen=True, slots=True)
class ApprovedReport:
    """获批的报修单: what was approved, and what the work order copies from it."""

    content: ContentHash
    kind: ReportKind
    contact_name: PersonName
    contact_phone: Phone
    fault_description: Note
    basics: Basics
    equipment: Equipment
    circumstances: Circumstances
    diagnosis: Diagnosis
    agreement: Agreement | None = None
    """The quote, and the customer's consent to it; None: there is none, or it was not told."""
    approved_by: tuple[Ref, ...] = ()
    """Who approved it; none of them is sent on it."""
    sale: Sale | None = None
    """Of a machine that is to be commissioned: what the sale has handed over."""


@dataclass(frozen=True, slots=True)
class Site:
    """现场条件: what has to be there before a new machine comes, and whether it is."""

    power_ready: bool | None = None
    room_ready: bool | None = None
    network_ready: bool | None = None
    told_by_sales: bool | None = None
    """Whether the sale has told the customer what has to be there."""


@dataclass(frozen=True, slots=True)
class PartPlanned:
    """应领配件: a part of the order, how many, and how the technician gets it."""

    part: PartNumber
    quantity: Quantity
    delivery: Delivery = Delivery.CARRIED


@dataclass(frozen=True, slots=True)
class NamedNote:
    """出库单号: an issue note that this order names. Inventory releases no other."""

    number: str
    delivery: Delivery
    lines: tuple[PartWanted, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """任职情况: what the register of people said of somebody at the time of the decision."""

    person: Ref
    known: bool
    """Whether this room had a card of such a person."""
    active: bool = False
    roles: tuple[Role, ...] = ()
    branches: tuple[CardBranch, ...] = ()
    """Where they work: their own branch and those they are lent to."""


def standing_of(person: str, card: PersonCard | None) -> Standing:
    """任职情况: what the newest card of a person says of them; nothing, if there is none."""
    if card is None:
        return Standing(person, known=False)
    return Standing(
        person, known=True, active=card.active, roles=card.roles, branches=card.branches
    )


@dataclass(frozen=True, slots=True)
class NotedLine:
    """得知的出库行: what inventory's newest document says of one line of an issue note."""

    part: PartNumber
    permitted: Pieces
    issued: Pieces | None
    """None until the line is issued. If it is less than permitted, the line is short."""
    reconciled: bool
    used: Pieces | None
    missing: Pieces = 0
    """会同拆验: how many were not in the parcel or not fit, so that nobody can have used them."""
    lost: Pieces = 0
    """报损: how many more are granted as lost, of a line that is not accounted for."""


@dataclass(frozen=True, slots=True)
class NotedNote:
    """得知的出库单: an issue note as this room last heard of it."""

    number: str
    version: int
    """Of the note's document that says so."""
    stage: NoteStage
    recipient: str
    delivery: Delivery
    lines: tuple[NotedLine, ...]
    expected_at: At | None
    """到货时间: when the parcel should arrive; None if carried."""
    announced: bool
    """Whether technician and customer were told of the arrival."""
    opened: bool
    """会同拆验: whether the parcel was opened together with the customer."""
    reconciled_against: str | None
    """The content that the customer had signed when the note was settled."""


@dataclass(frozen=True, slots=True)
class PartUsed:
    """配件使用情况: where the pieces of one line of an issue note went; the customer signs it."""

    note: Ref
    """The number of the issue note the pieces were drawn on."""
    part: PartNumber
    used: Pieces
    new_serials: Serials = ()
    old_serials: Serials = ()
    old_taken: Pieces = 0
    """旧件: how many old parts the technician takes home."""
    old_left: Pieces = 0
    old_left_because: Text | None = None
    """Why old parts stay with the customer; or why one that is taken has no serial to be named."""


MOST_SENT = 5
"""People whom base sends for one order."""
USED_LINES = 60
UsedList: TypeAlias = Annotated[tuple[PartUsed, ...], Constraint(max_length=USED_LINES)]
"""用件清单: a line for each note and part of which something was used."""


@dataclass(frozen=True, slots=True)
class Reading:
    """测试读数: one thing that was measured when the machine was tried."""

    name: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Fee:
    """费用: what the customer pays for, the price quoted, and how it was paid."""

    kind: Ref
    fen: Fen
    quoted_fen: Fen | None = None
    paid_how: Text | None = None
    receipt_no: Text | None = None


@dataclass(frozen=True, slots=True)
class FeeDue:
    """应收费用: what the customer is to pay for, and how much."""

    kind: Ref
    fen: Fen


@dataclass(frozen=True, slots=True)
class TrialRun:
    """试运行: from when to when the machine was tried."""

    from_at: Past
    until_at: Past


@dataclass(frozen=True, slots=True)
class Training:
    """培训: who of the customer's people was shown what, and how long it took."""

    whom: Personal
    subjects: Text
    hours: Annotated[int, Constraint(ge=1, le=1000, strict=True)]


@dataclass(frozen=True, slots=True)
class Commissioned:
    """调试内容: how a new machine was tried, explained and handed over.

    The steps of setting it up are the readings of the work, each with what was measured.
    """

    trial_run: TrialRun | None = None
    training: Training | None = None
    no_training_because: Text | None = None
    handed_over: Several[HandedOver] = ()
    not_handed_over_because: Text | None = None
    """Why something of what is to be handed over is not."""
    defects: Several[Ticket] = ()
    """缺陷: the tickets under which what is wrong with it was reported."""
    no_defects: bool = False
    fault_nature: FaultNature | None = None
    """故障性质: why the parts failed that were replaced, which nobody diagnosed."""


@dataclass(frozen=True, slots=True)
class Work:
    """维修内容: what was found and done on site, with the parts used and the fees."""

    arrived_at: Past | None = None
    finished_at: Past | None = None
    cause_found: Text | None = None
    work_done: Note | None = None
    result: WorkResult | None = None
    tested: bool | None = None
    """试机: whether the machine was tried before the customer signs."""
    readings: Several[Reading] = ()
    photos: Several[Photo] = ()
    parts_used: UsedList = ()
    no_parts_used: bool = False
    fees: Several[Fee] = ()
    no_fees: bool = False
    commissioned: Commissioned | None = None
    """Of a new machine alone."""


@dataclass(frozen=True, slots=True)
class CustomerWord:
    """用户签字: the customer's signature and opinion; or the waiver, if they refused to sign."""

    signature: Signature | None
    """None if they refused and the approver waived it."""
    signer: Personal | None
    opinion: PersonalNote | None
    """用户意见: in their own words. Orders signed before this was sealed have it in plain text."""
    parts_used: tuple[PartUsed, ...]
    no_parts_used: bool
    content: ContentHash
    """Of the order with its work, parts and fees, as it was shown to them."""
    waived_by: str | None = None
    waived_because: Text | None = None


@dataclass(frozen=True, slots=True)
class ClaimDue:
    """报销时限: who travelled and has not claimed, and by when they are reminded to."""

    travellers: tuple[Ref, ...]
    due_at: At
    overdue_at: At
    """From then on an approver is told."""


@dataclass(frozen=True, slots=True)
class HandIn:
    """交销: who brought the finished task home, and when."""

    by: str
    at: At
    notes: tuple[str, ...]
    """The reconciled or void notes that they brought with the signed order."""


class Deviation(StrEnum):
    """偏差: in what a departure that was told afterwards was otherwise than it should have been."""

    TRAVEL_MODE = "travel_mode"
    TRAVEL_AT = "travel_at"
    TRAVELLERS = "travellers"
    """Whoever left is not among those who were approved to travel."""
    PARTS = "parts"
    CHECKLIST = "checklist"


@dataclass(frozen=True, slots=True)
class Journey:
    """旅程: by which means, when, and the day of it by the calendar of the branch."""

    mode: TravelMode
    at: At
    on: date


@dataclass(frozen=True, slots=True)
class Window:
    """预约时段: from when to when the customer expects the technician."""

    start_at: At
    end_at: At


@dataclass(frozen=True, slots=True)
class ContactTried:
    """联系记录: one attempt to reach the customer about the appointment."""

    at: Past
    channel: Text
    result: Text


class AgreedBy(StrEnum):
    """预约方式: how it was said that the customer agrees."""

    DESK = "desk"
    """Somebody of ours spoke with them."""
    LINK = "customer_link"
    """They said so themselves, by their one-time link."""


class LeaveKind(StrEnum):
    """请假类别: why somebody is away, as far as a planner needs it; never what ails them."""

    HOLIDAY = "holiday"
    REST = "rest"
    DUTY = "duty"
    ABSENCE = "absence"


@dataclass(frozen=True, slots=True)
class DoorAttempt:
    """上门无人: what the technician did at a closed door before they left."""

    waited_minutes: Annotated[int, Constraint(ge=0, le=24 * 60, strict=True)]
    knocked: Annotated[int, Constraint(ge=0, le=100, strict=True)]
    """How many times they tried."""
    card_left: bool
    """留言条: whether they left a card that says when they came and whom to call."""
    desk_told: bool


@dataclass(frozen=True, slots=True)
class VisitCard:
    """留言条: what the card says that was left at a closed door."""

    number: Ref
    """The number of the visit with `-K1`: whoever calls with it is found by it."""
    came_at: At
    whom_to_call: Ref | None
    """Somebody of ours; None: the branch, by the phone on its card."""


@dataclass(frozen=True, slots=True)
class EarlierOrder:
    """前单: an order of the ticket that ended before the repair was done, and what came of it."""

    number: Ref
    notes: tuple[Ref, ...]
    technicians: tuple[Ref, ...]
    """Who did the job under it."""
    worked: bool = False
    """Whether the customer signed for parts of it that are in the machine, or was charged."""


@document("work_order", schema=10)
class WorkOrderDocument:
    """维修单: everything of a work order that other rooms use."""

    number: str
    ticket: str
    branch: str
    stage: OrderStage
    report: str
    approved: ApprovedReport
    kind: OrderKind | None
    repair_nature: RepairNature | None
    notes: tuple[NamedNote, ...]
    """Every issue note in force: those of the opening and those named later. Once the order has
    closed its case: every note that was ever released, whether settled or void."""
    no_parts: bool
    travel: Travel | None
    travel_on: date | None
    clerk_sig: Signature | None
    content: str | None
    technician: str | None
    technician_sig: Signature | None
    technicians: tuple[str, ...] = ()
    """Everybody who ever signed for the order. None of them makes its call-back."""
    work: Work | None = None
    work_content: str | None = None
    """Of the order with its work as recorded last. The customer is shown this and signs it."""
    customer: CustomerWord | None = None
    """The signature in force; None before the customer signs and after the signature is voided."""
    handed_in: HandIn | None = None
    taken_by: str | None = None
    ending: Ending | None = None
    """How the case ended, once the order has closed it."""
    ending_reason: str | None = None
    continued_as: Ref | None = None
    """The further order with which the repair goes on; this one is over."""
    earlier: tuple[EarlierOrder, ...] = ()
    """The orders of the ticket that this one continues."""
    site: Site | None = None
    """Of a machine that is to be commissioned: what is ready for it there."""
    warranty_starts_on: date | None = None
    """Of a machine that was commissioned: the day on which it was accepted."""
    acceptance_told_on: date | None = None
    """The day on which that was recorded."""
    supplements: tuple[Ref, ...] | None = None
    """The issue notes of every supplement that was ever granted on it; None: said before that."""
    sent: tuple[Ref, ...] = ()
    """Whom base has sent for it, of whatever branch; nobody, if it was said before that."""
    other_ticket: Ticket | None = None
    """Of a duplicate the ticket that goes on; None, if it was said before that."""


@document("visit")
class VisitDocument:
    """上门: everything of a visit that other rooms may use."""

    number: str
    ticket: str
    branch: str
    order: str
    """The number of the work order that it is made for."""
    stage: VisitStage
    technician: str
    window: Window
    """As agreed last."""
    window_on: date
    travel_mode: TravelMode
    """As planned; once somebody has left, as they left."""
    travel_at: At
    confirmed: bool | None = None
    """Whether the customer agreed to the window; None: they were not asked yet."""
    deviation: tuple[Deviation, ...] = ()
    """In what it was left otherwise than it should have been."""
    outcome: VisitOutcome | None = None
    because: Note | None = None
    """Why it ended so, or was cancelled."""
    next_step: Note | None = None
