"""追加配件 (a supplement): parts beyond the approved list, asked for on the spot and granted."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.dispatch.work_order.checks import (
    asks_themselves,
    at_stage,
    its_technician,
    notes_so_far,
)
from services.dispatch.work_order.notes import too_many_lines
from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked, Decision, number_of, reason, refuse_if, too_many
from shared.events.dispatch import SupplementApproved, SupplementAsked, SupplementRefused
from shared.events.order_sheet import Delivery, NamedNote, OrderStage
from shared.events.values import SEVERAL, Note, PartList, PartWanted
from shared.step import WORDS, ticket_of


@dataclass(frozen=True, slots=True)
class Supplement:
    """追加配件申请: which parts beyond the approved list, how they come, and why."""

    delivery: Delivery
    lines: PartList[PartWanted]
    because: Note


@dataclass(frozen=True, slots=True)
class AskSupplement(Supplement):
    """追加配件申请: ask the approver for parts that were not approved; by the technician."""

    unknown: tuple[str, ...] = ()
    """Obligation: the parts that the catalogue does not know."""
    asks_more: tuple[str, ...] = ()
    """Obligation: as what a repair of the cost with these parts must be approved, if not as now."""


@dataclass(frozen=True, slots=True)
class ApproveSupplement:
    """追加配件批准: grant the parts as the approver was shown them."""

    lines: PartList[PartWanted]


@dataclass(frozen=True, slots=True)
class RefuseSupplement:
    """追加配件不准: the approved list stands; say why."""

    because: Note


SUPPLEMENT_EXAMPLE = {
    "delivery": "carried",
    "lines": [{"part": "FMQ-1", "quantity": 1}],
    "because": "拆开后发现阀门也坏了 once opened, the valve was broken too",
}
"""A body as it comes over the wire."""


def ask_supplement(command: AskSupplement, order: WorkOrder, asked: Asked) -> Decision:
    """追加配件申请: before the customer signs; the newest one waits for the approver."""
    wanted = SupplementAsked(asked.actor, command.delivery, command.lines, command.because)
    number = number_of(asked.home)
    if order.supplement_asked == wanted:
        return []
    named = [line.part for line in command.lines]
    again = sorted({part for part in named if named.count(part) > 1})
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        its_technician(order, asked),
        (not command.lines, reason("note-empty")),
        (bool(again), reason("part-twice", parts=again)),
        (bool(command.unknown), reason("part-unknown", parts=command.unknown)),
        (
            bool(command.asks_more),
            reason("supplement-asks-more", needed=command.asks_more, number=number),
        ),
        too_many("supplements", len(order.supplements) + 1, SEVERAL),
    )
    return asked.here(wanted)


def approve_supplement(command: ApproveSupplement, order: WorkOrder, asked: Asked) -> Decision:
    """追加配件批准: by the approver, who did not ask for them; a further note brings them."""
    waits, granted, number = order.supplement_asked, order.supplements, number_of(asked.home)
    if waits is None and granted and granted[-1].note.lines == command.lines:
        return []
    other = waits is not None and waits.lines != command.lines
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        (waits is None, reason("supplement-not-asked", number=number)),
        (other, reason("changed-since-asked", number=number)),
        asks_themselves(order, waits.by if waits else None, asked),
    )
    assert waits is not None
    note = f"{ticket_of(number)}-C{notes_so_far(order, asked) + 1}"
    named = NamedNote(note, waits.delivery, waits.lines)
    refuse_if(too_many_lines(order, (named,)))
    return asked.here(SupplementApproved(asked.actor, named, waits.because))


def refuse_supplement(command: RefuseSupplement, order: WorkOrder, asked: Asked) -> Decision:
    """追加配件不准: by the approver."""
    waits, refused = order.supplement_asked, order.supplement_refused
    if waits is None and refused is not None and refused.because == command.because:
        return []
    refuse_if(
        (waits is None, reason("supplement-not-asked", number=number_of(asked.home))),
        asks_themselves(order, waits.by if waits else None, asked),
    )
    assert waits is not None
    return asked.here(SupplementRefused(asked.actor, waits.lines, command.because))


def offered_approval(_number: str, order: WorkOrder) -> Iterator[ApproveSupplement]:
    """What was asked for."""
    if order.supplement_asked is not None:
        yield ApproveSupplement(order.supplement_asked.lines)


def offered_refusal(_number: str, order: WorkOrder) -> Iterator[RefuseSupplement]:
    """Of what was asked for."""
    if order.supplement_asked is not None:
        yield RefuseSupplement(WORDS)
