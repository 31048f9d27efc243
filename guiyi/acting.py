"""经办人 (acting): as whom a verb acts: somebody of the register, with the roles of their card."""

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass

from shared.config import Settings
from shared.events.values import ALL_BRANCHES, Role, covers


class NotRegistered(Exception):
    """Nobody active of that number is in the register, and the installation lets nobody else in."""


class LacksRight(Exception):
    """A card does not have the role or the branch; the message names the person and what it is."""


@dataclass(frozen=True, slots=True)
class Acting:
    """经办人: a person, as their card has them."""

    actor: str
    roles: frozenset[str]
    branches: frozenset[str]

    def needs(self, roles: Collection[str], branch: str | None = None) -> None:
        """Raise LacksRight unless they have one of the roles, and the branch."""
        if self.roles.isdisjoint(roles):
            raise LacksRight(f"{self.actor}: {' / '.join(sorted(roles))}")
        if branch is not None and not covers(self.branches, branch):
            raise LacksRight(f"{self.actor}: {branch}")


def acting(intake: Settings, actor: str) -> Acting:
    """Somebody as the register has them. Raises NotRegistered, Unavailable, ChainBroken.

    Whoever may begin an installation is an operator as long as they have no card.
    """
    from services.intake.registers import PEOPLE
    from shared.handle import Handler, Rehearsal
    from shared.personal.keys import open_keys
    from shared.record.postgres import Record

    with closing(Record(intake.runtime_url, intake.room, intake.partitions, pool=1)) as record:
        keys = open_keys(intake.keys_url, intake.master_key_file)
        handler = Handler(record, {PEOPLE.PAPER.prefix: PEOPLE}, keys)
        card = Rehearsal(handler).folded(PEOPLE.PAPER.stream_of(actor)).state
    if card is not None and card.active:
        roles = frozenset(role.value for role in card.roles)
        return Acting(actor, roles, frozenset(card.branches))
    if card is None and actor in intake.first_operators:
        return first(actor)
    raise NotRegistered(actor)


def operating(intake: Settings, actor: str) -> Acting:
    """Somebody who is an operator by their card. Raises NotRegistered, LacksRight, Unavailable.

    While the register itself is away or broken, whoever may begin an installation may mend it.
    """
    from shared.chain import ChainBroken
    from shared.record.store import Unavailable

    try:
        person = acting(intake, actor)
    except (Unavailable, ChainBroken) as error:
        if actor not in intake.first_operators:
            raise Unavailable(f"{intake.room}: {error}") from error
        person = first(actor)
    person.needs({Role.OPERATOR.value})
    return person


def first(actor: str) -> Acting:
    """Somebody who may begin an installation, as long as no card says otherwise."""
    return Acting(actor, frozenset({Role.OPERATOR.value}), frozenset({ALL_BRANCHES}))
