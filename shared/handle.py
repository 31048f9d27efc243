"""处理 (handle): the one door from a command to facts in the record.

Read, fold, seal, decide, fold again, append: `handle` for one command, `handle_all` for several in
one append (imports, reactions). Nothing else in the system writes facts. What a rule looks at
beside its own stream stands in the row of its step; it is read here, so no caller can forget it.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from itertools import chain
from typing import Any, cast
from uuid import UUID

from uuid_utils.compat import uuid7

from shared import envelope, snapshot, view
from shared.decider import Asked, Decider, Fact, Publisher, Reason, Refused, Series
from shared.envelope import Stored
from shared.events import DOCUMENTS, entry
from shared.personal.fields import has_personal
from shared.personal.keys import Keys
from shared.personal.seal import assert_sealed, seal
from shared.record.store import (
    Append,
    CommandKnown,
    CommandRow,
    Conflict,
    KeyReused,
    NewFact,
    Position,
    Read,
    Snapshot,
    Store,
    StreamRead,
    Transaction,
    in_series,
)
from shared.snapshot import SnapshotUnreadable
from shared.step import ByCommand

TRIES = 5


@dataclass(frozen=True, slots=True)
class Order:
    """One command with all that surrounds it, ready to be decided."""

    id: UUID
    command: Any
    asked: Asked
    subject: str | None = None
    """Whose key seals its personal fields; the home stream's own if nobody is named."""
    reads: Sequence[str] = ()
    """Streams to be read beside those that the row of the command names."""
    body_mac: bytes | None = None
    """HMAC of the HTTP body; None for commands that did not come over HTTP."""
    expected: int | None = None
    """The home stream's version the caller saw (If-Match)."""
    policy: str | None = None
    """The policy table that had a say, with its version: `core@1`."""
    causation: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """A stream as read: its version (0: there is none), its state, and whose branch it is."""

    version: int
    state: Any
    branch: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A command that is made from its home stream as it stands, so that it is read only once.

    `make` is asked again if the stream moves on meanwhile; what it raises goes to the caller.
    """

    id: UUID
    home: str
    make: Callable[[Folded], Order]


@dataclass(frozen=True, slots=True)
class Numbered:
    """取号: a command that takes a ticket number of the branch's local day; built from it."""

    id: UUID
    branch: str
    day: date
    build: Callable[[int], Order]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became true: the facts, the home stream's version, and where they stand."""

    home: str
    version: int
    facts: Sequence[Fact] = ()
    positions: Sequence[Position] = ()
    repeated: bool = False
    """Answered from what the same command made true before."""


class VersionMismatch(Exception):
    """The caller saw another version of the stream than the record holds (If-Match)."""

    def __init__(self, seen: int, found: int) -> None:
        super().__init__(f"saw version {seen}, found {found}")
        self.seen, self.found = seen, found


@dataclass(frozen=True, slots=True)
class Desk:
    """受理台: what deciding needs of a room: its record, its rules by stream prefix, its keys."""

    store: Store
    deciders: Mapping[str, Decider]
    keys: Keys

    def decider(self, stream: str) -> Decider:
        """The rules of a stream, by its prefix. KeyError if the room has no such paper."""
        return self.deciders[stream.partition("-")[0]]

    def fold(self, stream: str, facts: Sequence[Stored], kept: Snapshot | None = None) -> Any:
        """The state of a stream from its facts, or from those behind a snapshot.

        Raises SnapshotUnreadable.
        """
        decider = self.decider(stream)
        kind = snapshot.kind_of(decider)
        begun = decider.initial
        if kept is not None and kind is not None:
            begun = snapshot.decode(kind, kept.state)
        told = (view.recorded(self.store.room, stored).fact for stored in facts)
        return reduce(decider.evolve, told, begun)

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


def handle(desk: Desk, order: Order | Draft) -> Answer:
    """Decide one command and append what it makes true, in one call of the database each.

    Raises Refused with every broken rule, VersionMismatch, or a StoreError; then nothing happened.
    """
    return _until_settled(lambda: _one(_Round(desk, desk.store), order))


