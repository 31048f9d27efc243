"""The largest fact that can become true still fits into the record, with its document.

Every fact of the book is built as large as the interface and the rules let it become: every text as
long as it may be, in the characters that take most bytes, and every list full. So what a step adds
can never keep the last step of its paper, which repeats all of it, from being recorded.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from services.dispatch.work_order.closing import MOST_REASONS as MOST_BACK
from services.dispatch.work_order.continuing import MOST_ORDERS
from services.dispatch.work_order.notes import MOST_LINES
from services.intake.delegation import MOST as MOST_DELEGATIONS
from services.intake.report.approval import MOST_REASONS
from shared.envelope import canonical
from shared.events import BOOK, DOCUMENTS, FactEntry
from shared.events.followup import MOST_ATTEMPTS, QuestionAbout
from shared.events.order_sheet import MOST_SENT, USED_LINES, Deviation
from shared.events.report_form import LISTS as CHOSEN_FROM
from shared.events.values import (
    ALL_SERIALS,
    MANY,
    PARTS,
    SEVERAL,
    Constraint,
    Note,
    PersonalMark,
    Sealed,
)
from shared.record.store import LARGEST_FACT

WIDE = "\x01"
"""A character of six bytes in JSON; none takes more. Sealed, those of four bytes take most."""
ID = "x" * 128
"""A number, a hash or the name of a stream."""
HEAD = 4_096
"""Bytes for what stands around a fact and its document."""
NOTES = {("ReportDocument", "fault_description"), ("ReportDocument", "ending_reason")} | {
    ("SurveyDocument", "because"),
    ("IssueNoteDocument", "void_because"),
    ("WorkOrderDocument", "ending_reason"),
}
"""Where a document shows words that its facts bound."""
EACH_SERIALS = -(-MANY // USED_LINES // 2)
"""Of each line of used parts: an order lists at most so many serials, which the rule counts."""
PAPERS = MOST_LINES + 4 + MOST_ORDERS
LISTS: Mapping[tuple[str, str], int] = {
    **{(f"Complaint{each}", "upward"): SEVERAL for each in ("Received", "Assigned", "Reassigned")},
    **{
        (f"Complaint{each}", "told"): 2 * SEVERAL
        for each in ("Assigned", "Reassigned", "Reclassified")
    },
    ("ComplaintOverdue", "told"): SEVERAL,
    ("ComplaintLinked", "told"): 2 * SEVERAL,
    ("ComplaintLinked", "complained_of"): SEVERAL,
    ("ComplaintReceived", "warnings"): 1,
    ("ComplaintCallEnded", "tried_on"): SEVERAL,
    ("NamedNote", "lines"): 1,  # the notes are largest when each has one of all the lines
    ("WorkOrderDocument", "notes"): MOST_LINES,
    ("WorkOrderDocument", "supplements"): SEVERAL,
    ("WorkOrderSigned", "notes"): MOST_LINES,
    ("WorkOrderOpened", "notes"): PARTS,
    ("VisitDocument", "deviation"): len(Deviation),
    ("Trip", "deviation"): len(Deviation),
    ("ClaimApproved", "in_spite_of"): SEVERAL,
    ("ClaimReviewed", "needed"): SEVERAL,
    **dict.fromkeys(
        ((each, "travellers") for each in ("ClaimDue", "ClaimUrged", "ClaimOverdue")), 3 * SEVERAL
    ),
    ("ClaimOverdue", "told"): 3 * SEVERAL,
    ("SurveyDocument", "meant"): len(QuestionAbout),
    ("WorkOrderDocument", "technicians"): SEVERAL,
    ("WorkOrderDocument", "sent"): MOST_SENT,
    ("WorkOrderDocument", "earlier"): MOST_ORDERS - 1,
    ("FurtherOrderNamed", "earlier"): MOST_ORDERS - 1,
    ("EarlierOrder", "notes"): 0,  # they count with the notes of the order that follows
    ("EarlierOrder", "technicians"): 3 * SEVERAL,
    ("FurtherOrderNamed", "used"): MOST_LINES,
    ("CustomerWord", "parts_used"): USED_LINES,
    ("PartUsed", "new_serials"): EACH_SERIALS,
    ("PartUsed", "old_serials"): EACH_SERIALS,
    ("HandIn", "notes"): MOST_LINES,
    ("HandInReturned", "reasons"): MOST_BACK,
    ("NotedNote", "lines"): PARTS,
    ("IssueNoteReleased", "lines"): PARTS,
    ("IssueNoteDocument", "lines"): PARTS,
    ("IssueNoteDocument", "lost"): PARTS,
    ("SentLine", "serials"): -(-ALL_SERIALS // PARTS),  # a parcel has at most so many in all
    ("ArrivedLine", "serials"): -(-ALL_SERIALS // PARTS),
    ("FoundLine", "serials"): -(-ALL_SERIALS // PARTS),
    ("GoodsLine", "serials"): -(-ALL_SERIALS // PARTS),  # a receipt has at most so many in all
    ("ReturnedLine", "serials"): -(-ALL_SERIALS // PARTS),  # and so has what goes back
    ("UnusedPieces", "serials"): 0,  # with those of the pieces used they are those drawn, at most
    ("SignedUse", "new_serials"): EACH_SERIALS,
    ("SignedUse", "old_serials"): EACH_SERIALS,
    ("PartsHandedOver", "counted_by"): SEVERAL,
    ("SignatureNoted", "used"): USED_LINES,
    ("RepairClosed", "papers_checked"): MANY,
    ("RepairClosed", "tried_on"): SEVERAL,
    ("ReportDocument", "remote_attempts"): SEVERAL,
    ("ReportDocument", "approvals"): SEVERAL,
    ("ApprovedReport", "approved_by"): SEVERAL,
    ("RepairApproved", "approvals"): SEVERAL,
    ("ReportDocument", "warnings"): 1,
    ("RepairReported", "warnings"): 1,
    ("TechnicianAssigned", "warnings"): 1,
    ("SerialTaken", "warnings"): 1,
    ("AcceptanceNoted", "warnings"): 2,
    ("AcceptanceNoted", "done_by"): SEVERAL,
    ("VisitPlanned", "warnings"): 2,
    ("AppointmentConfirmed", "warnings"): 2,
    ("VisitRescheduled", "warnings"): 2,
    ("VisitReassigned", "warnings"): 2,
    ("LeaveRecorded", "warnings"): 2,
    ("Warned", "about"): MANY,
    ("ApprovalAsked", "needed"): SEVERAL,
    ("ApprovalAsked", "unpriced"): PARTS,
    ("ReportReturned", "reasons"): SEVERAL,
    ("ReportReturned", "fields"): SEVERAL,
    ("ReportAmended", "changes"): 40,
    ("AmendmentRefused", "reasons"): MOST_REASONS,
    ("AmendmentRefused", "fields"): SEVERAL,
    ("Standing", "roles"): MANY,
    ("Standing", "branches"): MANY,
    ("DelegationRecorded", "as_what"): SEVERAL,
    ("Delegated", "as_what"): SEVERAL,
    ("DelegationDocument", "given"): MOST_DELEGATIONS,
    ("HiddenValuesDocument", "hidden"): sum(map(len, CHOSEN_FROM.values())),
    ("AppointmentConfirmed", "attempts"): SEVERAL,
    ("VisitCancelled", "attempts"): SEVERAL,
    ("Departed", "checklist"): SEVERAL,
    ("Departed", "deviation"): len(Deviation),
    ("DeviationGranted", "deviation"): len(Deviation),
    ("DeviationDenied", "deviation"): len(Deviation),
    ("SupplementAsked", "lines"): PARTS,
    ("SupplementRefused", "lines"): PARTS,
    ("ExcessGranted", "lines"): PARTS,
    ("ExcessDenied", "lines"): PARTS,
    ("CallBackScheduled", "technicians"): 3 * MOST_ORDERS * SEVERAL,
    ("CallBackScheduled", "questions"): SEVERAL,
    ("SurveyDocument", "technicians"): 3 * MOST_ORDERS * SEVERAL,
    ("SurveyDocument", "attempts"): MOST_ATTEMPTS + 1,
    ("SurveyDocument", "answers"): SEVERAL,
    ("SurveyAnswered", "answers"): SEVERAL,
    ("PapersAsked", "papers"): PAPERS,
    ("DossierFiled", "papers"): PAPERS,
    ("AddendumFiled", "late"): PAPERS,
}
"""How long the lists get that no body brings as they are: by policy, or by a rule that counts."""
THIS: Mapping[str, tuple[str, ...]] = {
    "RepairReported": ("reference",),
    "SurveyAnswered": ("satisfied", "action"),
    "CustomerSigned": (),
    "AmendmentRefused": ("fields",),
    "ReconciliationCorrected": ("number", "part"),
    "ParcelOpened": (),
    "PartsHandedOver": ("giver", "recipient"),
    "SignatureWaived": (),
    "HandInReturned": (),
}
"""Which fields of a fact its document tells again, where it is not taken to be all of them."""
FREE = {"LegacyEntryImported"}
"""A row of a file as it was: a row that is too large is refused, and no paper waits for it."""
ENTRIES = [
    each
    for each in BOOK.values()
    if each.kind.__module__.startswith("shared.events.") and each.name not in FREE
]


def largest(hint: Any, where: tuple[str, str]) -> Any:
    """The largest value of an annotation, in a field of a class."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _marked(parts[0], parts[1:], where)
    if NoneType in parts or (origin is not tuple and parts):
        return largest(next(part for part in parts if part is not NoneType), where)
    if origin is tuple:
        return (largest(_told(parts[0], where), where),) * LISTS[where]
    if hint is str:
        return ID if where not in NOTES else largest(Note, where)
    return _plain(hint)


