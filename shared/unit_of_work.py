"""工作单元 (unit of work): what several commands read, decide and write, in one append.

A stream is read and folded once (identity map). What a command writes is seen by the next one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from uuid import UUID

from shared import claims
from shared.chain import LOST, ChainBroken, check_bytes
from shared.command import (
    Answer,
    AnyCommand,
    CommandEnvelope,
    DraftCommand,
    Folded,
    FollowingCommand,
    NumberedCommand,
    VersionMismatch,
)
from shared.decider import Asked, Command, Fact, Happened, Refused, Series
from shared.envelope import Stored, head
from shared.fields import replaced
from shared.handler import Handler, stream_state
from shared.matter import meet
from shared.new_fact import new_fact, partition_of
from shared.personal.fields import has_personal
from shared.personal.owners import refuse_erased
from shared.personal.seal import assert_sealed, seal
from shared.record.store import (
    Append,
    CommandKnown,
    CommandRow,
    Conflict,
    NewFact,
    Position,
    Store,
    StreamRead,
    Transaction,
    in_series,
)
from shared.repeated import answer_from, same_body
from shared.snapshot import SnapshotUnreadable
from shared.step import ByCommand, Matter, place_of, stays
from shared.stream_state import StreamState


def _following(prefix: str, found: Sequence[str]) -> str:
    """The stream that comes next in a series of which these were found."""
    last = int(found[-1].removeprefix(prefix)) if found else 0
    return f"{prefix}{last + 1}"


def _sorted_out(wanted: Sequence[str | Series]) -> tuple[Sequence[str], Sequence[str]]:
    """What is to be read: the names of streams, and the prefixes of series."""
    names = [each for each in wanted if isinstance(each, str)]
    return names, [each.prefix for each in wanted if isinstance(each, Series)]


def matter_of(handler: Handler, envelope: CommandEnvelope) -> Matter | None:
    """What a command is about, where others who do the same at once are to be seen."""
    match handler.decider(envelope.asked.home).decide:
        case ByCommand() as rules:
            return rules.matter(envelope.command, envelope.asked)
        case _:
            return None


def has_matters(handler: Handler, stream: str) -> bool:
    """Whether any step of the paper says what it is about."""
    decide = handler.decider(stream).decide
    return isinstance(decide, ByCommand) and decide.has_matters


@dataclass(slots=True)
class UnitOfWork:
    """One append in the making: the states as read, and what the commands add to them."""

    handler: Handler
    reader: Store | Transaction
    """Reads and appends; a store does each in a transaction of its own."""
    numbers: Transaction | None = None
    """Where ticket numbers are taken and matters are met, if any are."""
    known: dict[UUID, Sequence[Stored]] = field(init=False, default_factory=dict)
    remembered: dict[UUID, CommandRow] = field(init=False, default_factory=dict)
    states: dict[str, StreamState] = field(init=False, default_factory=dict)
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
        streams, ids, series = tuple(streams), tuple(ids), tuple(series)
        if self._looked_at(streams, ids, series):
            return
        names = sorted(set(streams) - self.states.keys())
        prefixes = sorted(set(series) - self.series)
        unknown = [each for each in ids if each not in self.sought]
        seen = self.handler.read(self.reader, names, unknown, prefixes)
        self.looks += 1
        self._check_known(chain.from_iterable(seen.known.values()))
        self.sought.update(unknown)
        self.known.update(seen.known)
        self.remembered.update(seen.commands)
        for read in seen.streams.values():
            if read.name not in self.states:
                self.keep(read)
        for prefix, found in seen.series.items():
            self.series.add(prefix)
            self.expected.setdefault(_following(prefix, found), 0)

    def _looked_at(
        self, streams: Iterable[str], ids: Iterable[UUID], series: Iterable[str]
    ) -> bool:
        return (
            all(each in self.states for each in streams)
            and all(each in self.sought for each in ids)
            and all(each in self.series for each in series)
        )

    def keep(self, read: StreamRead) -> None:
        """Fold a stream that was read."""
        try:
            state = stream_state(self.handler, read)
        except SnapshotUnreadable:
            (read,) = self.reader.read([read.name]).streams.values()
            state = stream_state(self.handler, read)
        self.states[read.name] = state
        self.expected[read.name] = read.version

    def look_ahead(self, envelopes: Sequence[CommandEnvelope]) -> None:
        """Read at once what the envelopes will look at, as far as the states say so already."""
        sealing = (envelope for envelope in envelopes if has_personal(type(envelope.command)))
        self.handler.keys.keys_for(
            {envelope.subject or envelope.asked.home for envelope in sealing}
        )
        wanted = [
            each for envelope in envelopes for each in self._wanted(envelope, envelope.command)
        ]
        names, prefixes = _sorted_out(wanted)
        self.look_at(names, series=prefixes)

    def folded(self, stream: str) -> Folded:
        """A stream as it stands in this unit of work."""
        self.look_at([stream])
        state = self.states[stream]
        return Folded(state.version, state.folded, state.branch)

    def following(self, prefix: str) -> str:
        """The stream that comes next in a series. The append makes sure that it still does."""
        self.look_at((), series=[prefix])
        begun = [name for name, state in self.states.items() if state.version]
        following = _following(prefix, in_series(prefix, begun))
        if following not in self.states:
            self.keep(StreamRead(following, 0, None, ()))
        return following

    def answer(self, wanted: AnyCommand) -> Answer | Refused:
        """Answer one command; what it makes true is kept for the append."""
        match wanted:
            case CommandEnvelope():
                self.look_at([wanted.asked.home], [wanted.id])
                return self._decide(wanted)
            case DraftCommand(command_id, home, make):
                self.look_at([home], [command_id])
                return self._decide(make(self.folded(home)))
            case FollowingCommand(command_id, prefix, make):
                self.look_at((), [command_id], [prefix])
                known = self.known.get(command_id)
                home = head(known[0].body).stream if known else self.following(prefix)
                return self._decide(make(home))
            case NumberedCommand():
                return self._number(wanted)

    def append(self) -> Sequence[Position]:
        """Write everything that was decided, if it is anything."""
        if not self.facts and not self.commands:
            self.check_ends(self.reader)
            return ()
        append = Append(self.facts, self.expected, self.decided, self.commands)
        positions = self.reader.append(append)
        self.handler.findings.hold(self.states)
        return positions

    def check_ends(self, reader: Store | Transaction) -> None:
        """Raise ChainBroken if a stream that was read ends elsewhere than it was last written.

        An append compares the ends itself. So this is asked where nothing was appended.
        """
        lost = reader.lost_ends(sorted(self.states)) if self.states else {}
        for stream, version in lost.items():
            self._broken(ChainBroken(self.handler.store.room, stream, version, LOST))
        self.handler.findings.hold(self.states)

    def decision(
        self, envelope: CommandEnvelope, command: Command
    ) -> tuple[Sequence[tuple[str, Fact]], Asked]:
        """What the command makes true by its rules, on the streams its row names.

        And as what it was asked: with all that was read, and when. Raises Refused.
        """
        asked = self._asked(envelope, command)
        state = self.states[asked.home].folded
        match self.handler.decider(asked.home).decide:
            case ByCommand() as rules:
                asked = claims.settled(rules, command, asked)
                return claims.decided(rules, command, state, asked), asked
            case decide:
                return decide(command, state, asked), asked

    def _asked(self, envelope: CommandEnvelope, command: Command) -> Asked:
        home = envelope.asked.home
        self.look_at([home])
        names, prefixes = _sorted_out(self._wanted(envelope, command))
        self.look_at(names, series=prefixes)
        series = {prefix: self._members(prefix, home) for prefix in prefixes}
        read = {*names, *chain.from_iterable(series.values())}
        reads = {name: self.states[name].folded for name in read}
        happened = {name: self.states[name].happened for name in {*read, home}}
        return replaced(envelope.asked, reads=reads, series=series, happened=happened)

    def _wanted(self, envelope: CommandEnvelope, command: Command) -> Sequence[str | Series]:
        home = envelope.asked.home
        match self.handler.decider(home).decide:
            case ByCommand() as rules:
                named = rules.reads(command, self.states[home].folded, envelope.asked)
                return list(named)
            case _:
                return ()

    def _members(self, prefix: str, home: str) -> Sequence[str]:
        """The streams of a series that have begun, in this append too, without the home stream."""
        begun = (name for name, state in self.states.items() if state.version)
        return [name for name in in_series(prefix, begun) if name != home]

    def _number(self, wanted: NumberedCommand) -> Answer | Refused:
        assert self.numbers is not None
        try:
            number = self.numbers.take_number(wanted.id, wanted.branch, wanted.day)
        except CommandKnown:
            if (repeated := self._repeated(wanted)) is None:
                raise
            return repeated
        before = set(self.states)
        envelope = replace(wanted.build(number), id=wanted.id)
        self.look_at([envelope.asked.home], [envelope.id])
        outcome = self._decide(envelope, is_numbered=True)
        if isinstance(outcome, Refused) or not outcome.facts:
            self.numbers.return_number()
            # Streams that are not begun: whoever takes this number next begins them, here or
            # elsewhere. What was read of others stays, for the commands that follow.
            for name in self.states.keys() - before:
                if not self.states[name].version:
                    del self.states[name], self.expected[name]
        return outcome

    def _met(self, envelope: CommandEnvelope) -> CommandEnvelope:
        """With what was done on the same matter just now, which nobody else does meanwhile."""
        matter = matter_of(self.handler, envelope)
        if matter is None or self.numbers is None:
            return envelope
        master, subject = self.handler.keys.master.now(), envelope.subject or envelope.asked.home
        met = meet(self.numbers, master, matter, subject)
        return replaced(envelope, asked=replaced(envelope.asked, met=met))

    def _repeated(self, wanted: NumberedCommand) -> Answer | None:
        seen = self.reader.read((), (wanted.id,))
        if not (known := seen.known.get(wanted.id)):
            return None
        self._check_known(known)
        same_body(seen.commands.get(wanted.id), wanted.build(0))
        return answer_from(known, head(known[0].body).stream)

    def _decide(self, envelope: CommandEnvelope, *, is_numbered: bool = False) -> Answer | Refused:
        same_body(self.remembered.get(envelope.id), envelope)
        home = envelope.asked.home
        if known := self.known.get(envelope.id):
            return answer_from(known, home)
        state = self.states[home]
        if envelope.id in self.remembered:
            stand = self._stand(home)
            ticket = envelope.asked.ticket
            return Answer(home, state.version, (), stand, repeated=True, ticket=ticket)
        if envelope.expected is not None and envelope.expected != state.version:
            raise VersionMismatch(envelope.expected, state.version)
        try:
            envelope = self._met(envelope)
            facts, asked = self._decision(envelope)
            self._write(replaced(envelope, asked=asked), facts)
        except Refused as refused:
            return self._refused(envelope, refused)
        self.decided.append(envelope.id)
        if envelope.body_mac is not None and (facts or not is_numbered):
            self.commands.append(CommandRow(envelope.id, envelope.body_mac))
        stand = () if facts else self._stand(home)
        ticket = envelope.asked.ticket if facts or not is_numbered else None
        version = self.states[home].version
        return Answer(home, version, [fact for _, fact in facts], stand, ticket=ticket)

    def _decision(self, envelope: CommandEnvelope) -> tuple[Sequence[tuple[str, Fact]], Asked]:
        home, keys = envelope.asked.home, self.handler.keys
        match self.handler.decider(home).decide:
            # What is owed repeats a fact that has named them already: it reaches nobody anew.
            case ByCommand() as rules if rules.step(envelope.command):
                refuse_erased(envelope.command, keys)
            case _:
                pass
        return self.decision(envelope, seal(envelope.command, envelope.subject or home, keys))

    def _refused(self, envelope: CommandEnvelope, refused: Refused) -> Answer | Refused:
        """The refusal, if what it rests on was ever true at one moment. Raises Conflict if not.

        The home stream was read before the streams that its state names. What was written between
        may be the same command, sent twice.
        """
        if self.looks == 1:
            return refused
        streams = [name for name in self.states if name not in self._written()]
        seen = self.handler.read(self.reader, streams, [envelope.id])
        if known := seen.known.get(envelope.id):
            return answer_from(known, envelope.asked.home)
        if any(read.version != self.expected[read.name] for read in seen.streams.values()):
            raise Conflict("a stream moved on while the others were read")
        return refused

    def _check_known(self, known: Iterable[Stored]) -> None:
        """Raise ChainBroken unless the facts a command made before are as they were appended."""
        try:
            for stored in known:
                check_bytes(self.handler.store.room, stored)
        except ChainBroken as broken:
            self._broken(broken)

    def _broken(self, broken: ChainBroken) -> None:
        self.handler.findings.note(broken)
        raise broken

    def _written(self) -> frozenset[str]:
        return frozenset(fact.stream for fact in self.facts)

    def _write(self, envelope: CommandEnvelope, facts: Sequence[tuple[str, Fact]]) -> None:
        """Fold the facts of one command and make their bytes: of all of them or, refused, none."""
        states: dict[str, StreamState] = {}
        made = []
        for n, (stream, fact) in enumerate(facts):
            self._begin_next(stream)
            state = states.setdefault(stream, replaced(self.states[stream]))
            decider = self.handler.decider(stream)
            assert_sealed(fact)
            state.folded = decider.evolve(state.folded, fact)
            state.version += 1
            kept = state.branch if stays(decider, fact) else ""
            state.branch = place_of(decider, stream) or kept or envelope.asked.branch
            asked = envelope.asked
            who = (asked.actor, asked.acting_for)
            told = Happened(fact, asked.at, asked.recorded_at, *who)
            state.happened = [*state.happened, told]
            if state.partition is None:
                partitions = self.handler.store.partitions
                state.partition = partition_of(stream, envelope.asked.ticket, partitions)
            made.append(new_fact(decider, envelope, stream, state, fact, n))
        self.states |= states
        self.facts += made

    def _begin_next(self, stream: str) -> None:
        """Of a series that was read, the stream that comes next is known to be empty.

        Once that has begun, so is the one after it.
        """
        if stream in self.states or self.expected.get(stream) != 0:
            return
        self.keep(StreamRead(stream, 0, None, ()))
        prefix = next(each for each in self.series if stream in in_series(each, [stream]))
        self.expected.setdefault(_following(prefix, [stream]), 0)

    def _stand(self, home: str) -> Sequence[Position]:
        last = self.states[home].last
        return (last,) if last is not None else ()
