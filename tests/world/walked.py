"""走遍 (a paper that is walked): everywhere it gets by what is offered, and from there to an end.

Whoever walks a paper says what is offered, who takes a step, and where it is over.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar

from guiyi.plain import JsonObject
from guiyi.play.case import Case
from tests.world.moment import Moment
from tests.world.world import World

Did = tuple[str, JsonObject]
"""A step by the last word of its path, and what is said in it."""
LATER: Did = ("later", {})
"""Nobody does anything, and time goes by."""


@dataclass
class Walked(ABC):
    """一张单据: with its number, and which steps were taken in it."""

    case: Case
    number: str
    taken: frozenset[str] = field(default=frozenset(), kw_only=True)

    places: ClassVar[int]
    """At how many places of it is looked."""
    tries: ClassVar[int]
    """How many steps are tried for an end; more is a circle."""
    no_way_on: ClassVar[tuple[str, ...]]
    """Steps on which no end may hang: what comes of itself, or only puts off."""

    @property
    def world(self) -> World:
        """Where it is walked."""
        assert isinstance(self.case.rooms, World)
        return self.case.rooms

    def folded(self, room: str, stream: str) -> Any:
        """What a stream of a room adds up to."""
        desk = self.world.desks[room]
        return desk.fold(stream, desk.store.read([stream]).streams[stream].facts)

    @property
    @abstractmethod
    def where(self) -> object:
        """What tells one place of it from another."""

    @property
    @abstractmethod
    def is_over(self) -> bool:
        """Whether nothing more is to be done in it."""

    @abstractmethod
    def offers(self) -> Iterable[Did]:
        """What may be done next."""

    def happens(self) -> Iterable[Did]:
        """What comes of itself besides, and brings no end."""
        return ()

    @abstractmethod
    def is_taken(self, did: Did, away: str | None = None) -> bool:
        """Whether somebody who is there takes the step."""


W = TypeVar("W", bound=Walked)


def everywhere(paper: W, taken: set[str]) -> Iterator[tuple[W, Moment]]:
    """Each place the paper gets to; `taken`: the steps that were taken on the way."""
    todo, seen = deque([(paper, Moment.of(paper.world))]), set[object]()
    while todo and len(seen) < paper.places:
        here, moment = todo.popleft()
        moment.restore(here.world)
        if (where := here.where) in seen:
            continue
        seen.add(where)
        yield here, moment
        moment.restore(here.world)
        for did in () if here.is_over else [*here.offers(), *here.happens()]:
            moment.restore(here.world)
            if here.is_taken(did):
                taken.add(did[0])
                todo.append((_after(here, did), Moment.of(here.world)))


def ends(paper: W, moment: Moment, away: str | None) -> bool:
    """Whether those who are there bring it to an end that hangs on nothing of `no_way_on`."""
    todo, seen, tries = deque([(paper, moment)]), set[object](), 0
    while todo and tries < paper.tries:
        here, now = todo.popleft()
        now.restore(here.world)
        if here.is_over:
            return True
        if (where := here.where) in seen:
            continue
        seen.add(where)
        for did in [each for each in here.offers() if each[0] not in here.no_way_on]:
            tries += 1
            now.restore(here.world)
            if here.is_taken(did, away):
                todo.append((_after(here, did), Moment.of(here.world)))
    return False


def _after(here: W, did: Did) -> W:
    return replace(here, taken=here.taken | {did[0]})
