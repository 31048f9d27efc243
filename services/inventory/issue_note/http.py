"""出库单的接口 (HTTP of the issue notes): what a step is looked up for, and what is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Annotated

from fastapi import APIRouter

from services.inventory import ledger, part_register, stores
from services.inventory.issue_note import BOTH, NUMBER, PAPER, SERIES, arrivals, board
from services.inventory.issue_note.asking import Correction, NoteRequest, RequestKind
from services.inventory.issue_note.beyond_approval import ApprovedLast, approved_last
from services.inventory.issue_note.correction import (
    AskCorrection,
    CorrectionGrant,
    CorrectReconciliation,
)
from services.inventory.issue_note.crossed.http import asked_as_said, notes_with_it
from services.inventory.issue_note.document import document_of
from services.inventory.issue_note.drawing import IssuePart, Issuing, offered_issues
from services.inventory.issue_note.handing_over import (
    HandingOver,
    HandOverParts,
    hand_over_content,
    lines_of,
    offered_hand_overs,
)
from services.inventory.issue_note.opening import OpeningParcel, OpenParcel, offered_opening
from services.inventory.issue_note.reconciliation import (
    ReconcilePart,
    Reconciling,
    offered_reconciliations,
)
from services.inventory.issue_note.requests import (
    ApproveLoss,
    LossGrant,
    offered_decisions,
    offered_grants,
)
from services.inventory.issue_note.sheets import (
    Drawing,
    ToSign,
    account_content,
    against_of,
    issue_content,
    issued_of,
    to_sign,
)
from services.inventory.issue_note.state import IssueNote
from services.inventory.issue_note.taking_over import (
    OpenAccount,
    SignAccount,
    SigningAccount,
)
from services.inventory.reading import READING
from shared.decider import reason, refuse_if
from shared.events.issue_notes import (
    Account,
    Handed,
    HeldLine,
    Issued,
    IssueNoteDocument,
    SignedUse,
)
from shared.events.order_sheet import (
    Delivery,
    VisitDocument,
    VisitStage,
    WorkOrderDocument,
    standing_of,
)
from shared.events.part_cases import CountedPieces
from shared.events.report_form import ReportDocument
from shared.events.values import (
    BranchCode,
    FaultNature,
    PartList,
    PartNumber,
    Ref,
    RepairNature,
    Role,
    key_of,
)
from shared.fields import filled
from shared.handle import Folded
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber, next_in_series
from shared.http.problem import SOON, Problem, unknown
from shared.http.query import Shown, Single
from shared.http.registers import Registers
from shared.http.steps import in_path
from shared.policy import last_word

SHEETS = replace(READING["issue_note"], by={role: READING["issue_note"].by[role] for role in BOTH})
"""What is to be signed is seen by whoever signs it."""
SIGNERS = (*BOTH, Role.APPROVER)
HAND_OVER_SHEETS = replace(
    READING["issue_note"], by={role: READING["issue_note"].by[role] for role in SIGNERS}
)
"""A hand-over is signed by the approver too, in the place of a giver who cannot."""
THERE = (VisitStage.ARRIVED, VisitStage.ENDED)
"""A visit that somebody has reached."""
NoteNumber = Annotated[str, in_path(NUMBER)]
DRAWING_EXAMPLE = {"part": "MFQ-32", "quantity": 2}
SETTLING_EXAMPLE = {
    "part": "MFQ-32",
    "account": {"used": 1, "unused": 1, "old_returned": 1, "fault_nature": "wear"},
}


@dataclass(frozen=True, slots=True)
class NewAccount:
    """在手登记: what a technician has from before the books; `branch` if one has several."""

    technician: Ref
    repair_nature: RepairNature
    lines: PartList[HeldLine]
    branch: BranchCode | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """核销账目: where the pieces of a line went, before anybody signs."""

    part: PartNumber
    account: Account


@dataclass(frozen=True, slots=True)
class NoteShown:
    """出库单: as it stands, what the customer signed for, and what is there to be signed."""

    number: str
    note: IssueNoteDocument
    signed_content: str | None
    signed_use: tuple[SignedUse, ...]
    to_sign: tuple[ToSign, ...]
    requests: tuple[NoteRequest, ...]
    """Losses, waivers and corrections that were asked for, and what became of them."""


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


@dataclass(frozen=True, slots=True)
class Handing:
    """转交内容: who would take what; nothing listed: all that the recipient holds."""

    recipient: Ref
    lines: PartList[CountedPieces] = ()
    without_giver: bool = False
    """Whether the giver cannot sign: then it is what was counted."""


@dataclass(frozen=True, slots=True)
class HandOverSheet:
    """转交单: what both technicians sign, and its hash."""

    number: str
    giver: str
    recipient: str
    lines: tuple[CountedPieces, ...]
    content: str


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show issue notes, and what is signed on them."""
    _sheets(api, router)
    _hand_overs(api, router)
    _notes(api, router)