def handle_numbered(
    desk: Desk, command_id: UUID, branch: str, day: date, build: Callable[[int], Order]
) -> Answer:
    """As `handle`, for a command that takes a ticket number of the branch's local day.

    The number is taken, the order built from it and the facts appended in one transaction; if
    nothing becomes true the number returns.
    """
    wanted = Numbered(command_id, branch, day, build)

    def attempt() -> Answer:
        with desk.store.transaction() as transaction:
            return _one(_Round(desk, transaction, transaction), wanted)

    return _until_settled(attempt)


def handle_all(
    desk: Desk, orders: Sequence[Order | Numbered], transaction: Transaction
) -> Sequence[Answer | Refused]:
    """Decide several commands in turn on states folded in memory; one append for all of them.

    A known command is answered from its facts; a refused one is reported and the rest goes on. A
    number is taken when it is its command's turn and returns, to the next one even, if that makes
    nothing true. The caller owns the transaction and may write rows of its own (a cursor) beside
    the facts. Raises a StoreError; on Conflict and CommandKnown the caller tries again in a new
    transaction.
    """
    round_ = _Round(desk, transaction, transaction)
    plain = [order for order in orders if isinstance(order, Order)]
    round_.look_at([order.asked.home for order in plain], [order.id for order in plain])
    round_.look_ahead(plain)
    outcomes = [round_.answer(order) for order in orders]
    positions = round_.append()
    return [
        replace(outcome, positions=outcome.positions or positions)
        if isinstance(outcome, Answer)
        else outcome
        for outcome in outcomes
    ]


class Rehearsal:
    """预演: says which rules a command would break now. Nothing is sealed, nothing is written.

    Each stream is read and folded once, however many commands are rehearsed.
    """

    def __init__(self, desk: Desk, streams: Sequence[StreamRead] = ()) -> None:
        self._round = _Round(desk, desk.store)
        for read in streams:
            self._round.keep(read)

    def folded(self, stream: str) -> Folded:
        """The stream as it stands."""
        return self._round.folded(stream)

    def broken(self, order: Order) -> Sequence[Reason]:
        """The reasons why the command would be refused; none if it would be taken."""
        try:
            self._round.decision(order, order.command)
        except Refused as refused:
            return refused.reasons
        return ()


def rehearse(desk: Desk, order: Order) -> Sequence[Reason]:
    """预演: the rules that a command would break now."""
    return Rehearsal(desk).broken(order)


def partition_of(stream: str, ticket: str | None, partitions: int) -> int:
    """Where a new stream goes: by its ticket if it belongs to one, else by its own name."""
    own = ticket is not None and stream.partition("-")[2].startswith(ticket)
    name = ticket if own and ticket is not None else stream
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % partitions


def _until_settled(attempt: Callable[[], Answer]) -> Answer:
    for left in reversed(range(TRIES)):
        try:
            return attempt()
        except (Conflict, CommandKnown):
            if not left:
                raise
    raise AssertionError


def _one(round_: "_Round", wanted: Order | Draft | Numbered) -> Answer:
    outcome = round_.answer(wanted)
    if isinstance(outcome, Refused):
        raise outcome
    positions = round_.append()
    return replace(outcome, positions=outcome.positions or positions)


def _same_body(row: CommandRow | None, order: Order) -> None:
    if row is not None and order.body_mac is not None and row.body_mac != order.body_mac:
        raise KeyReused(f"command {order.id} came before with another body")


def _answer_from(known: Sequence[Stored], home: str) -> Answer:
    heads = [envelope.head(stored.body) for stored in known]
    versions = [head.version for head in heads if head.stream == home]
    last: dict[int, int] = {}
    for stored in known:
        last[stored.partition] = max(stored.seq, last.get(stored.partition, 0))
    facts = [view.recorded("", stored).fact for stored in known]
    positions = [Position(partition, seq) for partition, seq in sorted(last.items())]
    return Answer(home, max(versions, default=0), facts, positions, repeated=True)


