"""单据一览的接口 (HTTP of the list of tickets): how a desk finds them, and what was before."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter

from services.intake import registers, serials
from services.intake.reading import READING
from services.intake.views import tickets
from shared.events.cards import MachineCard
from shared.events.meaning import LookUpKind
from shared.events.same_machine import are_alike
from shared.events.values import ReportKind, Role
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.query import LIMIT, Listed, Paged, Single, Wanted
from shared.http.registers import Registers
from shared.http.steps import in_path
from shared.http.tickets import Sought

Number = Annotated[str, in_path(registers.NUMBER)]
_SEEKERS = (Role.CLERK, Role.TECHNICIAN, Role.APPROVER)
"""Who may ask where a phone number or a name stands, as of every look-up."""
FOUND = replace(READING["report"], by={role: READING["report"].by[role] for role in _SEEKERS})
_PAPERS = ("report", "legacy")
"""The papers of which tickets are made, by the prefix of their streams."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that list tickets."""

    @api.query(router, "/tickets", reads=READING["report"], shows=tickets.Row)
    def list_tickets(  # noqa: PLR0913 - a filter for each question of a desk
        context: RequestContext,
        page: Paged,
        *,
        branch: str | None = None,
        state: str | None = None,
        is_open: bool | None = None,
        owner: str | None = None,
        source: str | None = None,
        kind: ReportKind | None = None,
        machine: str | None = None,
        serial_no: str | None = None,
        customer: str | None = None,
        region: str | None = None,
        from_on: date | None = None,
        until_on: date | None = None,
        newest_first: bool = False,
    ) -> Listed:
        """单据一览: every ticket, the imported ones (`source`) among them.

        By machine, serial number or customer it is their past. `from_on` and `until_on`: received
        from that day on, and until that day, both included.
        """
        where = {
            "branch": branch,
            "state": state,
            "is_open": is_open,
            "owner": owner,
            "source": source,
            "kind": kind,
            "machine": machine,
            "serial_no": serial_no and spellings(api.registers, serial_no),
            "customer": customer,
            "region": region,
            "received_at": api.days(from_on, until_on, context, branch),
        }
        return Listed(tickets, page, where, newest_first=newest_first)

    @api.query(
        router,
        "/ticket-lookups",
        reads=FOUND,
        shows=tickets.Row,
        example={"phone": "0571-8700 1234"},
    )
    def find_tickets(
        context: RequestContext, page: Paged, body: Sought, *, is_open: bool | None = None
    ) -> Listed:
        """单据查找: tickets of a whole phone number or a whole name, newest first.

        Of those that hold it themselves, and of the customers whose card holds it.
        """
        streams = tuple(speaking(api, context, body))
        return Listed(tickets, page, {"stream": streams, "is_open": is_open}, newest_first=True)

    @api.query(router, "/tickets/{ticket:path}", reads=READING["report"], shows=tickets.Row)
    def show_ticket(ticket: Number) -> Single:
        """单据: one ticket as the list has it."""
        return Single(tickets, (ticket,))


def spellings(registers: Registers, serial_no: str) -> Collection[str]:
    """A serial number as it was asked for, and as the cards of its machines write it."""
    stream = serials.PAPER.stream_of(serials.key_of(serial_no))
    held = registers.stream(stream).state
    cards = [registers.stream(f"machine-{machine}").state for machine in held.models]
    written = {card.serial_no for card in cards if isinstance(card, MachineCard)}
    return tuple({serial_no, *(each for each in written if each and are_alike(each, serial_no))})


def speaking(api: RoomApi, context: RequestContext, sought: Sought) -> Iterator[str]:
    """The streams of tickets that hold what is sought, or whose customer's card does."""
    named = ((LookUpKind.PHONE, sought.phone), (LookUpKind.NAME, sought.name))
    asked = [(kind, text) for kind, text in named if text is not None]
    views, walls = api.dependencies.views, context.walls
    for paper in _PAPERS:
        yield from views.streams(asked, walls, paper)
    cards = views.streams(asked, walls, "customer")
    if cards:
        theirs = {"customer": tuple(card.partition("-")[2] for card in cards)}
        found = views.page(tickets, Wanted(theirs, walls, LIMIT, None, newest_first=True))
        yield from (row.stream for row in found.rows)
