"""裁决 (deciders): what a module of rules looks like, and how it says no.

A decider is a module with `initial`, `decide`, `evolve` and, if it writes milestones, `public`.
It has no clock, no I/O and no policy: what it must know comes in with the command.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeAlias
from zoneinfo import ZoneInfo

Fact: TypeAlias = Any
"""An instance of a class of the book (`shared.events`)."""
State: TypeAlias = Any
"""The state of a paper. Only the module of the paper knows its class."""
Command: TypeAlias = Any
"""An instance of a command of a paper. Only the module of the paper knows its class."""
Document: TypeAlias = Any
"""An instance of a `@document` class of the book."""
Decision: TypeAlias = Sequence[tuple[str, Fact]]
"""Facts, each with the stream it is written on, in the order in which they become true."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far two honest clocks may be apart."""


@dataclass(frozen=True, slots=True)
class Series:
    """连号: all streams of a paper that are numbered on, such as the visits of one ticket.

    They are read at once. The number that comes next is checked by the append too, so that one
    which is begun meanwhile is a conflict.
    """

    prefix: str
    """What stands before the number: `visit-BX-HZ01-20261123-0001-V`. Numbers begin with 1."""


class Happened(NamedTuple):
    """已成事实: a fact that stands on a stream, both its moments, and who said so."""

    fact: Fact
    occurred_at: datetime
    """By the clock of whoever told it."""
    recorded_at: datetime
    actor: str = ""
    """Who said so."""
    acting_for: str | None = None
    """In whose place, if they acted for somebody."""

    @property
    def people(self) -> Sequence[str]:
        """Who said so, and in whose place: both are held to what comes of it."""
        return [each for each in (self.actor, self.acting_for) if each]

    @property
    def at(self) -> datetime:
        """When it happened: at the latest when it was recorded, whatever a fast clock says."""
        return min(self.occurred_at, self.recorded_at)


def recorded_days(happened: Iterable[Happened], time_zone: str) -> frozenset[date]:
    """记录日: the days on which these were recorded, where the zone is; whatever devices say.

    What asks for several days cannot be told all at once.
    """
    zone = ZoneInfo(time_zone)
    return frozenset(each.recorded_at.astimezone(zone).date() for each in happened)


def days_tried(
    told: Iterable[Happened],
    is_tried: Callable[[Fact], bool],
    is_heard: Callable[[Fact], bool],
    time_zone: str,
) -> Sequence[date]:
    """联系日期: the recorded days of the tries since somebody was heard last, in their order."""
    known = list(told)
    heard = max((each.recorded_at for each in known if is_heard(each.fact)), default=None)
    tried = (each for each in known if is_tried(each.fact))
    return sorted(
        recorded_days((t for t in tried if heard is None or t.recorded_at > heard), time_zone)
    )


class NotRead(LookupError):
    """A rule looks at a stream that the row of its step does not name: a fault of the program."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The circumstances of one command: who asks, where and when, and what else was read."""

    home: str
    """The stream the command is about, e.g. `report-BX-HZ01-20261123-0001`."""
    actor: str
    """A person's id, or `reaction:<name>`, `timer:<name>`, `import:<source>`."""
    roles: frozenset[str]
    at: datetime
    """When, by the clock of whoever asks (UTC); stands on the facts as occurred_at."""
    branch: str
    ticket: str | None = None
    reads: Mapping[str, State] = field(default_factory=lambda: MappingProxyType({}))
    """States of the other streams that were read, by stream; the append checks their versions."""
    series: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Of each series that was read: its streams beside the home stream, in their order."""
    now: datetime | None = None
    """When it is recorded, by our own clock; None: where no other clock than `at` is known."""
    happened: Mapping[str, Sequence[Happened]] = field(default_factory=lambda: MappingProxyType({}))
    """What stands on the home stream and on those that were read, by stream, in its order."""

    met: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """同一事项: the streams that were written on the same matter just now, by what they have in
    common; only where the row of the step says what its matter is."""
    acting_for: str | None = None
    """代: the person in whose place they act, by a delegation that is in force."""
    unproved: Sequence["Reason"] = ()
    """What was found wrong with what it names as proof. It is told with the broken rules."""

    @property
    def recorded_at(self) -> datetime:
        """When what comes of it is recorded: a rule that counts days counts these."""
        return self.now or self.at

    def here(self, *facts: Fact) -> Decision:
        """These facts, written on the home stream."""
        return [(self.home, fact) for fact in facts]

    def read(self, stream: str) -> State:
        """The state of another stream. Raises NotRead if the row of the step does not name it."""
        if stream not in self.reads:
            raise NotRead(stream)
        return self.reads[stream]

    def of_kind(self, *kinds: type) -> Sequence[Happened]:
        """The facts of these classes on the home stream and on those that were read."""
        streams = self.happened.values()
        return [each for facts in streams for each in facts if isinstance(each.fact, kinds)]

    def read_series(self, prefix: str) -> Mapping[str, State]:
        """The states of a series by stream, the home stream left out. Raises NotRead."""
        if prefix not in self.series:
            raise NotRead(prefix)
        return {stream: self.reads[stream] for stream in self.series[prefix]}


@dataclass(frozen=True, slots=True)
class Public:
    """公开文档: what others may read of a paper right after a milestone."""

    document: Document
    """The stream's full state."""
    this: Mapping[str, object]
    """What this fact says beyond the state; empty if the state says it all."""


class Decider(Protocol):
    """The shape of a module of rules; a module satisfies it, nothing inherits from it."""

    @property
    def initial(self) -> State:
        """The state before the first fact."""

    def decide(self, command: Command, state: State, asked: Asked, /) -> Decision:
        """What the command makes true; nothing, when it is true already. Raises Refused."""

    def evolve(self, state: State, fact: Fact, /) -> State:
        """The state after the fact. Asks no rule: facts are facts."""


class Publisher(Decider, Protocol):
    """A module of rules that writes milestones."""

    def public(self, state: State, fact: Fact, /) -> Public:
        """The public document right after a milestone fact: the full state, and `this`."""


Number: TypeAlias = str | int | Sequence[str]


@dataclass(frozen=True, slots=True)
class Reason:
    """One broken rule: its stable code, and the numbers its sentence in texts.toml needs."""

    code: str
    numbers: Mapping[str, Number] = field(default_factory=lambda: MappingProxyType({}))


class Refused(Exception):
    """拒绝: nothing has happened. Every broken rule is named at once."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(reason.code for reason in reasons))
        self.reasons = reasons

    @property
    def codes(self) -> list[str]:
        """The codes of the broken rules, in the order in which the rules are asked."""
        return [reason.code for reason in self.reasons]


Rule: TypeAlias = tuple[bool, Reason]
"""Whether a rule is broken, and the reason that says so."""


def refuse_if(*rules: Rule) -> None:
    """Raise Refused with the reason of every rule that is broken, each once; else say nothing."""
    broken = list[Reason]()
    for is_broken, told in rules:
        if is_broken and told not in broken:
            broken.append(told)
    if broken:
        raise Refused(*broken)


def reason(code: str, **numbers: Number) -> Reason:
    """A reason with its numbers: `reason("beyond-note", permitted=3, asked=5)`."""
    return Reason(code, MappingProxyType(numbers))


def too_many(field: str, count: int, limit: int) -> Rule:
    """A rule: a list on a paper has no more entries than it may have."""
    return count > limit, reason("too-many", field=field, limit=limit)


def number_of(stream: str) -> str:
    """The number of the paper that a stream holds: `BX-…-W1` of `work_order-BX-…-W1`."""
    return stream.partition("-")[2]
