"""维修单的状态 (the state of an order): what its facts add up to, and what others read of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from shared.decider import Public
from shared.events import dispatch as facts
from shared.events.intake import RepairClosed
from shared.events.order_sheet import NamedNote, NotedNote, OrderStage, WorkOrderDocument
from shared.events.values import RepairNature, Travel, key_of

WorkOrderFact: TypeAlias = (
    facts.ApprovalNoted
    | facts.AmendmentNoted
    | facts.IssueNoteNoted
    | facts.WorkOrderOpened
    | facts.TechnicianAssigned
    | facts.WorkOrderSigned
    | facts.WorkOrderDeclined
    | facts.WorkOrderRecalled
    | facts.TakingUrged
    | facts.FurtherNoteNamed
    | facts.WorkRecorded
    | facts.CustomerSigned
    | facts.SignatureVoided
    | facts.TaskHandedIn
    | facts.HandInUrged
    | facts.HandInReturned
    | RepairClosed
)
Milestone: TypeAlias = (
    facts.WorkOrderSigned
    | facts.FurtherNoteNamed
    | facts.CustomerSigned
    | facts.SignatureVoided
    | RepairClosed
)
GivenBack: TypeAlias = facts.WorkOrderDeclined | facts.WorkOrderRecalled
Finish: TypeAlias = (
    facts.WorkRecorded
    | facts.CustomerSigned
    | facts.SignatureVoided
    | facts.TaskHandedIn
    | facts.HandInUrged
    | facts.HandInReturned
    | RepairClosed
)


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """维修单: an order as its facts have made it; each part is the fact that said so last."""

    stage: OrderStage = OrderStage.NONE
    noted: facts.ApprovalNoted | None = None
    amendment: facts.AmendmentNoted | None = None
    opened: facts.WorkOrderOpened | None = None
    assigned: facts.TechnicianAssigned | None = None
    signed: facts.WorkOrderSigned | None = None
    given_back: GivenBack | None = None
    urged: facts.TakingUrged | None = None
    notes: tuple[NamedNote, ...] = ()
    """The notes in force: as opened, as renewed by the last signing, and those named since."""
    further: tuple[facts.FurtherNoteNamed, ...] = ()
    """Those of them that were named since the last signing."""
    released: tuple[NamedNote, ...] = ()
    """Every note that a signing or a further note ever released, each once."""
    notes_named: int = 0
    """How many issue notes were ever named; a number is never named twice."""
    issue_notes: Mapping[str, NotedNote] = field(default_factory=dict)
    """What was last heard of each note, by number."""
    technicians: tuple[str, ...] = ()
    """Everybody who ever signed for the order."""
    work: facts.WorkRecorded | None = None
    customer: facts.CustomerSigned | None = None
    voided: facts.SignatureVoided | None = None
    handed_in: facts.TaskHandedIn | None = None
    reminded: facts.HandInUrged | None = None
    returned: facts.HandInReturned | None = None
    closed: RepairClosed | None = None

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

    @property
    def held(self) -> bool:
        """Whether a change of what was approved waits to be decided."""
        known = self.noted.version if self.noted else 0
        return self.amendment is not None and self.amendment.version > known

    @property
    def travel(self) -> Travel | None:
        """The journey in force: as approved last."""
        if self.superseded and self.noted:
            return self.noted.approved.diagnosis.travel
        return self.opened.travel if self.opened else None

    @property
    def repair_nature(self) -> RepairNature | None:
        """The nature in force: as approved last."""
        if self.superseded and self.noted:
            return self.noted.approved.diagnosis.repair_nature
        return self.opened.repair_nature if self.opened else None

    @property
    def on_site(self) -> bool:
        """Whether somebody has to go there, as approved."""
        return bool(self.noted and self.noted.approved.diagnosis.on_site)


initial = WorkOrder()


def evolve(order: WorkOrder, fact: WorkOrderFact) -> WorkOrder:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case facts.ApprovalNoted():
            begun = order.stage is not OrderStage.NONE
            return replace(order, noted=fact, stage=order.stage if begun else OrderStage.AWAITING)
        case facts.AmendmentNoted():
            return replace(order, amendment=fact)
        case facts.IssueNoteNoted(note):
            return replace(order, issue_notes={**order.issue_notes, note.number: note})
        case facts.WorkOrderOpened():
            named = order.notes_named + len(fact.notes)
            made_out = replace(order, opened=fact, stage=OrderStage.OPENED)
            return replace(made_out, notes=fact.notes, further=(), notes_named=named)
        case facts.TechnicianAssigned():
            given = replace(order, assigned=fact, stage=OrderStage.ASSIGNED)
            return replace(given, given_back=None, urged=None)
        case facts.WorkOrderSigned():
            return _signed(order, fact)
        case facts.WorkOrderDeclined() | facts.WorkOrderRecalled():
            back = replace(order, given_back=fact, stage=OrderStage.OPENED)
            return replace(back, assigned=None, signed=None, work=None, voided=None)
        case facts.TakingUrged():
            return replace(order, urged=fact)
        case facts.FurtherNoteNamed(note):
            named = order.notes_named + 1
            further = replace(order, notes=(*order.notes, note), notes_named=named)
            listed = (*order.released, note)
            return replace(further, further=(*order.further, fact), released=listed)
        case _:
            return _finished(order, fact)


def _signed(order: WorkOrder, fact: facts.WorkOrderSigned) -> WorkOrder:
    known = {note.number for note in order.notes}
    out = {note.number for note in order.released}
    fresh = [note for note in fact.notes if note.number not in known]
    who = fact.signature.by
    return replace(
        order,
        signed=fact,
        stage=OrderStage.ACCEPTED,
        notes=fact.notes,
        further=(),
        released=(*order.released, *(n for n in fact.notes if n.number not in out)),
        notes_named=order.notes_named + len(fresh),
        technicians=tuple(dict.fromkeys((*order.technicians, who))),
    )


def _finished(order: WorkOrder, fact: Finish) -> WorkOrder:
    """The order after a fact of its work or its end."""
    match fact:
        case facts.WorkRecorded():
            return replace(order, work=fact)
        case facts.CustomerSigned():
            return replace(order, customer=fact, stage=OrderStage.SIGNED, voided=None)
        case facts.SignatureVoided():
            return replace(order, voided=fact, customer=None, stage=OrderStage.ACCEPTED)
        case facts.HandInUrged():
            return replace(order, reminded=fact)
        case facts.TaskHandedIn():
            return replace(order, handed_in=fact, stage=OrderStage.HANDED_IN, returned=None)
        case facts.HandInReturned():
            return replace(order, handed_in=None, stage=OrderStage.SIGNED, returned=fact)
        case RepairClosed():
            return replace(order, closed=fact, stage=OrderStage.CLOSED)


def public(order: WorkOrder, fact: Milestone) -> Public:
    """The order's public document right after a milestone."""
    document = document_of(order)
    match fact:
        case facts.WorkOrderSigned(signature, _, notes):
            return Public(document, {"technician": signature.by, "notes": notes})
        case facts.FurtherNoteNamed(note, because):
            return Public(document, {"note": note, "because": because})
        case facts.SignatureVoided(because):
            return Public(document, {"because": because})
        case RepairClosed():
            told = {
                "customer_told_at": fact.customer_told_at,
                "papers_checked": fact.papers_checked,
            }
            return Public(document, told)
        case facts.CustomerSigned():
            return Public(document, {})


