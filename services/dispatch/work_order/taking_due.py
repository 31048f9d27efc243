"""待接单 (taking due): who was given an order and has until when to take it; feeds the clock."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.dispatch import (
    RepairContinued,
    TakingUrged,
    TechnicianAssigned,
    WorkOrderDeclined,
    WorkOrderRecalled,
    WorkOrderSigned,
)
from shared.events.intake import RepairClosed
from shared.view import Key, Recorded, keys_by_stream

NAME = "taking_due"
VERSION = 3
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待接单一行: an order that waits for its technician's signature."""

    stream: str
    due: datetime
    ticket: str | None
    branch: str
    technician: str


keys = keys_by_stream(
    TechnicianAssigned,
    WorkOrderSigned,
    WorkOrderDeclined,
    WorkOrderRecalled,
    TakingUrged,
    RepairClosed,
    RepairContinued,
)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There while a technician has the order, has not taken it and was not reminded."""
    del row
    match recorded.fact:
        case TechnicianAssigned(technician, _, datetime() as due):
            return Row(str(key[0]), due, recorded.ticket, recorded.branch, technician)
        case _:
            return None
