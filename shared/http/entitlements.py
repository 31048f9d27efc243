"""身份 (entitlements): what callers may do: what their tokens say, as far as their cards allow it.

A token authenticates. Roles and branches are on the card of the person; a token may claim fewer of
them, and one that claims more is refused. Customers stand on the card of a customer, all others on
the card of a person, and no card of the one kind says anything of the other.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from shared.decider import Reason, reason
from shared.events.values import ALL_BRANCHES, Role, covers
from shared.http.problem import Problem
from shared.http.registers import Registers
from shared.token import Caller

BELIEVED_S = 5.0
"""How long a card that lets somebody in is believed. Before it keeps them out it is read again."""
REMEMBERED = 10_000
"""Of how many people a card is remembered at most."""
_CUSTOMER = frozenset({Role.CUSTOMER.value})


@dataclass(frozen=True, slots=True)
class Entitlement:
    """身份: what the register says of somebody."""

    roles: frozenset[str]
    branches: frozenset[str]
    active: bool = True
    tokens_from: datetime | None = None
    """Tokens from before this moment are revoked."""


class Entitlements:
    """身份查阅: reads the cards of callers, one room's web process."""

    def __init__(self, registers: Registers, first_operators: Collection[str]) -> None:
        self._registers, self._first = registers, frozenset(first_operators)
        self._known: dict[tuple[str, bool], tuple[float, Entitlement | None]] = {}

    async def admitted(self, caller: Caller) -> Caller:
        """The caller as the register has them. Raises Problem if it has them otherwise."""
        place = caller.actor, caller.roles == _CUSTOMER
        read_at, entitlement = self._known.get(place, (float("-inf"), None))
        if read_at < time.monotonic() - BELIEVED_S or _broken(caller, entitlement):
            began = time.monotonic()
            entitlement = await run_in_threadpool(self._read, caller)
            self._remember(place, began, entitlement)
        if entitlement is None or _broken(caller, entitlement):
            raise Problem(403, "forbidden", *_broken(caller, entitlement))
        return replace(
            caller,
            roles=caller.roles & entitlement.roles,
            branches=_shared(caller.branches, entitlement.branches),
        )

    def _remember(
        self, place: tuple[str, bool], began: float, entitlement: Entitlement | None
    ) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[place] = began, entitlement

    def _read(self, caller: Caller) -> Entitlement | None:
        """The card, as it is now; None: there is none, and the installation names them nowhere."""
        number = caller.actor
        if caller.roles == _CUSTOMER:
            customer = self._registers.customer(number)
            if customer is None:
                return None
            keeper = self._registers.keeper(f"customer-{number}")
            branches = frozenset({keeper, *customer.web_branches})
            return Entitlement(_CUSTOMER, branches, customer.active)
        if (person := self._registers.person(number)) is not None:
            roles = frozenset(role.value for role in person.roles) - _CUSTOMER
            branches = frozenset(person.branches)
            return Entitlement(roles, branches, person.active, person.tokens_from)
        if number in self._first:
            return Entitlement(frozenset({Role.OPERATOR.value}), frozenset({ALL_BRANCHES}))
        return None


def _broken(caller: Caller, entitlement: Entitlement | None) -> list[Reason]:
    """Why the register does not let them in; nothing if it does."""
    if entitlement is None:
        return [reason("person-unregistered", person=caller.actor)]
    if not entitlement.active:
        return [reason("person-inactive", person=caller.actor)]
    since = entitlement.tokens_from
    if since is not None and caller.issued_at < since.timestamp():
        return [reason("token-revoked", person=caller.actor)]
    return list(_beyond(caller, entitlement))


def _beyond(caller: Caller, entitlement: Entitlement) -> Iterator[Reason]:
    if roles := sorted(caller.roles - entitlement.roles):
        yield reason("role-not-on-card", person=caller.actor, roles=roles)
    if branches := sorted(b for b in caller.branches if not covers(entitlement.branches, b)):
        yield reason("branch-not-on-card", person=caller.actor, branches=branches)


def _shared(claimed: frozenset[str], carded: frozenset[str]) -> frozenset[str]:
    """The branches that are in both; `*` in one of them leaves those of the other."""
    if ALL_BRANCHES in carded:
        return claimed
    return carded if ALL_BRANCHES in claimed else claimed & carded
