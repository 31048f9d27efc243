"""授权代理 (delegations): who stands in for whom, as what, at which branch, from when until when.

A stream for each person who lets others stand in for him. What he has delegated he may still do
himself; what he does not hold on his card he cannot delegate, so nobody stands in for a deputy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from services.intake.registers import unusable
from shared.decider import Asked, Decision, Refused, reason, refuse_if
from shared.events.cards import PersonCard
from shared.events.intake import DelegationEnded, DelegationRecorded
from shared.events.values import BranchCode, Ref, Role, Text


@dataclass(frozen=True, slots=True)
class RecordDelegation:
    """授权: let a deputy act as what one is oneself, for some days; by oneself or the operator."""

    deputy: Ref
    as_what: tuple[Ref, ...]
    """Roles or posts of the person who is stood in for."""
    from_on: date
    until_on: date
    """The last day on which he acts."""
    because: Text | None = None


@dataclass(frozen=True, slots=True)
class EndDelegation:
    """撤销授权: end a delegation before its last day; by whom it is about or the operator."""

    number: int
    because: Text | None = None


Command: TypeAlias = RecordDelegation | EndDelegation
DelegationFact: TypeAlias = DelegationRecorded | DelegationEnded


@dataclass(frozen=True, slots=True)
class Delegations:
    """授权一览: everything one person has delegated, by number; what was ended stays, marked."""

    given: Mapping[int, DelegationRecorded] = field(default_factory=dict)
    ended: frozenset[int] = frozenset()

    def allows(self, deputy: str, as_what: str, branch: str, on: date) -> bool:
        """Whether this deputy may act as that on this day at this branch."""
        return any(
            each.deputy == deputy
            and as_what in each.as_what
            and each.branch == branch
            and each.from_on <= on <= each.until_on
            for number, each in self.given.items()
            if number not in self.ended
        )


initial = Delegations()


def reads(command: Command, person: str, branch: BranchCode) -> tuple[str, ...]:
    """The cards a delegation rests on: of both people and of the branch."""
    match command:
        case RecordDelegation(deputy):
            return (f"branch-{branch}", f"person-{person}", f"person-{deputy}")
        case EndDelegation():
            return ()


def decide(command: Command, delegations: Delegations, asked: Asked) -> Decision:
    """What the command makes true; nothing if it is true already."""
    person = asked.home.partition("-")[2]
    others = asked.actor != person and Role.OPERATOR not in asked.roles
    refuse_if((others, reason("not-yours-to-delegate", person=person)))
    match command:
        case RecordDelegation():
            return _record(command, delegations, person, asked)
        case EndDelegation(number, because):
            if number not in delegations.given:
                raise Refused(reason("delegation-unknown", person=person, number=number))
            fact = DelegationEnded(number, because)
            return [] if number in delegations.ended else asked.here(fact)


def evolve(delegations: Delegations, fact: DelegationFact) -> Delegations:
    """What the person has delegated after the fact."""
    match fact:
        case DelegationRecorded(number):
            return replace(delegations, given={**delegations.given, number: fact})
        case DelegationEnded(number):
            return replace(delegations, ended=delegations.ended | {number})


def holds(card: PersonCard, as_what: str) -> bool:
    """Whether a person is that himself, by role or by post."""
    return as_what in card.roles or as_what in card.posts


def _record(
    command: RecordDelegation, delegations: Delegations, person: str, asked: Asked
) -> Decision:
    fact = DelegationRecorded(
        number=len(delegations.given) + 1,
        deputy=command.deputy,
        as_what=command.as_what,
        branch=asked.branch,
        from_on=command.from_on,
        until_on=command.until_on,
        because=command.because,
    )
    in_force = (each for n, each in delegations.given.items() if n not in delegations.ended)
    if any(replace(each, number=fact.number) == fact for each in in_force):
        return []
    foreign = _foreign(command, asked.reads.get(f"person-{person}"))
    first, last = command.from_on, command.until_on
    reversed_ = reason("days-reversed", from_on=str(first), until_on=str(last))
    refuse_if(
        (not command.as_what, reason("delegation-incomplete", missing=["as_what"])),
        (command.deputy == person, reason("deputy-himself", person=person)),
        (last < first, reversed_),
        (bool(foreign), reason("not-held", person=person, as_what=foreign)),
        *unusable(asked, dict.fromkeys(reads(command, person, asked.branch))),
    )
    return asked.here(fact)


def _foreign(command: RecordDelegation, card: PersonCard | None) -> list[str]:
    """What is delegated though the person does not hold it; who has no card is told elsewhere."""
    return [] if card is None else [each for each in command.as_what if not holds(card, each)]
