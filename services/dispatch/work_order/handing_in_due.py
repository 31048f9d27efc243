"""待交销 (handing in due): what a customer signed and nobody has brought yet; feeds the clock."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.dispatch import (
    CustomerSigned,
    HandInUrged,
    SignatureVoided,
    SignatureWaived,
    TaskHandedIn,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "handing_in_due"
VERSION = 2
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待交销一行: an order that waits to be handed in; one that was sent back is not timed anew."""

    stream: str
    due: datetime
    ticket: str | None
    branch: str


keys = keys_by_stream(CustomerSigned, SignatureWaived, SignatureVoided, TaskHandedIn, HandInUrged)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There while a signed order was neither handed in nor urged."""
    del row
    match recorded.fact:
        case CustomerSigned(due_at=datetime() as due) | SignatureWaived(due_at=datetime() as due):
            return Row(str(key[0]), due, recorded.ticket, recorded.branch)
        case _:
            return None
