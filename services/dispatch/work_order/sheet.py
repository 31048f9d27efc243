"""维修单页 (the sheet of an order): the order with all that waits for somebody's decision.

Whoever grants or refuses something on it is shown what is asked for, by whom and why.
"""

from dataclasses import dataclass

from services.dispatch.work_order.document import document_of
from services.dispatch.work_order.notes import UsedOtherwise, used_otherwise
from services.dispatch.work_order.state import WorkOrder
from shared.events.dispatch import (
    BaseHelpAsked,
    FeesAsked,
    SignatureRefused,
    SupplementAsked,
    TravelChangeAsked,
    UnreachedGranted,
)
from shared.events.intake import ContactAttempted
from shared.events.order_sheet import WorkOrderDocument
from shared.fields import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderSheet(WorkOrderDocument):
    """维修单: as others read it, and what is asked for on it and not decided yet."""

    travel_asked: TravelChangeAsked | None
    supplement_asked: SupplementAsked | None
    fees_asked: FeesAsked | None
    help_asked: BaseHelpAsked | None
    unsigned: SignatureRefused | None
    """What the customer would not sign, and why; an approver may do without their signature."""
    tried: tuple[ContactAttempted, ...]
    """The last tries to reach the customer that came to nothing."""
    unreached_granted: UnreachedGranted | None
    """That an approver agreed to an end without their being reached."""
    used_otherwise: tuple[UsedOtherwise, ...]
    """Where the work and a settled note differ, so that it is seen before the customer signs."""


def sheet_of(order: WorkOrder) -> WorkOrderSheet:
    """The order in full, as anybody may be shown it who may see it."""
    odd = tuple(used_otherwise(order))
    return filled(WorkOrderSheet, document_of(order), order, used_otherwise=odd)


def shown(order: WorkOrder) -> WorkOrderSheet | None:
    """The order as the page of its ticket shows it; nothing until its approval is noted."""
    return sheet_of(order) if order.noted else None
