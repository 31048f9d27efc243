"""受理的反应 (reactions of intake): what the newest documents of dispatch make this room owe."""

from collections.abc import Sequence

from services.intake.report_commands import NoteClosing
from shared.document import Owed, Published, Reaction
from shared.events.order_sheet import WorkOrderDocument


def note_closing(document: Published) -> Sequence[Owed]:
    """得知结案: a work order that closed its case is noted on the report of its ticket.

    RepairClosed has two writing rooms; what intake closed itself owes nothing.
    """
    order = document.state
    if not isinstance(order, WorkOrderDocument) or order.ending is None:
        return ()
    note = NoteClosing(document.stream, document.version, order.ending)
    return (Owed(f"report-{order.ticket}", note),)


REACTIONS = (Reaction("note-closing", ("RepairClosed",), note_closing, from_start=True),)
