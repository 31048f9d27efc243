"""出库单 (issue note): drawn in advance, reconciled after; released → issued → settled, or void.

A technician draws parts before the visit; afterwards every piece is accounted for against the order
the customer signed. The state stands in `state.py`, what is shown to be signed in `sheets.py`, and
each group of steps in a file of its own.
"""

import re
from collections.abc import Sequence

from services.inventory.issue_note import (
    arrivals,
    board,
    drawing,
    dropping,
    exceptions,
    opening,
    parcel,
    reconciliation,
    release,
    requests,
    taking_back,
    taking_over,
)
from services.inventory.issue_note.asking import Decided, RequestKind
from services.inventory.issue_note.document import document_of, shown
from services.inventory.issue_note.state import IssueNote, Milestone, is_released
from services.inventory.issue_note.state import evolve as evolve_paper
from shared import urging
from shared.decider import Public, Reason, reason
from shared.events.inventory import PartRegistered
from shared.events.issue_notes import (
    AccountOpened,
    AccountSigned,
    ArrivalAnnounced,
    CorrectionAsked,
    IssueCorrected,
    IssueNoteReleased,
    IssueNoteVoided,
    LineDropped,
    LossApproved,
    LossAsked,
    ParcelDelivered,
    ParcelOpened,
    ParcelReturned,
    ParcelWordWithdrawn,
    PartIssued,
    PartReconciled,
    PartsHandedOver,
    ReconciliationCorrected,
    SignatureNoted,
    VoidingAsked,
    WaiverAsked,
)
from shared.events.order_sheet import NoteStage
from shared.events.values import TICKET_FORM, Role
from shared.ground import first_of, last_here, last_of
from shared.step import (
    Address,
    Owed,
    PaperType,
    PathField,
    Step,
    by_command,
    naming,
    offering,
    ticket_of,
)
from shared.view import View

__all__ = ["PAPER", "STEPS", "IssueNote", "decide", "evolve", "initial", "public"]

SERIES = "ZS"
"""在手: the series of notes that stand for what people had before the books, by year and store."""
NUMBER = PathField(
    described="出库单号 BX-…-C1, 在手登记 ZS-…",
    pattern=rf"^({TICKET_FORM}-C[1-9][0-9]{{0,2}}|ZS-[A-Z0-9]{{2,8}}-[0-9]{{4}}-[0-9]{{4,9}})$",
)


def _ticket_of(number: str) -> str | None:
    """The ticket of a note; one that tells of the time before the books has none."""
    return ticket_of(number) if re.match(TICKET_FORM, number) else None


def _absent(number: str) -> Reason:
    """Parts are often brought to the nearest store, which may not know of another's notes."""
    return reason("note-not-here", number=number)


PAPER: PaperType[IssueNote] = PaperType(
    prefix="issue_note",
    address=Address("/issue-notes/{number}", (NUMBER,)),
    ticket_of=_ticket_of,
    shown=shown,
    open_to=lambda note: (note.recipient,) if note.recipient else (),
    named=lambda note: naming(Role.TECHNICIAN, note.recipient),
    beside=lambda note: (note.released.order,) if note.released else (),
    exists=is_released,
    absent=_absent,
)
KEEPER = {Role.STOREKEEPER}
BOTH = {Role.STOREKEEPER, Role.TECHNICIAN}
LAST = NoteStage.ISSUED
"""The last stage at which pieces can move, but for what is put right."""

SENT = first_of(PartIssued)
BOOKED_AFTER = last_of(
    *(PartIssued, AccountSigned, ParcelOpened, ParcelDelivered, ParcelReturned),
    *(ParcelWordWithdrawn, SignatureNoted),
)

initial = IssueNote()

