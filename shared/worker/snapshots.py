"""快照的记录 (snapshots): the worker keeps the states of streams that grow long.

A stream is due for each so many facts that it grows, and at the start of the worker if it has grown
so far without a snapshot of this program. Whatever fails here costs time, never facts.
"""

from collections.abc import Sequence
from functools import reduce

from sqlalchemy import Engine

from shared import envelope, snapshot
from shared.chain import ChainBroken, linked
from shared.consumers.consumer_record import ConsumerRecord
from shared.envelope import Stored
from shared.events.reading import FutureSchema, UnknownType
from shared.handle import Handler
from shared.log import logger
from shared.record import snapshots
from shared.record.store import Snapshot
from shared.record.transaction import transaction
from shared.snapshot import SnapshotUnreadable
from shared.topics import journal_topic

EVERY = 200
"""How many facts a command folds at most, beside those of the last moment."""
CHUNK = 2_000
AT_ONCE = 20

log = logger(__name__)


class Snapshots:
    """快照: of the papers of a room whose streams grow long."""

    def __init__(self, engine: Engine, handler: Handler, every: int = EVERY) -> None:
        self._engine, self._handler, self._every = engine, handler, every
        self._journal = journal_topic(handler.store.room)
        self._kinds = {
            prefix: (kind, snapshot.fingerprint(decider))
            for prefix, decider in handler.deciders.items()
            if (kind := snapshot.kind_of(decider)) is not None
        }
        self._due: dict[str, None] = {}

    def begin(self) -> None:
        """Find the streams that have grown long without a snapshot of this program."""
        with transaction(self._engine) as db:
            for prefix, (_, own) in self._kinds.items():
                lacking = snapshots.lacking(db, prefix, own, self._every)
                self._due.update(dict.fromkeys(lacking))

    def note(self, records: Sequence[ConsumerRecord]) -> None:
        """Remember the streams that have grown by enough with these records."""
        for record in records:
            stream = record.stored.stream
            mine = record.source.topic == self._journal and _prefix(stream) in self._kinds
            if mine and envelope.head(record.stored.body).version % self._every == 0:
                self._due[stream] = None

    def take(self, limit: int = AT_ONCE) -> int:
        """Keep the states of some streams that are due; how many."""
        due = list(self._due.copy())[:limit]
        for stream in due:
            self._due.pop(stream, None)
            try:
                self._keep(stream)
            except (FutureSchema, UnknownType) as error:
                log.warning("no snapshot of what cannot be read", stream=stream, error=error)
            except ChainBroken as broken:
                self._handler.findings.note(broken)
        return len(due)

    def _keep(self, stream: str) -> None:
        kind, own = self._kinds[_prefix(stream)]
        decider = self._handler.decider(stream)
        with transaction(self._engine) as db:
            found = snapshots.resume(db, {stream: own}).get(stream)
        kept = found.snapshot if found is not None else None
        state, version, branch = decider.initial, 0, ""
        if kept is not None:
            try:
                state = snapshot.decode(kind, kept)
                version, branch = kept.version, kept.branch
            except SnapshotUnreadable:
                self._forget(stream)
                kept = None
        while facts := self._facts(stream, version):
            links = linked(self._handler.store.room, stream, facts, kept)
            state = reduce(decider.evolve, (each.fact for each in links), state)
            branch = envelope.head(facts[-1].body).branch
            version, last = version + len(facts), facts[-1]
            place = last.partition, last.seq, last.hash
            text = snapshot.encode(state, last.hash, branch)
            kept = Snapshot(stream, version, *place, branch, own, text)
            with transaction(self._engine) as db:
                snapshots.keep(db, kept)

    def _forget(self, stream: str) -> None:
        with transaction(self._engine) as db:
            snapshots.drop(db, stream)

    def _facts(self, stream: str, version: int) -> Sequence[Stored]:
        with transaction(self._engine) as db:
            return snapshots.facts_after(db, stream, version, CHUNK)


def _prefix(stream: str) -> str:
    return stream.partition("-")[0]
