"""办理 (taking a command): it is handled, the relays are woken, and the response is made."""

from typing import TypeAlias

from starlette.responses import Response

from shared.handle import (
    Answer,
    CommandEnvelope,
    DraftCommand,
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
    answer = _handled(api, context, wanted)
    if answer.facts and not answer.repeated:
        api.dependencies.wake()
    number = answer.home.partition("-")[2]
    where = location.format(ticket=answer.ticket, id=number) if location else None
    return responses.accepted(answer, api.room.name, api.texts, where)


def _handled(api: RoomApi, context: RequestContext, wanted: Wanted) -> Answer:
    handler = api.dependencies.handler
    match wanted:
        case DraftCommand():
            return handle(handler, wanted)
        case CommandEnvelope():
            context.needs_branch(wanted.asked.branch)
            return handle(handler, wanted)
        case NumberedCommand(command_id, branch, day, build):
            context.needs_branch(branch)
            return handle_numbered(handler, command_id, branch, day, build)