def _issue(request: FormRequest, body: Issuing) -> Made:
    who = body.recipient
    standing = standing_of(who, request.registers.person(who))
    approved = _approved(request.registers, request.state, body.part)
    command = filled(IssuePart, body, standing=standing, approved=approved)
    return _sealed(request, command, names_somebody=body.parcel is not None)


def _approved(registers: Registers, note: IssueNote, part: str) -> ApprovedLast | None:
    """What of a part is approved by now, by the newest papers of the ticket."""
    if note.released is None or note.taken_over is not None:
        return None
    order = _work_order(registers, note)
    earlier = [each.number for each in order.earlier] if order else []
    orders = [order, *(_order(registers, each) for each in earlier)]
    stream = f"report-{note.released.ticket}"
    return approved_last(part, registers.document("intake", stream, ReportDocument), orders)


def _opening(request: FormRequest, body: OpeningParcel) -> Made:
    command = filled(OpenParcel, body, arrived=_has_arrived(request, body.opened.technician))
    return _sealed(request, command, names_somebody=True)


def _has_arrived(request: FormRequest, technician: str) -> bool:
    """Whether they reached the customer on a visit of the ticket, as far as this room has heard."""
    released, visits = request.state.released, list[VisitDocument]()
    if released is None:
        return False
    for nth in count(1):
        stream = f"visit-{released.ticket}-V{nth}"
        visit = request.registers.document("dispatch", stream, VisitDocument)
        if visit is None:
            break
        visits.append(visit)
    return any(each.stage in THERE and each.technician == technician for each in visits)


def _granting_loss(request: FormRequest, body: LossGrant) -> ApproveLoss:
    needed = last_word(request.policy().approval.ladder)
    asked_as = () if request.is_any_of(needed) else tuple(needed)
    return filled(ApproveLoss, body, asked_as=asked_as)


def _correcting(request: FormRequest, body: CorrectionGrant) -> CorrectReconciliation:
    """With the stores that may have had a piece that the correction moves."""
    note: IssueNote = request.state
    found = note.requests.get(body.number)
    wanted = found.what if found else None
    if not isinstance(wanted, Correction) or wanted.part not in note.issues:
        return filled(CorrectReconciliation, body)
    issue, told = note.issues[wanted.part], wanted.handed or wanted.account
    serials = told.serials if isinstance(told, Handed) else told.old_serials if told else ()
    named = bool(issue.issued.serials or serials)
    others = stores.others_of(request.registers.names, issue.store, wanted.part) if named else ()
    return filled(CorrectReconciliation, body, stores=others)


def _handing_over(request: FormRequest, body: HandingOver) -> HandOverParts:
    standing = standing_of(body.recipient, request.registers.person(body.recipient))
    order = _work_order(request.registers, request.state)
    comes = order is not None and body.recipient in (order.technician, *order.sent)
    return filled(HandOverParts, body, standing=standing, comes_for_it=comes)


def _reconciling(request: FormRequest, body: Reconciling) -> ReconcilePart:
    note: IssueNote = request.state
    own = note.issues[body.part].store if body.part in note.issues else request.branch
    named = ledger.stores_of(request.registers.names, body.part) if body.account.old_serials else ()
    return filled(ReconcilePart, body, stores=tuple(each for each in named if each != own))


