"""步骤 (steps): the write side of a paper as data, one row per step.

A paper lists its commands in `STEPS`. A `Step` is given by a person and has a route; an `Owed` is
given by a reaction or a timer and has none. From a row come the route, its OpenAPI entry, the step
on the page of a ticket, the tables in `docs/` and the inputs of the property tests. Rows are plain
data: nothing is registered, and nothing of HTTP is imported.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from shared.decider import Asked, Command, Decision, Fact, Reason, Series, State, reason
from shared.ground import Ground, nothing_before

WORDS = "—"
"""What stands for words of the caller in a body that is only offered."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""What stands for a moment of the caller in a body that is only offered: it is past.

Nobody can tell of it: the interface takes no moment so long ago (`shared.events.values`).
"""

SOME_DAY = datetime(2099, 1, 1, tzinfo=UTC)
"""What stands for a moment to come in a body that is only offered."""

C = TypeVar("C")
S = TypeVar("S")

Decide: TypeAlias = Callable[[C, S, Asked], Decision]
"""The rule of a step: the facts that a command makes true. Raises Refused."""
Reads: TypeAlias = Callable[[C, S, Asked], Iterable[str | Series]]
"""The streams a rule looks at beside its own, from the command, the state and who asks."""


def reads_nothing(_command: object, _state: object, _asked: Asked) -> Sequence[str | Series]:
    """The rule looks at its own stream alone."""
    return ()


@dataclass(frozen=True, slots=True)
class PathField:
    """A part of a path that names a paper, and what it looks like."""

    name: str = "number"
    described: str | None = None
    """What it is, for the description of the interface."""
    pattern: str | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """地址: where a paper is found over HTTP, and what its numbers look like."""

    path: str
    """Of one paper, with its number in braces: `/issue-notes/{number}`."""
    fields: Sequence[PathField]
    """What stands in braces. Several of them make a number with a colon between them."""

    def number_in(self, given: Mapping[str, object]) -> str:
        """The number of the paper that a path names."""
        return ":".join(str(given[each.name]) for each in self.fields)

    def given_of(self, number: str) -> Mapping[str, str]:
        """What stands in the path of a paper with this number."""
        parts = number.split(":", len(self.fields) - 1)
        return {each.name: part for each, part in zip(self.fields, parts, strict=True)}


@dataclass(frozen=True, slots=True)
class Matter:
    """同一事项: what a step is about, in words that another paper's may have in common with it."""

    stream: str
    """Of the paper that begins, or that goes on."""
    words: Mapping[str, str]
    """By kind. Those of a kind that is looked up (`phone`) are alike however they are written."""


def about_nothing(_command: object, _asked: Asked) -> Matter | None:
    """A step for which it does not matter what others do at once on other papers."""
    return None


def no_ticket(_number: str) -> str | None:
    """A paper that belongs to no ticket, such as a card of a register."""
    return None


def ticket_of(number: str) -> str:
    """The ticket a paper's number is made from: `BX-…-0001` of `BX-…-0001-W1`."""
    return number.rpartition("-")[0]


def no_subject(_state: object) -> str | None:
    """A paper whose personal texts are sealed with its own stream's key."""
    return None


def names_no_ticket(_state: object) -> str | None:
    """A paper whose state says of no ticket that it is about it."""
    return None


def always(_state: object) -> bool:
    """A paper that is there as soon as its stream has a fact."""
    return True


def of_its_stream(_state: object, branch: str) -> Collection[str]:
    """A paper that belongs to the branch of its newest fact."""
    return (branch,)


def of_everybody(_state: object, _branch: str) -> Collection[str]:
    """A paper that is the same for all branches, such as the card of a part."""
    return ()


def to_nobody(_state: object) -> Collection[str]:
    """A paper that is open to nobody of another branch."""
    return ()


def nobody(_role: str) -> Collection[str]:
    """Of no role a paper names anybody."""
    return ()


def of_command(_number: str) -> str | None:
    """A paper whose facts belong to the branch of the command that makes them."""
    return None


def naming(role: str, person: str | None) -> Callable[[str], Collection[str]]:
    """A paper that names one person in one role, once it names them."""
    return lambda asked: (person,) if person and asked == role else ()


def names_nobody(_state: object) -> Callable[[str], Collection[str]]:
    """A paper that does not say who takes its steps, beyond their roles."""
    return nobody


def names_no_paper(_state: object) -> Collection[str]:
    """A paper that names no other one, or whose steps nothing on another one mends."""
    return ()


def not_found(number: str) -> Reason:
    """There is no such paper, or it is not for the caller to know of it."""
    return reason("unknown", what=number)


