"""受理台 (the handler): a room's record, rules and keys, and its streams read and folded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from uuid import UUID

from shared import snapshot
from shared.chain import ChainBroken, ChainFindings, linked
from shared.decider import Decider, Happened, State
from shared.envelope import Stored, head
from shared.personal.keys import Keys
from shared.record.store import Position, Read, Snapshot, Store, StreamRead, Transaction
from shared.stream_state import StreamState


@dataclass(frozen=True, slots=True)
class Handler:
    """受理台: what deciding needs of a room: its record, its rules by stream prefix, its keys."""

    store: Store
    deciders: Mapping[str, Decider]
    keys: Keys
    findings: ChainFindings = field(default_factory=ChainFindings, compare=False)
    """The streams it met whose chain does not hold."""

    def decider(self, stream: str) -> Decider:
        """The rules of a stream, by its prefix. KeyError if the room has no such paper."""
        return self.deciders[stream.partition("-")[0]]

    def fold(self, stream: str, facts: Sequence[Stored], kept: Snapshot | None = None) -> State:
        """The state of a stream alone; see `folded`."""
        return self.folded(stream, facts, kept)[0]

    def folded(
        self, stream: str, facts: Sequence[Stored], kept: Snapshot | None = None
    ) -> tuple[State, Sequence[Happened]]:
        """The state of a stream from its facts, or from those behind a snapshot; and these facts.

        Raises SnapshotUnreadable, and ChainBroken if they are not as they were appended.
        """
        decider = self.decider(stream)
        kind = snapshot.kind_of(decider)
        begun = decider.initial
        if kept is not None and kind is not None:
            begun = snapshot.decode(kind, kept)
        told = [
            Happened(each.fact, each.occurred_at, each.recorded_at, each.actor, each.acting_for)
            for each in linked(self.store.room, stream, facts, kept)
        ]
        return reduce(decider.evolve, (each.fact for each in told), begun), told

    def read(
        self,
        reader: Store | Transaction,
        streams: Iterable[str],
        ids: Sequence[UUID],
        series: Sequence[str] = (),
    ) -> Read:
        """As Store.read; a long stream comes from its snapshot, if it has one."""
        names = list(streams)
        deciders = {name: self.decider(name) for name in names}
        long = [name for name, decider in deciders.items() if snapshot.kind_of(decider)]
        wanted = {name: snapshot.fingerprint(deciders[name]) for name in long}
        resumed = reader.resume(wanted) if wanted else {}
        seen = reader.read([name for name in names if name not in resumed], ids, series)
        return replace(seen, streams={**seen.streams, **resumed})


def stream_state(handler: Handler, read: StreamRead) -> StreamState:
    """The stream folded. Raises SnapshotUnreadable, and ChainBroken, which is noted."""
    kept, facts = read.snapshot, read.facts
    try:
        folded, happened = handler.folded(read.name, facts, kept)
    except ChainBroken as broken:
        handler.findings.note(broken)
        raise
    if kept is not None:
        last = Position(kept.partition, facts[-1].seq if facts else kept.seq)
        branch = head(facts[-1].body).branch if facts else kept.branch
        return StreamState(read.version, read.partition, folded, branch, last, happened)
    if not facts:
        return StreamState(read.version, read.partition, folded, "", None)
    last = Position(facts[-1].partition, facts[-1].seq)
    branch = head(facts[-1].body).branch
    return StreamState(read.version, read.partition, folded, branch, last, happened)
