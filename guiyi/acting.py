"""经办人 (acting): as whom a verb acts: somebody of the register, with the roles of their card."""

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.config import Settings
from shared.events.values import ALL_BRANCHES, Role, covers

if TYPE_CHECKING:
    from shared.events.cards import PersonCard


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
    """Somebody as the register has them. Raises NotRegistered, Unavailable.

    Whoever may begin an installation is an operator as long as they have no card.
    """
    card = _card(intake, actor)
    if card is not None and card.active:
        roles = frozenset(role.value for role in card.roles)
        return Acting(actor, roles, frozenset(card.branches))
    if card is None and actor in intake.first_operators:
        return first(actor)
    raise NotRegistered(actor)


def _card(intake: Settings, actor: str) -> "PersonCard | None":
    """The card of somebody. Raises Unavailable if it cannot be read, whatever the reason."""
    import psycopg2

    from services.intake.registers import PEOPLE
    from shared.chain import ChainBroken
    from shared.envelope import BrokenFact
    from shared.events.reading import FutureSchema, UnknownType, Unreadable
    from shared.handle import Handler, Rehearsal
    from shared.personal.keys import open_keys
    from shared.record.postgres import Record
    from shared.record.store import Unavailable

    broken = (ChainBroken, BrokenFact, FutureSchema, UnknownType, Unreadable, psycopg2.Error)
    with closing(Record(intake.runtime_url, intake.room, intake.partitions, pool=1)) as record:
        keys = open_keys(intake.keys_url, intake.master_key_file)
        handler = Handler(record, {PEOPLE.PAPER.prefix: PEOPLE}, keys)
        try:
            card: PersonCard | None = Rehearsal(handler).folded(PEOPLE.PAPER.stream_of(actor)).state
        except (Unavailable, *broken) as error:
            raise Unavailable(f"{intake.room}: {str(error).strip()}") from error
    return card


def operating(intake: Settings, actor: str) -> Acting:
    """Somebody who is an operator by their card. Raises NotRegistered, LacksRight, Unavailable.

    While the register itself is away or broken, whoever may begin an installation may mend it.
    """
    from shared.record.store import Unavailable

    try:
        person = acting(intake, actor)
    except Unavailable:
        if actor not in intake.first_operators:
            raise
        person = first(actor)
    person.needs({Role.OPERATOR.value})
    return person


def first(actor: str) -> Acting:
    """Somebody who may begin an installation, as long as no card says otherwise."""
    return Acting(actor, frozenset({Role.OPERATOR.value}), frozenset({ALL_BRANCHES}))
