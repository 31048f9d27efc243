"""处理 (handle): the one door from a command to facts in the record.

Read, fold, seal, decide, fold again, append: `handle` for one command, `handle_all` for several in
one append (imports, reactions). Nothing else in the system writes facts.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from shared import envelope, view
from shared.decider import Asked, Decider, Fact, Reason, Refused
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
    Store,
    StreamRead,
    Transaction,
)

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
    body_mac: bytes | None = None
    """HMAC of the HTTP body; None for commands that did not come over HTTP."""
    expected: int | None = None
    """The home stream's version the caller saw (If-Match)."""
    policy: str | None = None
    """The policy table that had a say, with its version: `core@1`."""
    causation: str | None = None
    traceparent: str | None = None

    @property
    def streams(self) -> Sequence[str]:
        """Every stream the decision looks at, home first."""
        return (self.asked.home, *self.reads)


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

    def fold(self, stream: str, facts: Sequence[Stored]) -> Any:
        """The state of a stream from its facts."""
        decider = self.decider(stream)
        told = (view.recorded(self.store.room, stored).fact for stored in facts)
        return reduce(decider.evolve, told, decider.initial)


def handle(desk: Desk, order: Order) -> Answer:
    """Decide one command and append what it makes true.

    Raises Refused with every broken rule, VersionMismatch, or a StoreError; then nothing happened.
    """
    return _until_settled(desk, lambda transaction: _one(desk, order, transaction))


def handle_numbered(
    desk: Desk, command_id: UUID, branch: str, day: date, build: Callable[[int], Order]
) -> Answer:
    """As `handle`, for a command that takes a ticket number of the branch's local day.

    The number is taken, the order built from it and the facts appended in one transaction; if
    nothing becomes true the number returns.
    """
    wanted = Numbered(command_id, branch, day, build)
    return _until_settled(desk, lambda transaction: _one(desk, wanted, transaction))


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
    round_ = _Round(desk, transaction)
    if plain := [order for order in orders if isinstance(order, Order)]:
        round_.look_at(plain)
    outcomes = [round_.answer(order) for order in orders]
    positions = round_.append()
    return [
        replace(outcome, positions=outcome.positions or positions)
        if isinstance(outcome, Answer)
        else outcome
        for outcome in outcomes
    ]


def rehearse(desk: Desk, order: Order) -> Sequence[Reason]:
    """预演: the rules that a command would break now; nothing is sealed, nothing is written."""
    seen = desk.store.read(order.streams).streams
    states = {name: desk.fold(name, read.facts) for name, read in seen.items()}
    home = order.asked.home
    asked = replace(order.asked, reads={name: states[name] for name in order.reads})
    try:
        desk.decider(home).decide(order.command, states[home], asked)
    except Refused as refused:
        return refused.reasons
    return ()


def partition_of(stream: str, ticket: str | None, partitions: int) -> int:
    """Where a new stream goes: by its ticket if it belongs to one, else by its own name."""
    own = ticket is not None and stream.partition("-")[2].startswith(ticket)
    name = ticket if own and ticket is not None else stream
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % partitions


def _until_settled(desk: Desk, attempt: Callable[[Transaction], Answer]) -> Answer:
    for left in reversed(range(TRIES)):
        try:
            with desk.store.transaction() as transaction:
                return attempt(transaction)
        except (Conflict, CommandKnown):
            if not left:
                raise
    raise AssertionError


def _one(desk: Desk, order: Order | Numbered, transaction: Transaction) -> Answer:
    outcome = handle_all(desk, [order], transaction)[0]
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


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
    last: Position | None


def _sheet(desk: Desk, read: StreamRead) -> _Sheet:
    last = Position(read.facts[-1].partition, read.facts[-1].seq) if read.facts else None
    return _Sheet(read.version, read.partition, desk.fold(read.name, read.facts), last)


@dataclass(slots=True)
class _Round:
    """One append in the making: the states as read, and what the commands add to them."""

    desk: Desk
    transaction: Transaction
    known: dict[UUID, Sequence[Stored]] = field(init=False, default_factory=dict)
    remembered: dict[UUID, CommandRow] = field(init=False, default_factory=dict)
    sheets: dict[str, _Sheet] = field(init=False, default_factory=dict)
    expected: dict[str, int] = field(init=False, default_factory=dict)
    """The versions as read, which the append compares."""
    facts: list[NewFact] = field(init=False, default_factory=list)
    commands: list[CommandRow] = field(init=False, default_factory=list)
    decided: list[UUID] = field(init=False, default_factory=list)

    def look_at(self, orders: Sequence[Order]) -> Sequence[str]:
        """Read, at once, what these orders are decided on; the streams not looked at before."""
        names = sorted({name for order in orders for name in order.streams} - self.sheets.keys())
        seen = self.transaction.read(names, [order.id for order in orders])
        sealing = (order for order in orders if has_personal(type(order.command)))
        self.desk.keys.keys_for({order.subject or order.asked.home for order in sealing})
        self.known.update(seen.known)
        self.remembered.update(seen.commands)
        for name, read in seen.streams.items():
            self.sheets[name] = _sheet(self.desk, read)
            self.expected[name] = read.version
        return names

    def answer(self, order: Order | Numbered) -> Answer | Refused:
        """Answer one order; what it makes true is kept for the append."""
        return self._decide(order) if isinstance(order, Order) else self._number(order)

    def append(self) -> Sequence[Position]:
        """Write everything that was decided, if it is anything."""
        if not self.facts and not self.commands:
            return ()
        append = Append(self.facts, self.expected, self.decided, self.commands)
        return self.transaction.append(append)

    def _number(self, wanted: Numbered) -> Answer | Refused:
        try:
            number = self.transaction.take_number(wanted.id, wanted.branch, wanted.day)
        except CommandKnown:
            if (repeated := self._repeated(wanted)) is None:
                raise
            return repeated
        order = replace(wanted.build(number), id=wanted.id)
        new = self.look_at([order])
        outcome = self._decide(order, is_numbered=True)
        if isinstance(outcome, Refused) or not outcome.facts:
            self.transaction.return_number()
            for name in new:  # the next one to take this number makes them, here or elsewhere
                del self.sheets[name], self.expected[name]
        return outcome

    def _repeated(self, wanted: Numbered) -> Answer | None:
        seen = self.transaction.read((), (wanted.id,))
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
            return refused
        self.decided.append(order.id)
        if order.body_mac is not None and (facts or not is_numbered):
            self.commands.append(CommandRow(order.id, order.body_mac))
        for n, (stream, fact) in enumerate(facts):
            self._write(order, n, stream, fact)
        stand = () if facts else self._stand(home)
        return Answer(home, sheet.version, [fact for _, fact in facts], stand)

    def _decision(self, order: Order) -> Sequence[tuple[str, Fact]]:
        home = order.asked.home
        subject = order.subject or home
        command = seal(order.command, subject, self.desk.keys)
        reads = {name: self.sheets[name].state for name in order.reads}
        asked = replace(order.asked, reads=reads)
        return self.desk.decider(home).decide(command, self.sheets[home].state, asked)

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
    shown = decider.public(sheet.state, fact)
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
