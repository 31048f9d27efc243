"""派工的事实 (facts of dispatch): the life of a work order from the approval to the signature."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.events import document, fact
from shared.events.report_form import Basics, Circumstances, Diagnosis, Equipment
from shared.events.values import (
    At,
    BranchCode,
    ContentHash,
    Ending,
    Note,
    PartWanted,
    Personal,
    Phone,
    Quantity,
    Ref,
    RepairNature,
    ReportKind,
    Role,
    Signature,
    Ticket,
    Travel,
    Warned,
)


class OrderStage(StrEnum):
    """维修单状态: where a work order stands."""

    NONE = "none"
    AWAITING = "awaiting"
    OPENED = "opened"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"


class OrderKind(StrEnum):
    """维修单类别: which kind of service the order is for."""

    REPAIR = "repair"
    COMMISSIONING = "commissioning"
    INSPECTION = "inspection"
    SWAP = "swap"
    MAIL_IN = "mail_in"


class Delivery(StrEnum):
    """领件方式: whether the technician carries the parts himself or they are posted."""

    CARRIED = "carried"
    POSTED = "posted"


@dataclass(frozen=True, slots=True)
class ApprovedReport:
    """获批的报修单: what was approved, and what the work order copies from it."""

    content: ContentHash
    kind: ReportKind
    contact_name: Personal
    contact_phone: Phone
    fault_description: Note
    basics: Basics
    equipment: Equipment
    circumstances: Circumstances
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class PartPlanned:
    """应领配件: a part of the order, how many, and how it gets into the technician's hands."""

    part: Ref
    quantity: Quantity
    delivery: Delivery = Delivery.CARRIED


@dataclass(frozen=True, slots=True)
class NamedNote:
    """出库单号: an issue note this order names; inventory releases no other."""

    number: str
    delivery: Delivery
    lines: tuple[PartWanted, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """任职情况: what the register of people said of somebody at the moment it mattered."""

    person: Ref
    known: bool
    """Whether this room had a card of such a person."""
    active: bool = False
    roles: tuple[Role, ...] = ()
    branches: tuple[BranchCode, ...] = ()
    """Where he works, his own branch and those he is lent to."""


@fact()
class ApprovalNoted:
    """得知批准: a report was approved; its work order may be opened."""

    number: str
    """Of the work order: the ticket's, `-W1`."""
    ticket: Ticket
    branch: BranchCode
    report: str
    """The stream of the report."""
    version: int
    """Of the document that said so."""
    approved: ApprovedReport


@fact()
class WorkOrderOpened:
    """开单: the clerk made out the three-part order as approved, signed it and named its notes."""

    kind: OrderKind
    approved: ContentHash
    """Of the approved report this order rests on."""
    repair_nature: RepairNature
    notes: tuple[NamedNote, ...]
    no_parts: bool
    travel: Travel | None
    travel_on: date | None
    """出行日: the day of the journey by the calendar of the branch; boards are asked by it."""
    signature: Signature
    content: ContentHash
    """Of the order as made out: what whoever signs it from here on is shown."""


@fact()
class TechnicianAssigned:
    """派人: the order was given to a technician, who now signs or declines it."""

    technician: Ref
    standing: Standing
    due_at: At | None
    """By when he should have taken it, by policy; None: no policy sets a time."""
    warnings: tuple[Warned, ...]


@fact(milestone=True)
class WorkOrderSigned:
    """接单签字: the technician took the order with his signature; its issue notes are released."""

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
    """督促接单: the technician has neither signed nor declined in time; reminded once."""

    technician: Ref
    due_at: At


@document("work_order")
class WorkOrderDocument:
    """维修单: all of a work order that other rooms build on."""

    number: str
    ticket: str
    branch: str
    stage: OrderStage
    report: str
    approved: ApprovedReport
    kind: OrderKind | None
    repair_nature: RepairNature | None
    notes: tuple[NamedNote, ...]
    no_parts: bool
    travel: Travel | None
    travel_on: date | None
    clerk_sig: Signature | None
    content: str | None
    technician: str | None
    technician_sig: Signature | None
    ending: Ending | None = None
    """How the case ended, once the order has closed it."""
