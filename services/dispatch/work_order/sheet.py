"""维修单页 (the sheet of an order): the order with all that waits for somebody's decision.

Whoever grants or refuses something on it is shown what is asked for, by whom and why.
"""

from dataclasses import dataclass

from services.dispatch.work_order.cash import Cash, cash_of
from services.dispatch.work_order.clocks import ClockShown, clocks_of
from services.dispatch.work_order.document import document_of
from services.dispatch.work_order.excess import unjudged
from services.dispatch.work_order.notes import UsedOtherwise, used_otherwise
from services.dispatch.work_order.state import WorkOrder
from shared.events.dispatch import (
    BaseHelpAsked,
    ExcessDenied,
    ExcessGranted,
    FeesAsked,
    SignatureRefused,
    SupplementAsked,
    TravelChangeAsked,
    UnreachedGranted,
)
from shared.events.intake import ContactAttempted
from shared.events.order_sheet import WorkOrderDocument
from shared.events.urging import ApproversUrged, TechnicianUrged
from shared.events.values import PartWanted
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
    excess: tuple[PartWanted, ...]
    """What was used beyond what is approved, and no approver has seen yet."""
    excess_judged: ExcessGranted | ExcessDenied | None
    """What an approver said of it."""
    clocks: tuple[ClockShown, ...]
    """By when each thing was due, and when it was done: of what was done late both times."""
    urged_by_hand: TechnicianUrged | None
    """The last time that somebody reminded its technician."""
    approvers_urged: ApproversUrged | None
    """Of what the approvers were told that still waited after a reminder."""
    cash: Cash | None
    """What was taken from the customer, and what of it was received; None: nothing was."""
    used_otherwise: tuple[UsedOtherwise, ...]
    """Where the work and a settled note differ, so that it is seen before the customer signs."""


def sheet_of(order: WorkOrder) -> WorkOrderSheet:
    """The order in full, as anybody may be shown it who may see it."""
    return filled(
        WorkOrderSheet,
        document_of(order),
        order,
        used_otherwise=tuple(used_otherwise(order)),
        excess=unjudged(order),
        cash=cash_of(order),
        clocks=tuple(clocks_of(order)),
    )


def shown(order: WorkOrder) -> WorkOrderSheet | None:
    """The order as the page of its ticket shows it; nothing until its approval is noted."""
    return sheet_of(order) if order.noted else None
