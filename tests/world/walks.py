"""乱走 (the walks): starts that nobody told: what somebody tried at random, stopped anywhere.

Everything is as the papers have it by then, however they came to it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TypeAlias

from guiyi.play.case import Act, Case
from guiyi.play.people import FINANCE, SUN, Person
from tests.world.cases import case_of
from tests.world.honest import papers_of
from tests.world.moment import Moment
from tests.world.moves import at_hand, next_step
from tests.world.present import LIU, MIN, PRESENT
from tests.world.search import Start
from tests.world.starts import truth_of
from tests.world.turnings import TURNINGS
from tests.world.world import World

SHORTEST, LONGEST = 6, 36
"""How many things happen."""
TURNS = 6
"""How many turnings are looked for in a walk."""
STRAY = 0.2
"""How often somebody tries what comes to their mind."""
WAIT = timedelta(minutes=20)
PARTS: Sequence[dict[str, int]] = (
    *({"SEAL-32": 2, "OIL-1": 1}, {"SEAL-32": 3}, {}),
    *({"PUMP-9": 2}, {"PUMP-9": 1, "SEAL-32": 1}),
)
"""What is approved; pumps have serials."""
Wanted: TypeAlias = list[list[tuple[Act, Person | None]]]
KNOWN = {**{each.id: each for each in PRESENT}, FINANCE.id: MIN}
"""Who is there, and who of them does what is for finance."""


def walk(world: World, seed: int) -> Start | None:
    """A repair after some steps that should be taken and some that come to people's minds.

    None: it is at its end.
    """
    world.blank()
    for files in world.files.values():
        files.clear()
    chance = Random(seed)
    case, wanted = _begun(world, chance), _turnings(chance)
    for _ in range(chance.randrange(SHORTEST, LONGEST)):
        world.clock.pass_on(WAIT)
        _goes_on(case, chance, wanted)
        world.post.deliver_all()
        assert not world.parked, (seed, world.parked)
    papers = papers_of(case)
    if not case.ticket or papers.dossier.filed is not None:
        return None
    here, truth = Moment.of(world), truth_of(case, papers)
    return Start(f"walk {seed}", replace(case), here, truth, papers)


def _begun(world: World, chance: Random) -> Case:
    delivery, technician = chance.choice(("carried", "posted")), chance.choice((LIU, SUN))
    case = case_of(world, 0, "warranty", chance.choice(PARTS), delivery, technician)
    _next(case)
    world.post.deliver_all()
    return case


def _turnings(chance: Random) -> Wanted:
    """What shall happen in it, each as soon as it can."""
    return [list(TURNINGS[name]) for name in chance.sample(sorted(TURNINGS), TURNS)]


def _goes_on(case: Case, chance: Random, wanted: Wanted) -> None:
    """What comes to somebody's mind, or what shall happen, or else the next step."""
    if chance.random() < STRAY:
        _is_taken(case, chance.choice(at_hand(case)), chance.choice(PRESENT))
        return
    chance.shuffle(wanted)
    for left in filter(None, wanted):
        act, who = left[0]
        if _is_taken(case, act, who or case.technician):
            left.pop(0)
            return
    _next(case)


def _is_taken(case: Case, act: Act, who: Person) -> bool:
    """Whether something becomes so by it; who is not there does nothing."""
    told = act(case, _present(who)) if who.id in KNOWN else None
    return told is not None and told.is_success and bool(told.json()["facts"])


def _next(case: Case) -> None:
    """The next step, if who should take it is there."""
    if (step := next_step(case)) is not None and step.who.id in KNOWN:
        step.act(case, _present(step.who))


def _present(who: Person) -> Person:
    return KNOWN[who.id]
