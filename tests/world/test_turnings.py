"""岔口: every step of the four rooms is taken in the world, and every turning leads to an end."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from shared.step import Step
from tests.pages import coverage
from tests.world.books import Books
from tests.world.cases import case_of, enter
from tests.world.moves import is_over, next_step
from tests.world.turnings import TURNINGS, Turning
from tests.world.world import ROOMS, World

PAPERS = ("report", "work_order", "visit", "issue_note", "survey", "dossier", "claim")
"""Those of a repair; the store's are walked in `test_store_ends.py`, complaints in
`test_complaint_ends.py`."""
SEARCHED = {
    *("ContinueRepair", "RecordConsent"),
    *("GuideFromBase", "SendBaseTechnician", "DeclineBaseHelp"),
}
"""Taken where a way out is searched for: what a further order, a consent or base's word needs."""
WAYS: Sequence[tuple[str, dict[str, int]]] = (
    ("carried", {"SEAL-32": 2, "OIL-1": 1}),
    ("posted", {"SEAL-32": 2, "OIL-1": 1}),
    ("carried", {}),
)
"""How parts are brought, and which: each turning where it is open first."""
LONG = 150
"""Steps to the end, whatever was tried; more is a circle."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.begin_here()
        yield made


class Walk:
    """走: one repair, with a turning that is taken where it is first open."""

    def __init__(self, world: World, way: tuple[str, dict[str, int]], leaves: Turning) -> None:
        self.world, self.leaves = world.blank(), leaves
        self.books = Books(world.pages)
        delivery, parts = way
        self.case = case_of(world, 0, "warranty", parts, delivery)
        self.taken = self.is_whole = not leaves

    def to_its_end(self) -> bool:
        """Whether the turning was open somewhere."""
        for _ in range(LONG):
            self.hear()
            if self.case.ticket and not self.taken:
                self.leave()
            if (step := next_step(self.case)) is None:
                break
            self.world.clock.pass_on(step.after)
            step = next_step(self.case) or step
            answer = step.act(self.case, step.who)
            assert answer is not None, step
            assert answer.is_success, (step, answer.text)
        self.hear()
        assert is_over(self.case)
        assert not self.books.held()
        return self.taken

    def leave(self) -> None:
        """Take the turning, if its first step is accepted; the others may be refused."""
        accepted = list[bool]()
        for act, who in self.leaves:
            answer = act(self.case, who or self.case.technician)
            self.hear()
            accepted.append(answer is not None and bool(answer.json().get("facts")))
            if not accepted[0]:
                return
        self.taken, self.is_whole = True, all(accepted)

    def hear(self) -> None:
        while self.world.post.waiting:
            self.world.post.deliver()
            self.books.look()
        self.books.look()
        assert not self.world.parked

    def facts(self) -> Counter[str]:
        return Counter(each.type for page in self.world.pages.values() for each in page.whole)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_turning_leads_to_an_end_and_every_step_is_taken(world: World) -> None:
    seen, never, in_part = Counter[str](), set(TURNINGS), set(TURNINGS)
    for way in WAYS:
        for name in sorted(in_part):
            walk = Walk(world, way, TURNINGS[name])
            if walk.to_its_end():
                never.discard(name)
            if walk.is_whole:
                in_part.discard(name)
            seen += walk.facts()
    assert never == set(), "turnings that are open nowhere"
    idle = [each for each in _steps() if not seen.keys() & each[1] and each[0] != "UrgePaper"]
    assert idle == [], "urging changes nothing but a date: tests/urging.py tells it of each paper"


def _steps() -> Iterator[tuple[str, frozenset[str]]]:
    """Each step that people take, with the facts that its stories were seen to make."""
    told = coverage.told()
    for room in ROOMS:
        made = {fact: set(said["commands"]) for fact, said in told[room].items()}
        for paper in (each for each in World().rooms[room].papers.items() if each[0] in PAPERS):
            for row in paper[1].STEPS:
                name = row.command.__name__
                if isinstance(row, Step) and name not in SEARCHED:
                    yield name, frozenset(fact for fact, by in made.items() if name in by)
