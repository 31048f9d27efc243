"""维修单与上门 (the order and its visits): what has become of the visits made for it.

The visits of a ticket are read as one series, so that a visit which is planned meanwhile is a
conflict. An order looks at what they have in common; their own rules stand in `visit/`.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked, Series, number_of
from shared.events.order_sheet import VisitOutcome, VisitStage, Window
from shared.events.visits import Arrived, Departed, VisitCancelled, VisitEnded
from shared.step import ticket_of

ON_THE_WAY = (VisitStage.DEPARTED, VisitStage.ARRIVED)
OPEN = (VisitStage.PLANNED, VisitStage.CONFIRMED, *ON_THE_WAY)


class VisitSeen(Protocol):
    """上门: what an order looks at of a visit."""

    @property
    def stage(self) -> VisitStage:
        """Where the visit stands."""

    @property
    def order(self) -> str:
        """The number of the work order it is made for."""

    @property
    def technician(self) -> str:
        """Who makes it."""

    @property
    def window(self) -> Window | None:
        """When the customer expects them, as agreed last."""

    @property
    def departed(self) -> Departed | None:
        """That its technician set out, if they did."""

    @property
    def arrived(self) -> Arrived | None:
        """That they were at the customer's, if they were."""

    @property
    def cancelled(self) -> VisitCancelled | None:
        """That it was called off, if it was."""

    @property
    def ended(self) -> VisitEnded | None:
        """How it ended, if it did."""


def visits_of_ticket(home: str) -> Series:
    """All visits of the ticket that this paper, an order or a visit, belongs to."""
    return Series(f"visit-{ticket_of(number_of(home))}-V")


def reads_visits(_command: object, _order: WorkOrder, asked: Asked) -> tuple[Series, ...]:
    """The visits of the ticket."""
    return (visits_of_ticket(asked.home),)


def visits_of(asked: Asked, order: str) -> Mapping[str, VisitSeen]:
    """The visits made for an order, by number, in their order; the home stream is not among them.

    Raises NotRead if the row of the step does not name them.
    """
    read: Mapping[str, VisitSeen] = asked.read_series(visits_of_ticket(asked.home).prefix)
    return {number_of(stream): visit for stream, visit in read.items() if visit.order == order}


def open_visits(asked: Asked, order: str) -> Sequence[str]:
    """The numbers of those that are planned or under way."""
    return [number for number, visit in visits_of(asked, order).items() if visit.stage in OPEN]


def visits_under_way(asked: Asked, order: str) -> Sequence[str]:
    """The numbers of those for which somebody has set out or is there."""
    visits = visits_of(asked, order).items()
    return [number for number, visit in visits if visit.stage in ON_THE_WAY]


def has_been_there(visit: VisitSeen) -> bool:
    """Whether somebody can have worked: they arrived, and stood before no closed door."""
    return visit.arrived is not None and not found_nobody(visit)


def found_nobody(visit: VisitSeen) -> bool:
    """Whether somebody was there and nobody let them in."""
    return visit.ended is not None and visit.ended.outcome is VisitOutcome.NO_ACCESS


def was_interrupted(visit: VisitSeen) -> bool:
    """Whether whoever made it had to break off."""
    return visit.ended is not None and visit.ended.outcome is VisitOutcome.INTERRUPTED
