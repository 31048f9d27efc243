"""表单 (forms): bodies that become commands only after something is looked up.

Most bodies are the commands themselves. Where a command carries what the caller does not say (the
card of a person, what policy asks), a room's `http.py` has a form for the step: the class of the
body, and a function from the request and the body to the command.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Generic, TypeAlias, TypeVar

from shared.decider import Command, State, too_many
from shared.handle import Folded
from shared.http.context import RequestContext
from shared.http.problem import Problem
from shared.http.registers import Registers
from shared.policy import Core, local_day, series_number
from shared.policy.book import PolicyInForce
from shared.step import PaperType

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class FormRequest:
    """填表: who asks, of which paper as it stands, and where a form looks things up."""

    context: RequestContext
    registers: Registers
    policies: PolicyInForce
    number: str
    """Of the paper; empty where a new one is made."""
    given: Mapping[str, Any]
    """The parts of the path by name, each of the type that its parameter has."""
    folded: Folded
    """The paper as it stands."""
    code: Callable[[str], str]
    """签字码: what the record has of these digits, for this paper."""
    word: Callable[[], str]
    """口令: makes a word that nobody can guess; the same one whenever this command is repeated."""

    @property
    def state(self) -> State:
        """The state of the paper."""
        return self.folded.state

    @property
    def branch(self) -> str:
        """The branch the paper belongs to; empty before its first fact."""
        return self.folded.branch

    def policy(self, branch: str | None = None) -> Core:
        """政策: in force at a branch, by default that of the paper, when this is done."""
        return self.policies(branch or self.branch, self.context.at)

    def today(self, branch: str) -> date:
        """The local day at a branch now."""
        card = self.registers.branch(branch)
        return local_day(self.policy(branch), card, self.registers.now())

    @property
    def named_branch(self) -> str | None:
        """The branch that the query names, for steps that take one."""
        named: str | None = self.given.get("branch")
        return named

    @property
    def actor(self) -> str:
        """The number of the person who asks."""
        return self.context.caller.actor

    def is_any_of(self, names: Collection[str]) -> bool:
        """任职: whether the caller has one of these roles, or has one of these posts themselves."""
        is_self = self.context.acting_for is None
        card = self.registers.person(self.actor) if is_self else None
        return not {*self.context.caller.roles, *(card.posts if card else ())}.isdisjoint(names)


@dataclass(frozen=True, slots=True)
class Made:
    """A command made from a form, and what goes with it where the paper does not say it."""

    command: Command
    home: str | None = None
    """The stream of the paper, for a step that makes a new one."""
    branch: str | None = None
    open_to: Collection[str] = ()
    """Who makes the paper though the branch is not theirs."""
    also_of: Collection[str] = ()
    """Further branches that what it writes belongs to: whoever asks must be of them as well."""
    subject: str | None = None
    """Whose key seals its personal texts."""
    policy: str | None = None
    """The policy table that had a say, with its version: `core@1`."""
    ticket: str | None = None
    """The ticket that a new paper with a number of its own is about."""


@dataclass(frozen=True, slots=True)
class NextNumber:
    """取号: a command that takes the next ticket number of the branch's local day.

    Or the next number of a series that the store has of its own, such as CG, dense in a year.
    """

    branch: str
    day: date
    build: Callable[[int], tuple[str, Made]]
    """From the number of the day: the ticket, and the command on its stream. Of a series: the
    number of the paper, and the command with its home."""
    series: str | None = None

    @property
    def counter(self) -> tuple[str, date]:
        """Under what the record counts it."""
        if self.series is None:
            return self.branch, self.day
        return f"{self.series}:{self.branch}", self.day.replace(month=1, day=1)


@dataclass(frozen=True, slots=True)
class NextOfTicket:
    """续号: a command that makes the next paper of its kind of a ticket: `BX-…-L1`, `BX-…-L2`."""

    prefix: str
    """Of their streams, without the number: `claim-BX-…-L`."""
    made: Made
    field: str
    """What they are called where there are too many: `claims`."""
    most: int

    def on(self, home: str) -> Made:
        """The command on the stream that comes next. Raises Problem if there are enough."""
        count = int(home.removeprefix(self.prefix))
        is_over, told = too_many(self.field, count, self.most)
        if is_over:
            raise Problem(422, "refused", told)
        return replace(self.made, home=home)


def next_in_series(
    series: str,
    branch: str,
    day: date,
    paper: PaperType[Any],
    command: Command | Made,
    policy: str | None = None,
) -> NextNumber:
    """取号: a new paper under the next number of a series of the branch: `CG-HZ01-2026-0001`.

    The record knows this form (migration 0035): a number that stands in it is not given again.
    """
    made = command if isinstance(command, Made) else Made(command, policy=policy)

    def build(n: int) -> tuple[str, Made]:
        number = series_number(series, branch, day, n)
        return number, replace(made, home=paper.stream_of(number))

    return NextNumber(branch, day, build, series)


Asks: TypeAlias = Callable[[FormRequest, B], object]
"""From request and body: the command, a Made, a NextNumber or a NextOfTicket. Raises Problem."""


@dataclass(frozen=True, slots=True)
class Form(Generic[B]):
    """表单: the body of a step, and how it becomes the step's command."""

    body: type[B]
    asks: Asks[B]
    offer: Callable[[str, State], Iterable[object]] | None = None
    """From number and state: the bodies, or Offers, that fit now; as `Step.offer`."""
    known: Callable[[FormRequest, B], Mapping[str, Sequence[object]]] | None = None
    """By field: what the registers know that may be said there, beside an offered body."""
    takes_number: bool = False
    """Whether it makes a NextNumber although the path of its step names a paper that exists."""
    tells: Callable[[str, Sequence[object]], Mapping[str, str]] | None = None
    """From the word of the command and the facts that came of it: what only the answer says."""
    begins: str | None = None
    """The prefix of the paper that it then makes, under the number that it takes."""


Forms: TypeAlias = Mapping[str, Form[Any]]
"""The forms of a paper, by the path of their step. Each has a body class of its own."""
