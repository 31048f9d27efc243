"""维修单的命令 (commands of the work order): what may be asked of it, and by whom.

Obligations (`standing`, `due_at`, `warnings`, `travel_on`) are made by `rules.py`, never taken from
the wire.
"""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from services.dispatch.order_form import OrderForm
from shared.events.order_sheet import ApprovedReport, Delivery, NotedNote, Standing, Work
from shared.events.values import (
    At,
    BranchCode,
    ContentHash,
    Ending,
    FileRef,
    Note,
    PartWanted,
    Personal,
    Ref,
    SignedHow,
    Ticket,
    Warned,
)


@dataclass(frozen=True, slots=True)
class NoteApproval:
    """得知批准: what intake's newest document of the report says was approved."""

    ticket: Ticket
    branch: BranchCode
    report: str
    version: int
    approved: ApprovedReport


@dataclass(frozen=True, slots=True)
class NoteIssueNote:
    """得知出库: what inventory's newest document says of an issue note of this order."""

    note: NotedNote


@dataclass(frozen=True, slots=True)
class OpenWorkOrder:
    """开单: make out the order as approved, sign it, and name its issue notes."""

    form: OrderForm
    how: SignedHow
    travel_on: date | None = None
    """Obligation: the day of the journey by the calendar of the branch."""
    evidence: FileRef | None = None


@dataclass(frozen=True, slots=True)
class AssignTechnician:
    """派人: give the order to a technician; his standing and what policy warns of come along."""

    technician: Ref
    standing: Standing
    due_at: At | None = None
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class SignWorkOrder:
    """接单签字: the technician takes the order as it was shown to him."""

    how: SignedHow
    content: ContentHash
    standing: Standing
    evidence: FileRef | None = None


@dataclass(frozen=True, slots=True)
class DeclineWorkOrder:
    """退单: the technician does not take the order."""

    because: Note


@dataclass(frozen=True, slots=True)
class RecallWorkOrder:
    """收回派单: the clerk takes the order back from the technician."""

    because: Note


@dataclass(frozen=True, slots=True)
class UrgeTaking:
    """督促接单: the time to take the order has run out."""

    technician: Ref
    due_at: At


@dataclass(frozen=True, slots=True)
class NameFurtherNote:
    """追加出库单: one more issue note for what is still to be drawn; by the clerk."""

    delivery: Delivery
    lines: tuple[PartWanted, ...]
    because: Note


@dataclass(frozen=True, slots=True)
class RecordWork:
    """维修记录: what was found and done, and what it took; by the technician.

    It may be recorded again until the customer signs; the gate that asks for a field names it.
    """

    work: Work


@dataclass(frozen=True, slots=True)
class SignAsCustomer:
    """用户签字: the customer signs the recorded work as shown to him, on another's device."""

    content: ContentHash
    how: SignedHow
    signer: Personal
    opinion: Note | None = None
    evidence: FileRef | None = None
    due_at: At | None = None
    """Obligation: by when the task should be handed in."""


@dataclass(frozen=True, slots=True)
class VoidSignature:
    """签字作废: what the customer signed has to change, so he signs again; by the clerk."""

    because: Note


@dataclass(frozen=True, slots=True)
class HandInTask:
    """交销: bring the signed order and every reconciled note to the clerk; by the technician."""


@dataclass(frozen=True, slots=True)
class UrgeHandIn:
    """督促交销: the time to hand in has run out."""

    due_at: At


@dataclass(frozen=True, slots=True)
class ReturnHandIn:
    """交销退回: do not take the task, and say what is wrong with it; by the clerk."""

    reasons: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class CloseRepair:
    """结案: take the task that was handed in, or end the case without one; by the clerk."""

    ending: Ending
    reason: Note | None = None
    customer_told_at: At | None = None
    papers_checked: tuple[Ref, ...] = ()
    """The numbers of the papers he had in his hands: the order and every note of it."""


Command: TypeAlias = (
    NoteApproval
    | NoteIssueNote
    | OpenWorkOrder
    | AssignTechnician
    | SignWorkOrder
    | DeclineWorkOrder
    | RecallWorkOrder
    | UrgeTaking
    | NameFurtherNote
    | RecordWork
    | SignAsCustomer
    | VoidSignature
    | HandInTask
    | UrgeHandIn
    | ReturnHandIn
    | CloseRepair
)
