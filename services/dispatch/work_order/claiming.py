"""督促报销 (the clock of claims): who travelled is reminded to claim, then an approver is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import visits_of, visits_of_ticket
from shared.decider import Asked, Decision, Series, number_of
from shared.events.dispatch import ClaimOverdue, ClaimUrged
from shared.events.order_sheet import ClaimDue
from shared.events.values import At
from shared.step import ticket_of


@dataclass(frozen=True, slots=True)
class UrgeClaim:
    """督促报销: a time to claim what the journeys cost has run out."""

    due_at: At


class ClaimSeen(Protocol):
    """差旅报销单: what an order looks at of a claim."""

    @property
    def order(self) -> str:
        """The number of the order whose journeys it is for."""

    @property
    def claimant(self) -> str:
        """Whose it is."""


def claims_of_ticket(home: str) -> Series:
    """All claims of the ticket."""
    return Series(f"claim-{ticket_of(number_of(home))}-L")


def reads_claims(_command: object, _order: WorkOrder, asked: Asked) -> Sequence[Series]:
    """The claims of the ticket."""
    return (claims_of_ticket(asked.home),)


def reads_journeys(_command: object, _order: WorkOrder, asked: Asked) -> Sequence[Series]:
    """The visits of the ticket, and what was claimed for them."""
    return (visits_of_ticket(asked.home), claims_of_ticket(asked.home))


def claim_due(
    order: WorkOrder, due_at: datetime | None, overdue_at: datetime | None, asked: Asked
) -> ClaimDue | None:
    """报销时限: of those who travelled for the order and have not claimed yet."""
    if due_at is None or overdue_at is None:
        return None
    left = _without_claims(tuple(dict.fromkeys(_travelled(order, asked))), asked)
    return ClaimDue(left, due_at, overdue_at) if left else None


def urge(command: UrgeClaim, order: WorkOrder, asked: Asked) -> Decision:
    """督促报销: each time once, of whoever has not claimed by then."""
    terms = order.handed_in.claim if order.handed_in else None
    left = _without_claims(terms.travellers, asked) if terms else ()
    if terms is None or not left:
        return []
    if command.due_at == terms.due_at and order.claim_urged is None:
        return asked.here(ClaimUrged(left, terms.due_at))
    if command.due_at == terms.overdue_at and order.claim_overdue is None:
        return asked.here(ClaimOverdue(left, terms.overdue_at, order.approvers))
    return []


def _travelled(order: WorkOrder, asked: Asked) -> Iterator[str]:
    """Who set out for the order; and with them who went along, or was sent by base."""
    made = [v for v in visits_of(asked, number_of(asked.home)).values() if v.departed is not None]
    if made:
        yield from (visit.technician for visit in made)
        yield from order.companions
        yield from (each.technician for each in order.sent)


def _without_claims(people: Sequence[str], asked: Asked) -> tuple[str, ...]:
    number = number_of(asked.home)
    claims: Sequence[ClaimSeen] = [*asked.read_series(claims_of_ticket(asked.home).prefix).values()]
    claimed = {each.claimant for each in claims if each.order == number}
    return tuple(each for each in people if each not in claimed)