_STEPS = (
    Step(
        "/issue-notes",
        taking_over.OpenAccount,
        taking_over.open_account,
        by=KEEPER,
        begins=True,
        reads=taking_over.reads_of_opening,
        rests_on=last_of(PartRegistered),
        location="/v1/issue-notes/{id}",
        offer=offering(),
        example=taking_over.OPENING_EXAMPLE,
    ),
    Step(
        "account-signatures",
        taking_over.SignAccount,
        taking_over.sign,
        by=BOTH,
        rests_on=last_of(AccountOpened),
        until=NoteStage.RELEASED,
        reads=taking_over.reads_of_signing,
        offer=taking_over.offered_signing,
        example=taking_over.SIGNING_EXAMPLE,
    ),
    Step(
        "issues",
        drawing.IssuePart,
        drawing.issue,
        by=KEEPER,
        rests_on=last_here(IssueNoteReleased),
        until=LAST,
        reads=drawing.reads_of_issue,
        example=drawing.ISSUE_EXAMPLE,
    ),
    Step(
        "announcements",
        parcel.AnnounceArrival,
        parcel.announce,
        by=KEEPER,
        rests_on=last_of(PartIssued),
        since={"technician_told_at": SENT, "customer_told_at": SENT},
        until=LAST,
        offer=parcel.offered_announcement,
        example={
            "technician_told_at": "2026-11-23T09:30:00+08:00",
            "customer_told_at": "2026-11-23T09:40:00+08:00",
        },
    ),
    Step(
        "deliveries",
        parcel.DeliverParcel,
        parcel.deliver,
        by=BOTH,
        rests_on=last_of(PartIssued),
        since={"at": SENT},
        until=LAST,
        offer=parcel.offered_delivery,
        example={"at": "2026-11-23T09:50:00+08:00"},
    ),
    Step(
        "parcel-returns",
        parcel.ReturnParcel,
        parcel.take_back,
        by=KEEPER,
        rests_on=last_of(PartIssued),
        since={"at": SENT},
        until=LAST,
        offer=parcel.offered_return,
        example={"at": "2026-11-23T09:50:00+08:00", "because": "地址不详 no such address"},
    ),
    Step(
        "joint-openings",
        opening.OpenParcel,
        opening.open_together,
        by={Role.TECHNICIAN},
        rests_on=last_of(ArrivalAnnounced, ParcelDelivered, ParcelOpened),
        since={"opened.at": last_of(PartIssued)},
        until=NoteStage.SETTLED,
        reads=opening.reads_of_opening,
        offer=opening.offered_opening,
        example=opening.OPENING_EXAMPLE,
    ),
    Step(
        "parcel-withdrawals",
        taking_back.WithdrawParcelWord,
        taking_back.take_back,
        by=BOTH,
        rests_on=last_of(ParcelDelivered, ParcelReturned, ParcelOpened),
        until=NoteStage.SETTLED,
        reads=taking_back.reads_of_taking_back,
        offer=taking_back.offered_taking_back,
        example={"word": "returned", "because": "退回的是另一个包裹 another parcel came back"},
    ),
    Step(
        "reconciliations",
        reconciliation.ReconcilePart,
        reconciliation.reconcile,
        by=KEEPER,
        rests_on=BOOKED_AFTER,
        until=NoteStage.SETTLED,
        reads=reconciliation.reads_of_reconciliation,
        offer=reconciliation.offered_reconciliations,
        example=reconciliation.RECONCILIATION_EXAMPLE,
    ),
    Step(
        "voiding-requests",
        dropping.AskVoiding,
        dropping.ask_voiding,
        by={Role.CLERK},
        rests_on=last_of(IssueNoteReleased),
        until=LAST,
        offer=dropping.offered_askings,
        example={"because": "用户撤单 the customer withdrew"},
    ),
    Step(
        "voidings",
        dropping.VoidNote,
        dropping.void,
        by=KEEPER,
        rests_on=last_of(VoidingAsked, IssueNoteReleased),
        until=LAST,
        offer=dropping.offered_voiding,
        example={"because": "用户撤单 the customer withdrew"},
    ),
    Step(
        "line-droppings",
        dropping.DropLine,
        dropping.drop,
        by=KEEPER,
        rests_on=last_of(VoidingAsked, IssueNoteReleased),
        until=LAST,
        offer=dropping.offered_droppings,
        example={"part": "MFQ-32"},
    ),
    *exceptions.STEPS,
    Owed(release.ReleaseNote, release.release, release.reads_of_release),
    Owed(release.NoteSignature, release.note_signature),
    Owed(release.NoteChange, release.note_change, release.reads_of_notice),
    Owed(release.NoteNature, release.note_nature, release.reads_of_notice),
)
_DECISIONS = {
    RequestKind.LOSS: "loss-approvals",
    RequestKind.WAIVER: "waiver-approvals",
    RequestKind.CORRECTION: "correction-approvals",
}


def _requests(note: IssueNote) -> Sequence[urging.Awaited]:
    """申请: each that nobody has decided."""
    return tuple(
        urging.Awaited(_DECISIONS[each.kind], number)
        for number, each in note.requests.items()
        if each.decided is Decided.OPEN
    )


_URGED = urging.Urgeable(_STEPS, urging.no_stage, beside=_requests)
_URGINGS = urging.urgings(
    _URGED,
    by={*BOTH, *requests.GRANTERS},
    rests_on=last_of(LossAsked, WaiverAsked, CorrectionAsked),
    until=NoteStage.SETTLED,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)
VIEWS: Sequence[View] = (board, arrivals)


def public(note: IssueNote, fact: Milestone) -> Public:
    """The note's public document right after the milestone, and which line it is about."""
    match fact:
        case PartIssued(part) | PartReconciled(part) | LineDropped(part):
            return Public(document_of(note), {"part": part})
        case (
            ReconciliationCorrected(number=number, part=part)
            | IssueCorrected(number=number, part=part)
        ):
            return Public(document_of(note), {"number": number, "part": part})
        case LossApproved(number=number, loss=loss):
            return Public(document_of(note), {"number": number, "part": loss.part})
        case PartsHandedOver(giver=giver, recipient=recipient):
            return Public(document_of(note), {"giver": giver, "recipient": recipient})
        case ArrivalAnnounced() | ParcelOpened() | ParcelWordWithdrawn() | IssueNoteVoided():
            return Public(document_of(note), {})
