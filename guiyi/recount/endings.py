"""结局 (the endings): which tickets came to their end, and what left the straight line before."""

from collections.abc import Mapping, Sequence

from guiyi.recount.facts import Told

BEGUN, FILED = "RepairReported", "DossierFiled"
EXCEPTIONS: Mapping[str, frozenset[str]] = {
    name: frozenset(facts.split())
    for name, facts in {
        "called_again": "CallNoted",
        "note_added": "NoteAdded",
        "contact_corrected": "ContactCorrected",
        "report_recalled": "ReportRecalled",
        "report_returned": "ReportReturned",
        "approved_jointly": "RepairApproved:approvals=2",
        "approved_by_deputy": "DelegationRecorded",
        "reported_twice": "RepairClosed:ending=duplicate",
        "enquired": "RepairClosed:ending=answered",
        "enquiry_became_a_repair": "ReportLinked:ending=answered",
        "solved_remotely": "RepairClosed:ending=solved_remotely",
        "withdrawn": "RepairClosed:ending=withdrawn",
        "not_mended": "WorkRecorded:work.result=not_fixed",
        "base_helped": "BaseTechnicianSent",
        "colleague_away": "LeaveRecorded",
        "another_day": "TravelChangeApproved",
        "left_otherwise": "DeviationGranted",
        "fee_refused": "FeesRefused",
        "journey_refused": "TravelChangeRefused",
        "supplement_refused": "SupplementRefused",
        "loss_refused": "LossRefused",
        "goes_on": "FurtherOrderNamed",
        "handed_in_for_another": "HandInEntrusted",
        "note_void": "IssueNoteVoided",
        "line_dropped": "LineDropped",
        "parcel_seen": "ParcelDelivered",
        "parcel_came_back": "ParcelReturned",
        "handed_out_otherwise": "IssueCorrected",
        "customer_unreached": "ContactAttempted",
        "call_back_unreached": "CallBackEnded",
        "told_by_link": "AppointmentLinkMade SurveyLinkMade",
        "urged_by_hand": "TechnicianUrged",
        "claim_returned": "ClaimReturned",
        "claim_withdrawn": "ClaimWithdrawn",
        "complaint_late": "ComplaintOverdue",
        "complaint_is_emergency": "ComplaintAssigned:emergency",
        "complaint_withdrawn": "ComplaintEnded:ending=withdrawn",
        "paper_lost": "PaperLossAccepted",
        "paper_added": "AddendumFiled",
        "approval_changed": "ReportAmended",
        "order_declined": "WorkOrderDeclined",
        "order_recalled": "WorkOrderRecalled",
        "visit_called_off": "VisitCancelled",
        "visit_reassigned": "VisitReassigned",
        "taken_ill_on_site": "VisitEnded:outcome=interrupted",
        "nobody_home": "VisitEnded:outcome=no_access",
        "parts_posted": "ParcelOpened",
        "opening_told_anew": "ParcelOpened:because",
        "used_beyond_approval": "ExcessGranted",
        "parts_lost": "LossApproved",
        "parts_handed_over": "PartsHandedOver",
        "counted_for_who_cannot": "PartsCounted",
        "parts_gone_without": "PartsForgone",
        "another_part": "SupplementApproved",
        "further_note": "FurtherNoteNamed",
        "old_part_kept": "OldPartWaived",
        "booked_wrongly": "ReconciliationCorrected",
        "signature_voided": "SignatureVoided",
        "signature_refused": "SignatureRefused",
        "signature_waived": "SignatureWaived",
        "fault_is_back": "ReportRepeated",
        "repeat_marked": "RepeatNoted",
        "complaint": "ComplaintReceived",
        "complaint_reopened": "ComplaintReopened",
        "claim_cut": "ClaimReviewed",
        "paper_lent": "PaperLent",
        "machine_commissioned": "CommissioningPlanned",
        "defect_at_commissioning": "DefectNoted",
        "piece_in_quarantine": "QuarantineJudged",
        "transfer": "TransferReceived",
        "own_use": "UseApproved",
        "own_use_refused": "UseRefused",
        "lost_in_transit": "StockLossApproved",
        "base_late": "ReplenishmentLate",
        "lateness_accepted": "LatenessApproved",
        "bought_by_branch": "LocalPurchaseApproved",
        "sent_back_to_supplier": "GoodsReturned",
        "old_part_judged": "OldPartJudged",
        "old_part_lost_on_the_way": "OldLossApproved",
        "in_hand_at_take_over": "AccountSigned",
        "friday_moved": "ReplenishmentAsked:because",
        "spot_stocktake": "StocktakeOpened:kind=spot",
        "count_differs": "DifferencesExplained",
        "taking_late": "TakingUrged",
        "hand_in_late": "HandInUrged",
        "call_back_late": "CallBackUrged",
        "claim_late": "ClaimUrged",
        "filing_late": "FilingUrged",
        "paper_late": "PaperReturnUrged",
    }.items()
}
"""What leaves the straight line, by the facts that say so.

`Type`, `Type:field` where the field says something, or `Type:field=what`; of a list, how many. A
field within a field is `outer.inner`.
"""

HEEDED = frozenset(
    word.partition(":")[0] for words in EXCEPTIONS.values() for word in words if ":" in word
)
"""The types of which it matters what they say."""


def tickets(facts: Sequence[Told]) -> Sequence[str]:
    """Every ticket that was reported, in the order of the reports."""
    return [fact.ticket for fact in facts if fact.type == BEGUN and fact.ticket]


def unfinished(facts: Sequence[Told]) -> Sequence[str]:
    """The tickets whose papers are not filed."""
    filed = {fact.ticket for fact in facts if fact.type == FILED}
    return [ticket for ticket in tickets(facts) if ticket not in filed]


def exceptions(facts: Sequence[Told]) -> Mapping[str, int]:
    """How often each of them happened."""
    told: dict[str, list[Told]] = {}
    for fact in facts:
        told.setdefault(fact.type, []).append(fact)
    return {
        name: sum(_says(fact, word) for word in words for fact in told.get(_type(word), ()))
        for name, words in EXCEPTIONS.items()
    }


def _type(word: str) -> str:
    return word.partition(":")[0]


def _says(fact: Told, word: str) -> bool:
    """Whether it is one of those: any of its type, or one with a field, or with this in it."""
    path, _, wanted = word.partition(":")[2].partition("=")
    found = fact.data
    for name in path.split(".") if path else ():
        found = found[name]
    if not wanted:
        return not path or bool(found)
    return str(len(found) if isinstance(found, list) else found) == wanted
