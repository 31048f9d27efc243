"""投诉的出路 (ends of a complaint): every step is taken, and from everywhere it comes to an end.

Whoever is away: another of their role goes on, another owner is named, or a deputy acts for them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from guiyi.play.case import Case
from guiyi.play.cast import cast
from guiyi.play.complaints import COMPLAINTS, receive
from guiyi.play.people import APPROVER, CLERK, DEPUTY, LIU, OPERATOR, Person
from guiyi.play.player import play
from guiyi.play.repairs import ENDED_REMOTELY
from services.intake import complaint
from services.intake.complaint.state import Complaint
from shared.events.complaints import ComplaintStage
from shared.step import Step
from tests.world.cases import enter
from tests.world.moment import Moment
from tests.world.people import CLERK_2
from tests.world.walked import LATER, Did, Walked, ends, everywhere
from tests.world.world import World

MANAGER = Person("G-SHENYI", "沈毅", ("general_manager",))
CREW = (CLERK, CLERK_2, APPROVER, DEPUTY, MANAGER)
OVER = (ComplaintStage.CLOSED, ComplaintStage.ENDED)
A_DAY = timedelta(days=1, minutes=1)
FIRST = {"class_code": "general", "department": "service", "owner": DEPUTY.id}


@dataclass
class Told(Walked):
    """一件投诉: in which nobody can make the customer take it back."""

    places, tries = 60, 120
    no_way_on = ("terminations", "reopenings", "reclassifications")

    @property
    def state(self) -> Complaint:
        found: Complaint = self.folded("intake", complaint.PAPER.stream_of(self.number))
        return found

    @property
    def is_over(self) -> bool:
        """Closed, or ended otherwise."""
        return self.state.stage in OVER

    @property
    def where(self) -> object:
        """What tells one place from another."""
        state = self.state
        days = len({each.at.date() for each in state.tried})
        told = state.overdue is not None, state.reopened is not None
        return state.stage, state.owner, state.class_code, min(days, 3), *told

    def offers(self) -> Iterator[Did]:
        """What people who know the case would do next, most of them at each stage."""
        stage = self.state.stage
        yield from OFFERS.get(stage, ())
        if stage not in (*OVER, ComplaintStage.NONE):
            yield "terminations", {"ending": "withdrawn", "said": "算了"}
            yield LATER

    def is_taken(self, did: Did, away: str | None = None) -> bool:
        """By another of their role, where one is away."""
        step, body = did
        if did == LATER:
            self.world.clock.pass_on(A_DAY)
            self.world.fire()
            return True
        path = f"{COMPLAINTS}/{self.number}/{step}"
        row = next(x for x in complaint.STEPS if isinstance(x, Step) and x.path == step)
        able = [each for each in CREW if each.id != away and {*each.roles} & {*row.by}]
        answers = (self.world.does(who, "intake", path, dict(body)) for who in able)
        return any(each.json().get("facts") for each in answers)


def _handed(owner: Person) -> Did:
    return "reassignments", {"owner": owner.id, "because": "病假"}


_RESOLVED: tuple[Did, ...] = (
    ("confirmations", {"satisfied": "yes"}),
    ("call-attempts", {"channel": "电话", "result": "无人接听"}),
    ("call-endings", {"stage": "declined", "because": "不必再打"}),
    ("call-endings", {"stage": "unreached", "because": "号码停机"}),
    ("reopenings", {"said": "没人来道歉"}),
    _handed(APPROVER),
)
_CALLED: tuple[Did, ...] = (("closings", {}), ("reopenings", {"said": "又犯了"}))
OFFERS: Mapping[ComplaintStage, tuple[Did, ...]] = {
    ComplaintStage.RECEIVED: (
        ("assignments", FIRST),
        ("assignments", {**FIRST, "owner": APPROVER.id, "emergency": True}),
    ),
    ComplaintStage.ASSIGNED: (
        ("resolutions", {"findings": "属实", "verified": True, "measures": "道歉"}),
        ("reclassifications", {"class_code": "fairly_complex", "because": "牵涉两人"}),
        _handed(APPROVER),
        _handed(DEPUTY),
    ),
    ComplaintStage.RESOLVED: _RESOLVED,
    ComplaintStage.CONFIRMED: _CALLED,
    ComplaintStage.UNREACHED: _CALLED,
    ComplaintStage.DECLINED: _CALLED,
}


@pytest.fixture(scope="module")
def received() -> Iterator[tuple[Told, Moment]]:
    with World() as made:
        said = enter(made)
        for person in (CLERK_2, MANAGER):
            made.tokens[person.id] = person
            names = ("id", "name", "roles", "posts", "skills")
            card: dict[str, Any] = {name: getattr(person, name) for name in names}
            card["branches"] = person.branches(made.branch)
            made.does(OPERATOR, "intake", "/v1/people", card)
        made.post.deliver_all()
        made.begin_here()
        case = Case(made, said["rude"], LIU)
        play(case, ENDED_REMOTELY)
        assert receive(case, CLERK).is_success
        yield Told(case, case.papers["complaint"]), Moment.of(made)


@pytest.fixture
def begun(received: tuple[Told, Moment]) -> Told:
    """The complaint as it was received, whatever another test did with it."""
    told, moment = received
    moment.restore(told.world)
    return told


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_step_is_taken_and_whoever_is_away_it_ends(begun: Told) -> None:
    taken = set[str]()
    found = list(everywhere(begun, taken))
    steps = [each for each in complaint.STEPS if isinstance(each, Step) and not each.begins]
    assert {step.path for step in steps} <= taken | {"urgings"}  # whoever waits may, nobody must
    stuck = [
        (away.id, sorted(here.taken))
        for here, moment in found
        for away in CREW
        if not ends(here, moment, away.id)
    ]
    assert stuck == []


def test_what_is_late_is_told_upward(begun: Told) -> None:
    here = Told(Case(begun.world, cast()["rude"]), begun.number)
    assert here.is_taken(("assignments", FIRST))
    assert here.is_taken(LATER)
    overdue = here.state.overdue
    assert overdue is not None
    assert MANAGER.id in overdue.told