def _account(request: FormRequest, body: NewAccount) -> NextNumber:
    store, who = request.context.branch(body.branch), body.technician
    card = request.registers.branch(store)
    refuse_if(*stores.unusable(card, store))
    command = filled(
        OpenAccount,
        body,
        store=store,
        standing=standing_of(who, request.registers.person(who)),
        stores=_others(request, store, body.lines),
    )
    return next_in_series(SERIES, store, request.today(store), PAPER, command)


def _signing(request: FormRequest, body: SigningAccount) -> SignAccount:
    opened = request.state.taken_over
    others = _others(request, opened.store, opened.lines) if opened else ()
    return filled(SignAccount, body, stores=others)


def _others(request: FormRequest, store: str, lines: Sequence[HeldLine]) -> tuple[str, ...]:
    named = [line.part for line in lines if line.serials]
    return stores.others_of(request.registers.names, store, *named)


FORMS: Forms = {
    "/issue-notes": Form(NewAccount, _account),
    "account-signatures": Form(SigningAccount, _signing),
    "issues": Form(Issuing, _issue, offered_issues),
    "joint-openings": Form(OpeningParcel, _opening, offered_opening),
    "loss-approvals": Form(LossGrant, _granting_loss, offered_grants(RequestKind.LOSS, LossGrant)),
    "correction-approvals": Form(
        CorrectionGrant, _correcting, offered_decisions(RequestKind.CORRECTION, CorrectionGrant)
    ),
    "corrections": Form(AskCorrection, asked_as_said, known=notes_with_it),
    "hand-overs": Form(HandingOver, _handing_over, offered_hand_overs),
    "reconciliations": Form(Reconciling, _reconciling, offered_reconciliations),
}


def _sheets(api: RoomApi, router: APIRouter) -> None:
    @api.query(
        router,
        "/issue-notes/{number}/issue-sheets",
        reads=SHEETS,
        shows=IssueSheet,
        example=DRAWING_EXAMPLE,
    )
    def show_issue_sheet(number: NoteNumber, body: Drawing) -> Shown:
        """领料单: what is signed when this leaves the store; nothing is done by asking."""
        seen = _existing(api, number)
        note: IssueNote = seen.state
        card = api.registers.stream(part_register.stream_of(body.part)).state
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
        own = PAPER.open_to(note)
        return Shown(sheet, number, seen.branch, seen.version, of=note, open_to=own)

    @api.query(
        router,
        "/issue-notes/{number}/reconciliation-sheets",
        reads=SHEETS,
        shows=ReconciliationSheet,
        example=SETTLING_EXAMPLE,
    )
    def show_reconciliation_sheet(number: NoteNumber, body: Settling) -> Shown:
        """核销单: what is signed when a line is settled so; nothing is done by asking."""
        seen = _existing(api, number)
        note: IssueNote = seen.state
        sheet = ReconciliationSheet(
            number=number,
            recipient=note.recipient,
            part=body.part,
            account=body.account,
            against=against_of(note, body.account),
            content=account_content(note, body.part, body.account),
        )
        own = PAPER.open_to(note)
        return Shown(sheet, number, seen.branch, seen.version, of=note, open_to=own)


def _hand_overs(api: RoomApi, router: APIRouter) -> None:
    @api.query(
        router,
        "/issue-notes/{number}/hand-over-sheets",
        reads=HAND_OVER_SHEETS,
        shows=HandOverSheet,
        example={"recipient": "T-SUNMEI"},
    )
    def show_hand_over_sheet(number: NoteNumber, body: Handing) -> Shown:
        """转交单: what both sign when the parts change hands so; nothing is done by asking."""
        seen = _existing(api, number)
        note: IssueNote = seen.state
        lines = tuple(lines_of(note, body.lines, with_giver=not body.without_giver))
        sheet = HandOverSheet(
            number=number,
            giver=note.recipient,
            recipient=body.recipient,
            lines=lines,
            content=hand_over_content(note, body.recipient, lines),
        )
        own = PAPER.open_to(note)
        return Shown(sheet, number, seen.branch, seen.version, of=note, open_to=own)


