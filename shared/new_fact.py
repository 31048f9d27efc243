"""新事实 (new facts): the bytes of a fact and of its public document, made once and never again."""

import hashlib
from collections.abc import Mapping
from typing import cast

from uuid_utils.compat import uuid7

from shared.command import CommandEnvelope
from shared.decider import Decider, Fact, Publisher, Refused, reason
from shared.envelope import canonical, sha256
from shared.events import DOCUMENTS, entry
from shared.record.store import LARGEST_FACT, NewFact
from shared.step import ticket_beside
from shared.stream_state import StreamState


def new_fact(
    decider: Decider,
    envelope: CommandEnvelope,
    stream: str,
    state: StreamState,
    fact: Fact,
    n: int,
) -> NewFact:
    """The fact as the n-th of its command, on a stream that has been folded with it already.

    Raises Refused (too-large-to-record) if it could be recorded, but perhaps not be sent.
    """
    assert state.partition is not None
    ticket = ticket_beside(decider, stream, envelope.asked)
    public = _public_bytes(decider, ticket, stream, state, fact)
    fact_id = uuid7()
    digest = sha256(public).hex() if public is not None else None
    named = {"id": fact_id, "n": n, "public": digest, "ticket": ticket}
    body = _fact_bytes(envelope, stream, state, fact, named)
    if len(body) + len(public or b"") > LARGEST_FACT:
        raise Refused(reason("too-large-to-record", most=LARGEST_FACT // 1024))
    return NewFact(
        stream=stream,
        version=state.version,
        partition=state.partition,
        fact_id=fact_id,
        command_id=envelope.id,
        n=n,
        type=entry(fact).name,
        ticket=ticket,
        branch=state.branch,
        occurred_at=envelope.asked.at,
        body=body,
        public=public,
    )


def partition_of(stream: str, ticket: str | None, partitions: int) -> int:
    """Where a new stream goes: by its ticket if it belongs to one, else by its own name."""
    own = ticket is not None and stream.partition("-")[2].startswith(ticket)
    name = ticket if own and ticket is not None else stream
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % partitions


def _public_bytes(
    decider: Decider, ticket: str | None, stream: str, state: StreamState, fact: Fact
) -> bytes | None:
    line = entry(fact)
    if not line.milestone:
        return None
    shown = cast("Publisher", decider).public(state.folded, fact)
    name = stream.partition("-")[0]
    return canonical(
        {
            "document": name,
            "schema": DOCUMENTS[name].schema,
            "type": line.name,
            "stream": stream,
            "version": state.version,
            "ticket": ticket,
            "branch": state.branch,
            "state": shown.document,
            "this": shown.this,
        }
    )


def _fact_bytes(
    envelope: CommandEnvelope,
    stream: str,
    state: StreamState,
    fact: Fact,
    named: Mapping[str, object],
) -> bytes:
    line, asked = entry(fact), envelope.asked
    deputised = {"acting_for": asked.acting_for} if asked.acting_for else {}
    return canonical(
        {
            **named,
            **deputised,
            "type": line.name,
            "schema": line.schema,
            "stream": stream,
            "version": state.version,
            "branch": state.branch,
            "actor": asked.actor,
            "command": envelope.id,
            "correlation": asked.ticket or stream,
            "causation": envelope.causation,
            "occurred_at": asked.at,
            "policy": envelope.policy,
            "traceparent": envelope.traceparent,
            "data": fact,
        }
    )
