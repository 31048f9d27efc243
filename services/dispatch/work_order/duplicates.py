"""重复单 (duplicates): after the approval it turns out that another ticket is about the same.

Intake ends a duplicate before its approval; afterwards dispatch does, for nobody withdrew anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import visits_of_ticket
from shared.decider import Asked, Rule, Series, reason
from shared.events.intake import RepairClosed
from shared.events.report_form import ReportDocument
from shared.events.same_machine import are_strangers
from shared.events.values import Ending, Ticket


class Names(Protocol):
    """结案: a command that may name another ticket."""

    @property
    def other_ticket(self) -> Ticket | None:
        """The ticket that goes on."""


@dataclass(frozen=True, slots=True)
class Twin:
    """另一单: what the report says of the ticket that goes on in the place of this one."""

    is_known: bool
    """Whether there is such a report at this branch."""
    is_alike: bool = True
    """Whether both are of one kind, and have the customer or the machine in common."""
    goes_on: bool = True
    """Whether it has not ended as a duplicate before its approval."""
    this_since: datetime | None = None
    """Since when this ticket is reported, by the record; None: its report says nothing of it."""


def twin_of(this: ReportDocument | None, other: ReportDocument | None, branch: str) -> Twin:
    """另一单: by the newest documents of both reports, as far as this room has heard of them.

    A report from before documents said when it was recorded says when it was received.
    """
    if other is None or other.branch != branch:
        return Twin(is_known=False)
    is_alike = this is None or (this.kind is other.kind and not are_strangers(this, other))
    since = (this.registered_at or this.received_at) if this else None
    return Twin(True, is_alike, other.ending is not Ending.DUPLICATE, since)


def reads_of_closing(command: Names, _order: WorkOrder, asked: Asked) -> tuple[Series, ...]:
    """The visits of the ticket, and the orders of the other one, if one is named.

    That it ended after its approval, and how, no report says.
    """
    visits, other = visits_of_ticket(asked.home), command.other_ticket
    return (visits,) if other in (None, asked.ticket) else (visits, _orders_of(other or ""))


def named(ending: Ending, ticket: Ticket | None, twin: Twin | None, asked: Asked) -> Iterator[Rule]:
    """A rule: a duplicate names the ticket that goes on, and no other ending names one."""
    if ending is not Ending.DUPLICATE:
        yield ticket is not None, reason("other-ticket-unasked", ending=ending)
    elif ticket == asked.ticket:
        yield True, reason("duplicate-of-itself")
    elif ticket is not None:
        known = twin is not None and twin.is_known
        yield not known, reason("ticket-unknown", ticket=ticket)
        if twin is not None and known:
            yield not twin.is_alike, reason("duplicate-of-stranger", ticket=ticket)
            goes_on = twin.goes_on and not _ended_as_one(ticket, asked)
            yield not goes_on, reason("duplicate-of-duplicate", ticket=ticket)
            yield _over_before(ticket, twin, asked), reason("duplicate-of-over", ticket=ticket)


def _orders_of(ticket: Ticket) -> Series:
    return Series(f"work_order-{ticket}-W")


def _ended_as_one(ticket: Ticket, asked: Asked) -> bool:
    """Whether an order of that ticket ended as a duplicate."""
    orders: Iterable[WorkOrder] = asked.read_series(_orders_of(ticket).prefix).values()
    endings = (each.closed.ending for each in orders if each.closed is not None)
    return Ending.DUPLICATE in endings


def _over_before(ticket: Ticket, twin: Twin, asked: Asked) -> bool:
    """Whether an order had ended that ticket, by the record, when this one was reported."""
    orders = asked.read_series(_orders_of(ticket).prefix)
    happened = (each for stream in orders for each in asked.happened.get(stream, ()))
    ends = (each.recorded_at for each in happened if isinstance(each.fact, RepairClosed))
    over = next(ends, None)
    return over is not None and twin.this_since is not None and over < twin.this_since
