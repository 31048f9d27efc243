"""单据 (tickets, alike in every room): the history of one, and where a phone or a name is found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from fastapi import APIRouter

from shared import envelope
from shared.envelope import Stored
from shared.events.meaning import LookUpKind
from shared.events.values import Role, Text
from shared.http.api import RoomApi
from shared.http.context import OPENS, RequestContext
from shared.http.problem import unknown
from shared.http.query import Several
from shared.record.store import Store, StreamRead

READERS = tuple(role for role in Role if role is not Role.CUSTOMER)
"""A customer sees what intake shows them of their own reports, not who did what."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """经过: one fact: what became true, when by both clocks, by whom, and where it stands."""

    room: str
    type: str
    zh: str
    en: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    branch: str
    ticket: str | None
    stream: str
    version: int
    partition: int
    seq: int
    hash: str
    causation: str | None
    policy: str | None
    data: object
    """The fact as it was written; its personal texts opened by right."""


@dataclass(frozen=True, slots=True)
class Sought:
    """查找: a phone number or a name, as somebody gives it."""

    phone: Text | None = None
    name: Text | None = None


@dataclass(frozen=True, slots=True)
class Speaks:
    """所及: a stream that speaks of what was sought, now or once."""

    stream: str
    branch: str
    ticket: str | None
    version: int


def routes(api: RoomApi) -> APIRouter:
    """The routes that are the same in every room."""
    router = APIRouter(prefix="/v1", tags=["单据 tickets"])

    @api.query(router, "/tickets/{ticket:path}/history", by=READERS, shows=HistoryLine)
    def history(ticket: str) -> Several:
        """单据经历: every fact of a ticket in this room, in the order in which it was recorded."""
        facts = _facts(api.dependencies.handler.store, ticket)
        if not facts:
            raise unknown(ticket)
        return Several([_step(api, stored) for stored in facts], ticket)

    @api.query(router, "/lookups", by=OPENS, shows=Speaks, example={"phone": "0571-8700 1234"})
    def look_up(context: RequestContext, body: Sought) -> Several:
        """查找: papers and cards of your branches that hold such a phone number or name."""
        named = ((LookUpKind.PHONE, body.phone), (LookUpKind.NAME, body.name))
        sought = [(kind, text) for kind, text in named if text is not None]
        walls = None if context.caller.all_branches else context.caller.branches
        found = api.dependencies.views.streams(sought, walls)
        read = api.dependencies.handler.store.read(found).streams.values()
        return Several([_speaks(stream) for stream in read if stream.facts])

    return router


def _facts(store: Store, ticket: str) -> Sequence[Stored]:
    """What names the ticket, and all that stands on its own papers.

    Where one ticket goes on as another, the fact names that one and stands on this one's paper.
    """
    named = store.ticket_facts(ticket)
    own = sorted({s for each in named if (s := _stream(each)).partition("-")[2] == ticket})
    papers = store.read(own).streams.values()
    facts = {(s.partition, s.seq): s for s in (*named, *(s for p in papers for s in p.facts))}
    return sorted(facts.values(), key=lambda s: (s.recorded_at, s.partition, s.seq))


def _stream(stored: Stored) -> str:
    return envelope.head(stored.body).stream


def _speaks(stream: StreamRead) -> Speaks:
    head = envelope.head(stream.facts[-1].body)
    return Speaks(stream.name, head.branch, head.ticket, stream.version)


def _step(api: RoomApi, stored: Stored) -> HistoryLine:
    head = envelope.head(stored.body)
    called = api.texts.label(head.type)
    return HistoryLine(
        room=api.room.name,
        type=head.type,
        zh=called.zh,
        en=called.en,
        occurred_at=head.occurred_at,
        recorded_at=stored.recorded_at,
        actor=head.actor,
        branch=head.branch,
        ticket=head.ticket,
        stream=head.stream,
        version=head.version,
        partition=stored.partition,
        seq=stored.seq,
        hash=stored.hash.hex(),
        causation=head.causation,
        policy=head.policy,
        # As it stands, not read into its class: what only a later version knows is shown as well.
        data=msgspec.json.decode(head.data),
    )
