"""代行 (deputies): somebody acts in the place of another, by a delegation that is in force today.

It holds for every approval in every room. They then have the role that was delegated and no other,
at the branches for which it was. Where the body says as what somebody approves, a post is delegated
like a role, and the step asks the record whether that one was. Every fact says in whose place it
was written, and what one of the two may not do, the other may not do for them (`shared.claims`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from shared.decider import reason
from shared.events.values import Role, covers
from shared.http.problem import Problem
from shared.http.registers import Registers
from shared.http.route import Guard
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

    def acting(self, caller: Caller, person: str, guard: Guard) -> Caller:
        """The caller as deputy of a person, on a route that is so guarded. Raises Problem."""
        held = self.delegated(caller, person, by_post=guard.is_by_post)
        if guard.is_by_post and held:
            branches = frozenset(branch for each in held.values() for branch in each)
            return replace(caller, branches=branches)
        # One role alone: what was delegated at one branch is not mixed with that at another.
        fit = sorted(held.keys() & guard.roles, key=lambda role: (-len(held[role]), role))
        if not fit:
            told = reason("no-deputy", deputy=caller.actor, person=person)
            raise Problem(403, "forbidden", told)
        return replace(caller, roles=frozenset(fit[:1]), branches=frozenset(held[fit[0]]))

    def delegated(
        self, caller: Caller, person: str, *, by_post: bool
    ) -> Mapping[str, Collection[str]]:
        """By role or post: the branches at which they may act in it today. None for themselves."""
        held = defaultdict[str, set[str]](set)
        card = self._registers.person(person)
        if card is None or not card.active or person == caller.actor:
            return held
        posts = card.posts if by_post else ()
        decides = {*DELEGABLE.intersection(card.roles), *posts}
        for each in self._registers.delegated(person):
            branch, now = self._registers.branch(each.branch), self._registers.now()
            today = local_day(self._policies(each.branch, now), branch, now)
            both = covers(caller.branches, each.branch) and covers(card.branches, each.branch)
            if both and each.is_of(caller.actor, today):
                for as_what in decides.intersection(each.as_what):
                    held[as_what].add(each.branch)
        return held
