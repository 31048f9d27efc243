"""选项停用 (hidden values): which values of the lists of a diagnosis a branch chooses no more.

A stream for each branch. The codes of the lists are fixed; a branch only leaves out what it has no
use for. What was written stays as it is: a value is refused where it would be written anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from services.intake.cards import unusable
from shared.decider import Asked, Decision, Public, Refused, Rule, reason, refuse_if
from shared.events.cards import BranchRegistered
from shared.events.intake import ValueHidden, ValueShown
from shared.events.report_form import (
    LISTS,
    Diagnosis,
    HiddenValue,
    HiddenValuesDocument,
    ListedField,
    chosen,
)
from shared.events.values import Ref, Role, Text
from shared.ground import last_of
from shared.step import Address, PaperType, PathField, Step, by_command


@dataclass(frozen=True, slots=True)
class Hiding:
    """停用选项: which value of the list of which field, and why."""

    field: ListedField
    value: Ref
    because: Text | None = None


@dataclass(frozen=True, slots=True)
class HideValue(Hiding):
    """停用选项: a value of a list is chosen no more at a branch; by the operator."""

    used_by: tuple[str, ...] = field(kw_only=True)
    """Obligation: the open reports of the branch that have it."""


@dataclass(frozen=True, slots=True)
class ShowValue:
    """启用选项: a value that was hidden may be chosen again; by the operator."""

    field: ListedField
    value: Ref


ValueFact: TypeAlias = ValueHidden | ValueShown


@dataclass(frozen=True, slots=True)
class HiddenValues:
    """停用一览: what a branch hides, each value with its field."""

    hidden: frozenset[tuple[str, str]] = frozenset()


initial = HiddenValues()


def stream_of(branch: str) -> str:
    """The stream of a branch."""
    return PAPER.stream_of(branch)


def reads_branch(_command: object, _values: object, asked: Asked) -> tuple[str, ...]:
    """The card of the branch."""
    return (f"branch-{asked.branch}",)


def hide(command: HideValue, values: HiddenValues, asked: Asked) -> Decision:
    """停用选项: one that no open report has, as long as another is left to choose."""
    listed = _needs_listed(command)
    if (command.field, command.value) in values.hidden:
        return []
    left = [each for each in listed if (command.field, each) not in values.hidden]
    of, value = command.field, command.value
    used = reason("value-in-use", field=of, value=value, tickets=command.used_by)
    last = reason("last-value-shown", field=of, value=value, branch=asked.branch)
    refuse_if(
        *unusable(asked, reads_branch(command, values, asked)),
        (bool(command.used_by), used),
        (left == [value], last),
    )
    return asked.here(ValueHidden(command.field, command.value, command.because))


def show(command: ShowValue, values: HiddenValues, asked: Asked) -> Decision:
    """启用选项: one that is hidden; nothing else stands against it."""
    _needs_listed(command)
    if (command.field, command.value) not in values.hidden:
        return []
    return asked.here(ValueShown(command.field, command.value))


NUMBER = PathField(described="网点编号 the code of a branch", max_length=64)
PAPER: PaperType[HiddenValues] = PaperType(
    prefix="hidden_values",
    address=Address("/branches/{number}/hidden-values", (NUMBER,)),
    is_common=True,  # as the card of the branch is
)

STEPS = (
    Step(
        "/branches/{number}/hidden-values",
        HideValue,
        hide,
        by={Role.OPERATOR},
        begins=True,
        reads=reads_branch,
        rests_on=last_of(BranchRegistered),
        example={"field": "travel_mode", "value": "air", "because": "本网点不乘飞机出差"},
    ),
    Step(
        "showings",
        ShowValue,
        show,
        by={Role.OPERATOR},
        rests_on=last_of(ValueHidden),
        example={"field": "travel_mode", "value": "air"},
    ),
)
decide = by_command(STEPS)


def evolve(values: HiddenValues, fact: ValueFact) -> HiddenValues:
    """What the branch hides after the fact."""
    match fact:
        case ValueHidden(field, value):
            return HiddenValues(values.hidden | {(field, value)})
        case ValueShown(field, value):
            return HiddenValues(values.hidden - {(field, value)})


def public(values: HiddenValues, _: ValueFact) -> Public:
    """What the branch hides, as other rooms know it."""
    hidden = (HiddenValue(ListedField(of), value) for of, value in sorted(values.hidden))
    return Public(HiddenValuesDocument(tuple(hidden)), {})


def not_hidden(diagnosis: Diagnosis, before: Diagnosis | None, asked: Asked) -> Iterator[Rule]:
    """Rules: what is hidden at the branch is not chosen anew. What a paper has already stays."""
    hidden, had = asked.read(stream_of(asked.branch)).hidden, chosen(before)
    for name, value in chosen(diagnosis).items():
        is_new = (name, value) in hidden and had.get(name) != value
        yield is_new, reason("value-hidden", field=name, value=value, branch=asked.branch)


def _needs_listed(command: HideValue | ShowValue) -> list[str]:
    """The values of the list. Raises Refused unless the one that is named is among them."""
    listed = [each.value for each in LISTS[command.field]]
    if command.value not in listed:
        raise Refused(
            reason("value-unlisted", field=command.field, value=command.value, listed=listed)
        )
    return listed
