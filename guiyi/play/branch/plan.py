"""月计划 (the plan): which repair begins when in the month, and whose machine it is about.

The same for the same seed, whatever the month.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from guiyi.play import report
from guiyi.play.branch.chances import POSTED, by_chance
from guiyi.play.branch.findings import beyond, defective
from guiyi.play.branch.pairs import PAIRS
from guiyi.play.branch.refusals import REFUSALS
from guiyi.play.branch.strays import ORDINARY, STRAYS
from guiyi.play.commissioning import commissioned
from guiyi.play.complaints import UNHAPPY, came_back
from guiyi.play.hard_days import HARD_DAYS, claimed
from guiyi.play.people import LIU
from guiyi.play.player import A_DAY, Turn
from guiyi.play.repairs import CALLED_BACK, FILED, STORIES, Story, remote
from guiyi.play.week import WEEK

TOLD: Sequence[Story] = (
    *(*STORIES, commissioned, *HARD_DAYS, *WEEK, *UNHAPPY, *STRAYS, *PAIRS, *REFUSALS),
    *(beyond, defective),
)
"""Every repair that is told, each at least once in a month."""
ONCE = frozenset({claimed.name, "claimed_anew"})
"""Told once in a month: the rate of a day is one over all claims of a person."""
AGAIN: Sequence[Story] = [story for story in TOLD if story.name not in ONCE]
USUAL: Sequence[Story] = (ORDINARY, ORDINARY, ORDINARY, remote, POSTED)
"""What most of a month is, in these shares, where nothing happens by chance."""
LEADS_ON = frozenset({came_back.name})
"""Repairs whose customer is not satisfied in the end: each leads to a report of its own."""
TICKETS = {story.name: 2 for story in (came_back, defective, *PAIRS)}
"""Of how many tickets a repair is, where it is not one."""
TAKEN_UP = Story(
    "taken_up",
    (
        Turn(report.guide("solved"), LIU),
        Turn(report.close_report("solved_remotely"), LIU),
        *(CALLED_BACK, FILED),
    ),
    "tripped",
)
"""再次报修续办: what such a report comes to."""
OPENS_MIN, CLOSES_MIN = 8 * 60 + 30, 15 * 60
"""Between which minutes of a day a customer's case begins, so that its day is long enough."""
AN_HOUR = timedelta(hours=1)
OF_ALL = 1 / 3
"""The share of repairs that are drawn among all that are told."""
BUSY_DAYS = 24
"""So many days of the month have new cases; the last ones finish those that are open."""
SHORTEST = timedelta(days=27)
"""Within so much of its month, even a February, every case ends."""


@dataclass(frozen=True, slots=True)
class Begun:
    """一件: a repair of the month: how long after its beginning, and who of the crowd calls."""

    story: Story
    after: timedelta
    nth: int


def plan(tickets: int, seed: int, first: int = 0) -> Sequence[Begun]:
    """So many repairs in the order of their beginning; at least those that are told.

    The crowd that calls is numbered from `first` on.

    One of them is told by the month of the store, for what it leaves there; it stands in no plan.
    """
    chance = Random(seed)  # noqa: S311 - a story, no secret
    stories = [*TOLD]
    left = tickets - 1 - sum(map(tickets_of, stories))
    while left > 0:
        story = chance.choice(AGAIN if chance.random() < OF_ALL else USUAL)
        if tickets_of(story) <= left:
            stories.append(by_chance(story, chance))
            left -= tickets_of(story)
    chance.shuffle(stories)
    whose = Counter[str]({story.said: first for story in stories})
    begun = []
    for story in stories:
        begun.append(Begun(story, _begins(story, chance), whose[story.said]))
        whose[story.said] += 1
    return sorted(begun, key=lambda each: each.after)


def _begins(story: Story, chance: Random) -> timedelta:
    """On a day from which on it comes to its end within the month."""
    lasts = sum((step.after for step in story.steps if step.after >= AN_HOUR), A_DAY)
    lasts += 2 * A_DAY if leads_on(story) else timedelta(0)
    day = chance.randrange(min(BUSY_DAYS, (SHORTEST - lasts).days + 1))
    return timedelta(days=day, minutes=chance.randrange(OPENS_MIN, CLOSES_MIN))


def crowd_for(begun: Sequence[Begun]) -> range:
    """The numbers of those of the crowd who call."""
    numbers = [each.nth for each in begun]
    return range(min(numbers), max(numbers) + 1)


def leads_on(story: Story) -> bool:
    """Whether another report comes of it, once it is over."""
    return story.name in LEADS_ON


def tickets_of(story: Story) -> int:
    """How many tickets it is about."""
    return TICKETS.get(story.name, 1)


def stretches(steps: Sequence[Turn]) -> Iterator[Sequence[Turn]]:
    """The steps of a repair, as many at a time as follow each other within the hour."""
    day: list[Turn] = []
    for step in steps:
        if day and step.after >= AN_HOUR:
            yield day
            day = []
        day.append(step)
    if day:
        yield day
