"""接单 (taking the order): it is given to one technician, who takes it or does not.

With the signature of its technician its issue notes are released.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.dispatch.work_order.checks import (
    at_stage,
    its_technician,
    notes_so_far,
    sent,
    signature,
    unfit,
)
from services.dispatch.work_order.notes import renewed, still_held, too_many_lines
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import visits_under_way
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if, too_many
from shared.events.dispatch import (
    TakingUrged,
    TechnicianAssigned,
    WorkOrderDeclined,
    WorkOrderRecalled,
    WorkOrderSigned,
)
from shared.events.order_sheet import OrderStage, Standing
from shared.events.values import (
    SEVERAL,
    At,
    ContentHash,
    Evidence,
    Note,
    Ref,
    Role,
    SignedHow,
    Warned,
)
from shared.signing import proved
from shared.step import ticket_of


@dataclass(frozen=True, slots=True)
class AssignTechnician:
    """派人: give the order to a technician, who signs or declines it."""

    technician: Ref
    standing: Standing
    """Obligation: what the register of people says of the technician."""
    due_at: At | None = None
    """Obligation: by when they should have taken it."""
    warnings: tuple[Warned, ...] = ()
    """Obligation: what policy warns of."""


@dataclass(frozen=True, slots=True)
class Signing:
    """接单签字: `content` is the hash of the order as it was shown to the technician."""

    content: ContentHash
    how: SignedHow = SignedHow.SESSION
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class SignWorkOrder(Signing):
    """接单签字: take the order; its issue notes are released with this."""

    standing: Standing = field(kw_only=True)
    """Obligation, as in `AssignTechnician`."""


@dataclass(frozen=True, slots=True)
class DeclineWorkOrder:
    """退单: do not take the order, and say why."""

    because: Note


@dataclass(frozen=True, slots=True)
class RecallWorkOrder:
    """收回派单: take the order back from its technician."""

    because: Note


@dataclass(frozen=True, slots=True)
class UrgeTaking:
    """督促接单: the time to take the order has run out."""

    technician: Ref
    due_at: At


def assign(command: AssignTechnician, order: WorkOrder, asked: Asked) -> Decision:
    """派人: to one technician at a time, and not away from one who has taken it."""
    if order.technician == command.technician:
        return []
    refuse_if(
        *at_stage(order, asked, OrderStage.OPENED, OrderStage.ASSIGNED),
        *unfit(command.standing, order),
        *sent((command.technician,), order, asked),
    )
    assigned = TechnicianAssigned(
        command.technician, command.standing, command.due_at, command.warnings
    )
    return asked.here(assigned)


def sign(command: SignWorkOrder, order: WorkOrder, asked: Asked) -> Decision:
    """接单签字: what they were shown, as approved; notes that came to nothing get a new number."""
    if order.signed is not None and order.technician == asked.actor:
        return []
    opened = order.opened
    stale = opened is not None and command.content != opened.content
    ticket = ticket_of(number_of(asked.home))
    notes = renewed(order, ticket, notes_so_far(order, asked))
    refuse_if(
        *_to_be_answered(order, asked),
        *unfit(command.standing, order),
        *sent((asked.actor,), order, asked),
        too_many_lines(order, notes),
        too_many("technicians", len({*order.technicians, asked.actor}), SEVERAL),
        (order.superseded, reason("order-superseded", number=number_of(asked.home))),
        (stale, reason("signature-stale", number=number_of(asked.home))),
        *proved(command.how, command.evidence),
    )
    signed = signature(command.how, command.content, command.evidence, asked, Role.TECHNICIAN)
    return asked.here(WorkOrderSigned(signed, command.standing, notes))


def decline(command: DeclineWorkOrder, order: WorkOrder, asked: Asked) -> Decision:
    """退单: by the technician it was given to, before they take it."""
    declined = WorkOrderDeclined(asked.actor, command.because)
    if order.given_back == declined:
        return []
    refuse_if(*_to_be_answered(order, asked))
    return asked.here(declined)


def recall(command: RecallWorkOrder, order: WorkOrder, asked: Asked) -> Decision:
    """收回派单: while its technician is not out for it and has no parts of it."""
    match order.given_back:
        case WorkOrderRecalled(because=before) if before == command.because:
            return []
        case _:
            pass
    out, held = visits_under_way(asked, number_of(asked.home)), still_held(order)
    refuse_if(
        *at_stage(order, asked, OrderStage.ASSIGNED, OrderStage.ACCEPTED),
        (bool(out), reason("on-site", visits=out)),
        (bool(held), reason("parts-still-held", notes=held)),
    )
    assert order.technician is not None
    return asked.here(WorkOrderRecalled(order.technician, command.because))


def urge_taking(command: UrgeTaking, order: WorkOrder, asked: Asked) -> Decision:
    """督促接单: once, while the technician has not answered to what they were given last."""
    given = order.assigned
    asked_for = given and (given.technician, given.due_at) == (command.technician, command.due_at)
    waits = order.stage is OrderStage.ASSIGNED and bool(asked_for)
    urged = TakingUrged(command.technician, command.due_at)
    return asked.here(urged) if waits and order.urged != urged else []


def _to_be_answered(order: WorkOrder, asked: Asked) -> Sequence[Rule]:
    """Only the technician the order was given to, and only before it is taken."""
    waits = order.stage is OrderStage.ASSIGNED
    return (
        (not waits, reason("not-assigned", number=number_of(asked.home))),
        its_technician(order, asked),
    )
