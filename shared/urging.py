"""催办 (urging by hand): the one rule by which those who wait for a paper urge whom they wait for.

A paper says which of its steps is waited for, and by whom it may be urged; its row is `urgings`.
What was urged last stands in its state as `urged_by_hand`, which `remembering` keeps there.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from typing import Any, Protocol, TypeAlias, TypeVar

from shared.decider import Asked, Decision, Fact, Refused, Rule, reason, refuse_if
from shared.events.order_sheet import Standing
from shared.events.urging import PaperUrged
from shared.events.values import ALL_BRANCHES, At, Note, Ref, Role, covers
from shared.ground import Ground
from shared.step import SOME_DAY, WORDS, AnyRow, Step

_DECIDERS = {Role.APPROVER, Role.GENERAL_MANAGER}
Last: TypeAlias = PaperUrged
"""What a paper keeps of its last urging."""


class UrgedState(Protocol):
    """在等的单据: the state of a paper that can be urged."""

    @property
    def urged_by_hand(self) -> Last | None:
        """As it was urged last."""


S = TypeVar("S", bound=Any)


@dataclass(frozen=True, slots=True)
class UrgePaper:
    """催办: urge by name whoever is to take the next step; by those who wait for it."""

    because: Note
    urged: Standing
    """Who is urged."""
    again_at: At
    """Until when nobody urges the same step once more."""
    of: Ref | None = None
    """Which of several things that wait on the paper; None: the first of them."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """在等一项: a step that is waited for, and who takes it."""

    step: str
    """Its path."""
    of: str | None = None
    """Which of several things on the paper it is about."""
    person: str | None = None
    """Who alone takes it."""
    roles: Collection[str] | None = None
    """Who takes it, if not the roles of its row; none at all: the person, whatever they are."""
    without: Collection[str] = ()
    """Who has the role and is kept apart from it."""


def nothing_beside(_state: object) -> Sequence[Awaited]:
    """A paper on which one step is waited for at a time."""
    return ()


def no_stage(_state: object) -> str | None:
    """A paper of which no stage says what is waited for."""
    return None


def nothing_else(_state: object, _asked: Asked) -> Iterable[Rule]:
    """A paper that keeps nobody from urging."""
    return ()


@dataclass(frozen=True, slots=True)
class Urgeable:
    """可催单据: what its urging hangs on."""

    steps: Sequence[AnyRow[Any]]
    """Of the paper, without its urging."""
    awaited: Callable[[Any], str | None]
    """From the state to the path of the step that is waited for; None: nothing is."""
    also: Callable[[Any, Asked], Iterable[Rule]] = nothing_else
    """Who is kept from urging."""
    beside: Callable[[Any], Sequence[Awaited]] = nothing_beside
    """From the state to what is waited for beside that, each of somebody else."""

    def step(self, path: str) -> Step[Any, Any]:
        """The row of the step that is waited for."""
        return next(each for each in self.steps if isinstance(each, Step) and each.path == path)

    def waiting(self, state: Any) -> Sequence[Awaited]:
        """Everything that is waited for, first what the stage says."""
        path = self.awaited(state)
        staged = (Awaited(path),) if path is not None else ()
        return (*staged, *self.beside(state))

    def decide(self, command: UrgePaper, state: UrgedState, asked: Asked) -> Decision:
        """催办: of what waits for them, and no sooner than policy says after the last time."""
        of = command.of
        waits = next((e for e in self.waiting(state) if of is None or e.of == of), None)
        if waits is None:
            raise Refused(reason("nothing-awaited"))
        whom, again_at = command.urged.person, command.again_at
        urged = PaperUrged(asked.actor, whom, waits.step, command.because, again_at, waits.of)
        if state.urged_by_hand == urged:
            return []
        refuse_if(*self.also(state, asked), *self._broken(command.urged, waits, state, asked))
        return asked.here(urged)

    def _broken(
        self, urged: Standing, waits: Awaited, state: UrgedState, asked: Asked
    ) -> Iterator[Rule]:
        row, person, roles = self.step(waits.step), urged.person, self._roles(waits)
        branch = row.at_branch(state) if row.at_branch else asked.branch
        works = urged.known and urged.active and (not roles or covers(urged.branches, branch))
        fits = not roles or bool({*roles} & {*urged.roles})
        takes = fits and waits.person in (None, person) and person not in waits.without
        yield (
            not (works and takes),
            reason("not-awaited", person=person, step=waits.step, branch=branch),
        )
        same = [e for e in _so_far(state, asked) if (e.step, e.of) == (waits.step, waits.of)]
        for last in same[-1:]:
            told = reason("urged-already", person=last.whom, until=last.again_at.isoformat())
            yield asked.recorded_at < last.again_at, told

    def _roles(self, waits: Awaited) -> Collection[str]:
        return self.step(waits.step).by if waits.roles is None else waits.roles

    def offered(self, _number: str, state: Any) -> Iterator[UrgePaper]:
        """Somebody who breaks no rule, of each: the page cannot know whom they urge."""
        for waits in self.waiting(state):
            roles = tuple(Role(each) for each in sorted(self._roles(waits)))
            person, branches = waits.person or WORDS, (ALL_BRANCHES,)
            fit = Standing(person, known=True, active=True, roles=roles, branches=branches)
            yield UrgePaper(WORDS, fit, SOME_DAY, waits.of)


def _so_far(state: UrgedState, asked: Asked) -> Sequence[PaperUrged]:
    """As it was urged so far, of whatever waits on it; the last of them is kept in the state."""
    told = (each.fact for each in asked.happened.get(asked.home, ()))
    last = state.urged_by_hand
    return [*(fact for fact in told if isinstance(fact, PaperUrged)), *((last,) if last else ())]


def urgings(
    of: Urgeable,
    by: Collection[str],
    rests_on: Ground,
    until: StrEnum | None = None,
    at_branch: Callable[[Any], str] | None = None,
) -> Step[Any, Any]:
    """The row of a paper that those who wait for it urge."""
    return Step(
        "urgings",
        UrgePaper,
        of.decide,
        by=by,
        nobody_apart="a reminder grants nothing" if _DECIDERS & {*by} else "",
        rests_on=rests_on,
        until=until,
        at_branch=at_branch,
        offer=of.offered,
        example={"whom": "A-ZHAO", "because": "用户停产等修 the customer's line stands still"},
    )


def remembering(evolve: Callable[[S, Fact], S]) -> Callable[[S, Fact], S]:
    """The `evolve` of a paper that keeps its last urging beside what its other facts make."""

    @wraps(evolve)
    def after(state: S, fact: Fact) -> S:
        if isinstance(fact, PaperUrged):
            return replace(state, urged_by_hand=fact)
        return evolve(state, fact)

    told = evolve.__annotations__
    after.__annotations__ = {**told, "fact": told["fact"] | PaperUrged}
    return after