def document_of(order: WorkOrder) -> WorkOrderDocument:
    """The order in full, as anybody may be shown it who may see it."""
    assert order.noted is not None
    noted, opened, closed = order.noted, order.opened, order.closed
    return WorkOrderDocument(
        number=noted.number,
        ticket=noted.ticket,
        branch=noted.branch,
        stage=order.stage,
        report=noted.report,
        approved=noted.approved,
        kind=opened.kind if opened else None,
        repair_nature=order.repair_nature,
        notes=order.released if closed else order.notes,
        no_parts=opened.no_parts if opened else False,
        travel=opened.travel if opened else None,
        travel_on=opened.travel_on if opened else None,
        clerk_sig=opened.signature if opened else None,
        content=opened.content if opened else None,
        technician=order.technician,
        technician_sig=order.signed.signature if order.signed else None,
        technicians=order.technicians,
        work=order.work.work if order.work else None,
        work_content=order.work.content if order.work else None,
        customer=order.customer.word if order.customer else None,
        handed_in=order.handed_in.hand_in if order.handed_in else None,
        taken_by=closed.taken_by if closed else None,
        ending=closed.ending if closed else None,
        ending_reason=closed.reason if closed else None,
    )


def shown(order: WorkOrder) -> WorkOrderDocument | None:
    """The order as the page of its ticket shows it; nothing until its approval is noted."""
    return document_of(order) if order.noted else None


def customer_key(order: WorkOrder) -> str | None:
    """Whose key seals what a customer says: the one that sealed their name on the report."""
    return key_of(order.noted.approved.contact_name) if order.noted else None
