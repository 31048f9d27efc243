"""待办 (tasks): what waits on the papers of a room, for whom and by when; of facts alone.

A room says what each fact leaves to be done (`told`); its view of tasks is made of that. A paper
may have several lines of work at once, such as a journey that is asked for while the order goes on.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from shared.decider import number_of
from shared.events.urging import PaperUrged
from shared.events.values import ALL_BRANCHES
from shared.view import Key, Recorded

KEY = ("stream", "line")
INDEXES = (("branch", "due_at"), ("ticket",))


@dataclass(frozen=True, slots=True)
class Waits:
    """待办一项: which step is waited for, by when, and who takes it.

    Whoever has one of the roles or posts at the branch; where there is none, the person alone, or
    else whoever was named last on this line of work.
    """

    step: str
    """The last word of its address."""
    roles: tuple[str, ...] = ()
    person: str | None = None
    due_at: datetime | None = None
    branch: str | None = None
    """Where it is taken, if that is not the branch of the paper."""
    is_timed: bool = False
    """A clock runs on it, though no fact says by when until somebody is reminded."""


@dataclass(frozen=True, slots=True)
class Given:
    """已办一方: one of several roles or posts has done its part; it waits for the others."""

    role: str


@dataclass(frozen=True, slots=True)
class HandedOn:
    """转交: it waits for somebody else now."""

    person: str


@dataclass(frozen=True, slots=True)
class DueAnew:
    """改期: it is due at another moment."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Urged:
    """已催: somebody urged by hand whoever is to take the step."""

    step: str
    by: str
    whom: str | None
    """None: whoever is asked for it."""
    because: str


Left: TypeAlias = Waits | Given | HandedOn | DueAnew | Urged | None
"""What a fact leaves of a line of work; None: nothing waits on it any more."""


@dataclass(frozen=True, slots=True)
class Row:
    """待办一行: a step that somebody should take."""

    stream: str
    line: str
    number: str
    paper: str
    ticket: str | None
    branch: str
    step: str
    roles: tuple[str, ...]
    """Any of these; an approval that asks for several waits for each."""
    person: str | None
    """Whom it waits for, if for one person alone."""
    named: str | None
    """Who was named last on this line of work."""
    whom: tuple[str, ...]
    """The person, or each role or post at the branch, `approver@HZ01`, and everywhere."""
    since: datetime
    due_at: datetime | None
    changed_at: datetime
    urged: Urged | None = None
    """As it was urged by hand last, since it waits for this step."""


Told: TypeAlias = Callable[[Recorded], Mapping[str, Left]]
"""By line of work what a fact leaves; lines that it does not touch are left out."""


def at(role: str, branch: str) -> str:
    """A role or post at a branch, as a row names it."""
    return f"{role}@{branch}"


def keys_of(told: Told) -> Callable[[Recorded], Iterable[Key]]:
    """The `keys` of a view of tasks."""

    def keys(recorded: Recorded) -> Iterable[Key]:
        return [(recorded.stream, line) for line in told(recorded)]

    return keys


def after(told: Told, key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The `project` of a view of tasks."""
    left = told(recorded)[str(key[1])]
    if isinstance(left, Waits):
        return _waiting(str(key[1]), row, left, recorded)
    if left is None or row is None:
        return None
    return _changed(row, left, recorded)


def _waiting(line: str, row: Row | None, waits: Waits, recorded: Recorded) -> Row | None:
    named = waits.person or (row.named if row else None)
    person = None if waits.roles else named
    if not waits.roles and person is None:
        return None
    branch = waits.branch or recorded.branch
    return Row(
        stream=recorded.stream,
        line=line,
        number=number_of(recorded.stream),
        paper=recorded.stream.partition("-")[0],
        ticket=recorded.ticket,
        branch=branch,
        step=waits.step,
        roles=waits.roles,
        person=person,
        named=named,
        whom=_whom(waits.roles, person, branch),
        since=recorded.recorded_at,
        due_at=waits.due_at,
        changed_at=recorded.recorded_at,
    )


def by_hand(fact: object, *lines: str, line_of: Callable[[str], str] = str) -> Mapping[str, Left]:
    """What urging by hand leaves of these lines of work: the one that waits for it is marked.

    `line_of`: the line of one of several things that wait, where somebody was urged of that.
    """
    match fact:
        case PaperUrged(by, whom, step, because, _, of):
            meant = lines if of is None else (line_of(of),)
            return dict.fromkeys(meant, Urged(step, by, whom, because))
        case _:
            return {}


def _changed(row: Row, left: Given | HandedOn | DueAnew | Urged, recorded: Recorded) -> Row:
    if isinstance(left, Urged):
        urged = left if left.step == row.step else row.urged
        return replace(row, urged=urged)
    row = replace(row, changed_at=recorded.recorded_at)
    match left:
        case DueAnew(due_at):
            return replace(row, due_at=due_at)
        case Given(role):
            roles = tuple(each for each in row.roles if each != role)
            return replace(row, roles=roles, whom=_whom(roles, row.person, row.branch))
        case HandedOn(person):
            row = replace(row, named=person)
            if row.person is None:
                return row
            return replace(row, person=person, whom=(person,))


def _whom(roles: tuple[str, ...], person: str | None, branch: str) -> tuple[str, ...]:
    if person is not None:
        return (person,)
    return tuple(at(role, where) for role in roles for where in (branch, ALL_BRANCHES))
