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
from shared.events.values import ALL_BRANCHES, At, Note, Role, covers
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


def nobody_in_particular(_state: object) -> str | None:
    """A paper whose steps wait for a role, whoever has it."""
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
    named: Callable[[Any], str | None] = nobody_in_particular
    """From the state to the one person who takes that step, if it is one alone."""
    also: Callable[[Any, Asked], Iterable[Rule]] = nothing_else
    """Who is kept from urging."""

    def step(self, path: str) -> Step[Any, Any]:
        """The row of the step that is waited for."""
        return next(each for each in self.steps if isinstance(each, Step) and each.path == path)

    def decide(self, command: UrgePaper, state: UrgedState, asked: Asked) -> Decision:
        """催办: of what waits for them, and no sooner than policy says after the last time."""
        path = self.awaited(state)
        if path is None:
            raise Refused(reason("nothing-awaited"))
        whom, again_at = command.urged.person, command.again_at
        urged = PaperUrged(asked.actor, whom, path, command.because, again_at)
        if state.urged_by_hand == urged:
            return []
        refuse_if(*self.also(state, asked), *self._broken(command.urged, path, state, asked))
        return asked.here(urged)

    def _broken(
        self, urged: Standing, path: str, state: UrgedState, asked: Asked
    ) -> Iterator[Rule]:
        row, person = self.step(path), urged.person
        branch = row.at_branch(state) if row.at_branch else asked.branch
        works = urged.known and urged.active and covers(urged.branches, branch)
        takes = bool({*row.by} & {*urged.roles}) and self.named(state) in (None, person)
        yield not (works and takes), reason("not-awaited", person=person, step=path, branch=branch)
        last = state.urged_by_hand
        if last is not None and last.step == path:
            told = reason("urged-already", person=last.whom, until=last.again_at.isoformat())
            yield asked.recorded_at < last.again_at, told

    def offered(self, _number: str, state: Any) -> Iterator[UrgePaper]:
        """Somebody who breaks no rule: the page cannot know whom they urge."""
        path = self.awaited(state)
        if path is not None:
            roles = tuple(Role(each) for each in sorted(self.step(path).by))
            person, branches = self.named(state) or WORDS, (ALL_BRANCHES,)
            fit = Standing(person, known=True, active=True, roles=roles, branches=branches)
            yield UrgePaper(WORDS, fit, SOME_DAY)


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