def _notes(api: RoomApi, router: APIRouter) -> None:
    api.listing(
        router,
        "/issue-notes",
        board,
        reads=READING["issue_note"],
        said="出库单一览: notes by stage, recipient, ticket, order;"
        " `is_signed`: may be reconciled.",
        named="list_issue_notes",
        filters=("branch", "stage", "recipient", "ticket", "order", "delivery", "is_signed"),
        newest_first=True,
    )

    api.listing(
        router,
        "/arrival-notices",
        arrivals,
        reads=READING["issue_note"],
        said="到货通知: parcels by the day they are expected, by number, note;"
        " `told`: of both; `returned`: to the store.",
        named="list_arrival_notices",
        filters=("branch", "ticket", "note", "parcel_no", "told", "opened", "returned"),
        newest_first=True,
        by_day="expected_at",
    )

    @api.query(router, "/arrival-notices/{number}", reads=READING["issue_note"], shows=arrivals.Row)
    def show_arrival_notice(number: NoteNumber) -> Single:
        """到货通知: the parcel of a note, when it comes, and who was told of it."""
        return Single(arrivals, (number,))

    @api.query(router, "/issue-notes/{number}", reads=READING["issue_note"], shows=NoteShown)
    def show_issue_note(number: NoteNumber) -> Shown:
        """出库单: one note in full, and the hash of whatever its next signature is put under."""
        seen = _existing(api, number)
        note: IssueNote = seen.state
        shown = NoteShown(
            number=number,
            note=document_of(note),
            signed_content=note.signed_content,
            signed_use=note.signed.used if note.signed else (),
            to_sign=to_sign(note, _fault(api.registers, note)),
            requests=tuple(note.requests.values()),
        )
        own = PAPER.open_to(note)
        return Shown(shown, number, seen.branch, seen.version, of=note, open_to=own)


def _existing(api: RoomApi, number: str) -> Folded:
    """The note, once it is released; before that there is nothing to show."""
    seen = api.existing(PAPER.stream_of(number))
    if not PAPER.exists(seen.state):
        raise unknown(number)
    return seen


def _sealed(request: FormRequest, command: object, *, names_somebody: bool) -> Made:
    """The command, with the customer's name sealed by the key that sealed it on the order.

    Under any other key it would outlive the customer's erasure. So while the order's document is
    not there (its table is being refilled), nobody's name is taken.
    """
    if names_somebody:
        return Made(command, subject=customer_key(request.registers, request.state))
    order = _work_order(request.registers, request.state)
    return Made(command, subject=key_of(order.approved.contact_name) if order else None)


def customer_key(registers: Registers, note: IssueNote) -> str:
    """Whose key sealed the customer's name on the order that names the note. Raises Problem.

    A note that tells of the time before the books names no customer, and has a key of its own.
    """
    if note.taken_over is not None:
        return PAPER.stream_of(note.taken_over.number)
    order = _work_order(registers, note)
    if order is not None and (key := key_of(order.approved.contact_name)) is not None:
        return key
    waited = reason("order-not-here", number=note.released.order if note.released else "")
    raise Problem(503, "unavailable", waited, headers=SOON)


def _fault(registers: Registers, note: IssueNote) -> FaultNature | None:
    """What the old part failed of, until somebody who holds it says otherwise.

    The report says it; of a new machine, which nobody diagnosed, the work that was signed.
    """
    order = _work_order(registers, note)
    if order is None:
        return None
    said = order.work.commissioned if order.work else None
    return order.approved.diagnosis.fault_nature or (said.fault_nature if said else None)


def _work_order(registers: Registers, note: IssueNote) -> WorkOrderDocument | None:
    """The order that names the note, as this room heard of it last."""
    if note.released is None:
        return None
    return _order(registers, note.released.order)


def _order(registers: Registers, number: str) -> WorkOrderDocument | None:
    return registers.document("dispatch", f"work_order-{number}", WorkOrderDocument)
