"""记得的路 (the memory): what is left to be done from places where a way to the end was found.

Whoever is away takes a way nothing, as long as it rests on no word of theirs: what is true of a
case is the same. So a way that was found while everybody, or somebody else, was there counts for
each who does nothing on it, from the same place on the same day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from guiyi.play.case import Case
from tests.world.honest import ZONE


@dataclass(frozen=True, slots=True)
class Rest:
    """余路: facts that lead on, the exits they took, and everybody whose word they are."""

    facts: tuple[str, ...] = ()
    exits: frozenset[str] = frozenset()
    by: frozenset[str | None] = frozenset()

    def then(self, rest: "Rest") -> "Rest":
        """Both, one after the other."""
        return Rest(self.facts + rest.facts, self.exits | rest.exits, self.by | rest.by)


@dataclass(slots=True)
class Memory:
    """记得的路: of each place the ways on from it that rest on different people."""

    _rests: dict[str, list[Rest]] = field(default_factory=dict)

    def rest(self, name: str, away: str | None) -> Rest | None:
        """A way on that needs nobody who is away."""
        known: Sequence[Rest] = self._rests.get(name, ())
        return next((each for each in known if away not in each.by), None)

    def remember(self, name: str, rest: Rest) -> None:
        """A way on was found, unless one is known that needs nobody else."""
        known = self._rests.setdefault(name, [])
        if not any(each.by <= rest.by for each in known):
            known.append(rest)


def name_of(case: Case, now: datetime, place: str) -> str:
    """What two cases share that can be brought to their end alike: place, day, what is said."""
    people = (case.technician.id, case.ticket, case.nth)
    return repr((now.astimezone(ZONE).date(), people, case.said, place))
