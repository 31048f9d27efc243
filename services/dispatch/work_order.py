"""维修单 (work order, 三联单): from the noted approval to the technician's signature.

The order says what was approved and nothing else; one technician takes it with his signature, and
with that its issue notes are released. What was approved, who a technician is and by when he should
have answered come in with the commands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from services.dispatch.order_form import OrderForm, content_of, differs, missing, named_notes
from shared.decider import Asked, Decision, Public, Reason, reason, refuse_if
from shared.events.dispatch import (
    ApprovalNoted,
    TakingUrged,
    TechnicianAssigned,
    WorkOrderDeclined,
    WorkOrderOpened,
    WorkOrderRecalled,
    WorkOrderSigned,
)
from shared.events.order_sheet import ApprovedReport, OrderStage, Standing, WorkOrderDocument
from shared.events.values import (
    At,
    BranchCode,
    ContentHash,
    FileRef,
    Note,
    Ref,
    Role,
    Signature,
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


Command: TypeAlias = (
    NoteApproval
    | OpenWorkOrder
    | AssignTechnician
    | SignWorkOrder
    | DeclineWorkOrder
    | RecallWorkOrder
    | UrgeTaking
)
Fact: TypeAlias = (
    ApprovalNoted
    | WorkOrderOpened
    | TechnicianAssigned
    | WorkOrderSigned
    | WorkOrderDeclined
    | WorkOrderRecalled
    | TakingUrged
)
GivenBack: TypeAlias = WorkOrderDeclined | WorkOrderRecalled


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """维修单: an order as its facts have made it; each part is the fact that said so last."""

    stage: OrderStage = OrderStage.NONE
    noted: ApprovalNoted | None = None
    opened: WorkOrderOpened | None = None
    assigned: TechnicianAssigned | None = None
    signed: WorkOrderSigned | None = None
    given_back: GivenBack | None = None
    urged: TakingUrged | None = None
    notes_named: int = 0
    """How many issue notes were ever named; a number is never named twice."""

    @property
    def technician(self) -> str | None:
        """Who has the order now."""
        return self.assigned.technician if self.assigned else None

    @property
    def branch(self) -> str:
        """The branch of the ticket; empty until its approval is noted."""
        return self.noted.branch if self.noted else ""

    @property
    def superseded(self) -> bool:
        """Whether something else was approved since the order was opened."""
        return bool(
            self.noted and self.opened and self.noted.approved.content != self.opened.approved
        )


initial = WorkOrder()


def decide(  # noqa: PLR0911 - one return a command
    command: Command, order: WorkOrder, asked: Asked
) -> Decision:
    """What the command makes true. Nothing, when it is true already."""
    match command:
        case NoteApproval():
            return _note(command, order, asked)
        case OpenWorkOrder():
            return _open(command, order, asked)
        case AssignTechnician():
            return _assign(command, order, asked)
        case SignWorkOrder():
            return _sign(command, order, asked)
        case DeclineWorkOrder(because):
            declined = WorkOrderDeclined(asked.actor, because)
            if order.given_back == declined:
                return []
            refuse_if(*_not_in_hand(order, asked))
            return asked.here(declined)
        case RecallWorkOrder(because):
            return _recall(because, order, asked)
        case UrgeTaking(technician, due_at):
            waits = order.stage is OrderStage.ASSIGNED and order.technician == technician
            urged = TakingUrged(technician, due_at)
            return asked.here(urged) if waits and order.urged != urged else []


def evolve(order: WorkOrder, fact: Fact) -> WorkOrder:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case ApprovalNoted():
            begun = order.stage is not OrderStage.NONE
            return replace(order, noted=fact, stage=order.stage if begun else OrderStage.AWAITING)
        case WorkOrderOpened():
            named = order.notes_named + len(fact.notes)
            return replace(order, opened=fact, stage=OrderStage.OPENED, notes_named=named)
        case TechnicianAssigned():
            return replace(
                order, assigned=fact, stage=OrderStage.ASSIGNED, given_back=None, urged=None
            )
        case WorkOrderSigned():
            return replace(order, signed=fact, stage=OrderStage.ACCEPTED)
        case WorkOrderDeclined() | WorkOrderRecalled():
            return replace(
                order, given_back=fact, stage=OrderStage.OPENED, assigned=None, signed=None
            )
        case TakingUrged():
            return replace(order, urged=fact)


def public(order: WorkOrder, fact: WorkOrderSigned) -> Public:
    """The order's public document right after the milestone."""
    return Public(document_of(order), {"technician": fact.signature.by, "notes": fact.notes})


def document_of(order: WorkOrder) -> WorkOrderDocument:
    """The order in full, as anybody may be shown it who may see it."""
    assert order.noted is not None
    noted, opened = order.noted, order.opened
    return WorkOrderDocument(
        number=noted.number,
        ticket=noted.ticket,
        branch=noted.branch,
        stage=order.stage,
        report=noted.report,
        approved=noted.approved,
        kind=opened.kind if opened else None,
        repair_nature=opened.repair_nature if opened else None,
        notes=opened.notes if opened else (),
        no_parts=opened.no_parts if opened else False,
        travel=opened.travel if opened else None,
        travel_on=opened.travel_on if opened else None,
        clerk_sig=opened.signature if opened else None,
        content=opened.content if opened else None,
        technician=order.technician,
        technician_sig=order.signed.signature if order.signed else None,
    )


def number_of(stream: str) -> str:
    """The number of the order a stream is about."""
    return stream.partition("-")[2]


def ticket_of(number: str) -> str:
    """The ticket an order's number is made from."""
    return number.rpartition("-")[0]


