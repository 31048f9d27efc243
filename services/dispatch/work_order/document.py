"""维修单的公开文档 (the public document of an order): all of it that others may read."""

from collections.abc import Mapping
from typing import TypeAlias

from services.dispatch.work_order.state import WorkOrder, open_to
from shared.decider import Public
from shared.events import dispatch as facts
from shared.events.intake import RepairClosed
from shared.events.order_sheet import WorkOrderDocument

Milestone: TypeAlias = (
    facts.BaseTechnicianSent
    | facts.TechnicianAssigned
    | facts.WorkOrderSigned
    | facts.FurtherNoteNamed
    | facts.SupplementApproved
    | facts.CustomerSigned
    | facts.SignatureWaived
    | facts.SignatureVoided
    | facts.TaskHandedIn
    | facts.HandInReturned
    | facts.RepairContinued
    | RepairClosed
)


def public(order: WorkOrder, fact: Milestone) -> Public:
    """The order's public document right after a milestone."""
    this: Mapping[str, object] = {}
    match fact:
        case facts.WorkOrderSigned(signature, _, notes):
            this = {"technician": signature.by, "notes": notes}
        case facts.FurtherNoteNamed(note, because) | facts.SupplementApproved(_, note, because):
            this = {"note": note, "because": because}
        case facts.SignatureVoided(because):
            this = {"because": because}
        case facts.RepairContinued(because=because):
            this = {"because": because, "papers_checked": fact.papers_checked}
        case RepairClosed():
            this = {
                "customer_told_at": fact.customer_told_at,
                "papers_checked": fact.papers_checked,
                "tried_on": fact.tried_on,
            }
        case facts.BaseTechnicianSent() | facts.TechnicianAssigned():
            pass
        case facts.CustomerSigned() | facts.SignatureWaived():
            pass
        case facts.TaskHandedIn() | facts.HandInReturned():
            pass
    return Public(document_of(order), this)


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
        notes=order.released if closed or order.continued else order.notes,
        no_parts=opened.no_parts if opened else False,
        travel=order.travel,
        travel_on=order.travel_on,
        clerk_sig=opened.signature if opened else None,
        content=opened.content if opened else None,
        technician=order.technician,
        technician_sig=order.signed.signature if order.signed else None,
        technicians=order.doers,
        work=order.work.work if order.work else None,
        work_content=order.work.content if order.work else None,
        customer=order.customer.word if order.customer else None,
        handed_in=order.handed_in.hand_in if order.handed_in else None,
        taken_by=closed.taken_by if closed else None,
        ending=closed.ending if closed else None,
        ending_reason=closed.reason if closed else None,
        continued_as=order.continued.order if order.continued else None,
        earlier=order.after.earlier if order.after else (),
        site=opened.site if opened else None,
        warranty_starts_on=closed.warranty_starts_on if closed else None,
        acceptance_told_on=closed.acceptance_told_on if closed else None,
        supplements=tuple(note.number for note in order.supplemented),
        sent=open_to(order),
        other_ticket=closed.other_ticket if closed else None,
    )
