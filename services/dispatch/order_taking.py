"""开单与接单 (opening and taking): the order is made out, given to somebody, and taken or not."""

from collections.abc import Sequence

from services.dispatch.order_checks import (
    at_stage,
    its_technician,
    notes_so_far,
    other_orders,
    signature,
    unfit,
)
from services.dispatch.order_commands import (
    AssignTechnician,
    DeclineWorkOrder,
    NameFurtherNote,
    OpenWorkOrder,
    RecallWorkOrder,
    SignWorkOrder,
)
from services.dispatch.order_form import content_of, differs, missing, named_notes, pieces
from services.dispatch.order_notes import renewed, rest_of, unsettled
from services.dispatch.order_state import WorkOrder
from services.dispatch.visit_state import ON_THE_WAY, visits_of
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.dispatch import (
    FurtherNoteNamed,
    TechnicianAssigned,
    WorkOrderDeclined,
    WorkOrderOpened,
    WorkOrderRecalled,
    WorkOrderSigned,
)
from shared.events.order_sheet import NamedNote, NoteStage, OrderStage
from shared.events.values import Role
from shared.step import ticket_of


def open_order(command: OpenWorkOrder, order: WorkOrder, asked: Asked) -> Decision:
    """开单: nothing is left blank and nothing differs from what was approved."""
    number, form = number_of(asked.home), command.form
    content = content_of(number, form)
    if order.opened is not None and _same(order.opened, content, asked):
        return []
    begun = order.stage not in (OrderStage.NONE, OrderStage.AWAITING)
    reopens = order.stage is OrderStage.OPENED and order.superseded
    approved = order.noted.approved if order.noted else None
    blank, others = missing(form, approved), _open_orders(asked)
    changed = differs(form, approved) if approved else []
    refuse_if(
        (approved is None, reason("not-approved", ticket=ticket_of(number))),
        (begun and not reopens, reason("opened-already", number=number)),
        (bool(others), reason("order-open", numbers=others)),
        (bool(blank), reason("order-incomplete", fields=blank)),
        (form.no_parts and bool(form.parts), reason("parts-and-none")),
        (bool(changed), reason("differs-from-approved", fields=changed)),
    )
    assert form.repair_nature is not None
    opened = WorkOrderOpened(
        kind=form.kind,
        approved=form.approved,
        repair_nature=form.repair_nature,
        notes=named_notes(form.parts, ticket_of(number), notes_so_far(order, asked.reads)),
        no_parts=form.no_parts,
        travel=form.travel,
        travel_on=command.travel_on,
        signature=signature(command.how, content, command.evidence, asked, Role.CLERK),
        content=content,
    )
    return asked.here(opened)


def assign(command: AssignTechnician, order: WorkOrder, asked: Asked) -> Decision:
    """派人: to one technician at a time, and not away from one who has taken it."""
    if order.technician == command.technician:
        return []
    refuse_if(
        *at_stage(order, asked, OrderStage.OPENED, OrderStage.ASSIGNED),
        *unfit(command.standing, order),
    )
    assigned = TechnicianAssigned(
        command.technician, command.standing, command.due_at, command.warnings
    )
    return asked.here(assigned)


def sign(command: SignWorkOrder, order: WorkOrder, asked: Asked) -> Decision:
    """接单签字: what he was shown, as approved; notes that came to nothing get a new number."""
    if order.signed is not None and order.technician == asked.actor:
        return []
    opened = order.opened
    stale = opened is not None and command.content != opened.content
    refuse_if(
        *_to_be_answered(order, asked),
        *unfit(command.standing, order),
        (order.superseded, reason("differs-from-approved", fields=("approved",))),
        (stale, reason("signature-stale", number=number_of(asked.home))),
    )
    signed = signature(command.how, command.content, command.evidence, asked, Role.TECHNICIAN)
    ticket = ticket_of(number_of(asked.home))
    notes = renewed(order, ticket, notes_so_far(order, asked.reads))
    return asked.here(WorkOrderSigned(signed, command.standing, notes))


def decline(command: DeclineWorkOrder, order: WorkOrder, asked: Asked) -> Decision:
    """退单: by whom it was given to, before he has taken it."""
    declined = WorkOrderDeclined(asked.actor, command.because)
    if order.given_back == declined:
        return []
    refuse_if(*_to_be_answered(order, asked))
    return asked.here(declined)


def recall(command: RecallWorkOrder, order: WorkOrder, asked: Asked) -> Decision:
    """收回派单: while its technician is not out for it and has no parts of it."""
    match order.given_back:
        case WorkOrderRecalled(because=before) if before == command.because:
            return []
        case _:
            pass
    number = number_of(asked.home)
    visits = visits_of(asked.reads, number).items()
    out = [each for each, visit in visits if visit.stage in ON_THE_WAY]
    held = unsettled(order)
    refuse_if(
        *at_stage(order, asked, OrderStage.ASSIGNED, OrderStage.ACCEPTED),
        (bool(out), reason("on-site", visits=out)),
        (bool(held), reason("parts-still-held", notes=held)),
    )
    assert order.technician is not None
    return asked.here(WorkOrderRecalled(order.technician, command.because))


def name_further_note(command: NameFurtherNote, order: WorkOrder, asked: Asked) -> Decision:
    """追加出库单: for what was approved and no note in force speaks for any more."""
    if any(_says_the_same(command, each, order) for each in order.further):
        return []
    rest, wanted = rest_of(order), pieces(command.lines)
    beyond = [part for part, quantity in wanted.items() if quantity > rest.get(part, 0)]
    left = [str(rest.get(part, 0)) for part in beyond]
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        (not wanted, reason("note-empty")),
        (bool(beyond), reason("beyond-approved", parts=beyond, left=left)),
    )
    number = f"{ticket_of(number_of(asked.home))}-C{notes_so_far(order, asked.reads) + 1}"
    note = NamedNote(number, command.delivery, command.lines)
    return asked.here(FurtherNoteNamed(note, command.because))


def _says_the_same(command: NameFurtherNote, named: FurtherNoteNamed, order: WorkOrder) -> bool:
    """Whether it was named just so, and nobody has drawn on it or voided it yet."""
    heard = order.issue_notes.get(named.note.number)
    asked = (command.delivery, command.lines, command.because)
    untouched = heard is None or heard.stage in (NoteStage.NONE, NoteStage.RELEASED)
    return untouched and asked == (named.note.delivery, named.note.lines, named.because)


def _to_be_answered(order: WorkOrder, asked: Asked) -> Sequence[Rule]:
    """Only the technician the order was given to, and only before it is taken."""
    waits = order.stage is OrderStage.ASSIGNED
    return (
        (not waits, reason("not-assigned", number=number_of(asked.home))),
        its_technician(order, asked),
    )


def _open_orders(asked: Asked) -> Sequence[str]:
    others = other_orders(asked.reads).items()
    return [n for n, other in others if other.opened and other.stage is not OrderStage.CLOSED]


def _same(opened: WorkOrderOpened, content: str, asked: Asked) -> bool:
    return opened.content == content and opened.signature.by == asked.actor