def _note(command: NoteApproval, order: WorkOrder, asked: Asked) -> Decision:
    if order.noted is not None and order.noted.version >= command.version:
        return []
    noted = ApprovalNoted(
        number=number_of(asked.home),
        ticket=command.ticket,
        branch=command.branch,
        report=command.report,
        version=command.version,
        approved=command.approved,
    )
    return asked.here(noted)


def _open(command: OpenWorkOrder, order: WorkOrder, asked: Asked) -> Decision:
    number, form = number_of(asked.home), command.form
    content = content_of(number, form)
    if order.opened is not None and _same(order.opened, content, asked):
        return []
    begun = order.stage not in (OrderStage.NONE, OrderStage.AWAITING)
    reopens = order.stage is OrderStage.OPENED and order.superseded
    approved = order.noted.approved if order.noted else None
    blank, others = missing(form, approved), _open_orders(asked.reads)
    changed = differs(form, approved) if approved else []
    refuse_if(
        (approved is None, reason("not-approved", ticket=ticket_of(number))),
        (begun and not reopens, reason("opened-already", number=number)),
        (bool(others), reason("order-open", numbers=others)),
        (bool(blank), reason("order-incomplete", fields=blank)),
        (form.no_parts and bool(form.parts), reason("parts-and-none")),
        (bool(changed), reason("differs-from-approved", fields=changed)),
    )
    assert form.repair_nature is not None
    opened = WorkOrderOpened(
        kind=form.kind,
        approved=form.approved,
        repair_nature=form.repair_nature,
        notes=named_notes(form.parts, ticket_of(number), _notes_so_far(order, asked.reads)),
        no_parts=form.no_parts,
        travel=form.travel,
        travel_on=command.travel_on,
        signature=_signature(command.how, content, command.evidence, asked, Role.CLERK),
        content=content,
    )
    return asked.here(opened)


def _assign(command: AssignTechnician, order: WorkOrder, asked: Asked) -> Decision:
    if order.technician == command.technician:
        return []
    taken = order.stage is OrderStage.ACCEPTED
    refuse_if(
        _not_opened(order, asked),
        (taken, reason("accepted-already", technician=order.technician or "")),
        *_unfit(command.standing, order),
    )
    assigned = TechnicianAssigned(
        command.technician, command.standing, command.due_at, command.warnings
    )
    return asked.here(assigned)


def _sign(command: SignWorkOrder, order: WorkOrder, asked: Asked) -> Decision:
    if order.signed is not None and order.technician == asked.actor:
        return []
    opened = order.opened
    stale = opened is not None and command.content != opened.content
    refuse_if(
        *_not_in_hand(order, asked),
        *_unfit(command.standing, order),
        (order.superseded, reason("differs-from-approved", fields=("approved",))),
        (stale, reason("signature-stale", number=number_of(asked.home))),
    )
    assert opened is not None
    signature = _signature(command.how, command.content, command.evidence, asked, Role.TECHNICIAN)
    return asked.here(WorkOrderSigned(signature, command.standing, opened.notes))


def _recall(because: str, order: WorkOrder, asked: Asked) -> Decision:
    match order.given_back:
        case WorkOrderRecalled(because=before) if before == because:
            return []
        case _:
            pass
    held = [note.number for note in order.signed.notes] if order.signed else []
    refuse_if(
        (order.technician is None, reason("not-assigned", number=number_of(asked.home))),
        (bool(held), reason("parts-still-held", notes=held)),
    )
    assert order.technician is not None
    return asked.here(WorkOrderRecalled(order.technician, because))


Rule: TypeAlias = tuple[bool, Reason]


def _not_opened(order: WorkOrder, asked: Asked) -> Rule:
    waits = order.stage in (OrderStage.NONE, OrderStage.AWAITING)
    return waits, reason("not-opened", number=number_of(asked.home))


def _not_in_hand(order: WorkOrder, asked: Asked) -> Sequence[Rule]:
    """Only the technician the order was given to, and only before it is taken."""
    number, holder = number_of(asked.home), order.technician
    return (
        (order.stage is not OrderStage.ASSIGNED, reason("not-assigned", number=number)),
        (
            holder is not None and holder != asked.actor,
            reason("not-your-order", number=number, technician=holder or ""),
        ),
    )


def _unfit(standing: Standing, order: WorkOrder) -> Sequence[Rule]:
    """A technician is registered, active, of the branch or lent to it, and a technician."""
    person = standing.person
    if not standing.known:
        return ((True, reason("technician-unknown", person=person)),)
    branch = order.branch
    foreign = bool(branch) and branch not in standing.branches
    return (
        (not standing.active, reason("technician-inactive", person=person)),
        (Role.TECHNICIAN not in standing.roles, reason("not-a-technician", person=person)),
        (
            foreign,
            reason("technician-foreign", person=person, branch=branch, of=standing.branches),
        ),
    )


def _open_orders(reads: Mapping[str, WorkOrder]) -> Sequence[str]:
    return [number_of(stream) for stream, other in sorted(reads.items()) if other.opened]


def _same(opened: WorkOrderOpened, content: str, asked: Asked) -> bool:
    return opened.content == content and opened.signature.by == asked.actor


def _signature(
    how: SignedHow, content: str, evidence: FileRef | None, asked: Asked, role: Role
) -> Signature:
    return Signature(asked.actor, role.value, how, asked.at, content, evidence)


def _notes_so_far(order: WorkOrder, reads: Mapping[str, WorkOrder]) -> int:
    return order.notes_named + sum(other.notes_named for other in reads.values())
