"""收单 (takers): how a batch of rows is written to a record, or only compared with it."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from guiyi.legacy.mapping import Map
from guiyi.legacy.rows import Entry, reference
from guiyi.legacy.tally import Outcome
from services.intake.legacy import ImportLegacyEntry, not_again
from shared.decider import Asked, Refused, reason
from shared.events.actors import ServiceActor
from shared.events.values import Priority
from shared.handle import TRIES, Answer, CommandEnvelope, Handler, Rehearsal, handle_all
from shared.personal.key_store import KeysUnavailable
from shared.personal.keys import KeyState
from shared.record.store import CommandKnown, Conflict, GateClosed, Store, Unavailable

ERASED = "subject-erased"
"""What sealing refuses, in the words of the kernel."""
PATIENCE_S = 60.0
"""How long the import waits for a record that does not answer before it gives up."""
AHEAD = timedelta(minutes=4)
"""How far in the future a time may be, by the record's clock. The record refuses 5 minutes."""

Take: TypeAlias = Callable[[Sequence[Entry]], Sequence[Outcome | Refused]]
"""Writes a batch of rows to a record, or only finds out what that would do."""


def into(
    handler: Handler,
    legacy_map: Map,
    *,
    wake: Callable[[], None] = lambda: None,
    patience: float = PATIENCE_S,
) -> Take:
    """Write rows to the record: one append per batch, without the rows that are known already."""
    seek, seen = True, _Known(handler, legacy_map)

    def take(entries: Sequence[Entry]) -> Sequence[Outcome | Refused]:
        nonlocal seek
        deadline, conflicts, wait = time.monotonic() + patience, 0, 0.1
        while True:
            try:
                outcomes = _append(handler, legacy_map, entries, seen, seek=seek)
            except (Conflict, CommandKnown):
                conflicts += 1
                if conflicts == TRIES:
                    raise
            except (Unavailable, GateClosed, KeysUnavailable):
                if time.monotonic() + wait > deadline:
                    raise
                time.sleep(wait)
                wait = min(wait * 2, 5.0)
            else:
                # If one row was known, the next ones may be too: then it is faster to ask first.
                seek = Outcome.KNOWN in outcomes
                wake()
                return outcomes

    return take


def looking(handler: Handler | None, legacy_map: Map) -> Take:
    """Only find out what the record has and what its rules would refuse. Without one it is none."""
    if handler is None:
        return lambda entries: [Outcome.ADDED for _ in entries]
    seen = _Known(handler, legacy_map)

    def take(entries: Sequence[Entry]) -> Sequence[Outcome | Refused]:
        known = handler.store.read((), [entry.id for entry in entries]).known
        orders = [order(entry, legacy_map) for entry in entries]
        rehearsal = Rehearsal(handler, {each.asked.home for each in orders})
        return [
            seen.outcome(entry) if entry.id in known else _rehearsed(handler, rehearsal, envelope)
            for entry, envelope in zip(entries, orders, strict=True)
        ]

    return take


def _rehearsed(
    handler: Handler, rehearsal: Rehearsal, envelope: CommandEnvelope
) -> Outcome | Refused:
    reasons = list(rehearsal.outcome(envelope).reasons)
    home = envelope.asked.home
    if not reasons and handler.keys.state(home) is KeyState.DESTROYED:
        reasons.append(reason(ERASED, subject=home))
    return Refused(*reasons) if reasons else Outcome.ADDED


def latest(store: Store | None) -> datetime:
    """The latest moment a row may claim, by the record's clock if there is a record."""
    return (store.now() if store else datetime.now(UTC)) + AHEAD


def order(entry: Entry, legacy_map: Map) -> CommandEnvelope:
    """The command that imports a row."""
    number = reference(legacy_map.source, entry.case)
    command = ImportLegacyEntry(
        source=legacy_map.source,
        row=entry.row,
        number=entry.case,
        state=entry.activity,
        is_open=entry.is_open,
        original=entry.original,
        personal=entry.personal,
        listed=legacy_map.listed,
        priority=_priority(entry, legacy_map),
        newest_first=entry.newest_first,
        step=entry.step,
        twin=entry.twin,
        generation=legacy_map.generation,
    )
    asked = Asked(
        home=f"legacy-{number}",
        actor=ServiceActor.IMPORT.named(legacy_map.source),
        roles=frozenset(),
        at=entry.at,
        branch=legacy_map.branch,
        ticket=number,
    )
    return CommandEnvelope(entry.id, command, asked)


def _priority(entry: Entry, legacy_map: Map) -> Priority | None:
    """Our word for the row's priority; None if the map does not translate it."""
    column = legacy_map.columns.priority
    return legacy_map.priorities.get(entry.original.get(column, "").strip()) if column else None


def _append(
    handler: Handler, legacy_map: Map, entries: Sequence[Entry], seen: "_Known", *, seek: bool
) -> Sequence[Outcome | Refused]:
    """One append. `seek`: ask first which rows are known, so that their tickets are not read."""
    known = handler.store.read((), [entry.id for entry in entries]).known if seek else {}
    fresh = [entry for entry in entries if entry.id not in known]
    outcomes: dict[UUID, Outcome | Refused] = {}
    if fresh:
        orders = [order(entry, legacy_map) for entry in fresh]
        with handler.store.transaction() as transaction:
            answers = handle_all(handler, orders, transaction)
        for entry, answer in zip(fresh, answers, strict=True):
            outcomes[entry.id] = _outcome(answer)
    return [outcomes.get(entry.id) or seen.outcome(entry) for entry in entries]


class _Known:
    """What rows are that the record has: known, unless their import was withdrawn.

    An import is withdrawn as a whole. So one of its tickets is looked at, and only once.
    """

    def __init__(self, handler: Handler, legacy_map: Map) -> None:
        self._handler, self._map = handler, legacy_map
        self._told: Outcome | Refused | None = None

    def outcome(self, entry: Entry) -> Outcome | Refused:
        """Of this row, which the record has."""
        self._told = self._told or self._looked(entry)
        return self._told

    def _looked(self, entry: Entry) -> Outcome | Refused:
        stream = order(entry, self._map).asked.home
        source, generation = self._map.source, self._map.generation
        gone = generation in Rehearsal(self._handler).folded(stream).state.withdrawn
        return Refused(not_again(source, generation)) if gone else Outcome.KNOWN


def _outcome(answer: Answer | Refused) -> Outcome | Refused:
    match answer:
        case Refused():
            return answer
        case Answer(facts=facts, repeated=repeated):
            return Outcome.ADDED if facts and not repeated else Outcome.KNOWN
