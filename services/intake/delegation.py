"""授权代理 (delegations): who stands in for whom, as what, at which branch, from when until when.

A stream for each person who lets others stand in for them. What they have delegated they may still
do themselves; what their card does not hold they cannot delegate: nobody stands in for a deputy.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias
from zoneinfo import ZoneInfo

from services.intake.cards import unusable
from shared.decider import Asked, Decision, Public, Refused, number_of, reason, refuse_if, too_many
from shared.events.cards import (
    BranchCard,
    BranchRegistered,
    Delegated,
    DelegationDocument,
    PersonCard,
    PersonRegistered,
)
from shared.events.intake import DelegationEnded, DelegationRecorded
from shared.events.values import Ref, Role, Several, Text
from shared.fields import filled
from shared.ground import last_of
from shared.step import Address, PaperType, PathField, Step, by_command, of_everybody

LONGEST_DAYS = 92
"""House: a quarter. Who is away for longer delegates anew, so that somebody looks at it again."""


MOST = 50
"""House: so many of one person are in force or to come at most; the document lists as many."""


@dataclass(frozen=True, slots=True)
class RecordDelegation:
    """授权: let a deputy act for a person at a branch on these days, both named included.

    By that person themselves, or by the operator.
    """

    deputy: Ref
    as_what: Several[Ref]
    """Roles or posts of the person who is stood in for."""
    from_on: date
    until_on: date
    """The last day on which they act."""
    because: Text | None = None


@dataclass(frozen=True, slots=True)
class EndDelegation:
    """撤销授权: end a delegation before its last day."""

    number: int
    because: Text | None = None


DelegationFact: TypeAlias = DelegationRecorded | DelegationEnded


@dataclass(frozen=True, slots=True)
class Delegations:
    """授权一览: everything one person has delegated, by number; what was ended stays, marked."""

    given: Mapping[int, DelegationRecorded] = field(default_factory=dict)
    ended: frozenset[int] = frozenset()

    def within(self, is_theirs: Callable[[str], bool]) -> "Delegations":
        """Those that hold at some branches alone."""
        given = {n: each for n, each in self.given.items() if is_theirs(each.branch)}
        return Delegations(given, self.ended & given.keys())

    def allows(self, deputy: str, as_what: str, branch: str, on: date) -> bool:
        """Whether this deputy may act as that on this day at this branch."""
        return any(
            each.deputy == deputy and as_what in each.as_what for each in self._acting(branch, on)
        )

    def deputies(self, branch: str, on: date) -> frozenset[str]:
        """Who acts for the person on this day at this branch, as whatever it is."""
        return frozenset(each.deputy for each in self._acting(branch, on))

    def _acting(self, branch: str, on: date) -> Iterator[DelegationRecorded]:
        for number, each in self.given.items():
            in_force = each.from_on <= on <= each.until_on and number not in self.ended
            if in_force and each.branch == branch:
                yield each


initial = Delegations()


def reads_people(command: RecordDelegation, _delegations: object, asked: Asked) -> tuple[str, ...]:
    """The cards a delegation rests on: of both people and of the branch."""
    people = dict.fromkeys((number_of(asked.home), command.deputy))
    return (f"branch-{asked.branch}", *(f"person-{each}" for each in people))


def record(command: RecordDelegation, delegations: Delegations, asked: Asked) -> Decision:
    """授权: what the person holds themselves, once, and to somebody else."""
    person = _needs_own(asked)
    fact = DelegationRecorded(
        number=len(delegations.given) + 1,
        deputy=command.deputy,
        as_what=command.as_what,
        branch=asked.branch,
        from_on=command.from_on,
        until_on=command.until_on,
        because=command.because,
    )
    standing = [each for n, each in delegations.given.items() if n not in delegations.ended]
    if any(replace(each, number=fact.number) == fact for each in standing):
        return []
    days = (command.until_on - command.from_on).days + 1
    too_long = reason("delegation-too-long", days=str(days), most=str(LONGEST_DAYS))
    foreign = _foreign(command, asked.read(f"person-{person}"))
    first, last = command.from_on, command.until_on
    today = _today(asked)
    backdated = reason("delegation-backdated", from_on=str(first), today=str(today))
    reversed_ = reason("days-reversed", from_on=str(first), until_on=str(last))
    refuse_if(
        (not command.as_what, reason("delegation-incomplete", missing=["as_what"])),
        (command.deputy == person, reason("deputy-himself", person=person)),
        (last < first, reversed_),
        (days > LONGEST_DAYS, too_long),
        (command.from_on < today, backdated),
        too_many("given", sum(each.until_on >= today for each in standing) + 1, MOST),
        (bool(foreign), reason("not-held", person=person, as_what=foreign)),
        *unusable(asked, reads_people(command, delegations, asked)),
    )
    return asked.here(fact)


def end(command: EndDelegation, delegations: Delegations, asked: Asked) -> Decision:
    """撤销授权: one that was recorded."""
    person, number = _needs_own(asked), command.number
    if number not in delegations.given:
        raise Refused(reason("delegation-unknown", person=person, number=number))
    ended = DelegationEnded(number, command.because)
    return [] if number in delegations.ended else asked.here(ended)


NUMBER = PathField(described="编号 number", max_length=200)
PAPER: PaperType[Delegations] = PaperType(
    prefix="delegation",
    address=Address("/people/{number}/delegations", (NUMBER,)),
    branches_of=of_everybody,  # each delegation has a branch of its own
)
BY = {Role.APPROVER, Role.GENERAL_MANAGER, Role.FINANCE, Role.OPERATOR}

STEPS = (
    Step(
        "/people/{number}/delegations",
        RecordDelegation,
        record,
        by=BY,
        begins=True,
        reads=reads_people,
        rests_on=last_of(BranchRegistered, PersonRegistered),
        location="/v1/people/{id}/delegations",
        takes_branch=True,
        example={
            "deputy": "K-CHENJING",
            "as_what": ["approver"],
            "from_on": "2026-11-23",
            "until_on": "2026-12-04",
            "because": "年休假",
        },
    ),
    Step(
        "{which}/endings",
        EndDelegation,
        end,
        by=BY,
        rests_on=last_of(DelegationRecorded),
        example={"because": "提前返岗"},
    ),
)
decide = by_command(STEPS)


def evolve(delegations: Delegations, fact: DelegationFact) -> Delegations:
    """What the person has delegated after the fact."""
    match fact:
        case DelegationRecorded(number):
            return replace(delegations, given={**delegations.given, number: fact})
        case DelegationEnded(number):
            return replace(delegations, ended=delegations.ended | {number})


def public(delegations: Delegations, _: DelegationFact) -> Public:
    """What is delegated, as other rooms know it."""
    given = [each for n, each in delegations.given.items() if n not in delegations.ended]
    newest = tuple(filled(Delegated, each) for each in given[-MOST:])
    return Public(DelegationDocument(newest), {})


def holds(card: PersonCard, as_what: str) -> bool:
    """Whether a person is that themselves, by role or by post."""
    return as_what in card.roles or as_what in card.posts


def _needs_own(asked: Asked) -> str:
    """The person it is about. Raises Refused unless they ask themselves, or the operator does."""
    person = number_of(asked.home)
    others = asked.actor != person and Role.OPERATOR not in asked.roles
    refuse_if((others, reason("not-yours-to-delegate", person=person)))
    return person


def _today(asked: Asked) -> date:
    """The day at the branch: nobody is made a deputy for one that is over."""
    branch = asked.read(f"branch-{asked.branch}")
    zone = branch.time_zone if isinstance(branch, BranchCard) else "UTC"
    return asked.recorded_at.astimezone(ZoneInfo(zone)).date()


def _foreign(command: RecordDelegation, card: PersonCard | None) -> list[str]:
    """What is delegated though the person does not hold it; who has no card is told elsewhere."""
    return [] if card is None else [each for each in command.as_what if not holds(card, each)]
