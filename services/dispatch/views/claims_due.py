"""待报销 (claims due): who travelled, came home and has not claimed; feeds the clock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.dispatch import ClaimOverdue, ClaimUrged, HandInReturned, TaskHandedIn
from shared.events.order_sheet import ClaimDue
from shared.events.travel_claims import ClaimSubmitted
from shared.view import Key, Recorded

NAME = "claims_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("due",), ("branch",))


@dataclass(frozen=True, slots=True)
class Row:
    """待报销一行: an order that was handed in, until everybody who travelled has claimed."""

    stream: str
    order: str
    ticket: str | None
    branch: str
    travellers: tuple[str, ...]
    """Who has not claimed."""
    due_at: datetime
    """By when they should have."""
    due: datetime | None
    """When somebody is told next; None: they were reminded, and an approver was told."""
    overdue_at: datetime
    urged: bool
    """Whether they were reminded."""
    told: tuple[str, ...]
    """Which approvers were told."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """The order that is handed in, reminded of, or claimed for."""
    match recorded.fact:
        case TaskHandedIn() | HandInReturned() | ClaimUrged() | ClaimOverdue():
            return [(recorded.stream,)]
        case ClaimSubmitted(order=order):
            return [(f"work_order-{order}",)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    match recorded.fact:
        case TaskHandedIn(claim=ClaimDue() as terms):
            return _begun(str(key[0]), terms, recorded)
        case ClaimSubmitted(claimant=claimant) if row is not None:
            left = tuple(each for each in row.travellers if each != claimant)
            return replace(row, travellers=left) if left else None
        case ClaimUrged() if row is not None:
            return replace(row, urged=True, due=row.overdue_at)
        case ClaimOverdue(told=told) if row is not None:
            return replace(row, told=told, due=None)
        case _:
            return None


def _begun(stream: str, terms: ClaimDue, recorded: Recorded) -> Row:
    return Row(
        stream=stream,
        order=stream.partition("-")[2],
        ticket=recorded.ticket,
        branch=recorded.branch,
        travellers=terms.travellers,
        due_at=terms.due_at,
        due=terms.due_at,
        overdue_at=terms.overdue_at,
        urged=False,
        told=(),
    )