@dataclass(slots=True)
class _Sheet:
    """A stream during one round: folded so far, written so far."""

    version: int
    partition: int | None
    state: Any
    branch: str
    last: Position | None


def _sheet(desk: Desk, read: StreamRead) -> _Sheet:
    """Raises SnapshotUnreadable."""
    kept, facts = read.snapshot, read.facts
    state = desk.fold(read.name, facts, kept)
    if kept is not None:
        seq = facts[-1].seq if facts else kept.seq
        return _Sheet(
            read.version, read.partition, state, kept.branch, Position(kept.partition, seq)
        )
    last = Position(facts[-1].partition, facts[-1].seq) if facts else None
    branch = envelope.head(facts[0].body).branch if facts else ""
    return _Sheet(read.version, read.partition, state, branch, last)


def _following(prefix: str, found: Sequence[str]) -> str:
    """The stream that comes next in a series of which these were found."""
    last = int(found[-1].removeprefix(prefix)) if found else 0
    return f"{prefix}{last + 1}"


def _sorted_out(
    wanted: Iterable[str | Series],
) -> tuple[Sequence[str], Sequence[UUID], Sequence[str]]:
    """What is to be read: the names of streams, no commands, and the prefixes of series."""
    every = list(wanted)
    names = [each for each in every if isinstance(each, str)]
    return names, (), [each.prefix for each in every if isinstance(each, Series)]


