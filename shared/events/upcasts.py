"""升版 (upcasts): how a fact or a document of an older schema version is read today.

Stored data is never rewritten. A function takes the plain data of one version and returns that of
the next. It fills a new field with what was true before the field existed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from msgspec import convert

Plain: TypeAlias = dict[str, object]
"""A JSON object."""
Upcast: TypeAlias = Callable[[Plain], Plain]
"""Raises LookupError or MsgspecError if the data does not have the form of its version."""


def _within(section: str, **said: object) -> Upcast:
    """A section of it, from before these fields existed."""
    return lambda data: {**data, section: {**convert(data[section], Plain), **said}}


def _as_it_was(data: Plain) -> Plain:
    """A fact from before one of its fields could be empty."""
    return data


def _unsigned(name: str) -> Upcast:
    """A fact from before it was signed."""
    return lambda data: {**data, name: None}


def _old_lines(data: Plain) -> Plain:
    """A list of old parts from before it said which machines they were in."""
    lines = convert(data["lines"], list[Plain])
    more: Plain = {"machine_serial": None, "removed_on": None}
    return {**data, "lines": [{**line, **more} for line in lines]}


def _approvals(data: Plain) -> Plain:
    """Approvals from before there were delegations."""
    approvals = convert(data["approvals"], list[Plain])
    return {**data, "approvals": [{**each, "acting_for": None} for each in approvals]}


def _reviewed_2(data: Plain) -> Plain:
    """A review from before a day's rate was counted by what its row holds for."""
    lines = convert(data["lines"], list[Plain])
    return {**data, "lines": [{**line, "counts_as": ""} for line in lines]}


def _order_2(data: Plain) -> Plain:
    """A work order from before anything later than the technician's signature was recorded."""
    signed = convert(data["technician_sig"], Plain | None)
    return {**data, "technicians": [signed["by"]] if signed else []}


def _legacy_3(data: Plain) -> Plain:
    """A legacy row from before one could tell several steps, and before imports were counted."""
    before: Plain = {"listed": {}, "priority": None, "newest_first": False, "step": 0}
    return {**data, **before, "twin": 1, "generation": 1}


_ACCOUNT_2: Plain = {"unused_lines": [], "old_unnumbered_because": None}
"""An account from before unused pieces could differ in their condition."""


def _signed_2(data: Plain) -> Plain:
    """A signature from before this room was told more than quantities."""
    more = dict.fromkeys(("new_serials", "old_serials", "old_taken", "old_left"))
    used = convert(data["used"], list[Plain])
    return {**data, "used": [{**each, **more} for each in used]}


def _noted_2(data: Plain) -> Plain:
    """What dispatch heard of an issue note before it was told what a parcel lacked."""
    note = convert(data["note"], Plain)
    lines = [{**line, "missing": 0} for line in convert(note["lines"], list[Plain])]
    return {**data, "note": {**note, "lines": lines}}


def _noted_3(data: Plain) -> Plain:
    """What dispatch heard of an issue note before it was told what is granted as lost."""
    note = convert(data["note"], Plain)
    lines = [{**line, "lost": 0} for line in convert(note["lines"], list[Plain])]
    return {**data, "note": {**note, "lines": lines}}


def _note_2(data: Plain) -> Plain:
    """An issue note from before accounts said more, and before lines could be dropped."""
    lines = []
    for line in convert(data["lines"], list[Plain]):
        account = convert(line["account"], Plain | None)
        told = {**account, **_ACCOUNT_2} if account else None
        lines.append({**line, "account": told, "dropped_because": None})
    return {**data, "lines": lines}


_APPROVED_2 = _within("approved", agreement=None, approved_by=[])
"""What was approved, from before dispatch was told of the quote and of the approvers."""


def _note_3(data: Plain) -> Plain:
    """An issue note from before the repair nature of what was drawn could change."""
    lines = []
    for line in convert(data["lines"], list[Plain]):
        issued = convert(line["issued"], Plain | None)
        lines.append({**line, "issued": {**issued, "old_due_by": None} if issued else None})
    return {**data, "lines": lines}


_KEPT: Plain = {
    "kept": {"equipment_kept_because": None, "warranty_kept_because": None},
}
"""From before a diagnosis was held to the card of its machine and to its warranty."""


