"""配件库的反应 (reactions of inventory): the commands that a work order calls for."""

from collections.abc import Iterator, Sequence

from services.inventory.issue_note.release import NoteSignature, ReleaseNote
from shared.document import CommandOwed, Published, Reaction
from shared.events.inventory import SignedUse
from shared.events.order_sheet import CustomerWord, NamedNote, WorkOrderDocument
from shared.fields import filled


def note_order(document: Published) -> Sequence[CommandOwed]:
    """放行与签字: each note of a signed order is released, and the customer's signature is noted.

    The newest document says both at once, whichever milestone brought it.
    """
    order = document.state
    assert isinstance(order, WorkOrderDocument)
    if order.technician_sig is None:
        return ()
    return tuple(owed for note in order.notes for owed in _owed(document, order, note))


REACTIONS = (
    Reaction(
        "note-order",
        of=("work_order",),
        owes=note_order,
        # Closing an order neither releases a note nor signs anything; a note that was told of
        # a newer version of the same signature would say it a second time.
        ignores=("RepairClosed",),
        from_start=True,
    ),
)


def _owed(document: Published, order: WorkOrderDocument, note: NamedNote) -> Iterator[CommandOwed]:
    home = f"issue_note-{note.number}"
    assert order.repair_nature is not None
    assert order.technician is not None
    release = ReleaseNote(
        ticket=order.ticket,
        branch=order.branch,
        order=order.number,
        version=document.version,
        recipient=order.technician,
        delivery=note.delivery,
        repair_nature=order.repair_nature,
        lines=note.lines,
    )
    yield CommandOwed(home, release)
    yield CommandOwed(home, _signature(document.version, order.customer, note.number))


def _signature(version: int, word: CustomerWord | None, number: str) -> NoteSignature:
    if word is None:
        return NoteSignature(version, None, waived=False, used=())
    waived = word.signature is None
    used = tuple(filled(SignedUse, each) for each in word.parts_used if each.note == number)
    return NoteSignature(
        version=version,
        content=None if waived else word.content,
        waived=waived,
        used=used,
    )
