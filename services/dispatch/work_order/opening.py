"""开单 (making out the order): what is left blank, what differs from what was approved.

The clerk copies the approved report onto the order, signs it, and names its issue notes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from services.dispatch.work_order.checks import earlier_orders, notes_so_far, sent, signature
from services.dispatch.work_order.commissioning import blank_of_site
from services.dispatch.work_order.kinds import JOBS, kinds_of
from services.dispatch.work_order.notes import approved_parts, notes_anew, pieces
from services.dispatch.work_order.state import WorkOrder
from shared.content import content_hash
from shared.decider import Asked, Decision, Reason, number_of, reason, refuse_if
from shared.events.dispatch import WorkOrderOpened
from shared.events.order_sheet import (
    ApprovedReport,
    OrderKind,
    OrderStage,
    PartPlanned,
    Site,
)
from shared.events.values import (
    ContentHash,
    Evidence,
    PartList,
    PartWanted,
    RepairNature,
    Role,
    SignedHow,
    Travel,
)
from shared.signing import proved
from shared.step import ticket_of


@dataclass(frozen=True, slots=True)
class OrderForm:
    """三联单: the order as the clerk fills it in from the approved report."""

    approved: ContentHash
    """Of the approved report the clerk copied from."""
    kind: OrderKind = OrderKind.REPAIR
    repair_nature: RepairNature | None = None
    parts: PartList[PartPlanned] = ()
    no_parts: bool = False
    travel: Travel | None = None
    site: Site | None = None
    """Of a machine that is to be commissioned: what is ready for it there."""


@dataclass(frozen=True, slots=True)
class Opening:
    """开单: the order as the clerk made it out; `awaiting` shows what they copy from."""

    form: OrderForm
    how: SignedHow = SignedHow.SESSION
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class OpenWorkOrder(Opening):
    """开单: make out the work order as approved; its issue notes are named here."""

    travel_on: date | None = None
    """Obligation: the day of the journey by the calendar of the branch."""


OPENING_EXAMPLE = {
    "form": {
        "approved": "9f2c" * 16,
        "kind": "repair",
        "repair_nature": "warranty",
        "parts": [{"part": "MFQ-32", "quantity": 2, "delivery": "carried"}],
        "travel": {
            "mode": "company_car",
            "at": "2026-11-24T09:00:00+08:00",
            "travellers": ["T-LIUYANG"],
        },
    },
    "how": "session",
}
"""A body as it comes over the wire."""


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
    changed = differs(form, approved, order) if approved else []
    has = JOBS[form.kind].has
    refuse_if(
        (approved is None, _not_approved(asked)),
        (begun and not reopens, reason("opened-already", number=number)),
        (bool(others), reason("order-open", numbers=others)),
        (bool(blank), reason("order-incomplete", fields=blank)),
        (form.no_parts and bool(form.parts), reason("parts-and-none")),
        JOBS[form.kind].foreign({"site": bool(form.site) and "site" not in has}),
        (bool(changed), reason("differs-from-approved", fields=changed)),
        *sent(form.travel.travellers if form.travel else (), order, asked),
        *proved(command.how, command.evidence),
    )
    assert form.repair_nature is not None
    opened = WorkOrderOpened(
        kind=form.kind,
        approved=form.approved,
        repair_nature=form.repair_nature,
        notes=notes_anew(order, form.parts, ticket_of(number), notes_so_far(order, asked)),
        no_parts=form.no_parts,
        travel=form.travel,
        travel_on=command.travel_on,
        signature=signature(command.how, content, command.evidence, asked, Role.CLERK),
        content=content,
        site=form.site,
    )
    return asked.here(opened)


def missing(form: OrderForm, approved: ApprovedReport | None) -> Sequence[str]:
    """空项: the fields left blank; "none" is said, never left out."""
    travel = form.travel or Travel()
    on_site = bool(approved and approved.diagnosis.on_site)
    blanks = {
        "repair_nature": form.repair_nature is None,
        "parts": not form.parts and not form.no_parts,
        "travel_mode": on_site and travel.mode is None,
        "travel_at": on_site and travel.at is None,
    }
    fits = approved is not None and form.kind in kinds_of(approved.kind)
    if fits and "site" in JOBS[form.kind].has:
        blanks |= blank_of_site(form.site)
    return [name for name, blank in blanks.items() if blank]


def differs(form: OrderForm, report: ApprovedReport, order: WorkOrder) -> Sequence[str]:
    """与批准不符: the fields filled in otherwise than they were approved."""
    approved, travel = report.diagnosis, form.travel or Travel()
    planned = approved.travel or Travel()
    said = bool(form.parts) or form.no_parts
    others = {
        "approved": form.approved != report.content,
        "kind": form.kind not in kinds_of(report.kind),
        "repair_nature": form.repair_nature not in (None, approved.repair_nature),
        "parts": said and pieces(form.parts) != pieces(still_due(order)),
        "travel_mode": travel.mode not in (None, planned.mode),
        "travel_at": travel.at not in (None, planned.at),
        "travellers": form.travel is not None and set(travel.travellers) != set(planned.travellers),
    }
    return [name for name, otherwise in others.items() if otherwise]


def content_of(number: str, form: OrderForm) -> str:
    """签字所见: SHA-256 (hex) of the order's number and form as JSON with sorted keys.

    What was approved stands in it by its own hash. What is asked of new machines alone stands in
    it where it is said: orders that were made out before have the hash they had.
    """
    form_shown = {name: said for name, said in asdict(form).items() if (name, said) != _NO_SITE}
    shown = {"number": number, "form": form_shown}
    return content_hash(shown)


_NO_SITE = ("site", None)


def offered_form(order: WorkOrder) -> OrderForm | None:
    """The form as it is to be copied from what was approved; None if it is not to be filled in."""
    waits = order.stage is OrderStage.AWAITING
    if order.noted is None or not (waits or order.superseded):
        return None
    report = order.noted.approved
    wanted, kind = report.diagnosis, next(iter(kinds_of(report.kind)), OrderKind.REPAIR)
    unsaid = Site(power_ready=True, room_ready=True, network_ready=True, told_by_sales=True)
    return OrderForm(
        approved=report.content,
        kind=kind,
        site=unsaid if "site" in JOBS[kind].has else None,
        repair_nature=wanted.repair_nature,
        parts=tuple(PartPlanned(each.part, each.quantity) for each in still_due(order)),
        no_parts=wanted.no_parts or not still_due(order),
        travel=wanted.travel,
    )


def still_due(order: WorkOrder) -> Sequence[PartWanted]:
    """未领配件: the approved parts; of a further order, those that no earlier one has used."""
    if order.after is None:
        return order.noted.approved.diagnosis.parts_to_bring if order.noted else ()
    return [PartWanted(part, n) for part, n in approved_parts(order).items() if n]


def _not_approved(asked: Asked) -> Reason:
    """Why there is nothing to make out: nobody approved it, or the order before goes on."""
    before = list(earlier_orders(asked))
    if before:
        return reason("not-continued", number=before[-1])
    return reason("not-approved", ticket=ticket_of(number_of(asked.home)))


def _open_orders(asked: Asked) -> Sequence[str]:
    others = earlier_orders(asked).items()
    return [n for n, other in others if other.opened and other.stage is not OrderStage.CLOSED]


def _same(opened: WorkOrderOpened, content: str, asked: Asked) -> bool:
    return opened.content == content and opened.signature.by == asked.actor
