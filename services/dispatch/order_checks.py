"""维修单的检查 (checks of the work order): what several of its commands ask alike."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.dispatch.order_state import WorkOrder
from shared.decider import Asked, Reason, Rule, number_of, reason
from shared.events.order_sheet import OrderStage, Standing
from shared.events.values import FileRef, Role, Signature, SignedHow

ORDERED = tuple(OrderStage)


def at_stage(order: WorkOrder, asked: Asked, *allowed: OrderStage) -> Iterator[Rule]:
    """A rule: the order stands at one of these stages, which follow each other."""
    if order.stage in allowed:
        return
    if ORDERED.index(order.stage) < ORDERED.index(allowed[0]):
        yield True, _too_early(allowed[0], number_of(asked.home))
    else:
        yield True, _too_late(order, number_of(asked.home))


def its_technician(order: WorkOrder, asked: Asked) -> Rule:
    """A rule: only whom the order was given to."""
    holder = order.technician
    told = reason("not-your-order", number=number_of(asked.home), technician=holder or "")
    return holder is not None and holder != asked.actor, told


def unfit(standing: Standing, order: WorkOrder) -> Sequence[Rule]:
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


def signature(
    how: SignedHow, content: str, evidence: FileRef | None, asked: Asked, role: Role
) -> Signature:
    """签字: whoever asks puts his name under what he was shown."""
    return Signature(asked.actor, role.value, how, asked.at, content, evidence)


def other_orders(reads: Mapping[str, Any]) -> Mapping[str, WorkOrder]:
    """The other orders of the ticket among the streams that were read, by number."""
    return {
        number_of(stream): other
        for stream, other in sorted(reads.items())
        if isinstance(other, WorkOrder)
    }


def notes_so_far(order: WorkOrder, reads: Mapping[str, Any]) -> int:
    """How many issue notes of the ticket were ever named."""
    return order.notes_named + sum(each.notes_named for each in other_orders(reads).values())


def _too_early(wanted: OrderStage, number: str) -> Reason:
    match wanted:
        case OrderStage.ASSIGNED:
            return reason("not-assigned", number=number)
        case OrderStage.ACCEPTED:
            return reason("not-accepted", number=number)
        case OrderStage.SIGNED:
            return reason("not-signed", number=number)
        case OrderStage.HANDED_IN:
            return reason("not-handed-in", number=number)
        case _:
            return reason("not-opened", number=number)


def _too_late(order: WorkOrder, number: str) -> Reason:
    match order.stage:
        case OrderStage.CLOSED:
            return reason("closed-already", number=number)
        case OrderStage.HANDED_IN:
            return reason("handed-in-already", number=number)
        case OrderStage.SIGNED:
            return reason("signed-already", number=number)
        case _:
            return reason("accepted-already", technician=order.technician or "")
