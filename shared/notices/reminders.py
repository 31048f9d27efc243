"""提醒 (reminders): whoever a fact reminds of a paper is sent a notice, by one timer of a room.

A room says which of its facts remind somebody, and whom; a clock and somebody who urges by hand are
alike. The fact stands as it is: whether anybody is sent anything of it, policy says later.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol, TypeAlias

from shared.decider import Fact, number_of
from shared.document import Around, CommandOwed, Timer, TimerView
from shared.events.cards import PersonDocument
from shared.events.notices import NoticeKind
from shared.events.values import ALL_BRANCHES, Personal
from shared.notices.asking import wanted_of_people
from shared.notices.reminding import Addressee, TellReminded
from shared.view import Key, Recorded

KEY = ("stream",)
INDEXES = (("due",),)
GOOD_FOR = timedelta(days=1)
"""So long after somebody was reminded it is of use to send it."""
REGISTER = "intake"
"""The room that keeps the cards of people."""


@dataclass(frozen=True, slots=True)
class Whom:
    """提醒对象: whom a fact reminds; each that it names, and each that fits."""

    people: Sequence[str | None] = ()
    roles: Sequence[str] = ()
    """Whoever has one of these roles or posts at the branch of the paper."""
    line: str | None = None
    """Whoever this line of work of the paper waits for at that moment, by the tasks of the room."""
    named: bool = False
    """Whoever was named last on that line as well."""
    daily: str | None = None
    """The mark of what is told once for a branch and day (in UTC), of however many papers."""


@dataclass(frozen=True, slots=True)
class Row:
    """提醒一行: a fact that reminds somebody, and whom."""

    stream: str
    """The stream on which it is decided who is told; the notices stand on those after it."""
    of: str
    """The stream of the paper; of what is told once a day, of the first."""
    about: str
    """The number of the paper; of what is told once a day, the branch."""
    ticket: str | None
    branch: str
    people: tuple[str, ...]
    roles: tuple[str, ...]
    line: str | None
    named: bool
    due: datetime
    """When it was recorded: they are told at once."""


class Card(Protocol):
    """人员卡: as much of somebody's card as it takes to reach them."""

    @property
    def id(self) -> str:
        """Their number."""

    @property
    def phone(self) -> Personal | None:
        """Sealed."""

    @property
    def email(self) -> Personal | None:
        """Sealed."""


Cards: TypeAlias = Callable[[Around, Mapping[str, Sequence[object]]], Sequence[Card]]
"""The cards of which each of these fields has, or has among others, one of these values."""


Reminds: TypeAlias = Callable[[Fact], Whom | None]
"""Whom a fact reminds; None: nobody, or they are told with it."""


@dataclass(frozen=True, slots=True)
class KeptApart:
    """回避: who may not do what a paper waits for, and is not told of it by the role they have."""

    view: TimerView
    """Knows by the stream of a paper the `people` who are kept apart."""
    instead: Sequence[str]
    """In which roles others are told, where everybody who has the role is kept apart."""

    def others(
        self, row: Row, having: Sequence[Card], cards: Cards, around: Around
    ) -> Sequence[Card]:
        """Those who have the role and no part in the paper of a row; else those who may instead."""
        rows = around.rows(self.view, {"stream": row.of})
        apart = {person for each in rows for person in each.people}
        fit = [each for each in having if each.id not in apart]
        if having and not fit:
            others = _who_has(self.instead, row.branch, cards, around)
            fit = [each for each in others if each.id not in apart]
        return fit


def keys_of(mark: str, reminds: Reminds) -> Callable[[Recorded], Iterable[Key]]:
    """The `keys` of a view of reminders; the mark keeps the numbers of two rooms apart."""

    def keys(recorded: Recorded) -> Sequence[Key]:
        whom = reminds(recorded.fact)
        if whom is None:
            return []
        day = f"{whom.daily}{recorded.recorded_at:%Y%m%d}"
        which = day if whom.daily else f"{mark}{recorded.version}"
        return [(f"notice-{_about(whom, recorded)}-{which}-N0",)]

    return keys


