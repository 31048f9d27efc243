"""告知时间 (moments that are told): somebody is sent when a thing will be, once each time.

A room says which of its facts names such a moment, and who is told of it. The fact stands as it is:
whether anybody is sent anything of it, policy says later.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from shared.decider import Fact, number_of
from shared.document import Around, CommandOwed, Timer, TimerView
from shared.events.notices import NoticeAsked, NoticeKind
from shared.notices.asking import wanted_of_people
from shared.notices.reminders import GOOD_FOR
from shared.notices.reminding import Addressee, TellReminded
from shared.view import Key, Recorded

KEY = ("about",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """告知时间一行: a paper, when its thing will be, and when that was told last."""

    about: str
    """The number of the paper."""
    stream: str
    """The stream on which it is decided who is told; the notices stand on those after it."""
    ticket: str | None
    branch: str
    at: datetime
    told: datetime | None
    """The moment for which somebody was last asked to be told."""
    due: datetime
    """When it was recorded: they are told at once."""


@dataclass(frozen=True, slots=True)
class Moment:
    """告知时间: which facts name it, and what is sent of it."""

    kind: NoticeKind
    mark: str
    """Keeps the numbers of two kinds of facts apart."""
    named: Callable[[Fact], datetime | None]
    """From a fact to the moment that it names; None: it names none."""


Addressees: TypeAlias = Callable[[Row, Around], Iterable[Addressee]]
"""Who is told of a row, as it is then; nobody, where it is of no use any more."""


def keys_of(moment: Moment) -> Callable[[Recorded], Iterable[Key]]:
    """The `keys` of a view of moments: the paper, for what names one and for what was sent."""

    def keys(recorded: Recorded) -> Sequence[Key]:
        fact = recorded.fact
        if isinstance(fact, NoticeAsked):
            return [(fact.about,)] if fact.kind is moment.kind else []
        return [] if moment.named(fact) is None else [(number_of(recorded.stream),)]

    return keys


def after(moment: Moment, key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The `project` of a view of moments: one row a paper.

    A moment that is named again is on the same stream, so whoever was told of it is told no more.
    """
    fact = recorded.fact
    if isinstance(fact, NoticeAsked):
        return row and replace(row, told=fact.until)
    at, about = moment.named(fact), str(key[0])
    assert at is not None
    if row is not None and row.at == at:
        return replace(row, due=recorded.recorded_at)
    return Row(
        about=about,
        stream=f"notice-{about}-{moment.mark}{recorded.version}-N0",
        ticket=recorded.ticket,
        branch=recorded.branch,
        at=at,
        told=row.told if row else None,
        due=recorded.recorded_at,
    )


def timer_of(
    name: str,
    view: TimerView,
    moment: Moment,
    addressees: Addressees,
    looks_at: Sequence[TimerView],
) -> Timer:
    """时间通知: the timer that has those told who are to know the moment of a row."""

    def owes(row: Row, around: Around) -> CommandOwed | None:
        policy = around.policy.notices
        notice = wanted_of_people(policy, row.branch, moment.kind)
        if notice is None or not policy.announces(row.branch):
            return None
        people = tuple(addressees(row, around)) if row.told != row.at > row.due else ()
        under = number_of(row.stream).removesuffix("-N0")
        tell = TellReminded(row.about, under, notice, people, row.at)
        return CommandOwed(row.stream, tell) if people else None

    return Timer(name, view, owes, looks_at=looks_at, good_for=GOOD_FOR)
