"""追加出库单 (a further note): one more issue note, for what no note in force brings any more."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.dispatch.work_order.checks import at_stage, not_held, notes_so_far
from services.dispatch.work_order.notes import pieces, rest_of, too_many_lines
from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked, Decision, number_of, reason, refuse_if
from shared.events.dispatch import FurtherNoteNamed
from shared.events.order_sheet import Delivery, NamedNote, NoteStage, OrderStage
from shared.events.values import Note, PartList, PartWanted
from shared.step import WORDS, ticket_of


@dataclass(frozen=True, slots=True)
class NameFurtherNote:
    """追加出库单: one more issue note for what is still to be drawn; by the clerk."""

    delivery: Delivery
    lines: PartList[PartWanted]
    because: Note


FURTHER_NOTE_EXAMPLE = {
    "delivery": "carried",
    "lines": [{"part": "MFQ-32", "quantity": 1}],
    "because": "库存不足，余下一只另领 the store had one too few",
}
"""A body as it comes over the wire."""


def name_further_note(command: NameFurtherNote, order: WorkOrder, asked: Asked) -> Decision:
    """追加出库单: for what was approved and no note in force speaks for any more."""
    if any(_says_the_same(command, each, order) for each in order.further):
        return []
    rest, wanted = rest_of(order), pieces(command.lines)
    beyond = [part for part, quantity in wanted.items() if quantity > rest.get(part, 0)]
    left = [str(rest.get(part, 0)) for part in beyond]
    number = f"{ticket_of(number_of(asked.home))}-C{notes_so_far(order, asked) + 1}"
    note = NamedNote(number, command.delivery, command.lines)
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        not_held(order),
        (not wanted, reason("note-empty")),
        (bool(beyond), reason("beyond-approved", parts=beyond, left=left)),
        too_many_lines(order, (note,)),
    )
    return asked.here(FurtherNoteNamed(note, command.because))


def offered_further_note(_number: str, order: WorkOrder) -> Iterator[NameFurtherNote]:
    """Everything that no note in force speaks for."""
    left = [PartWanted(part, quantity) for part, quantity in rest_of(order).items() if quantity]
    yield NameFurtherNote(Delivery.CARRIED, tuple(left), WORDS)


def _says_the_same(command: NameFurtherNote, named: FurtherNoteNamed, order: WorkOrder) -> bool:
    """Whether it was named just so, and nobody has drawn on it or voided it yet."""
    heard = order.issue_notes.get(named.note.number)
    asked = (command.delivery, command.lines, command.because)
    untouched = heard is None or heard.stage in (NoteStage.NONE, NoteStage.RELEASED)
    return untouched and asked == (named.note.delivery, named.note.lines, named.because)