def _no_opinion(data: Plain) -> Plain:
    """A report from before it repeated what the customer said in the call-back."""
    return {**data, "opinion": None}


def _no_sale(data: Plain) -> Plain:
    """A report from before the sale handed anything over on it."""
    return {**data, "sale": None}


_named_unpriced = _within("approval", unpriced=[])
"""From before a submission named the parts without a price."""


def _report_7(data: Plain) -> Plain:
    """A report from before its submission named the parts without a price."""
    return _named_unpriced(data) if data["approval"] else data


def _unwarned(data: Plain) -> Plain:
    """A step of a visit from before anything was warned of when it was taken."""
    return {**data, "warnings": []}


def _further_2(data: Plain) -> Plain:
    """A further order from before it was told whether work was done under those before it."""
    earlier = convert(data["earlier"], list[Plain])
    return {**data, "earlier": [{**each, "worked": bool(data["used"])} for each in earlier]}


def _order_5(data: Plain) -> Plain:
    """A work order from before others were told whether work was done under those before it."""
    earlier = convert(data["earlier"], list[Plain])
    return {**data, "earlier": [{**each, "worked": False} for each in earlier]}


def _explained(data: Plain) -> Plain:
    """No line named issue notes."""
    lines = cast("Sequence[Plain]", data["lines"])
    return {**data, "lines": [{**each, "issue_notes": []} for each in lines]}


_ABOUT = (
    *("fault_gone", "runs_well", "arrived_as_agreed", "manner", "as_signed", "asked_privately"),
    "overall",
)
"""Questions that were known by their codes, before policy said what each is about."""


def _asked_2(data: Plain) -> Plain:
    """A call-back whose questions were known by their codes."""
    asked = convert(data["questions"], list[Plain])
    told = [{**each, "about": each["code"] if each["code"] in _ABOUT else None} for each in asked]
    return {**data, "questions": told}


def _survey_3(data: Plain) -> Plain:
    """A call-back whose answers were known by the codes of their questions."""
    answers = convert(data["answers"], list[Plain])
    codes = [each["question"] for each in answers if each["question"] in _ABOUT]
    return {**data, "meant": [{"question": code, "about": code} for code in codes]}


_APPROVED_3 = _within("approved", sale=None)
"""What was approved, from before a sale handed anything over."""


def _order_6(data: Plain) -> Plain:
    """A work order from before new machines were commissioned."""
    work = convert(data.get("work"), Plain | None)
    told = {**work, "commissioned": None} if work else None
    more: Plain = {"work": told, "site": None, **_NO_WARRANTY}
    return {**_APPROVED_3(data), **more}


def _unfailed(data: Plain) -> Plain:
    """From before the work on a new machine said why its replaced parts had failed."""
    work = convert(data.get("work"), Plain | None)
    said = convert(work["commissioned"], Plain | None) if work else None
    if work is None or said is None:
        return data
    return {**data, "work": {**work, "commissioned": {**said, "fault_nature": None}}}


_NO_WARRANTY: Plain = {"warranty_starts_on": None, "acceptance_told_on": None}
_BRANCH_2 = _within("card", web_owner=None)
_BRANCH_3 = _within("card", is_base=False)
_CUSTOMER_2 = _within("card", web_branches=())
_CUSTOMER_3 = _within("card", email=None)
_MACHINE_2 = _within("card", warranty_starts_on=None)
_PART_2 = _within("card", divided=False)
_PERSON_2 = _within("card", regions=())
_PERSON_3 = _within("card", tokens_from=None)
_PERSON_4 = _within("card", email=None)

