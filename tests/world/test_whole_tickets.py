"""整单: whole tickets played through all rooms at once, against a simple model of what must hold.

Whatever people try, in whatever order the rooms hear of one another: the books stay in order, every
no names its rules in both languages, and every ticket can still be brought to its end.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from guiyi.play import after, note, order, visit
from guiyi.play.case import Act, Case
from guiyi.play.people import APPROVER, CLERK, KEEPER, LIU, Person
from shared.texts import Texts, load
from shared.view import Recorded, recorded
from tests.shared.http_desk import codes
from tests.world.books import Books
from tests.world.cases import case_of, enter
from tests.world.moves import ACTS, at_hand, is_filed, is_over, next_step
from tests.world.people import EVERYBODY, HANDY, HANDY_2
from tests.world.turnings import TURNINGS, Turning
from tests.world.world import ROOMS, WHATEVER, World

EACH, MANY, STEPS = 2, 1_000, 20
NATURES = ("warranty", "goodwill")
PARTS: tuple[dict[str, int], ...] = (
    *({"SEAL-32": 2, "OIL-1": 1}, {"SEAL-32": 3}, {"PUMP-9": 1, "SEAL-32": 1}, {}),
)
ABLE = (HANDY, HANDY, HANDY_2, None, None, CLERK, KEEPER, APPROVER)
"""Who tries things most often; nobody named: the technician of the job."""
TOO_EARLY = (
    *((note.reconcile(-1), KEEPER), (note.reconcile(1), KEEPER), (visit.depart, None)),
    *((order.hand_in, None), (order.close, CLERK), (after.file, CLERK)),
)
WHICH = st.integers(0, 2)
TRY = st.tuples(st.integers(0, 1_000), st.sampled_from(ABLE))
TRIED = st.lists(st.lists(TRY, max_size=4), min_size=4, max_size=16)


EXITS = {
    "lost": "LossApproved",
    "waived": "OldPartWaived",
    "handed over": "PartsHandedOver",
    "corrected": "ReconciliationCorrected",
    "entrusted": "HandInEntrusted",
    "deputy": "DelegationRecorded",
    "supplement": "SupplementApproved",
    "excess granted": "ExcessGranted",
    "deviation granted": "DeviationGranted",
    "line dropped": "LineDropped",
    "note void": "IssueNoteVoided",
    "not signed": "SignatureWaived",
    "changed": "ReportAmended",
    "interrupted": "VisitEnded interrupted",
    "called off": "VisitCancelled",
    "order recalled": "WorkOrderRecalled",
    "further order": "RepairContinued",
    "withdrawn": "RepairClosed withdrawn",
    "claimed": "ClaimPaid",
    "approval taken back": "ClaimApprovalTakenBack",
    "complained": "ComplaintClosed",
}
"""Exits that people look for, each by its turning, and the fact that says they found it."""


class Tickets(RuleBasedStateMachine):
    """Up to three repairs at once, people who do as they should, and people who try anything."""

    def __init__(
        self, world: World, texts: dict[str, Texts], exits: Sequence[str], seen: set[str]
    ) -> None:
        """`exits`: turnings that people look for in each repair; `seen` hears of all facts."""
        super().__init__()
        self.world, self.texts, self.exits, self.seen = world.blank(), texts, exits, seen
        self.books = Books(world.pages)
        self.cases: list[Case] = []
        self.wanted: dict[str, list[Turning]] = {}

    @precondition(lambda self: len(self.cases) < 3)
    @rule(
        nature=st.sampled_from(NATURES),
        bring=st.sampled_from(PARTS),
        delivery=st.sampled_from(("carried", "posted")),
        technician=st.sampled_from((LIU, HANDY)),
    )
    def begin(self, nature: str, bring: dict[str, int], delivery: str, technician: Person) -> None:
        """Another customer calls."""
        case = case_of(self.world, len(self.cases), nature, bring, delivery, technician)
        step = next_step(case)
        assert step is not None
        assert self.tries(case, step.act, step.who)
        self.cases.append(case)
        self.wanted[case.ticket] = [TURNINGS[name] for name in self.exits]

    @precondition(lambda self: self.cases)
    @rule(which=WHICH, tried=TRIED)
    def go_on(self, which: int, tried: Sequence[Sequence[tuple[int, Person | None]]]) -> None:
        """A repair goes its way, whatever is tried between one step and the next.

        What the rooms have to hear for a step they hear in time.
        """
        case = self.case(which)
        for each in tried:
            if is_filed(case):
                break
            self.deliver_all()
            if each:
                self.is_tempted(case)
            self.looks_out(case)
            self.steps_on(case)
            self.meddle(case, each)

    @precondition(lambda self: self.cases)
    @rule(which=WHICH, tried=st.lists(TRY, min_size=1, max_size=8))
    def stand_still(self, which: int, tried: Sequence[tuple[int, Person | None]]) -> None:
        """People try what comes to their minds before the rooms have heard of one another."""
        self.meddle(self.case(which), tried)

    def meddle(self, case: Case, tried: Sequence[tuple[int, Person | None]]) -> None:
        """Acts that might be thought of where the repair stands, by people who may do much."""
        for act, who in tried:
            acts = at_hand(case)
            self.tries(case, acts[act % len(acts)], who or case.technician)

    @precondition(lambda self: self.cases)
    @rule(which=WHICH, act=st.sampled_from(ACTS), who=st.sampled_from(EVERYBODY))
    def stray(self, which: int, act: Act, who: Person) -> None:
        """Anybody tries anything."""
        self.tries(self.case(which), act, who)

    @precondition(lambda self: self.world.post.waiting)
    @rule(letters=st.lists(st.integers(0, 50), min_size=1, max_size=5))
    def deliver(self, letters: list[int]) -> None:
        """Some of what the rooms have said arrives, in this order."""
        for which in letters:
            if self.world.post.waiting:
                self.world.post.deliver(which)
                self.books.look()

    @precondition(lambda self: self.world.post.delivered)
    @rule(which=st.integers(0, 500))
    def repeat(self, which: int) -> None:
        """Something arrives that arrived before."""
        self.world.post.repeat(which)
        self.books.look()

    @rule()
    def ask_again(self) -> None:
        """Somebody did not hear the answer, and sends the same command once more."""
        if (told := self.world.does_again()) is not None:
            once, again = (answer.json() for answer in told)
            assert (again["stream"], again["facts"]) == (once["stream"], once["facts"])
            assert self.world.post.is_level

    @rule(room=st.sampled_from(ROOMS), backwards=st.booleans())
    def lose(self, room: str, *, backwards: bool) -> None:
        """The tables of a room's worker are lost, and all it ever heard of comes again."""
        self.world.post.lose(room, backwards=backwards)
        self.books.look()

    @rule(hours=st.integers(0, 60))
    def pass_on(self, hours: int) -> None:
        """Time goes by, and what fell due is owed."""
        self.world.clock.pass_on(timedelta(hours=hours))
        self.world.fire()
        self.books.look()

    def teardown(self) -> None:
        """Whatever has happened, nothing stands in the way of the end."""
        for case in self.cases:
            for _ in range(100):
                self.deliver_all()
                if is_over(case):
                    break
                self.looks_out(case)
                self.steps_on(case)
            assert is_over(case), case.ticket
        assert not self.books.held()
        for room, page in self.world.pages.items():
            self.seen |= {named(recorded(room, each)) for each in page.whole}

    def looks_out(self, case: Case) -> None:
        """What is open of the exits that people look for is taken."""
        for nth, left in enumerate(wanted := self.wanted[case.ticket]):
            for act, who in left:
                told = self.tries(case, act, who or case.technician)
                if told is None or not told.is_success or not told.json()["facts"]:
                    break
                wanted[nth] = wanted[nth][1:]
                self.deliver_all()

    def is_tempted(self, case: Case) -> None:
        """What should be done next is done by whoever may do everything, or the end comes early."""
        if (step := next_step(case)) is not None:
            for act, who in ((step.act, HANDY), *TOO_EARLY, (step.act, HANDY_2)):
                self.tries(case, act, who or case.technician)
            self.deliver_all()

    def case(self, which: int) -> Case:
        """One of those that are not at their end, if there are any."""
        cases = [case for case in self.cases if not is_filed(case)] or self.cases
        return cases[which % len(cases)]

    def steps_on(self, case: Case) -> None:
        """The next step of a repair; whoever should do it may."""
        if (step := next_step(case)) is not None:
            self.world.clock.pass_on(step.after)
            step = next_step(case) or step  # another day may have begun meanwhile
            told = self.tries(case, step.act, step.who)
            assert told is not None, (step, case.ticket)
            assert told.is_success, (step, told.text)
            assert told.json()["facts"], (step, told.text)

    def deliver_all(self) -> None:
        while self.world.post.waiting:
            self.world.post.deliver()
            self.books.look()
        assert not self.world.parked

    def tries(self, case: Case, act: Act, who: Person) -> httpx.Response | None:
        """Somebody tries something; it becomes true by the books, or every broken rule is named."""
        told = act(case, who)
        self.books.look()
        if told is not None and not told.is_success:
            self.is_named(told)
        return told

    def is_named(self, told: httpx.Response) -> None:
        """Each broken rule has its sentence in both languages, and nothing is left open in it."""
        room = self.world.room_of(told)
        assert told.status_code in (403, 404, 422), told.text
        for code in codes(told):
            assert code in self.texts[room].refusals, (room, code)
            assert code != "wrong-form", told.text
        for each in told.json()["reasons"]:
            assert each["zh"] != each["en"]
            assert not {"{", "}"} & {*each["zh"], *each["en"]}, each


def named(told: Recorded) -> str:
    """A fact by its name, and by how something ended."""
    how = getattr(told.fact, "outcome", None) or getattr(told.fact, "ending", None)
    return f"{told.type} {how}" if how else told.type


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.begin_here()
        yield made


def play(world: World, examples: int, exits: Sequence[str], **more: Any) -> set[str]:
    """Play so often; the facts that came of it."""
    seen = set[str]()
    texts = {name: load(room.texts, room=name) for name, room in world.rooms.items()}

    how = settings(WHATEVER, max_examples=examples, stateful_step_count=STEPS, **more)
    # Hypothesis looks for the source of what it is given, and parses a whole module for a class.
    run_state_machine_as_test(
        cast("type[Tickets]", lambda: Tickets(world, texts, exits, seen)), settings=how
    )
    return seen


@pytest.mark.parametrize("exit_", EXITS)
def test_whatever_people_try_every_ticket_ends_by_the_books(world: World, exit_: str) -> None:
    assert EXITS[exit_] in play(world, EACH, [exit_], phases=[Phase.generate])


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_whatever_people_try_every_ticket_ends_by_the_books_by_the_thousand(world: World) -> None:
    assert set(EXITS.values()) <= play(world, MANY, sorted(EXITS))