class Staged(Protocol):
    """A public document with the stage that its paper has reached."""

    @property
    def stage(self) -> str:
        """One of the paper's stages."""


@dataclass(frozen=True, slots=True)
class PaperType(Generic[S]):
    """单据: what the kernel knows of a kind of paper beside its rules."""

    prefix: str
    """What its streams' names begin with: `issue_note` for `issue_note-BX-…-C1`."""
    address: Address
    ticket_of: Callable[[str], str | None] = no_ticket
    """The ticket that a number of this paper belongs to."""
    named_ticket: Callable[[S], str | None] = names_no_ticket
    """From its state to the ticket that it is about, for a paper with a series of its own: its
    facts then belong to that ticket, from the first one on."""
    subject_of: Callable[[S], str | None] = no_subject
    """Whose key seals personal texts of its commands; None: the stream's own."""
    shown: Callable[[S], Staged | None] | None = None
    """From its state to what the page of a ticket shows, with its `stage`, or to None if there is
    nothing to show yet. None: the page does not show such papers, and does not read them."""
    exists: Callable[[S], bool] = always
    """Whether whoever asks may know of the paper: some streams begin before their paper does."""
    branches_of: Callable[[S, str], Collection[str]] = of_its_stream
    """From its state and the branch of its newest fact to the branches that it belongs to as it
    stands. Who writes on it must be of all of them, who reads it of one. None: of everybody."""
    open_to: Callable[[S], Collection[str]] = to_nobody
    """From its state to the people who read it though it belongs to none of their branches: whose
    own it is. They take those of its steps for which it names them."""
    place_of: Callable[[str], str | None] = of_command
    """From its number to the branch that its facts belong to, if the number says it: what one store
    sends to another is written in the books of both. None: to that of the command."""
    stays: Sequence[type] = ()
    """Facts after which it belongs to whichever branch it belonged to before, whoever made them."""
    is_common: bool = False
    """Whether everybody may read it, whatever its branches: writing it is then no secret."""
    named: Callable[[S], Callable[[str], Collection[str]]] = names_nobody
    """From its state to the people whom it names in a role: then its steps are theirs."""
    beside: Callable[[S], Collection[str]] = names_no_paper
    """From its state to the numbers of papers that it goes with, such as the order of a note: a
    step that mends what it refuses may be taken on one of them."""
    absent: Callable[[str], Reason] = not_found
    """What its steps say of a number that is not there, or not for the caller to know of: the same
    of both."""
    snapshot: type[S] | None = None
    """The class of its state, if its streams grow long: then the state is kept now and then."""

    def stream_of(self, number: str) -> str:
        """The stream of the paper with this number."""
        return f"{self.prefix}-{number}"


@dataclass(frozen=True, slots=True)
class Offer:
    """可办: a body with which a step might be asked for now, and of which paper."""

    body: object
    """An instance of the step's command or of its form's body."""
    number: str | None = None
    """The number of the paper it is asked of, if it is another one than the one that is shown."""


def offering(*bodies: object) -> Callable[[str, object], Iterable[object]]:
    """The `offer` of a step whose bodies are the same for every paper."""
    return lambda _number, _state: bodies


@dataclass(frozen=True, slots=True)
class Owed(Generic[C, S]):
    """应办: a command that a reaction or a timer gives. It has no route."""

    command: type[C]
    decide: Decide[C, S]
    reads: Reads[C, S] = reads_nothing


@dataclass(frozen=True, slots=True)
class ByLink(Owed[C, S]):
    """凭链接: a command that a customer gives by a link of ours, on a route without a token."""


@dataclass(frozen=True, slots=True)
class Step(Generic[C, S]):
    """步骤: a command that a person gives: where, who may, and what decides it."""

    path: str
    """Behind the address of its paper (`declines`), or a whole path if it begins with a slash."""
    command: type[C]
    decide: Decide[C, S]
    by: Collection[str]
    """The roles that may ask for it."""
    nobody_apart: str = ""
    """Why nobody is kept apart from a step of approvers; if empty, somebody is."""
    example: Mapping[str, object] = field(default_factory=dict)
    """A body as it comes over the wire."""
    until: StrEnum | None = None
    """The last stage at which the step is still offered; None: at every stage."""
    reads: Reads[C, S] = reads_nothing
    matter: Callable[[C, Asked], Matter | None] = about_nothing
    """From the command and who asks: what it is about. Its rule sees in `asked.met` which papers
    had the same matter just now, and it reads those streams."""
    rests_on: Ground = nothing_before
    """What it rests on: nobody can have done it before that happened."""
    since: Mapping[str, Ground] = field(default_factory=dict)
    """What a moment told as past rests on, if not on the same; by its place in the command,
    `work.arrived_at`, without the numbers of what is listed."""
    offer: Callable[[str, S], Iterable[object]] | None = None
    """From number and state: the commands, or Offers, that fit now. None: the example is offered.
    A step that offers nothing is not shown on the page of a ticket."""
    begins: bool = False
    """Whether it may be the first fact of its stream."""
    location: str | None = None
    """Where what it makes is found, for a step that makes something new."""
    replaces: bool = False
    """Whether it replaces the whole paper. Then the caller says which version they saw, because
    what they do not mention is lost."""
    takes_branch: bool = False
    """Whether whoever belongs to several branches names one in the query."""
    by_others: bool = False
    """Whether it is taken by others than whom the paper names in a role."""
    at_branch: Callable[[S], str] | None = None
    """From the state: of which of its branches whoever takes it is, if the paper belongs to several
    and each has steps of its own. None: of all of them."""
    said: str = ""
    """What the interface says of it; if empty, what the class of its command says."""


