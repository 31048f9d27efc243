"""督促 (urging): a clock or somebody reminds the technician; then the approvers are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.work_order.checks import at_stage
from services.dispatch.work_order.notes import still_held
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import open_visits
from shared.decider import Asked, Decision, number_of, refuse_if
from shared.events.order_sheet import OrderStage
from shared.events.urging import ApproversUrged, NextVisitUrged, OrderClock, TechnicianUrged
from shared.events.values import SEVERAL, At, Note

WITH_TECHNICIAN = (OrderStage.ASSIGNED, OrderStage.ACCEPTED, OrderStage.SIGNED)


@dataclass(frozen=True, slots=True)
class UrgeNextVisit:
    """督促安排上门: parts have been out for too long, and nobody is to go; by the timer."""

    since: At
    due_at: At


@dataclass(frozen=True, slots=True)
class UrgeApprovers:
    """督促上报: the technician was reminded and it still waits; by the timer."""

    clock: OrderClock
    due_at: At
    upward_at: At


@dataclass(frozen=True, slots=True)
class UrgeTechnician:
    """人工督促: remind the technician of the order; by the clerk or an approver."""

    because: Note


def parts_out(order: WorkOrder) -> Sequence[str]:
    """在外的出库单: the notes whose parts the technician has in hand or in the post."""
    heard = order.issue_notes
    held = [heard[number] for number in still_held(order) if number in heard]
    return [note.number for note in held if any(line.issued for line in note.lines)]


def urge_next_visit(command: UrgeNextVisit, order: WorkOrder, asked: Asked) -> Decision:
    """督促安排上门: once for each time that it came to be so, while it still is."""
    before = order.visit_urged
    if not _lacks_visit(order, asked) or (before and before.since >= command.since):
        return []
    return asked.here(NextVisitUrged(order.technician or "", command.since, command.due_at))


def urge_approvers(command: UrgeApprovers, order: WorkOrder, asked: Asked) -> Decision:
    """督促上报: once for each reminder that came to nothing; to who approved the order."""
    before, due = order.approvers_urged, command.due_at
    known = before is not None and (before.clock, before.due_at) == (command.clock, due)
    if known or not order.approvers or _waited_for(command.clock, order, asked) != due:
        return []
    people = order.approvers[:SEVERAL]
    return asked.here(
        ApproversUrged(command.clock, order.technician or "", people, due, command.upward_at)
    )


def urge_technician(command: UrgeTechnician, order: WorkOrder, asked: Asked) -> Decision:
    """人工督促: of an order that is with its technician; once for the same reason."""
    urged = TechnicianUrged(asked.actor, order.technician or "", order.stage, command.because)
    if order.urged_by_hand == urged:
        return []
    refuse_if(*at_stage(order, asked, *WITH_TECHNICIAN))
    return asked.here(urged)


def _lacks_visit(order: WorkOrder, asked: Asked) -> bool:
    """Whether parts are out for an order that somebody has taken, and nobody is to go."""
    is_out = order.stage is OrderStage.ACCEPTED and order.on_site and bool(parts_out(order))
    return is_out and not open_visits(asked, number_of(asked.home))


def _waited_for(clock: OrderClock, order: WorkOrder, asked: Asked) -> datetime | None:
    """By when it should have been done, if the technician was reminded and it is not done."""
    match clock:
        case OrderClock.TAKING:
            urged = order.urged if order.stage is OrderStage.ASSIGNED else None
            return urged.due_at if urged else None
        case OrderClock.NEXT_VISIT:
            lacking = order.visit_urged if _lacks_visit(order, asked) else None
            return lacking.due_at if lacking else None
        case OrderClock.HAND_IN:
            brought = order.reminded if order.stage is OrderStage.SIGNED else None
            due = order.customer.due_at if order.customer else None
            return due if brought and brought.due_at == due else None
