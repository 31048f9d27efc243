"""请假 (leave): on which days somebody is away, for whoever gives orders and makes appointments.

A stream for each person. It says that they are away and never what ails them: there is no field
for words. Leave forbids nothing; whoever gives work to somebody who is away is told so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from shared.decider import Asked, Decision, Refused, Rule, number_of, reason, refuse_if, too_many
from shared.events.order_sheet import LeaveKind, Standing
from shared.events.values import Role, Warned, covers
from shared.events.visits import LeaveCancelled, LeaveRecorded
from shared.ground import last_of
from shared.step import Address, PaperType, PathField, Step, by_command, of_everybody

LONGEST_DAYS = 92
"""House: a quarter. Who is away for longer has it recorded anew, so that somebody looks again."""
MOST = 50
"""House: so many of one person are in force or to come at most."""


@dataclass(frozen=True, slots=True)
class Leave:
    """请假: why, as far as a planner needs it, and the days, both named included."""

    kind: LeaveKind
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class RecordLeave(Leave):
    """请假: somebody is away on these days; by themselves, or by a clerk of the branch."""

    standing: Standing
    """Obligation: what the register of people says of them."""
    recorded_on: date
    """Obligation: the day at the branch."""
    warnings: tuple[Warned, ...] = ()
    """Obligation: the visits that they are expected for on these days."""


@dataclass(frozen=True, slots=True)
class CancelLeave:
    """销假: they are not away, or are back already; by themselves, or by a clerk of the branch."""

    number: int


LeaveFact: TypeAlias = LeaveRecorded | LeaveCancelled


@dataclass(frozen=True, slots=True)
class Leaves:
    """请假登记: when a person is away, by number; what was cancelled stays, marked."""

    recorded: Mapping[int, LeaveRecorded] = field(default_factory=dict)
    cancelled: frozenset[int] = frozenset()

    @property
    def standing(self) -> Sequence[LeaveRecorded]:
        """Those that count."""
        return [each for n, each in self.recorded.items() if n not in self.cancelled]

    def on(self, day: date) -> Sequence[LeaveRecorded]:
        """Those that hold on this day."""
        return [each for each in self.standing if each.from_on <= day <= each.until_on]

    def within(self, is_theirs: Callable[[str], bool]) -> "Leaves":
        """Those that were recorded at some branches alone."""
        recorded = {n: each for n, each in self.recorded.items() if is_theirs(each.branch)}
        return Leaves(recorded, self.cancelled & recorded.keys())


initial = Leaves()


def record(command: RecordLeave, leaves: Leaves, asked: Asked) -> Decision:
    """请假: of days that are not over yet, of somebody who works at the branch."""
    days = (command.from_on, command.until_on)
    standing = leaves.standing
    if (command.kind, *days) in [(each.kind, each.from_on, each.until_on) for each in standing]:
        return []
    person, said = number_of(asked.home), command.standing
    length = (command.until_on - command.from_on).days + 1
    first, last = (each.isoformat() for each in days)
    ahead = sum(each.until_on >= command.recorded_on for each in standing)
    here = covers(said.branches, asked.branch)
    refuse_if(
        _theirs_to_say(person, asked),
        (not (said.known and said.active), reason("nobody-of-ours", person=person)),
        (said.known and not here, reason("not-of-the-branch", person=person, branch=asked.branch)),
        (length < 1, reason("days-reversed", from_on=first, until_on=last)),
        (length > LONGEST_DAYS, reason("leave-too-long", days=length, most=LONGEST_DAYS)),
        (command.until_on < command.recorded_on, reason("leave-over", until_on=last)),
        too_many("leaves", ahead + 1, MOST),
    )
    number = len(leaves.recorded) + 1
    return asked.here(LeaveRecorded(number, asked.branch, command.kind, *days, command.warnings))


def cancel(command: CancelLeave, leaves: Leaves, asked: Asked) -> Decision:
    """销假: one that was recorded; the whole of it counts no longer."""
    person, number = number_of(asked.home), command.number
    leave = leaves.recorded.get(number)
    if leave is None:
        raise Refused(reason("leave-unknown", person=person, number=number))
    refuse_if(_theirs_to_say(person, asked))
    if number in leaves.cancelled:
        return []
    return asked.here(LeaveCancelled(number, leave.from_on, leave.until_on))


NUMBER = PathField(described="人员编号 the number of a person", max_length=64)
PAPER: PaperType[Leaves] = PaperType(
    prefix="leave",
    address=Address("/people/{number}/leaves", (NUMBER,)),
    branches_of=of_everybody,  # each leave has a branch of its own
)
BY = set(Role) - {Role.CUSTOMER, Role.AUDITOR, Role.OPERATOR}

STEPS = (
    Step(
        "/people/{number}/leaves",
        RecordLeave,
        record,
        by=BY,
        nobody_apart="about oneself, or by whoever plans",
        begins=True,
        location="/v1/people/{id}/leaves",
        takes_branch=True,
        example={"kind": "holiday", "from_on": "2026-12-07", "until_on": "2026-12-11"},
    ),
    Step(
        "{which}/revocations",
        CancelLeave,
        cancel,
        by=BY,
        nobody_apart="about oneself, or by whoever plans",
        rests_on=last_of(LeaveRecorded),
    ),
)
decide = by_command(STEPS)


def evolve(leaves: Leaves, fact: LeaveFact) -> Leaves:
    """When the person is away after the fact."""
    match fact:
        case LeaveRecorded(number):
            return replace(leaves, recorded={**leaves.recorded, number: fact})
        case LeaveCancelled(number):
            return replace(leaves, cancelled=leaves.cancelled | {number})


def _theirs_to_say(person: str, asked: Asked) -> Rule:
    """Who is away says so themselves, or a clerk whom they told."""
    others = asked.actor != person and Role.CLERK not in asked.roles
    return others, reason("not-yours-to-record", person=person)
