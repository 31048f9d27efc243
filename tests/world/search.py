"""寻路 (the search): from where a case stands, some way to its end on which everything is true.

Best first: the place that looks nearest is gone on from. A place is come back to only where what
was tried from it led nowhere. A place from which an earlier search found a way is not searched
anew: see `memory.py`.
"""

import heapq
import itertools
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx

from guiyi.play.case import Case
from shared.view import Recorded, recorded
from tests.tries import THOROUGH
from tests.world import claims, custody, grievances
from tests.world.distance import distance, place
from tests.world.exits import chances
from tests.world.honest import Papers, papers_of
from tests.world.memory import Memory, Rest, name_of
from tests.world.moment import Moment
from tests.world.table import Chance, Table
from tests.world.truth import Seen, Truth, lies, speakers
from tests.world.world import World

MOST = 3_000
"""How many moves are tried from one start."""
FEW = 60
"""With every exit open, a way is found with so few tries; without one not with many more."""
BOUND = 1_500
"""With an exit closed, so many moves are tried before it is said that there is no way."""
NEVER_AT_AN_END = {"not reached"}
"""Exits without which people may go on trying for ever, each day anew: that there is no way is not
proved, and three times as many moves are tried as the way with the exit may take."""
WIDE = {"loss", "given up"}
"""Exits without which more than a thousand moves are tried: a short run tries no more either."""
A_WHILE = timedelta(minutes=5)
IDLE = "nobody has anything to do"


@dataclass(frozen=True, slots=True)
class Start:
    """起点: where a case stands, and what is so there."""

    name: str
    case: Case
    moment: Moment = field(repr=False)
    truth: Truth
    papers: Papers = field(repr=False)


@dataclass(frozen=True, slots=True)
class Way:
    """路: the facts by which a case came to its end; none: nobody found one."""

    is_found: bool
    facts: Sequence[str]
    tried: int
    exits: frozenset[str]
    left: int = 0
    """How many places it did not go on from; none: without a way there is none to be found."""
    stuck_at: str = ""
    """Of the nearest place without a way on: what was refused there, and why."""


@dataclass(slots=True)
class _Node:
    moment: Moment
    truth: Truth
    papers: Papers
    case: Case
    left: Iterator[Chance]
    nearness: int
    name: str
    """Of its place, whoever is away; see `memory.py`."""
    before: "_Node | None"
    step: Rest
    """What led here from the node before."""
    refused: list[str]

    @property
    def path(self) -> Rest:
        """What led here from the start."""
        return self.before.path.then(self.step) if self.before else self.step