Row: TypeAlias = Step[C, S] | Owed[C, S]
AnyRow: TypeAlias = Row[Command, S]
"""A row of a paper, whatever its command."""


class ByCommand(Generic[S]):
    """The `decide` of a paper: each command is decided by the rule of its row."""

    def __init__(self, rows: Sequence[AnyRow[S]]) -> None:
        self.rows = rows
        self._rows: dict[type, AnyRow[S]] = {}
        for row in rows:
            same = self._rows.setdefault(row.command, row)
            if _rules_of(same) != _rules_of(row):
                raise ValueError(f"{row.command.__name__} has two rows that differ in their rules")

    def __call__(self, command: object, state: S, asked: Asked, /) -> Decision:
        """What the command makes true; nothing, when it is true already. Raises Refused."""
        return self._rows[type(command)].decide(command, state, asked)

    def step(self, command: object) -> Step[Command, S] | None:
        """The row of a command that people give; None if only reactions and timers do."""
        row = self._rows[type(command)]
        return row if isinstance(row, Step) else None

    @property
    def has_matters(self) -> bool:
        """Whether any of its steps says what it is about."""
        rows = (row for row in self.rows if isinstance(row, Step))
        return any(row.matter is not about_nothing for row in rows)

    def matter(self, command: object, asked: Asked, /) -> Matter | None:
        """What the command is about, if others that do the same at once are to be seen."""
        row = self.step(command)
        return row.matter(command, asked) if row else None

    def reads(self, command: object, state: S, asked: Asked, /) -> Iterable[str | Series]:
        """The streams the command's rule looks at beside its own."""
        return self._rows[type(command)].reads(command, state, asked)


def _rules_of(row: AnyRow[Any]) -> tuple[object, ...]:
    claims = (row.matter, row.rests_on, row.since) if isinstance(row, Step) else ()
    return (row.decide, row.reads, *claims)


def ticket_beside(decider: object, stream: str, asked: Asked) -> str | None:
    """The ticket of a fact that a command writes: of a paper of another ticket, that one."""
    paper: PaperType[object] | None = getattr(decider, "PAPER", None)
    if paper is None or paper.ticket_of is no_ticket or stream == asked.home:
        return asked.ticket
    return paper.ticket_of(stream.partition("-")[2]) or asked.ticket


def place_of(decider: object, stream: str) -> str | None:
    """The branch that the facts of a stream belong to, if its name says it."""
    paper: PaperType[object] | None = getattr(decider, "PAPER", None)
    return paper.place_of(stream.partition("-")[2]) if paper is not None else None


def stays(decider: object, fact: object) -> bool:
    """Whether a paper belongs after this fact to whichever branch it belonged to before."""
    paper: PaperType[object] | None = getattr(decider, "PAPER", None)
    return paper is not None and isinstance(fact, tuple(paper.stays))


def by_command(rows: Sequence[AnyRow[S]]) -> ByCommand[S]:
    """The `decide` of a paper, from its rows. Raises ValueError if two rows contradict."""
    return ByCommand(rows)


class PaperModule(Protocol):
    """单据模块: the shape of a paper's module; a module satisfies it, nothing inherits from it."""

    @property
    def PAPER(self) -> PaperType[State]:  # noqa: N802 - a module's constant
        """What kind of paper it is."""

    @property
    def STEPS(self) -> Sequence[AnyRow[State]]:  # noqa: N802 - a module's constant
        """Every command of the paper, one row each."""

    @property
    def initial(self) -> State:
        """The state before the first fact."""

    @property
    def decide(self) -> ByCommand[State]:
        """`by_command(STEPS)`."""

    def evolve(self, state: State, fact: Fact, /) -> State:
        """The state after the fact. Asks no rule: facts are facts."""
