"""出库单的接口 (HTTP of the issue notes): from what is shown to be signed to what was signed."""

from dataclasses import dataclass

from fastapi import APIRouter

from services.inventory import part_register, rules
from services.inventory.api_terms import EXAMPLES, READERS, NoteNumber, person
from services.inventory.issue_commands import (
    AnnounceArrival,
    Command,
    DeliverParcel,
    IssuePart,
    OpenParcel,
    ReconcilePart,
    VoidNote,
    reads,
)
from services.inventory.issue_sheet import (
    Drawing,
    ToSign,
    account_content,
    against_of,
    issue_content,
    issued_of,
    to_sign,
)
from services.inventory.issue_state import IssueNote, document_of, stores_of, ticket_of
from services.inventory.views import issue_notes
from shared.decider import reason
from shared.events.inventory import Account, Issued, IssueNoteDocument, SignedUse
from shared.events.order_sheet import Delivery, NoteStage, WorkOrderDocument
from shared.events.values import FaultNature, Note, Ref, Role, Sealed
from shared.handle import Order
from shared.http.door import Door, Seen
from shared.http.errand import Errand
from shared.http.problem import SOON, Problem, unknown
from shared.http.query import Listed, Paged, Shown

KEEPER = (Role.STOREKEEPER,)
BOTH = (Role.STOREKEEPER, Role.TECHNICIAN)


@dataclass(frozen=True, slots=True)
class Voiding:
    """作废: why, and which clerk asked for it; the one who signed the order, if nobody is named."""

    because: Note
    asked_by: Ref | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """核销账目: where the pieces of a line went, before anybody signs."""

    part: Ref
    account: Account


@dataclass(frozen=True, slots=True)
class NoteShown:
    """出库单: as it stands, what the customer signed for, and what is there to be signed."""

    number: str
    note: IssueNoteDocument
    signed_content: str | None
    signed_use: tuple[SignedUse, ...]
    to_sign: tuple[ToSign, ...]


@dataclass(frozen=True, slots=True)
class IssueSheet:
    """领料单: what the recipient (or the keeper who posts it) signs, and its hash."""

    number: str
    recipient: str
    delivery: Delivery
    part: str
    permitted: int
    issued: Issued
    content: str


@dataclass(frozen=True, slots=True)
class ReconciliationSheet:
    """核销单: what technician and keeper sign, and its hash."""

    number: str
    recipient: str
    part: str
    account: Account
    against: str | None
    """The customer-signed content it rests on."""
    content: str


def hang(door: Door, router: APIRouter) -> None:
    """The routes of the issue notes."""
    _issuing(door, router)
    _by_post(door, router)
    _settling(door, router)
    _sheets(door, router)
    _queries(door, router)


def _issuing(door: Door, router: APIRouter) -> None:
    @door.command(router, "/issue-notes/{number}/issues", by=KEEPER, example=EXAMPLES["issues"])
    def issue_part(errand: Errand, number: NoteNumber, body: IssuePart) -> Order:
        """出库: a line leaves the store into its recipient's hands, or by post; once a line."""
        return _order(door, errand, number, body)

    @door.command(router, "/issue-notes/{number}/voidings", by=KEEPER, example=EXAMPLES["voidings"])
    def void_note(errand: Errand, number: NoteNumber, body: Voiding) -> Order:
        """出库单作废: nothing was drawn on the note and nothing will be."""
        clerk = body.asked_by or _clerk(door, _existing(door, number).state)
        standing = rules.standing(clerk, person(door, clerk))
        return _order(door, errand, number, VoidNote(body.because, clerk, standing))


def _by_post(door: Door, router: APIRouter) -> None:
    @door.command(
        router, "/issue-notes/{number}/announcements", by=KEEPER, example=EXAMPLES["announcements"]
    )
    def announce_arrival(errand: Errand, number: NoteNumber, body: AnnounceArrival) -> Order:
        """到货通知: both were told when the parcel comes, and to open it only together."""
        return _order(door, errand, number, body)

    @door.command(
        router, "/issue-notes/{number}/deliveries", by=BOTH, example=EXAMPLES["deliveries"]
    )
    def deliver_parcel(errand: Errand, number: NoteNumber, body: DeliverParcel) -> Order:
        """邮件送达: the parcel has arrived."""
        return _order(door, errand, number, body)

    @door.command(
        router, "/issue-notes/{number}/joint-openings", by=BOTH, example=EXAMPLES["joint-openings"]
    )
    def open_parcel(errand: Errand, number: NoteNumber, body: OpenParcel) -> Order:
        """会同拆验: technician and customer opened the parcel together."""
        return _order(door, errand, number, body)


def _settling(door: Door, router: APIRouter) -> None:
    @door.command(
        router,
        "/issue-notes/{number}/reconciliations",
        by=KEEPER,
        example=EXAMPLES["reconciliations"],
    )
    def reconcile_part(errand: Errand, number: NoteNumber, body: ReconcilePart) -> Order:
        """核销: where every piece of a line went, signed by technician and keeper."""
        return _order(door, errand, number, body)