def _told(hint: Any, where: tuple[str, str]) -> Any:
    """What an open ticket is named by in a warning is no text of the length of a text."""
    return str if where == ("Warned", "about") else hint


def _marked(plain: Any, marks: tuple[Any, ...], where: tuple[str, str]) -> Any:
    asked = {k: v for mark in marks if isinstance(mark, Constraint) for k, v in mark.asked.items()}
    most = int(str(asked.get("max_length", 200)))
    if any(isinstance(mark, PersonalMark) for mark in marks):
        return Sealed(f"customer-{ID}", where[1], "c" * ((4 * most + 16) * 4 // 3 + 4))
    if get_origin(plain) is tuple:
        (each, _) = get_args(plain)
        return (largest(each, where),) * LISTS.get(where, most)
    if plain is str and "pattern" in asked:
        return "𠮷" * 64 if "x00" in str(asked["pattern"]) else ID
    return WIDE * most if plain is str and "max_length" in asked else largest(plain, where)


def _plain(hint: Any) -> Any:
    if is_dataclass(hint):
        return of_class(hint)
    if issubclass(hint, Enum):
        return max(hint, key=lambda member: len(str(member.value)))
    at = datetime(2026, 11, 23, 2, 0, 0, 123_456, UTC)
    return {int: 2**53 - 1, bool: False, datetime: at, date: at.date()}[hint]


def of_class(kind: Any) -> Any:
    """The largest instance of a fact, a document or a value."""
    hints = get_type_hints(kind, include_extras=True)
    return kind(**{f.name: largest(hints[f.name], (kind.__name__, f.name)) for f in fields(kind)})


def size_of(entry: FactEntry) -> int:
    """Bytes of the largest such fact with its document, which tells again what the fact says."""
    fact, documents = of_class(entry.kind), set(entry.documents.values())
    again = THIS.get(entry.name, [each.name for each in fields(fact)])
    this = len(canonical({name: getattr(fact, name) for name in again})) if documents else 0
    state = max((len(canonical(of_class(DOCUMENTS[name].kind))) for name in documents), default=0)
    return HEAD + len(canonical(fact)) + this + state


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda each: each.name)
def test_the_largest_such_fact_fits(entry: FactEntry) -> None:
    assert size_of(entry) <= LARGEST_FACT
