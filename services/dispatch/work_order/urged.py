"""已督促未办 (urged): orders whose technician was reminded and that still wait; feeds a clock."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.dispatch import (
    CustomerSigned,
    HandInUrged,
    RepairContinued,
    SignatureVoided,
    SignatureWaived,
    TakingUrged,
    TaskHandedIn,
    TechnicianAssigned,
    WorkOrderDeclined,
    WorkOrderRecalled,
    WorkOrderSigned,
)
from shared.events.intake import RepairClosed
from shared.events.urging import ApproversUrged, NextVisitUrged, OrderClock
from shared.view import Key, Recorded, keys_by_stream

NAME = "urged"
VERSION = 1
KEY = ("stream",)
INDEXES = (("branch", "clock"),)


@dataclass(frozen=True, slots=True)
class Row:
    """已督促一行: an order, what its technician was reminded of, and by when it should be done."""

    stream: str
    ticket: str | None
    branch: str
    technician: str
    clock: OrderClock
    due: datetime


keys = keys_by_stream(
    TechnicianAssigned,
    TakingUrged,
    WorkOrderSigned,
    WorkOrderDeclined,
    WorkOrderRecalled,
    NextVisitUrged,
    CustomerSigned,
    SignatureWaived,
    SignatureVoided,
    HandInUrged,
    TaskHandedIn,
    ApproversUrged,
    RepairContinued,
    RepairClosed,
)


def project(key: Key, _row: Row | None, recorded: Recorded) -> Row | None:
    """There from the reminder on, until it is done or the approvers were told."""
    match recorded.fact:
        case TakingUrged(technician, due):
            clock = OrderClock.TAKING
        case NextVisitUrged(technician, _, due):
            clock = OrderClock.NEXT_VISIT
        case HandInUrged(technician, due):
            clock = OrderClock.HAND_IN
        case _:
            return None
    return Row(str(key[0]), recorded.ticket, recorded.branch, technician, clock, due)