@dataclass(slots=True)
class _Round:
    """One append in the making: the states as read, and what the commands add to them."""

    desk: Desk
    reader: Store | Transaction
    """Reads and appends; a store does each in a transaction of its own."""
    numbers: Transaction | None = None
    """Where ticket numbers are taken, if any are."""
    known: dict[UUID, Sequence[Stored]] = field(init=False, default_factory=dict)
    remembered: dict[UUID, CommandRow] = field(init=False, default_factory=dict)
    sheets: dict[str, _Sheet] = field(init=False, default_factory=dict)
    series: set[str] = field(init=False, default_factory=set)
    """The prefixes of the series that were read."""
    sought: set[UUID] = field(init=False, default_factory=set)
    """The commands that were looked up."""
    looks: int = field(init=False, default=0)
    """How often the record was read: what was read at once was true at once."""
    expected: dict[str, int] = field(init=False, default_factory=dict)
    """The versions as read, which the append compares."""
    facts: list[NewFact] = field(init=False, default_factory=list)
    commands: list[CommandRow] = field(init=False, default_factory=list)
    decided: list[UUID] = field(init=False, default_factory=list)

    def look_at(
        self, streams: Iterable[str], ids: Iterable[UUID] = (), series: Iterable[str] = ()
    ) -> None:
        """Read and fold, at once, what was not looked at before."""
        names = sorted(set(streams) - self.sheets.keys())
        prefixes = sorted(set(series) - self.series)
        unknown = [each for each in ids if each not in self.sought]
        if not names and not unknown and not prefixes:
            return
        seen = self.desk.read(self.reader, names, unknown, prefixes)
        self.looks += 1
        self.sought.update(unknown)
        self.known.update(seen.known)
        self.remembered.update(seen.commands)
        for read in seen.streams.values():
            if read.name not in self.sheets:
                self.keep(read)
        for prefix, found in seen.series.items():
            self.series.add(prefix)
            self.expected.setdefault(_following(prefix, found), 0)

    def keep(self, read: StreamRead) -> None:
        """Fold a stream that was read."""
        try:
            sheet = _sheet(self.desk, read)
        except SnapshotUnreadable:
            (read,) = self.reader.read([read.name]).streams.values()
            sheet = _sheet(self.desk, read)
        self.sheets[read.name] = sheet
        self.expected[read.name] = read.version

    def look_ahead(self, orders: Sequence[Order]) -> None:
        """Read at once what the orders will look at, as far as the states say so already."""
        sealing = (order for order in orders if has_personal(type(order.command)))
        self.desk.keys.keys_for({order.subject or order.asked.home for order in sealing})
        wanted = [each for order in orders for each in self._wanted(order, order.command)]
        self.look_at(*_sorted_out(wanted))

    def folded(self, stream: str) -> Folded:
        """A stream as it stands in this round."""
        self.look_at([stream])
        sheet = self.sheets[stream]
        return Folded(sheet.version, sheet.state, sheet.branch)

    def answer(self, wanted: Order | Draft | Numbered) -> Answer | Refused:
        """Answer one command; what it makes true is kept for the append."""
        match wanted:
            case Order():
                self.look_at([wanted.asked.home], [wanted.id])
                return self._decide(wanted)
            case Draft(command_id, home, make):
                self.look_at([home], [command_id])
                return self._decide(make(self.folded(home)))
            case Numbered():
                return self._number(wanted)

    def append(self) -> Sequence[Position]:
        """Write everything that was decided, if it is anything."""
        if not self.facts and not self.commands:
            return ()
        append = Append(self.facts, self.expected, self.decided, self.commands)
        return self.reader.append(append)

    def decision(self, order: Order, command: Any) -> Sequence[tuple[str, Fact]]:
        """What the command makes true by its rules, on the streams its row names."""
        home = order.asked.home
        self.look_at([home])
        names, _, prefixes = _sorted_out(self._wanted(order, command))
        self.look_at(names, series=prefixes)
        series = {prefix: self._members(prefix, home) for prefix in prefixes}
        read = {*names, *chain.from_iterable(series.values())}
        reads = {name: self.sheets[name].state for name in read}
        asked = replace(order.asked, reads=reads, series=series)
        return self.desk.decider(home).decide(command, self.sheets[home].state, asked)

    def _wanted(self, order: Order, command: Any) -> Sequence[str | Series]:
        home = order.asked.home
        match self.desk.decider(home).decide:
            case ByCommand() as rules:
                named = rules.reads(command, self.sheets[home].state, order.asked)
                return [*order.reads, *named]
            case _:
                return order.reads

    def _members(self, prefix: str, home: str) -> Sequence[str]:
        """The streams of a series that have begun, in this round too, without the home stream."""
        begun = (name for name, sheet in self.sheets.items() if sheet.version)
        return [name for name in in_series(prefix, begun) if name != home]

    def _number(self, wanted: Numbered) -> Answer | Refused:
        assert self.numbers is not None
        try:
            number = self.numbers.take_number(wanted.id, wanted.branch, wanted.day)
        except CommandKnown:
            if (repeated := self._repeated(wanted)) is None:
                raise
            return repeated
        before = set(self.sheets)
        outcome = self._decide_numbered(replace(wanted.build(number), id=wanted.id))
        if isinstance(outcome, Refused) or not outcome.facts:
            self.numbers.return_number()
            # The next one to take this number makes these streams, here or elsewhere.
            for name in self.sheets.keys() - before:
                del self.sheets[name], self.expected[name]
        return outcome

    def _decide_numbered(self, order: Order) -> Answer | Refused:
        self.look_at([order.asked.home], [order.id])
        return self._decide(order, is_numbered=True)

    def _repeated(self, wanted: Numbered) -> Answer | None:
        seen = self.reader.read((), (wanted.id,))
        if not (known := seen.known.get(wanted.id)):
            return None
        _same_body(seen.commands.get(wanted.id), wanted.build(0))
        return _answer_from(known, envelope.head(known[0].body).stream)

    def _decide(self, order: Order, *, is_numbered: bool = False) -> Answer | Refused:
        _same_body(self.remembered.get(order.id), order)
        home = order.asked.home
        if known := self.known.get(order.id):
            return _answer_from(known, home)
        sheet = self.sheets[home]
        if order.id in self.remembered:
            return Answer(home, sheet.version, (), self._stand(home), repeated=True)
        if order.expected is not None and order.expected != sheet.version:
            raise VersionMismatch(order.expected, sheet.version)
        try:
            facts = self._decision(order)
        except Refused as refused:
            return self._refused(order, refused)
        self.decided.append(order.id)
        if order.body_mac is not None and (facts or not is_numbered):
            self.commands.append(CommandRow(order.id, order.body_mac))
        for n, (stream, fact) in enumerate(facts):
            self._write(order, n, stream, fact)
        stand = () if facts else self._stand(home)
        return Answer(home, sheet.version, [fact for _, fact in facts], stand)

    def _decision(self, order: Order) -> Sequence[tuple[str, Fact]]:
        subject = order.subject or order.asked.home
        return self.decision(order, seal(order.command, subject, self.desk.keys))

    def _refused(self, order: Order, refused: Refused) -> Answer | Refused:
        """The refusal, if what it rests on was ever true at one moment. Raises Conflict if not.

        The home stream was read before the streams that its state names. What was written between
        may be the same command, sent twice.
        """
        if self.looks == 1:
            return refused
        streams = [name for name in self.sheets if name not in self._written()]
        seen = self.desk.read(self.reader, streams, [order.id])
        if known := seen.known.get(order.id):
            return _answer_from(known, order.asked.home)
        if any(read.version != self.expected[read.name] for read in seen.streams.values()):
            raise Conflict("a stream moved on while the others were read")
        return refused

    def _written(self) -> frozenset[str]:
        return frozenset(fact.stream for fact in self.facts)

    def _write(self, order: Order, n: int, stream: str, fact: Fact) -> None:
        sheet = self.sheets[stream]
        decider = self.desk.decider(stream)
        assert_sealed(fact)
        sheet.state = decider.evolve(sheet.state, fact)
        sheet.version += 1
        if sheet.partition is None:
            partitions = self.desk.store.partitions
            sheet.partition = partition_of(stream, order.asked.ticket, partitions)
        public = _public_bytes(decider, order, stream, sheet, fact)
        fact_id = uuid7()
        body = _fact_bytes(order, stream, sheet, fact, id=fact_id, n=n, public=public)
        self.facts.append(
            NewFact(
                stream=stream,
                version=sheet.version,
                partition=sheet.partition,
                fact_id=fact_id,
                command_id=order.id,
                n=n,
                type=entry(fact).name,
                ticket=order.asked.ticket,
                occurred_at=order.asked.at,
                body=body,
                public=public,
            )
        )

    def _stand(self, home: str) -> Sequence[Position]:
        last = self.sheets[home].last
        return (last,) if last is not None else ()


