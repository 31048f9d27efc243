"""办理 (taking a command): it is handled, the relays are woken, and the response is made."""

from typing import TypeAlias
from uuid import UUID

from starlette.responses import Response

from shared import envelope
from shared.handle import (
    Answer,
    CommandEnvelope,
    DraftCommand,
    Folded,
    NumberedCommand,
    handle,
    handle_numbered,
)
from shared.http import responses
from shared.http.api import RoomApi
from shared.http.context import RequestContext

Wanted: TypeAlias = DraftCommand | CommandEnvelope | NumberedCommand


def take(api: RoomApi, context: RequestContext, wanted: Wanted, location: str | None) -> Response:
    """Handle a command and say what became true. Raises Problem, Refused or a StoreError."""
    answer, ticket = _handled(api, context, wanted)
    if answer.facts and not answer.repeated:
        api.dependencies.wake()
    number = answer.home.partition("-")[2]
    where = location.format(ticket=ticket, id=number) if location else None
    return responses.accepted(answer, ticket, api.room.name, api.texts, where)


def _handled(api: RoomApi, context: RequestContext, wanted: Wanted) -> tuple[Answer, str | None]:
    desk = api.dependencies.handler
    match wanted:
        case DraftCommand(command_id, home, make):
            tickets: list[str | None] = []

            def noted(folded: Folded) -> CommandEnvelope:
                order = make(folded)
                tickets.append(order.asked.ticket)
                return order

            answer = handle(desk, DraftCommand(command_id, home, noted))
            return answer, tickets[-1]
        case CommandEnvelope():
            context.needs_branch(wanted.asked.branch)
            return handle(desk, wanted), wanted.asked.ticket
        case NumberedCommand(command_id, branch, day, build):
            context.needs_branch(branch)
            answer = handle_numbered(desk, command_id, branch, day, build)
            return answer, _ticket_of(api, command_id)


def _ticket_of(api: RoomApi, command: UUID) -> str | None:
    """The number that a numbered command took, now or when it came first."""
    known = api.dependencies.handler.store.read((), (command,)).known.get(command)
    return envelope.head(known[0].body).ticket if known else None
