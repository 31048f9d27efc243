"""库单走法 (papers of the store): how each begins, where it ends, and what may be done in between.

What is offered is what the page of a paper would offer: the steps' own offers, with words and
moments filled in. Beside them stands what only people know: what was counted, and how much came.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from msgspec import to_builtins

from guiyi.plain import JsonObject
from guiyi.play.case import Case
from guiyi.play.people import (
    APPROVER,
    BASE,
    BASE_CLERK,
    BASE_KEEPER,
    CLERK,
    FINANCE,
    KEEPER,
    LIU,
    NEIGHBOUR,
    NEIGHBOUR_APPROVER,
    NEIGHBOUR_KEEPER,
    Elsewhere,
    Person,
)
from guiyi.play.store.old_parts import list_old_parts
from services.inventory import (
    old_parts,
    own_use,
    part_store,
    purchase,
    replenishment,
    stocktake,
    transfer,
)
from shared.step import LONG_AGO, WORDS, Step
from tests.world.people import CLERK_2, KEEPER_2
from tests.world.walked import LATER, Did, Walked

MANAGER = Person("G-SHENYI", "沈毅", ("general_manager",))
BASE_CLERK_2 = Elsewhere("B-TANGJUN", "唐军", ("base",), place=BASE, serves=True)
NEIGHBOUR_CLERK = Elsewhere("K-XUHONG", "徐红", ("clerk",), place=NEIGHBOUR)
MORE = (CLERK_2, KEEPER_2, MANAGER, BASE_CLERK_2, NEIGHBOUR_CLERK)
"""Whom a month of the store that goes well does not need."""
CREW: Sequence[Person] = (
    *(KEEPER, KEEPER_2, BASE_CLERK, BASE_CLERK_2, BASE_KEEPER, CLERK, CLERK_2, LIU),
    *(NEIGHBOUR_KEEPER, NEIGHBOUR_APPROVER, APPROVER, FINANCE, MANAGER),
)
DEPUTIES: dict[str, Mapping[str, Person]] = {
    APPROVER.id: {"HZ01": CLERK_2},
    FINANCE.id: {"HZ01": CLERK_2},
    MANAGER.id: {"HZ01": CLERK_2, BASE: BASE_KEEPER},
    NEIGHBOUR_APPROVER.id: {NEIGHBOUR: NEIGHBOUR_CLERK},
}
"""Who stands in for those who decide, by branch."""
OBLIGATIONS = ("valuing", "purchases", "stores", "uncounted")
"""What the room adds to a command itself; nobody may say it."""
SEAL, RING = "SEAL-32", "RING-32"
A_WEEK = timedelta(days=8)
"""After so long base is late."""


class Kind(NamedTuple):
    """库单: a kind of paper: where it is asked for, its module, its ends, and how one begins."""

    path: str
    paper: Any  # a module of the room
    ends: frozenset[str]
    body: Mapping[str, Any]


KINDS: Sequence[Kind] = (
    Kind(
        "purchases",
        purchase,
        frozenset(("received", "refused", "ended")),
        {
            "supplier": "上海",
            "lines": [{"part": SEAL, "quantity": 5, "fen": 6_000}],
            "due_on": "2026-12-30",
            "because": "急修缺料",
        },
    ),
    Kind(
        "transfers",
        transfer,
        frozenset(("received", "refused", "cancelled")),
        {"sender": NEIGHBOUR, "lines": [{"part": "BELT-90", "quantity": 2}], "because": "缺料"},
    ),
    Kind(
        "replenishments",
        replenishment,
        frozenset(("received", "ended")),
        {"lines": [{"part": SEAL, "asked": 2, "because": "备货"}], "because": "不在补库日"},
    ),
    Kind("old-parts", old_parts, frozenset(("settled", "ended")), {}),
    Kind(
        "own-uses",
        own_use,
        frozenset(("approved", "refused", "withdrawn")),
        {
            "use_nature": "internal",
            "lines": [{"part": RING, "quantity": 1}],
            "used_by": "培训室",
            "because": "培训",
        },
    ),
    Kind("stocktakes", stocktake, frozenset(("approved", "ended")), {"kind": "spot"}),
)


STOCK = Kind("stock", part_store, frozenset(), {})
"""A part of a store: what came home damaged is judged on its own stream."""
JUDGED: Sequence[Did] = (
    ("judgements", {"quantity": 1, "is_good": True, "because": "外观完好"}),
    ("judgements", {"quantity": 1, "is_good": False, "because": "唇口已裂"}),
    ("scrappings", {"quantity": 1, "because": "唇口已裂"}),
)
"""What may be found of a piece in quarantine."""


@dataclass
class Paper(Walked):
    """一张库单: of a kind; what is gone is found by nobody."""

    kind: Kind

    places, tries = 30, 80
    no_way_on = ("findings", "loss-refusals", "sending-correction-refusals", "returns")

    @property
    def state(self) -> Any:
        return self.folded("inventory", self.kind.paper.PAPER.stream_of(self.number))

    @property
    def where(self) -> object:
        """What tells one place of it from another: its stage, what was done, counted and asked."""
        state = self.state
        lines = state.lines.values() if self.kind.paper is stocktake else ()
        waits = [getattr(state, name, {}).values() for name in ("losses", "corrections")]
        waiting = [each.decided for some in waits for each in some]
        return state.stage, self.taken, sum(len(line.counters) for line in lines), *waiting

    @property
    def is_over(self) -> bool:
        return self.state.stage.value in self.kind.ends

    def offers(self) -> Iterator[Did]:
        """What may be done next, in the order of the steps."""
        state = self.state
        for step in self.kind.paper.STEPS:
            if not isinstance(step, Step) or step.begins:
                continue
            told = KNOWN.get((self.kind.path, step.path))
            if told is not None:
                yield from ((step.path, body) for body in told(self))
            elif step.offer is not None:
                yield from ((step.path, self.said(each)) for each in step.offer(self.number, state))

    def happens(self) -> Sequence[Did]:
        """Base is late."""
        return [LATER] if self.kind.paper is replenishment else []

    def is_taken(self, did: Did, away: str | None = None) -> bool:
        """By who is there; else by a deputy of who is away."""
        step, body = did
        world = self.world
        if did == LATER:
            world.clock.pass_on(A_WEEK)
            world.fire()
            return True
        path = f"/v1/{self.kind.path}/{self.number}/{step}"
        row = next(x for x in self.kind.paper.STEPS if isinstance(x, Step) and x.path == step)
        able = [each for each in CREW if each.id != away and {*each.roles} & {*row.by}]
        if any(world.does(who, "inventory", path, body).json().get("facts") for who in able):
            return True
        if away not in DEPUTIES:
            return False
        world.in_place_of = world.tokens[away]
        try:
            asked = (world.does(who, "inventory", path, body) for who in DEPUTIES[away].values())
            return any(answer.json().get("facts") for answer in asked)
        finally:
            world.in_place_of = None

    def said(self, command: Any) -> JsonObject:
        """A body that is offered, as somebody sends it who knows what it asks for."""
        body = to_builtins(command)
        return {name: self._filled(each) for name, each in body.items() if name not in OBLIGATIONS}

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._filled(each) for each in value]
        if value == WORDS:
            return "如实说明"
        return self.case.now if value == to_builtins(LONG_AGO) else value


def begin(case: Case, kind: Kind) -> Paper:
    """A new paper, by the keeper."""
    if kind.path == "old-parts":
        answer = list_old_parts(case, KEEPER)
        assert answer is not None
    else:
        answer = case.does(KEEPER, "inventory", f"/v1/{kind.path}", dict(kind.body))
    assert answer.is_success, answer.text
    return Paper(case, answer.json()["stream"].partition("-")[2], kind)


def _short(paper: Paper) -> Iterator[JsonObject]:
    """点收: all that was sent came, or one piece did not."""
    steps = {step.path: step for step in paper.kind.paper.STEPS if isinstance(step, Step)}
    offer = steps["receipts"].offer
    assert offer is not None
    for each in offer(paper.number, paper.state):
        whole = paper.said(each)
        first, *others = whole["lines"]
        lacks = {"received": first["received"] - 1, "difference_because": "少一只"}
        yield {**whole, "lines": [{**first, **lacks}, *others]}
        yield whole


def _rings(*, differ: int) -> Callable[[Paper], Iterator[JsonObject]]:
    def bodies(paper: Paper) -> Iterator[JsonObject]:
        shown = paper.case.seen("inventory", f"/v1/stock/HZ01/{RING}")
        assert shown is not None
        lies = shown["accounts"]["store"]
        for counted in (lies - differ, lies):
            yield {"part": RING, "counted": counted}

    return bodies


KNOWN: Mapping[tuple[str, str], Callable[[Paper], Iterator[JsonObject]]] = {
    ("purchases", "receipts"): _short,
    ("transfers", "receipts"): _short,
    ("replenishments", "receipts"): _short,
    ("old-parts", "receipts"): _short,
    ("stocktakes", "shelf-counts"): _rings(differ=1),
}
"""What people know that no offer says."""
