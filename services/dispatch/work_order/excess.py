"""超批用量 (use beyond what is approved): written as it was, and looked at by an approver.

What is approved may be less than what is out: a report is amended while its parts are in somebody's
hands. Nobody is made to write that fewer were used. But before the task is handed in an approver
has said what they think of it: that they agree, or that they do not, and why. Either holds up
nothing more. What nobody knows the cost of is judged by whom the last rung of the ladder adds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.dispatch.work_order.checks import asks_themselves, at_stage
from services.dispatch.work_order.notes import approved_parts, pieces
from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.dispatch import ExcessDenied, ExcessGranted
from shared.events.order_sheet import OrderStage
from shared.events.values import Note, PartList, PartWanted
from shared.step import WORDS

JUDGED = (OrderStage.ACCEPTED, OrderStage.SIGNED)


@dataclass(frozen=True, slots=True)
class ExcessGrant:
    """超批准许: agree to what was used beyond what is approved, as the approver was shown it."""

    lines: PartList[PartWanted]


@dataclass(frozen=True, slots=True)
class ExcessDenial:
    """超批不准: do not agree to what was used, as it was shown, and say why."""

    lines: PartList[PartWanted]
    because: Note


@dataclass(frozen=True, slots=True)
class GrantExcess(ExcessGrant):
    """超批准许: agree to what was used beyond what is approved, as the approver was shown it."""

    asked_as: tuple[str, ...] = ()
    """Obligation: as what it is judged, if nobody knows what it costs and the caller is no such."""


@dataclass(frozen=True, slots=True)
class DenyExcess(ExcessDenial):
    """超批不准: do not agree to what was used, as it was shown, and say why."""

    asked_as: tuple[str, ...] = ()
    """Obligation, as in `GrantExcess`."""


def grant(command: GrantExcess, order: WorkOrder, asked: Asked) -> Decision:
    """超批准许: by an approver who did nothing of the job."""
    before = order.excess_judged
    if isinstance(before, ExcessGranted) and before.lines == command.lines:
        return []
    refuse_if(*_to_be_judged(command, order, asked))
    return asked.here(ExcessGranted(asked.actor, command.lines))


def deny(command: DenyExcess, order: WorkOrder, asked: Asked) -> Decision:
    """超批不准: by an approver who did nothing of the job; what was used stays as it is written."""
    before, said = order.excess_judged, (command.lines, command.because)
    if isinstance(before, ExcessDenied) and (before.lines, before.because) == said:
        return []
    refuse_if(*_to_be_judged(command, order, asked))
    return asked.here(ExcessDenied(asked.actor, command.lines, command.because))


def judged(order: WorkOrder, number: str) -> Rule:
    """A rule: of what was used beyond what is approved, an approver has said their word."""
    lines = unjudged(order)
    return bool(lines), reason(
        "excess-unjudged",
        number=number,
        parts=[line.part for line in lines],
        beyond=[str(line.quantity) for line in lines],
    )


def unjudged(order: WorkOrder) -> tuple[PartWanted, ...]:
    """超批用量: what was used beyond what is approved, unless an approver has seen as much of it.

    What was approved last counts, and every supplement that was ever granted on the order.
    """
    granted = (line for note in order.supplemented for line in note.lines)
    approved, extra, used = approved_parts(order), pieces(granted), dict[str, int]()
    for each in order.work.work.parts_used if order.work else ():
        used[each.part] = used.get(each.part, 0) + each.used
    beyond = {part: n - approved.get(part, 0) - extra.get(part, 0) for part, n in used.items()}
    lines = tuple(PartWanted(part, n) for part, n in beyond.items() if n > 0)
    seen = pieces(order.excess_judged.lines) if order.excess_judged else {}
    return lines if any(each.quantity > seen.get(each.part, 0) for each in lines) else ()


def offered_grant(_number: str, order: WorkOrder) -> Iterator[ExcessGrant]:
    """Of what was used beyond what is approved, while nobody has judged."""
    if lines := unjudged(order):
        yield ExcessGrant(lines)


def offered_denial(_number: str, order: WorkOrder) -> Iterator[ExcessDenial]:
    """Of what was used beyond what is approved, while nobody has judged."""
    if lines := unjudged(order):
        yield ExcessDenial(lines, WORDS)


def _to_be_judged(
    command: GrantExcess | DenyExcess, order: WorkOrder, asked: Asked
) -> Iterator[Rule]:
    """A rule: something waits to be judged, this is what it is, and whoever may judges it."""
    waits, number = unjudged(order), number_of(asked.home)
    yield from at_stage(order, asked, *JUDGED)
    yield not waits, reason("no-excess", number=number)
    other = bool(waits) and pieces(command.lines) != pieces(waits)
    yield other, reason("changed-since-asked", number=number)
    told = reason("excess-cost-unknown", number=number, needed=command.asked_as)
    yield bool(waits) and bool(command.asked_as), told
    yield asks_themselves(order, None, asked)
