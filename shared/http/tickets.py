"""单据 (tickets, alike in every room): the history of one, and where a phone or a name is found."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from fastapi import APIRouter

from shared import envelope
from shared.envelope import Head, Stored
from shared.events.meaning import LookUpKind
from shared.events.values import Role, Text
from shared.handle import Rehearsal
from shared.http.api import RoomApi, onlooker
from shared.http.context import RequestContext
from shared.http.problem import unknown
from shared.http.query import Several
from shared.record.store import StreamRead
from shared.visibility import History, ReadingTable, Sight, people_of, same_for, sight


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
    acting_for: str | None
    """In whose place the actor acted."""
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

    @api.query(router, "/tickets/{ticket:path}/history", reads=_readers(api), shows=HistoryLine)
    def history(context: RequestContext, ticket: str) -> Several:
        """单据经历: the facts of a ticket in this room, in the order in which they were recorded.

        Of each as much as the caller sees of its paper.
        """
        store = api.dependencies.handler.store
        facts = store.ticket_facts(ticket, context.walls)
        heads = [(stored, envelope.head(stored.body)) for stored in facts]
        theirs = [(stored, head) for stored, head in heads if context.within(head.branch)]
        is_far = not theirs and bool(opened := open_to(api, context, ticket))
        if is_far:
            every = [(each, envelope.head(each.body)) for each in store.ticket_facts(ticket, None)]
            theirs = [(stored, head) for stored, head in every if head.stream in opened]
        lines = list(_lines(api, context, ticket, theirs))
        if not lines:
            raise unknown(ticket)
        return Several(lines, ticket, is_far)

    @api.query(
        router,
        "/lookups",
        reads=same_for((Role.CLERK, Role.TECHNICIAN, Role.APPROVER)),
        shows=Speaks,
        example={"phone": "0571-8700 1234"},
    )
    def look_up(context: RequestContext, body: Sought) -> Several:
        """查找: papers and cards of your branches that hold such a phone number or name."""
        named = ((LookUpKind.PHONE, body.phone), (LookUpKind.NAME, body.name))
        sought = [(kind, text) for kind, text in named if text is not None]
        found = api.dependencies.views.streams(sought, context.walls)
        read = api.dependencies.handler.store.read(found).streams.values()
        return Several([_speaks(stream) for stream in read if stream.facts])

    return router


def open_to(api: RoomApi, context: RequestContext, ticket: str) -> Mapping[str, str]:
    """The papers of a ticket of another branch that are open to the caller, with their branch."""
    facts = api.dependencies.handler.store.ticket_facts(ticket, None)
    heads = [envelope.head(each.body) for each in facts]
    placed = {head.stream: head.branch for head in heads}
    opened = [stream for stream in sorted(placed) if api.opens(stream.partition("-")[0])]
    states = api.registers.states(opened)
    actor = context.caller.actor
    return {s: placed[s] for s in opened if actor in api.open_to(s, states[s].state)}


def _speaks(stream: StreamRead) -> Speaks:
    head = envelope.head(stream.facts[-1].body)
    return Speaks(stream.name, head.branch, head.ticket, stream.version)


def _readers(api: RoomApi) -> ReadingTable:
    """Whoever sees the facts of some paper of the room."""
    readings = [api.reading(kind) for kind in api.room.papers]
    found = {
        role
        for reading in readings
        if reading.is_of_tickets
        for role, visible in reading.by.items()
        if visible.history is not History.NONE
    }
    return same_for(sorted(found))


def _lines(
    api: RoomApi, context: RequestContext, ticket: str, facts: Sequence[tuple[Stored, Head]]
) -> Iterator[HistoryLine]:
    """The facts that the caller sees, each cut to what they see of it."""
    looks = onlooker(context)
    streams = sorted({head.stream for _, head in facts})
    papers = papers_of(api, streams, Rehearsal(api.dependencies.handler))
    own = is_own_job(api, context, ticket, papers)
    seen: list[tuple[Stored, Head, Sight]] = []
    for stored, head in facts:
        reading, state = papers[head.stream]
        if (kind := reading.told_as.get(head.type)) is not None:
            reading = api.reading(kind)
        if sees := sight(_told_of(reading, own=own), looks, state, is_own=own):
            seen.append((stored, head, sees))
    # As it stands, not read into its class: what only a later version knows is shown as well.
    cut = api.seen(context, [(msgspec.json.decode(head.data), sees) for _, head, sees in seen])
    for (stored, head, _), data in zip(seen, cut, strict=True):
        yield _step(api, stored, head, data)


def papers_of(
    api: RoomApi, streams: Iterable[str], read: Rehearsal
) -> Mapping[str, tuple[ReadingTable, object]]:
    """Who sees what of each paper, and its state if that says whose work it is."""
    readings = {stream: api.reading(stream.partition("-")[0]) for stream in streams}
    return {
        stream: (reading, read.folded(stream).state if reading.people else None)
        for stream, reading in readings.items()
    }


def is_own_job(
    api: RoomApi,
    context: RequestContext,
    ticket: str,
    papers: Mapping[str, tuple[ReadingTable, object]],
) -> bool:
    """Whether a ticket with these papers is the caller's own job, as its papers say.

    The paper of another ticket, which only says that it led to this one, says nothing of that: who
    did the first repair reads nothing of what the customer says of it when it is repeated.
    """
    actor = context.caller.actor
    return any(
        actor in people_of(reading, state)
        for stream, (reading, state) in papers.items()
        if _ticket_of(api, stream) in (None, ticket)
    )


def _ticket_of(api: RoomApi, stream: str) -> str | None:
    """The ticket that a paper's number belongs to, if it is one of a ticket."""
    kind, _, number = stream.partition("-")
    return api.room.papers[kind].PAPER.ticket_of(number)


def _told_of(reading: ReadingTable, *, own: bool) -> ReadingTable:
    """Who sees the facts of a kind of paper; `own`: of a ticket that is their own job."""
    wanted = (History.ALL, History.OWN) if own else (History.ALL,)
    by = {role: visible for role, visible in reading.by.items() if visible.history in wanted}
    return replace(reading, by=by)


def _step(api: RoomApi, stored: Stored, head: Head, data: object) -> HistoryLine:
    called = api.texts.label(head.type)
    return HistoryLine(
        room=api.room.name,
        type=head.type,
        zh=called.zh,
        en=called.en,
        occurred_at=head.occurred_at,
        recorded_at=stored.recorded_at,
        actor=head.actor,
        acting_for=head.acting_for,
        branch=head.branch,
        ticket=head.ticket,
        stream=head.stream,
        version=head.version,
        partition=stored.partition,
        seq=stored.seq,
        hash=stored.hash.hex(),
        causation=head.causation,
        policy=head.policy,
        data=data,
    )
