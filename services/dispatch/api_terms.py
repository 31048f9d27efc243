"""接口的约定 (terms of the routes): who may use them, their examples, what is looked up."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import Path

from services.dispatch import rules
from services.dispatch.order_state import WorkOrder
from services.dispatch.visit_state import PREFIX
from shared.events.cards import BranchCard, BranchDocument, PersonCard, PersonDocument
from shared.events.values import Role, Sealed
from shared.http.door import Door
from shared.policy import Core
from shared.step import ticket_of

EXAMPLES: Mapping[str, Any] = json.loads(
    FilePath(__file__).with_name("examples.json").read_text("utf-8")
)
"""An example body for each route that takes one; a story shows that each is accepted."""
READERS = (Role.CLERK, Role.TECHNICIAN, Role.APPROVER, Role.STOREKEEPER, Role.AUDITOR)
_TICKET = r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}"
OrderNumber = Annotated[
    str, Path(pattern=rf"{_TICKET}-W[1-9][0-9]?$", description="维修单号 BX-…-W1")
]
VisitNumber = Annotated[
    str, Path(pattern=rf"{_TICKET}-V[1-9][0-9]?$", description="上门号 BX-…-V1")
]


def order_stream(number: str) -> str:
    """The stream of an order."""
    return f"work_order-{number}"


def visit_stream(number: str) -> str:
    """The stream of a visit."""
    return f"{PREFIX}{number}"


def earlier(number: str) -> tuple[str, ...]:
    """The orders of the ticket before this one: one may be open, and notes are numbered on."""
    ticket, _, which = number.rpartition("-W")
    return tuple(order_stream(f"{ticket}-W{n}") for n in range(1, int(which)))


def visits(door: Door, number: str) -> tuple[str, ...]:
    """The visits of the ticket a paper belongs to, and the one that would come next.

    The next is read too, so that one which is planned meanwhile is not overlooked.
    """
    ticket, n = ticket_of(number), 1
    while door.state(visit_stream(f"{ticket}-V{n}")).version:
        n += 1
    return tuple(visit_stream(f"{ticket}-V{each}") for each in range(1, n + 1))


def subject_of(order: WorkOrder) -> str | None:
    """Whose key seals what a customer says: the one that sealed his name on the report."""
    name = order.noted.approved.contact_name if order.noted else None
    return name.subject if isinstance(name, Sealed) else None


def person(door: Door, who: str) -> PersonCard | None:
    """The newest card of a person, as far as this room has one."""
    found = door.fittings.views.document("intake", f"person-{who}")
    assert found is None or isinstance(found, PersonDocument)
    return found.card if found else None


def day_at(door: Door, policy: Core, at: datetime, branch: str) -> date:
    """The day a moment falls on by the calendar of the branch."""
    found = door.fittings.views.document("intake", f"branch-{branch}")
    assert found is None or isinstance(found, BranchDocument)
    card: BranchCard | None = found.card if found else None
    return rules.local_day(at, card, policy)


def called(ask: Callable[..., Any], said: str) -> Callable[..., Any]:
    """The same function under what is said of it: its description in the interface."""
    ask.__doc__ = said
    return ask