def _sheets(door: Door, router: APIRouter) -> None:
    @door.query(
        router,
        "/issue-notes/{number}/issue-sheets",
        by=BOTH,
        shows=IssueSheet,
        example=EXAMPLES["issue-sheets"],
    )
    def show_issue_sheet(number: NoteNumber, body: Drawing) -> Shown:
        """领料单: what is signed when this leaves the store; nothing is done by asking."""
        seen = _existing(door, number)
        note: IssueNote = seen.state
        card = door.state(part_register.stream_of(body.part)).state
        line = note.lines.get(body.part)
        sheet = IssueSheet(
            number=number,
            recipient=note.recipient,
            delivery=document_of(note).delivery,
            part=body.part,
            permitted=line.permitted if line else 0,
            issued=issued_of(note, body, card),
            content=issue_content(note, body),
        )
        return Shown(sheet, seen.branch, seen.version)

    @door.query(
        router,
        "/issue-notes/{number}/reconciliation-sheets",
        by=BOTH,
        shows=ReconciliationSheet,
        example=EXAMPLES["reconciliation-sheets"],
    )
    def show_reconciliation_sheet(number: NoteNumber, body: Settling) -> Shown:
        """核销单: what is signed when a line is settled so; nothing is done by asking."""
        seen = _existing(door, number)
        note: IssueNote = seen.state
        sheet = ReconciliationSheet(
            number=number,
            recipient=note.recipient,
            part=body.part,
            account=body.account,
            against=against_of(note, body.account),
            content=account_content(note, body.part, body.account),
        )
        return Shown(sheet, seen.branch, seen.version)


def _queries(door: Door, router: APIRouter) -> None:
    @door.query(router, "/issue-notes", by=READERS, shows=issue_notes.Row)
    def list_issue_notes(  # noqa: PLR0913 - the filters of the board
        page: Paged,
        *,
        branch: str | None = None,
        stage: NoteStage | None = None,
        recipient: str | None = None,
        ticket: str | None = None,
        order: str | None = None,
        delivery: Delivery | None = None,
        is_signed: bool | None = None,
        newest_first: bool = False,
    ) -> Listed:
        """出库单一览: notes by stage, recipient, ticket, order; `is_signed`: may be reconciled."""
        where = {
            "branch": branch,
            "stage": stage,
            "recipient": recipient,
            "ticket": ticket,
            "order": order,
            "delivery": delivery,
            "is_signed": is_signed,
        }
        return Listed(issue_notes, page, where, newest_first=newest_first)

    @door.query(router, "/issue-notes/{number}", by=READERS, shows=NoteShown)
    def show_issue_note(number: NoteNumber) -> Shown:
        """出库单: one note in full, and the hash of whatever its next signature is put under."""
        seen = _existing(door, number)
        note: IssueNote = seen.state
        shown = NoteShown(
            number=number,
            note=document_of(note),
            signed_content=note.signed_content,
            signed_use=note.signed.used if note.signed else (),
            to_sign=to_sign(note, _fault(door, note)),
        )
        return Shown(shown, seen.branch, seen.version)


def _existing(door: Door, number: str) -> Seen:
    """The note, once it is released; before that there is nothing to show or do."""
    seen = door.existing(f"issue_note-{number}")
    if seen.state.released is None:
        raise unknown(number)
    return seen


def _order(door: Door, errand: Errand, number: str, command: Command) -> Order:
    seen = _existing(door, number)
    return errand.order(
        f"issue_note-{number}",
        command,
        branch=seen.branch,
        ticket=ticket_of(number),
        subject=_subject(door, seen.state, command),
        reads=reads(command, stores_of(seen.state)),
    )


def _subject(door: Door, note: IssueNote, command: Command) -> str | None:
    """Whose key seals the customer's name: the one that sealed it on the order.

    Under any other key it would outlive the customer's erasure; so while the order's document is
    not there (its table is being refilled), nobody's name is taken.
    """
    order = _work_order(door, note)
    if order is None and _names_somebody(command):
        assert note.released is not None
        waited = reason("order-not-here", number=note.released.order)
        raise Problem(503, "unavailable", waited, headers=SOON)
    name = order.approved.contact_name if order else None
    return name.subject if isinstance(name, Sealed) else None


def _names_somebody(command: Command) -> bool:
    match command:
        case IssuePart(parcel=parcel):
            return parcel is not None
        case _:
            return isinstance(command, OpenParcel)


def _fault(door: Door, note: IssueNote) -> FaultNature | None:
    """What the report said the old part failed of, until somebody who holds it says otherwise."""
    order = _work_order(door, note)
    return order.approved.diagnosis.fault_nature if order else None


def _clerk(door: Door, note: IssueNote) -> str:
    """Who signed the order as its clerk; nobody, if this room never heard of the order."""
    order = _work_order(door, note)
    return order.clerk_sig.by if order and order.clerk_sig else ""


def _work_order(door: Door, note: IssueNote) -> WorkOrderDocument | None:
    """The order that names the note, as this room heard of it last."""
    assert note.released is not None
    order = door.fittings.views.document("dispatch", f"work_order-{note.released.order}")
    assert order is None or isinstance(order, WorkOrderDocument)
    return order
