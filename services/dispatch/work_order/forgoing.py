"""缺件先行 (going without): the technician leaves without a part that cannot be had in time.

What is out of stock holds nobody up for ever: the clerk says which parts are gone without, and why.
The parts stay approved. A note that names them later is waited for again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.dispatch.work_order.checks import at_stage, not_held
from services.dispatch.work_order.notes import lacking, pieces
from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked, Decision, number_of, reason, refuse_if
from shared.events.dispatch import PartsForgone
from shared.events.order_sheet import OrderStage
from shared.events.values import Note, PartNumber, Several
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class ForgoParts:
    """缺件先行: leave without these parts, and why; by the clerk."""

    parts: Several[PartNumber]
    because: Note


FORGOING_EXAMPLE = {
    "parts": ["RHZ-1"],
    "because": "仓库缺货，先换密封圈 out of stock; the seals are replaced meanwhile",
}
"""A body as it comes over the wire."""


def forgo(command: ForgoParts, order: WorkOrder, asked: Asked) -> Decision:
    """缺件先行: of parts that the notes of the order name and nobody has drawn for it."""
    before = order.forgone
    if before and (set(before.parts), before.because) == (set(command.parts), command.because):
        return []
    named = pieces(line for note in order.notes for line in note.lines)
    foreign = [part for part in command.parts if part not in named]
    number = number_of(asked.home)
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        not_held(order),
        (not command.parts, reason("note-empty")),
        (bool(foreign), reason("not-on-its-notes", parts=foreign, number=number)),
    )
    return asked.here(PartsForgone(asked.actor, command.parts, command.because))


def offered_forgoing(_number: str, order: WorkOrder) -> Iterator[ForgoParts]:
    """The parts that are not drawn, while some are lacking."""
    if parts := lacking(order):
        yield ForgoParts(tuple(parts), WORDS)
