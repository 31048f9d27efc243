"""重复单 (duplicates): after the approval it turns out that another ticket is about the same.

Intake ends a duplicate before its approval; afterwards dispatch does, for nobody withdrew anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import visits_of_ticket
from shared.decider import Asked, Rule, Series, reason
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


def twin_of(this: ReportDocument | None, other: ReportDocument | None, branch: str) -> Twin:
    """另一单: by the newest documents of both reports, as far as this room has heard of them."""
    if other is None or other.branch != branch:
        return Twin(is_known=False)
    is_alike = this is None or (this.kind is other.kind and not are_strangers(this, other))
    return Twin(True, is_alike, other.ending is not Ending.DUPLICATE)


def reads_of_closing(command: Names, _order: WorkOrder, asked: Asked) -> tuple[Series, ...]:
    """The visits of the ticket, and the orders of the other one, if one is named.

    That it ended as a duplicate after its approval, no report says.
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


def _orders_of(ticket: Ticket) -> Series:
    return Series(f"work_order-{ticket}-W")


def _ended_as_one(ticket: Ticket, asked: Asked) -> bool:
    """Whether an order of that ticket ended as a duplicate."""
    orders: Iterable[WorkOrder] = asked.read_series(_orders_of(ticket).prefix).values()
    endings = (each.closed.ending for each in orders if each.closed is not None)
    return Ending.DUPLICATE in endings
