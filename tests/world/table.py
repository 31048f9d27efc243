"""局面 (the table): where a case stands, what is so, and who might do what about it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from guiyi.play import order
from guiyi.play.case import Act, Case
from guiyi.play.people import Person
from tests.world.honest import Papers
from tests.world.present import COST, MIN, PRESENT, SHEN, ZHAO, able
from tests.world.truth import Truth

Effect: TypeAlias = Callable[[Truth], Truth]
EXITS = (
    "waiver",
    "loss",
    "unfit parts",
    "returned parcel",
    "told again",
    "hand-over",
    "correction",
    "for another",
    "deputy",
    "supplement",
    "excess",
    "deviation",
    "amendment",
    "dropped line",
    "not mended",
    "further order",
    "not reached",
)
AFTER = (
    "returned claim",
    "cut line",
    "marked line",
    "withdrawn claim",
    "claimed anew",
    "rejected claim",
    "deputy of finance",
    "paper back",
    "lost paper",
    "another owner",
    "reopened",
    "unsettled",
    "withdrawn complaint",
    "no call",
    "in vain",
    "upward",
)
"""善后的出路: the same, of claims, of papers that are out, and of complaints."""
"""出路: what a case needs that leaves the straight line, each by its own steps."""


OF_NEW = ("given up", "not accepted", "not running")
"""新机的出路: the same, of a new machine."""


def _as_before(truth: Truth) -> Truth:
    return truth


@dataclass(frozen=True, slots=True)
class Chance:
    """一着: who might do what now, and what is so afterwards if it is accepted."""

    act: Act
    who: Person
    exit: str | None = None
    for_: Person | None = None
    """In whose place."""
    then: Effect = _as_before


@dataclass(frozen=True, slots=True)
class Table:
    """局面: the case, what is so, and where the papers stand."""

    case: Case
    truth: Truth
    papers: Papers

    def by(self, role: str, act: Act, exit_: str | None = None) -> Iterator[Chance]:
        """By each of those present who has the role."""
        yield from (Chance(act, who, exit_) for who in able(role, self.truth.away))

    def by_technician(self, act: Act, exit_: str | None = None) -> Iterator[Chance]:
        """By whoever has the order, if they are there."""
        if (who := self.technician) is not None:
            yield Chance(act, who, exit_)

    def by_approver(self, act: Act, exit_: str | None = None) -> Iterator[Chance]:
        """By the approver, or by who stands in for them."""
        yield from self.by("approver", act, exit_)
        yield from self._by_deputies(ZHAO, act, exit_)

    def by_manager(self, act: Act, exit_: str | None = None) -> Iterator[Chance]:
        """By the general manager, or by who stands in for them."""
        yield from self.by("general_manager", act, exit_)
        yield from self._by_deputies(SHEN, act, exit_)

    def by_rung(self, as_what: str, act: Act, exit_: str | None = None) -> Iterator[Chance]:
        """By one of those whom a rung of the ladder names, or by who stands in for them."""
        match as_what:
            case "approver":
                yield from self.by_approver(act, exit_)
            case "cost_deputy":
                if self.truth.away != COST.id:
                    yield Chance(act, COST, exit_)
                yield from self._by_deputies(COST, act, exit_)
            case _:
                yield from self.by_manager(act, exit_)

    def by_finance(self, act: Act, exit_: str | None = None) -> Iterator[Chance]:
        """By who is of finance, or by who stands in for them."""
        yield from self.by("finance", act, exit_)
        yield from self._by_deputies(MIN, act, exit_)

    def _by_deputies(self, of: Person, act: Act, exit_: str | None) -> Iterator[Chance]:
        if self.truth.away == of.id:
            yield from (
                Chance(act, who, exit_, for_=of) for who in PRESENT if who.id in self.truth.deputies
            )

    @property
    def technician(self) -> Person | None:
        """Who has the order and is there."""
        found = (who for who in able("technician", self.truth.away))
        return next((who for who in found if who.id == self.papers.technician), None)


def order_step(step: str, body: Mapping[str, object]) -> Act:
    """A step of the order, with this body."""

    def act(case: Case, who: Person) -> httpx.Response:
        return case.does(who, "dispatch", f"{order.ORDER}/{case.order}/{step}", body)

    return act
