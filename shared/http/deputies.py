"""代行 (deputies): somebody acts in the place of another, by a delegation that is in force today.

It holds for every approval in every room. They then have the role that was delegated and no other,
at the branches for which it was. Every fact says in whose place it was written, and what one of the
two may not do, the other may not do for them (`shared.claims`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from shared.decider import reason
from shared.events.values import Role, covers
from shared.http.problem import Problem
from shared.http.registers import Registers
from shared.policy import local_day
from shared.policy.book import PolicyInForce
from shared.token import Caller

HEADER = "X-Acting-For"
DELEGABLE = frozenset({Role.APPROVER, Role.GENERAL_MANAGER, Role.FINANCE})
"""Who decides has deputies. Who signs for what they did themselves has none."""


class Deputies:
    """代行: looks up who stands in for whom, one room's web process."""

    def __init__(self, registers: Registers, policies: PolicyInForce) -> None:
        self._registers, self._policies = registers, policies

    def acting(self, caller: Caller, person: str, roles: Collection[str]) -> Caller:
        """The caller as deputy of a person, on a route for these roles. Raises Problem."""
        held = self._delegated(caller, person)
        # One role alone: what was delegated at one branch is not mixed with that at another.
        fit = sorted(held.keys() & set(roles), key=lambda role: (-len(held[role]), role))
        if not fit:
            told = reason("no-deputy", deputy=caller.actor, person=person)
            raise Problem(403, "forbidden", told)
        return replace(caller, roles=frozenset(fit[:1]), branches=frozenset(held[fit[0]]))

    def _delegated(self, caller: Caller, person: str) -> Mapping[str, Collection[str]]:
        """By role: the branches at which they may act in it today. None for themselves."""
        held = defaultdict[str, set[str]](set)
        card = self._registers.person(person)
        if card is None or not card.active or person == caller.actor:
            return held
        for each in self._registers.delegated(person):
            branch, now = self._registers.branch(each.branch), self._registers.now()
            today = local_day(self._policies(each.branch, now), branch, now)
            both = covers(caller.branches, each.branch) and covers(card.branches, each.branch)
            if both and each.is_of(caller.actor, today):
                for role in DELEGABLE.intersection(card.roles, each.as_what):
                    held[role].add(each.branch)
        return held
