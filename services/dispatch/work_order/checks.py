"""维修单的共同检查 (rules that several steps of a work order share)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import visits_of_ticket
from shared.decider import Asked, Reason, Rule, Series, number_of, reason
from shared.events.dispatch import (
    ExcessGranted,
    FeesApproved,
    HandInEntrusted,
    SignatureWaived,
    SupplementApproved,
    TravelChangeApproved,
    UnreachedGranted,
)
from shared.events.order_sheet import OrderStage, Standing
from shared.events.values import FileRef, Role, Signature, SignedHow, covers
from shared.events.visits import DeviationGranted

ORDERED = tuple(OrderStage)
GRANTED = (
    TravelChangeApproved,
    SupplementApproved,
    ExcessGranted,
    FeesApproved,
    SignatureWaived,
    HandInEntrusted,
    UnreachedGranted,
    DeviationGranted,
)
"""What an approver grants of an order, or of its visits."""


def at_stage(order: WorkOrder, asked: Asked, *allowed: OrderStage) -> Iterator[Rule]:
    """A rule: the order stands at one of these stages, which follow each other."""
    if order.stage in allowed:
        return
    if ORDERED.index(order.stage) < ORDERED.index(allowed[0]):
        yield True, _too_early(allowed[0], number_of(asked.home))
    else:
        yield True, too_late(order, number_of(asked.home))


def not_held(order: WorkOrder) -> Rule:
    """A rule: no change of what was approved waits to be decided."""
    return order.held, reason("amendment-open", ticket=order.noted.ticket if order.noted else "")


def its_technician(order: WorkOrder, asked: Asked) -> Rule:
    """A rule: only the technician the order was given to."""
    holder = order.technician
    told = reason("not-your-order", number=number_of(asked.home), technician=holder or "")
    return holder is not None and holder != asked.actor, told


def own_request(asked: Asked, *theirs: str | None) -> Rule:
    """A rule: nobody decides what is theirs: what they asked for, what their own job is about."""
    return asked.actor in theirs, reason("own-request", person=asked.actor)


def asks_themselves(order: WorkOrder, asker: str | None, asked: Asked) -> Rule:
    """A rule: nobody grants what they asked for, or what their own job is about."""
    return own_request(asked, asker, *order.people)


def sent(people: Iterable[str], order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    """回避: nobody is sent on what they approved or granted, nor on what their deputy did.

    It holds for everything of the ticket: its report, its earlier orders, and its visits.
    """
    earlier = earlier_orders(asked).values()
    approvers = {who for each in (order, *earlier) for who in each.approvers}
    granters = {who for each in asked.of_kind(*GRANTED) for who in each.people}
    for person in dict.fromkeys(people):
        yield person in approvers, reason("approver-goes", person=person)
        yield person in granters, reason("granter-goes", person=person)


def reads_granted(_command: object, _order: WorkOrder, asked: Asked) -> tuple[str | Series, ...]:
    """All that was granted of the ticket: its earlier orders, and its visits."""
    return (*earlier_streams(asked.home), visits_of_ticket(asked.home))


def no_technician(standing: Standing) -> Sequence[Rule]:
    """A technician is registered and active, of whatever branch."""
    person = standing.person
    if not standing.known:
        return ((True, reason("technician-unknown", person=person)),)
    return (
        (not standing.active, reason("technician-inactive", person=person)),
        (Role.TECHNICIAN not in standing.roles, reason("not-a-technician", person=person)),
    )


def unfit(standing: Standing, order: WorkOrder) -> Sequence[Rule]:
    """A technician is registered, active, and of the branch or lent to it."""
    person, branch = standing.person, order.branch
    if not standing.known:
        return no_technician(standing)
    from_base = any(each.technician == person for each in order.sent)
    foreign = bool(branch) and not from_base and not covers(standing.branches, branch)
    return (
        *no_technician(standing),
        (
            foreign,
            reason("technician-foreign", person=person, branch=branch, of=standing.branches),
        ),
    )


def not_ours(standing: Standing) -> Rule:
    """A rule: somebody of the register who is active."""
    ours = standing.known and standing.active
    return not ours, reason("nobody-of-ours", person=standing.person)


def not_in_role(standing: Standing, role: Role, branch: str) -> Rule:
    """A rule: somebody active who has this role at the branch."""
    fit = standing.active and role in standing.roles and covers(standing.branches, branch)
    told = reason("not-in-that-role", person=standing.person, role=role.value, branch=branch)
    return not (standing.known and fit), told


def signature(
    how: SignedHow, content: str, evidence: FileRef | None, asked: Asked, role: Role
) -> Signature:
    """签字: whoever asks puts their name under what they were shown."""
    return Signature(asked.actor, role.value, how, asked.at, content, evidence)


def reads_earlier_orders(_command: object, _order: WorkOrder, asked: Asked) -> tuple[str, ...]:
    """The orders of the ticket before this one: one may be open, and notes are numbered on."""
    return earlier_streams(asked.home)


def earlier_orders(asked: Asked) -> Mapping[str, WorkOrder]:
    """The orders of the ticket before this one, by number, in their order. Raises NotRead."""
    return {number_of(stream): asked.read(stream) for stream in earlier_streams(asked.home)}


def notes_so_far(order: WorkOrder, asked: Asked) -> int:
    """How many issue notes of the ticket were ever named."""
    return order.notes_named + sum(each.notes_named for each in earlier_orders(asked).values())


def earlier_streams(home: str) -> tuple[str, ...]:
    """The orders of the ticket before this one."""
    series, _, which = home.rpartition("-W")
    return tuple(f"{series}-W{n}" for n in range(1, int(which)))


def _too_early(wanted: OrderStage, number: str) -> Reason:
    reasons = {
        OrderStage.ASSIGNED: reason("not-assigned", number=number),
        OrderStage.ACCEPTED: reason("not-accepted", number=number),
        OrderStage.SIGNED: reason("not-signed", number=number),
        OrderStage.HANDED_IN: reason("not-handed-in", number=number),
    }
    return reasons.get(wanted, reason("not-opened", number=number))


def too_late(order: WorkOrder, number: str) -> Reason:
    """The reason of a step whose time is over."""
    reasons = {
        OrderStage.CLOSED: reason("closed-already", number=number),
        OrderStage.HANDED_IN: reason("handed-in-already", number=number),
        OrderStage.SIGNED: reason("signed-already", number=number),
    }
    accepted = reason("accepted-already", technician=order.technician or "")
    return reasons.get(order.stage, accepted)