class Search:
    """寻路: one search in one world. `without`: the exits that are closed in it.

    `memory`: what earlier searches found. A search in which exits are closed has none.
    """

    def __init__(
        self,
        world: World,
        start: Start,
        without: Collection[str] = (),
        most: int = MOST,
        memory: Memory | None = None,
    ) -> None:
        assert not (memory and without), "what was found may lead through an exit that is closed"
        self._world, self._without, self._most = world, without, most
        self._memory = Memory() if memory is None else memory
        self._case = start.case
        self._start = start
        self._heap: list[tuple[int, int, _Node]] = []
        self._order = itertools.count()
        self._known: set[str] = set()
        self._here: _Node | None = None
        self._nearest: _Node | None = None
        self._tried = 0

    def way(self) -> Way:
        """To a filed dossier, if there is one. Raises AssertionError if the rooms go wrong."""
        self._start.moment.restore(self._world)
        self._case = replace(self._start.case)
        self._push(self._start.truth, None, Rest())
        while self._heap and self._tried < self._most:
            _, _, node = heapq.heappop(self._heap)
            rest = Rest() if node.nearness == 0 else self._known_rest(node)
            if rest is not None:
                return self._found(node, rest)
            self._go_on(node)
        near = self._nearest
        assert near is not None
        path, stuck = near.path, "; ".join(near.refused[:40]) or IDLE
        return Way(False, path.facts, self._tried, path.exits, len(self._heap), stuck)

    def _known_rest(self, node: _Node) -> Rest | None:
        return None if self._without else self._memory.rest(node.name, node.truth.away)

    def _found(self, node: _Node, rest: Rest) -> Way:
        """The whole way; what is left of it from each of its places is remembered."""
        here: _Node | None = node
        while here is not None:
            if not self._without:
                self._memory.remember(here.name, rest)
            rest, here = here.step.then(rest), here.before
        return Way(True, rest.facts, self._tried, rest.exits)

    def _push(self, truth: Truth, before: _Node | None, step: Rest) -> None:
        """The case stands here now, unless it stood here before."""
        papers = papers_of(self._case)
        here = place(papers, truth)
        if here in self._known:
            self._here = None
            return
        self._known.add(here)
        case = replace(self._case)
        left = chances(Table(case, truth, papers))
        near = distance(papers, truth)
        moment = Moment.of(self._world)
        anyone = f"{place(papers, replace(truth, away=None))} {claims.without(papers, truth)}"
        anyhow = name_of(case, moment.now, anyone)
        node = _Node(moment, truth, papers, case, left, near, anyhow, before, step, [])
        if self._nearest is None or near < self._nearest.nearness:
            self._nearest = node
        heapq.heappush(self._heap, (near, -next(self._order), node))
        self._here = node

    def _go_on(self, node: _Node) -> None:
        """One step on from a node; it is kept while there is more to try."""
        if self._here is not node:
            node.moment.restore(self._world)
            self._case = replace(node.case)
        for chance in node.left:
            if chance.exit in self._without:
                continue
            self._tried += 1
            made = self._tries(chance, node)
            if made is None:
                continue
            # The same node again, once all that this led to was looked at.
            heapq.heappush(self._heap, (node.nearness, -next(self._order), node))
            self._push(chance.then(node.truth), node, _step(chance, made))
            return
        self._here = None

    def _tries(self, chance: Chance, node: _Node) -> Sequence[Recorded] | None:
        """The facts that somebody made true; None: nothing, or something that is not so."""
        world, truth = self._world, chance.then(node.truth)
        before = {name: len(page.whole) for name, page in world.pages.items()}
        world.clock.pass_on(A_WHILE)
        world.in_place_of = chance.for_
        try:
            told = chance.act(self._case, chance.who)
        finally:
            world.in_place_of = None
        if told is None or not told.is_success or not told.json()["facts"]:
            node.refused.append(_told(chance, told))
            return None
        world.post.deliver_all()
        assert not world.parked, world.parked
        made = [
            recorded(name, stored)
            for name, page in world.pages.items()
            for stored in page.since(before[name])
        ]
        if found := list(self._lies(made, truth, node.papers)):
            node.refused.append(f"{chance.who.id}: {', '.join(found)}")
            node.moment.restore(world)
            self._case = replace(node.case)
            return None
        return [each for each in made if each.causation is None]

    def _lies(self, made: Sequence[Recorded], truth: Truth, before: Papers) -> Iterator[str]:
        papers, word = papers_of(self._case), before.order
        signed = word.work.work if word.customer and word.work else None
        seen = Seen(papers.report, papers.order, papers.notes, signed)
        for each in made:
            yield from lies(each, truth, seen)
            if each.causation is None:
                yield from claims.of_claim(each, truth, before)
                yield from custody.of_custody(each, truth, before)
                yield from grievances.of_complaint(each, truth)


def dead_ends(world: World, starts: Iterable[Start]) -> Iterator[str]:
    """The starts from which nobody finds a way, each with what was refused nearest to the end."""
    memory = Memory()
    for start in starts:
        way = Search(world, start, memory=memory).way()
        if not way.is_found:
            yield f"{start.name} [{', '.join(way.facts)}] {way.stuck_at}"


def assert_needed(exit_: str, world: World, start: Start) -> None:
    """From here the way leads through this exit, and without it there is none at all.

    Everything was tried then that is no lie, from everywhere that it led to; what is printed says
    how much that was.
    """
    way = Search(world, start).way()
    assert way.is_found, way
    assert exit_ in way.exits, way
    assert way.tried < FEW, way
    is_short = exit_ in NEVER_AT_AN_END or (exit_ in WIDE and os.environ.get(THOROUGH) != "1")
    most = 3 * FEW if is_short else BOUND
    stuck = Search(world, start, without=(exit_,), most=most).way()
    said = f"without {exit_}: {stuck.tried} of {most} moves, {stuck.left} places left"
    print(said)  # noqa: T201 - whoever runs it sees how much the proof rests on
    assert not stuck.is_found, stuck
    assert stuck.stuck_at, stuck
    assert is_short or not stuck.left, "it gave up, and proved nothing"


def _step(chance: Chance, made: Sequence[Recorded]) -> Rest:
    facts = tuple(f"{each.actor} {each.type}" for each in made)
    exits = frozenset({chance.exit} if chance.exit else ())
    return Rest(facts, exits, frozenset(who for each in made for who in speakers(each)))


def _told(chance: Chance, told: httpx.Response | None) -> str:
    name = getattr(chance.act, "__qualname__", str(chance.act)).split(".")[0]
    if told is None:
        return f"{chance.who.id} {name}: nothing to act upon"
    codes = [each["code"] for each in told.json().get("reasons", ())]
    return f"{chance.who.id} {name}: {','.join(codes) or 'nothing new'}"
