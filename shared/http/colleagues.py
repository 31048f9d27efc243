"""同事 (colleagues): who has a role or a post at a branch, by name, and who stands in for them.

A room knows people by the newest documents of their cards; the room that keeps the register looks
into its own views (`Front.colleagues`, `Front.deputies`). A role is named alone where the room has
heard of nobody yet, or where whoever asks may not know the branch. Where nobody has the role it is
said, with what to do.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

from shared.events.cards import DelegationDocument, PersonDocument
from shared.events.values import Role, covers
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.deputies import DELEGABLE
from shared.http.named import Named, told_to
from shared.http.registers import Registers
from shared.mends import Who
from shared.policy import local_day
from shared.policy.book import PolicyInForce
from shared.visibility import EMPLOYEES

T = TypeVar("T")
MOST = 5
"""So many people of a role are named; of the others it is said how many there are."""
VACANT = "role-vacant"
"""The label that says what to do where nobody has a role."""
_NOT_DELEGABLE = set(Role) - DELEGABLE
_ALWAYS_THERE = {Role.OPERATOR, Role.CUSTOMER}
"""Operators may have no card at all, and customers have no role at a branch."""


class Colleagues:
    """同事: of one answer; what was looked up for one step is known for the next."""

    def __init__(self, api: RoomApi, context: RequestContext) -> None:
        self._api, self._context = api, context
        self._held: dict[tuple[str, str], Mapping[str, str] | None] = {}
        self._standing_in: dict[tuple[str, str], Sequence[tuple[str, str]]] = {}

    def of(self, role: str, branches: Collection[str]) -> Iterator[Who]:
        """Who has a role or post at all of the branches; the role, where nobody can be named."""
        said = self._api.texts.label(role)
        alone = Who(role, said.zh, said.en)
        found = self._at_all(role, branches)
        if found is None or (not found and role in _ALWAYS_THERE):
            yield alone
        elif not found:
            what = self._api.texts.label(VACANT)
            yield Who(role, said.zh, said.en, to_do_zh=what.zh, to_do_en=what.en)
        else:
            yield from self._first(alone, sorted(found.items()))

    def told_of(self, named: Named, branch: str) -> Named:
        """Of those whom a paper of the branch names, whom whoever asks is told."""
        caller = self._context.caller
        return told_to(caller.actor, caller.roles, named) if self._context.within(branch) else {}

    def standing_in(
        self, role: str, branches: Collection[str], named: Collection[str] = ()
    ) -> Iterator[Who]:
        """Who decides today for whoever has the role; `named`: of these people alone."""
        holders = self._at_all(role, branches)
        if holders is None or role in _NOT_DELEGABLE:
            return
        said = self._api.texts.label(role)
        of = set(named) or holders.keys()
        pairs = [pair for pair in self.deputies(min(branches), role) if pair[0] in of]
        for person, deputy in pairs[:MOST]:
            card = self._api.registers.person(deputy)
            if card is not None and card.active:
                yield Who(role, said.zh, said.en, deputy, card.name, person)

    def deputies(self, branch: str, as_what: str) -> Sequence[tuple[str, str]]:
        """Who may act in this role or post today for somebody else: whom they stand in for, who."""
        looked = self._api.front.deputies or _deputies_heard_of
        look = partial(looked, self._api.registers, self._api.policies, branch, as_what)
        return _once(self._standing_in, (branch, as_what), lambda: tuple(look()))

    def _at_all(self, role: str, branches: Collection[str]) -> Mapping[str, str] | None:
        """By person their name; None: nothing is known of it, or may be told."""
        is_told = not self._context.caller.roles.isdisjoint(EMPLOYEES)
        if not branches or not is_told or not all(map(self._context.within, branches)):
            return None
        each = [self._at(role, branch) for branch in sorted(branches)]
        known = [one for one in each if one is not None]
        if len(known) < len(each):
            return None
        return {person: known[0][person] for person in known[0] if all(person in k for k in known)}

    def _at(self, role: str, branch: str) -> Mapping[str, str] | None:
        looked = self._api.front.colleagues or heard_of
        look = partial(looked, self._api.registers, branch, role)
        return _once(self._held, (branch, role), look)

    def _first(self, alone: Who, found: Sequence[tuple[str, str]]) -> Iterator[Who]:
        for person, name in found[:MOST]:
            yield Who(alone.role, alone.zh, alone.en, person, name)
        if (more := len(found) - MOST) > 0:
            yield Who(alone.role, alone.zh, alone.en, more=more)


def heard_of(registers: Registers, branch: str, as_what: str) -> Mapping[str, str] | None:
    """By person their name: who has this role or post at the branch, by the cards that came."""
    documents = registers.documents("person")
    cards = [each.card for each in documents.values() if isinstance(each, PersonDocument)]
    if not cards:
        return None
    return {
        card.id: card.name
        for card in cards
        if card.active and as_what in (*card.roles, *card.posts) and covers(card.branches, branch)
    }


def _deputies_heard_of(
    registers: Registers, policies: PolicyInForce, branch: str, as_what: str
) -> Iterable[tuple[str, str]]:
    """As `Colleagues.deputies`, by the delegations that came."""
    now = registers.now()
    today = local_day(policies(branch, now), registers.branch(branch), now)
    for stream, heard in sorted(registers.documents("delegation").items()):
        given = heard.given if isinstance(heard, DelegationDocument) else ()
        for each in given:
            is_here = each.branch == branch and as_what in each.as_what
            if is_here and each.is_of(each.deputy, today):
                yield stream.partition("-")[2], each.deputy


def _once(known: dict[tuple[str, str], T], key: tuple[str, str], look: Callable[[], T]) -> T:
    if key not in known:
        known[key] = look()
    return known[key]
