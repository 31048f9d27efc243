"""单据经历 (the history of a ticket): every fact of it in this room, as the record has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from fastapi import APIRouter

from shared import envelope
from shared.envelope import Stored
from shared.events.values import Role
from shared.http_door import Door
from shared.http_problem import unknown
from shared.http_query import Several

READERS = tuple(Role)


@dataclass(frozen=True, slots=True)
class Step:
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
    data: Any
    """The fact as it was written; its personal texts opened by right."""


def routes(door: Door) -> APIRouter:
    """The history, the same in every room."""
    router = APIRouter(prefix="/v1", tags=["经历 history"])

    @door.query(router, "/tickets/{ticket}/history", by=READERS, shows=Step)
    def history(ticket: str) -> Several:
        """单据经历: every fact of a ticket in this room, in the order in which it was recorded."""
        facts = door.fittings.desk.store.ticket_facts(ticket)
        if not facts:
            raise unknown(ticket)
        return Several([_step(door, stored) for stored in facts])

    return router


def _step(door: Door, stored: Stored) -> Step:
    head = envelope.head(stored.body)
    called = door.texts.label(head.type)
    return Step(
        room=door.room.name,
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
