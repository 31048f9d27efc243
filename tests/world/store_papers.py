"""库单走法 (papers of the store): how each begins, where it ends, and what may be done in between.

What is offered is what the page of a paper would offer: the steps' own offers, with words and
moments filled in. Beside them stands what only people know: what was counted, and how much came.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from tests.world.world import World

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
OBLIGATIONS = ("valuing", "stores", "uncounted")
"""What the room adds to a command itself; nobody may say it."""
SEAL, RING = "SEAL-32", "RING-32"
Did = tuple[str, JsonObject]
"""A step by the last word of its path, and what is said in it."""


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
class Paper:
    """一张库单: of a kind, with its number, and which steps were taken in it."""

    kind: Kind
    case: Case
    number: str
    taken: frozenset[str] = field(default_factory=frozenset)

    @property
    def world(self) -> World:
        assert isinstance(self.case.rooms, World)
        return self.case.rooms

    @property
    def state(self) -> Any:
        desk, stream = self.world.desks["inventory"], self.kind.paper.PAPER.stream_of(self.number)
        return desk.fold(stream, desk.store.read([stream]).streams[stream].facts)

    @property
    def where(self) -> object:
        """What tells one place of it from another: its stage, what was done, counted and asked."""
        state = self.state
        lines = state.lines.values() if self.kind.paper is stocktake else ()
        waiting = [each.decided for each in getattr(state, "losses", {}).values()]
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
    return Paper(kind, case, answer.json()["stream"].partition("-")[2])


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


def _nothing(_paper: Paper) -> Iterator[JsonObject]:
    yield {}


KNOWN: Mapping[tuple[str, str], Callable[[Paper], Iterator[JsonObject]]] = {
    ("transfers", "receipts"): _short,
    ("replenishments", "receipts"): _short,
    ("old-parts", "receipts"): _short,
    ("stocktakes", "shelf-counts"): _rings(differ=1),
    ("stocktakes", "witnesses"): _nothing,
}
"""What people know that no offer says."""