UPCASTS: Mapping[tuple[str, int], Upcast] = {
    ("AcceptanceNoted", 1): lambda data: {**data, "done_by": []},
    ("AmendmentDrafted", 1): lambda data: {**data, **_KEPT},
    ("ApprovalNoted", 1): _APPROVED_2,
    ("ApprovalNoted", 2): _APPROVED_3,
    ("ApprovalGiven", 1): _within("approval", acting_for=None),
    ("BasicsCompleted", 1): _no_sale,
    ("BranchChanged", 1): _BRANCH_2,
    ("BranchChanged", 2): _BRANCH_3,
    ("BranchRegistered", 1): _BRANCH_2,
    ("BranchRegistered", 2): _BRANCH_3,
    ("CallBackScheduled", 1): _asked_2,
    ("ClaimReviewed", 1): _reviewed_2,
    ("ClaimReviewed", 2): lambda data: {**data, "needed": []},
    ("ComplaintAssigned", 1): lambda data: {**data, "nobody_above": False},
    ("ComplaintLinked", 1): lambda data: {
        **data,
        "complained_of": [],
        "emergency": False,
        "told": [],
    },
    ("ComplaintReassigned", 1): lambda data: {**data, "told": [], "nobody_above": False},
    ("ComplaintReclassified", 1): lambda data: {**data, "nobody_above": False},
    ("CustomerChanged", 1): _CUSTOMER_2,
    ("CustomerChanged", 2): _CUSTOMER_3,
    ("CustomerRegistered", 1): _CUSTOMER_2,
    ("CustomerRegistered", 2): _CUSTOMER_3,
    ("AppointmentConfirmed", 1): _unwarned,
    ("AppointmentConfirmed", 2): lambda data: {**data, "by": "desk"},
    ("Departed", 1): lambda data: {**data, "deviation": ()},
    ("FaultDiagnosed", 1): lambda data: {**data, **_KEPT},
    ("VisitPlanned", 1): _unwarned,
    ("VisitCancelled", 1): lambda data: {**data, "attempts": []},
    ("VisitReassigned", 1): _unwarned,
    ("VisitRescheduled", 1): _unwarned,
    ("VisitEnded", 1): lambda data: {**data, "said_by": None, "approver_told": None},
    ("VisitEnded", 2): lambda data: {**data, "card": None},
    ("FurtherOrderNamed", 1): _further_2,
    ("GoodsReceived", 1): lambda data: {**data, "same_note_because": None},
    ("IssueNoteNoted", 1): _noted_2,
    ("IssueNoteNoted", 2): _noted_3,
    ("IssueNoteReleased", 1): _note_2,
    ("IssueNoteReleased", 2): _note_3,
    ("IssueNoteReleased", 3): lambda data: {**data, "travellers": []},
    ("LegacyEntryImported", 1): lambda data: {**data, "at": None},
    ("LegacyEntryImported", 2): _legacy_3,
    ("MachineChanged", 1): _MACHINE_2,
    ("MachineRegistered", 1): _MACHINE_2,
    ("LocalPurchaseApproved", 1): lambda data: {**data, "because": None},
    ("CorrectionAsked", 1): lambda data: {**data, "handed": None, "exchanged_with": None},
    ("LossApproved", 1): _within("loss", fen_because=None),
    ("LossAsked", 1): _within("loss", fen_because=None),
    ("PaperReturned", 1): lambda data: {**data, "taken_from": None},
    ("PapersAsked", 1): lambda data: {**data, "subject": None},
    ("PartChanged", 1): _PART_2,
    ("PartRegistered", 1): _PART_2,
    ("OldPartsSent", 1): _unsigned("keeper_sig"),
    ("OldPartsReceived", 1): _unsigned("signature"),
    ("OldPartsListed", 1): _as_it_was,
    ("OldPartsListed", 2): lambda data: {**data, "at_base": False},
    ("OldPartsListed", 3): _old_lines,
    ("OldPiecesSet", 1): _as_it_was,
    ("OldPiecesSet", 2): lambda data: {
        **data,
        "old_class": None,
        "waiting": None,
        "waiting_serials": [],
    },
    ("ClosingNoted", 1): lambda data: {**data, "other_ticket": None},
    ("ClosingUrged", 1): _as_it_was,
    ("DifferencesExplained", 1): _explained,
    ("DifferencesExplained", 2): _unsigned("keeper_sig"),
    ("StocktakeCounted", 1): _unsigned("signature"),
    ("OldPartSettled", 1): lambda data: {**data, "written_off": 0},
    ("ParcelOpened", 1): lambda data: {**data, "customer_sig": None, "unsigned_because": None},
    ("ParcelOpened", 2): lambda data: {**data, "because": None},
    ("PartIssued", 1): _within("issued", old_due_by=None),
    ("PartReconciled", 1): _within("account", **_ACCOUNT_2),
    ("PeriodClosed", 1): lambda data: {**data, "report_due_at": None},
    ("PeriodClosed", 2): lambda data: {**data, "unsettled_more": None},
    ("PeriodClosed", 3): lambda data: {**data, "by_months": False},
    ("PersonChanged", 1): _PERSON_2,
    ("PersonChanged", 2): _PERSON_3,
    ("PersonChanged", 3): _PERSON_4,
    ("PersonRegistered", 1): _PERSON_2,
    ("PersonRegistered", 2): _PERSON_3,
    ("PersonRegistered", 3): _PERSON_4,
    ("PartCounted", 1): lambda data: {**data, "moved_since": False},
    ("PartCounted", 2): _unsigned("signature"),
    ("PurchaseAsked", 1): lambda data: {**data, "serves": []},
    ("RepairApproved", 1): _approvals,
    ("RepairClosed", 1): lambda data: {**data, "tried_on": []},
    ("RepairClosed", 2): lambda data: {**data, **_NO_WARRANTY},
    ("RepairReported", 1): _no_opinion,
    ("RepairReported", 2): _no_sale,
    ("RepairReported", 3): lambda data: {**data, "registered_at": None},
    ("ReplenishmentAsked", 1): lambda data: {**data, "within": None},
    ("ReportAmended", 1): _named_unpriced,
    ("ReplenishmentAsked", 2): _unsigned("keeper_sig"),
    ("StockReceived", 1): _unsigned("keeper_sig"),
    ("ReportReturned", 1): lambda data: {**data, "acting_for": None},
    ("ReportSubmitted", 1): _named_unpriced,
    ("SignatureNoted", 1): _signed_2,
    ("SignatureRefused", 1): lambda data: {**data, "absent": False},
    ("StockMoved", 1): lambda data: {**data, "fen": None},
    ("PaperUrged", 1): lambda data: {**data, "of": None},
    ("SurveyAnswered", 1): lambda data: {**data, "by": "desk"},
    ("StocktakeApproved", 1): lambda data: {**data, "values": [], "valuing": None},
    ("TaskHandedIn", 1): lambda data: {**data, "claim": None},
    ("VoucherUsed", 1): lambda data: {**data, "fen": None},
    ("WorkOrderOpened", 1): lambda data: {**data, "site": None},
    ("WorkRecorded", 1): _within("work", commissioned=None),
    ("WorkRecorded", 2): _unfailed,
}
"""By the fact and the version to upcast from."""
DOCUMENT_UPCASTS: Mapping[tuple[str, int], Upcast] = {
    ("branch", 1): _BRANCH_2,
    ("branch", 2): _BRANCH_3,
    ("customer", 1): _CUSTOMER_2,
    ("customer", 2): _CUSTOMER_3,
    ("machine", 1): _MACHINE_2,
    ("part", 1): _PART_2,
    ("issue_note", 1): _note_2,
    ("issue_note", 2): _note_3,
    ("issue_note", 3): lambda data: {**data, "lost": []},
    ("person", 1): _PERSON_2,
    ("person", 2): _PERSON_3,
    ("person", 3): _PERSON_4,
    ("survey", 1): lambda data: {**data, "by": "desk" if data["caller"] else None},
    ("survey", 2): _survey_3,
    ("report", 1): _approvals,
    ("report", 2): lambda data: {**data, "amends": None},
    ("report", 3): lambda data: {**data, **_KEPT},
    ("report", 4): _no_opinion,
    ("report", 5): _no_sale,
    ("report", 6): _report_7,
    ("report", 7): lambda data: {**data, "registered_at": None},
    ("work_order", 1): _order_2,
    ("work_order", 2): _APPROVED_2,
    ("work_order", 3): lambda data: {**data, "continued_as": None, "earlier": []},
    ("work_order", 4): _order_5,
    ("work_order", 5): _order_6,
    ("work_order", 6): _unfailed,
    ("work_order", 7): lambda data: {**data, "supplements": None},
    ("work_order", 8): lambda data: {**data, "sent": []},
    ("work_order", 9): lambda data: {**data, "other_ticket": None},
}
"""By the document and the version to upcast from."""
