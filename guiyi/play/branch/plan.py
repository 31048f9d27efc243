"""月计划 (the plan): which repair begins when in the month, and whose machine it is about.

The same for the same seed, whatever the month.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from guiyi.play import report
from guiyi.play.branch.strays import ORDINARY, STRAYS
from guiyi.play.commissioning import commissioned
from guiyi.play.complaints import UNHAPPY, came_back
from guiyi.play.hard_days import HARD_DAYS
from guiyi.play.people import LIU
from guiyi.play.player import Turn
from guiyi.play.repairs import CALLED_BACK, FILED, STORIES, Story, remote
from guiyi.play.week import WEEK

TOLD: Sequence[Story] = (*STORIES, commissioned, *HARD_DAYS, *WEEK, *UNHAPPY, *STRAYS)
"""Every repair that is told, each at least once in a month."""
USUAL: Sequence[Story] = (ORDINARY, ORDINARY, ORDINARY, remote)
"""What most of a month is, in these shares."""
LEADS_ON = frozenset({came_back.name})
"""Repairs whose customer is not satisfied in the end: each leads to a report of its own."""
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


@dataclass(frozen=True, slots=True)
class Begun:
    """一件: a repair of the month: how long after its beginning, and who of the crowd calls."""

    story: Story
    after: timedelta
    nth: int


def plan(tickets: int, seed: int) -> Sequence[Begun]:
    """So many repairs in the order of their beginning; at least those that are told.

    One of them is told by the month of the store, for what it leaves there; it stands in no plan.
    """
    chance = Random(seed)  # noqa: S311 - a story, no secret
    stories = [*TOLD]
    left = tickets - 1 - len(stories) - sum(map(leads_on, stories))
    while left > 0:
        story = chance.choice(TOLD if chance.random() < OF_ALL else USUAL)
        if leads_on(story) < left:
            stories.append(story)
            left -= 1 + leads_on(story)
    chance.shuffle(stories)
    whose = Counter[str]()
    begun = []
    for story in stories:
        moment = timedelta(
            days=chance.randrange(BUSY_DAYS), minutes=chance.randrange(OPENS_MIN, CLOSES_MIN)
        )
        begun.append(Begun(story, moment, whose[story.said]))
        whose[story.said] += 1
    return sorted(begun, key=lambda each: each.after)


def crowd_for(begun: Sequence[Begun]) -> int:
    """How many of each customer that takes."""
    return 1 + max((each.nth for each in begun), default=0)


def leads_on(story: Story) -> bool:
    """Whether another report comes of it, which is a ticket of its own."""
    return story.name in LEADS_ON


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
