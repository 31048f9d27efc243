"""缺件先行 (going without): the technician leaves without a part that cannot be had in time.

What is out of stock, lost, or comes by post after the visit holds nobody up for ever: the clerk
says which parts are gone without, and why. The parts stay approved. A note that names them later
is waited for again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.work_order.checks import at_stage, not_held
from services.dispatch.work_order.notes import had, lacking, pieces
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import open_visits, visits_of
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
    """缺件先行: of parts that its notes name, and that nobody has, nor will have by the visit."""
    said = order.forgone
    if said and (set(said.parts), said.because) == (set(command.parts), command.because):
        return []
    named = pieces(line for note in order.notes for line in note.lines)
    foreign = [part for part in command.parts if part not in named]
    number, before = number_of(asked.home), _begins(asked)
    in_hand = [part for part in command.parts if had(order, part, before)]
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        not_held(order),
        (not command.parts, reason("note-empty")),
        (bool(foreign), reason("not-on-its-notes", parts=foreign, number=number)),
        (bool(in_hand), reason("in-hand-already", parts=in_hand)),
    )
    return asked.here(PartsForgone(asked.actor, command.parts, command.because))


def offered_forgoing(_number: str, order: WorkOrder) -> Iterator[ForgoParts]:
    """The parts that are not drawn, while some are lacking."""
    if parts := lacking(order):
        yield ForgoParts(tuple(parts), WORDS)


def _begins(asked: Asked) -> datetime | None:
    """When the customer expects the technician; None while no visit is planned."""
    number = number_of(asked.home)
    visits, waiting = visits_of(asked, number), open_visits(asked, number)
    windows = [visits[each].window for each in waiting if each in visits]
    return min((each.start_at for each in windows if each), default=None)