def _about(whom: Whom, recorded: Recorded) -> str:
    return recorded.branch if whom.daily else number_of(recorded.stream)


def after(reminds: Reminds, key: Key, recorded: Recorded) -> Row:
    """The `project` of a view of reminders: one row a fact, or a day, which stays as it is."""
    whom = reminds(recorded.fact)
    assert whom is not None
    return Row(
        stream=str(key[0]),
        of=recorded.stream,
        about=_about(whom, recorded),
        ticket=recorded.ticket,
        branch=recorded.branch,
        people=tuple(each for each in whom.people if each is not None),
        roles=tuple(whom.roles),
        line=whom.line,
        named=whom.named,
        due=recorded.recorded_at,
    )


def timer_of(
    view: TimerView,
    tasks: TimerView,
    cards: Cards,
    register: Sequence[TimerView] = (),
    kept_apart: KeptApart | None = None,
) -> Timer:
    """提醒通知: the timer that has those told whom the rows of the view name.

    `register`: where the cards are looked up, if the room keeps them.
    """

    def owes(row: Row, around: Around) -> CommandOwed | None:
        notices = around.policy.notices
        wanted = wanted_of_people(notices, row.branch, NoticeKind.REMINDER)
        if wanted is None or not notices.reminds(row.branch):
            return None
        # The cards that were heard are all read at each look: once is enough.
        once = replace(around, documents=cache(around.documents))
        found = {each.id: each for each in _reminded(row, tasks, cards, once, kept_apart)}
        people = tuple(Addressee(each.phone, each.email) for _, each in sorted(found.items()))
        under, until = number_of(row.stream).removesuffix("-N0"), row.due + GOOD_FOR
        tell = TellReminded(row.about, under, wanted, people, until)
        return CommandOwed(row.stream, tell) if people else None

    looks_at = (tasks, *register, *((kept_apart.view,) if kept_apart else ()))
    return Timer("tell-reminded", view, owes, looks_at=looks_at, good_for=GOOD_FOR)


def _reminded(
    row: Row, tasks: TimerView, cards: Cards, around: Around, kept_apart: KeptApart | None
) -> Iterator[Card]:
    """The cards of those who are reminded, as they are now."""
    people = set(row.people)
    having = [*_who_has(row.roles, row.branch, cards, around)]
    yield from kept_apart.others(row, having, cards, around) if kept_apart else having
    where = {"stream": row.of, "line": row.line}
    for task in around.rows(tasks, where) if row.line is not None else ():
        people |= {task.person, task.named} if row.named else {task.person}
        yield from _who_has(task.roles, task.branch, cards, around)
    if known := sorted(people - {None}):
        yield from cards(around, {"id": known, "active": (True,)})


def _who_has(roles: Sequence[str], branch: str, cards: Cards, around: Around) -> Iterator[Card]:
    here = {"branches": (branch, ALL_BRANCHES), "active": (True,)}
    for field in ("roles", "posts") if roles else ():
        yield from cards(around, {field: roles, **here})


def as_registered(people: TimerView) -> Cards:
    """人员卡: from the room's own view of the register."""

    def found(around: Around, where: Mapping[str, Sequence[object]]) -> Sequence[Card]:
        return around.rows(people, where)

    return found


def as_heard(around: Around, where: Mapping[str, Sequence[object]]) -> Sequence[Card]:
    """人员卡: the newest that another room than the register's has heard of."""
    heard = around.documents(REGISTER, "person").values()
    cards = [each.card for each in heard if isinstance(each, PersonDocument)]
    return [each for each in cards if all(_has(each, *asked) for asked in where.items())]


def _has(card: object, field: str, values: Sequence[object]) -> bool:
    found = getattr(card, field)
    return not {*values}.isdisjoint(found if isinstance(found, tuple) else (found,))