def _public_bytes(
    decider: Decider, order: Order, stream: str, sheet: _Sheet, fact: Fact
) -> bytes | None:
    line = entry(fact)
    if not line.milestone:
        return None
    shown = cast("Publisher", decider).public(sheet.state, fact)
    name = stream.partition("-")[0]
    return envelope.canonical(
        {
            "document": name,
            "schema": DOCUMENTS[name].schema,
            "type": line.name,
            "stream": stream,
            "version": sheet.version,
            "ticket": order.asked.ticket,
            "branch": order.asked.branch,
            "state": shown.document,
            "this": shown.this,
        }
    )


def _fact_bytes(order: Order, stream: str, sheet: _Sheet, fact: Fact, **made: Any) -> bytes:
    line, asked = entry(fact), order.asked
    public: bytes | None = made.pop("public")
    return envelope.canonical(
        {
            **made,
            "type": line.name,
            "schema": line.schema,
            "stream": stream,
            "version": sheet.version,
            "ticket": asked.ticket,
            "branch": asked.branch,
            "actor": asked.actor,
            "command": order.id,
            "correlation": asked.ticket or stream,
            "causation": order.causation,
            "occurred_at": asked.at,
            "policy": order.policy,
            "traceparent": order.traceparent,
            "public": envelope.sha256(public).hex() if public is not None else None,
            "data": fact,
        }
    )
