"""维修单时限 (the clocks of an order): by when each thing was due, and when it was done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.work_order.state import WorkOrder
from shared.events.order_sheet import OrderStage
from shared.events.urging import OrderClock


@dataclass(frozen=True, slots=True)
class ClockShown:
    """时限: of one thing: by when it is due, and when it was done, as its paper says."""

    clock: OrderClock
    due_at: datetime
    met_at: datetime | None
    """None: it is not done yet."""
    is_late: bool
    """Whether it was done after it was due, or somebody was reminded of it."""


def clocks_of(order: WorkOrder) -> Iterator[ClockShown]:
    """Those that policy has set a time for, in their order; of each the newest."""
    given = order.assigned
    if given and given.due_at:
        taken = order.signed if order.stage is not OrderStage.ASSIGNED else None
        signed = taken.signature.signed_at if taken else None
        yield _shown(OrderClock.TAKING, given.due_at, signed, order.urged is not None)
    if order.visit_urged and order.stage is OrderStage.ACCEPTED:
        yield ClockShown(OrderClock.NEXT_VISIT, order.visit_urged.due_at, None, is_late=True)
    word, home = order.customer, order.handed_in
    if word and word.due_at:
        reminded = order.reminded is not None and order.reminded.due_at == word.due_at
        brought = home.hand_in.at if home else None
        yield _shown(OrderClock.HAND_IN, word.due_at, brought, reminded)


def _shown(clock: OrderClock, due_at: datetime, met_at: datetime | None, urged: bool) -> ClockShown:
    late = urged if met_at is None else met_at > due_at
    return ClockShown(clock, due_at, met_at, late)
