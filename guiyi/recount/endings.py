"""结局 (the endings): which tickets came to their end, and what left the straight line before."""

from collections import Counter
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
        "approved_by_deputy": "DelegationRecorded",
        "base_helped": "BaseTechnicianSent",
        "colleague_away": "LeaveRecorded",
        "another_day": "TravelChangeApproved",
        "left_otherwise": "DeviationGranted",
        "fee_refused": "FeesRefused",
        "goes_on": "FurtherOrderNamed",
        "handed_in_for_another": "HandInEntrusted",
        "note_void": "IssueNoteVoided",
        "parcel_seen": "ParcelDelivered",
        "customer_unreached": "ContactAttempted",
        "call_back_unreached": "CallBackEnded",
        "told_by_link": "AppointmentLinkMade SurveyLinkMade",
        "urged_by_hand": "TechnicianUrged",
        "claim_returned": "ClaimReturned",
        "claim_withdrawn": "ClaimWithdrawn",
        "complaint_late": "ComplaintOverdue",
        "complaint_withdrawn": "ComplaintEnded",
        "paper_lost": "PaperLossAccepted",
        "paper_added": "AddendumFiled",
        "approval_changed": "ReportAmended",
        "order_declined": "WorkOrderDeclined",
        "order_recalled": "WorkOrderRecalled",
        "visit_called_off": "VisitCancelled",
        "parts_posted": "ParcelOpened",
        "parts_lost": "LossApproved",
        "parts_handed_over": "PartsHandedOver",
        "parts_gone_without": "PartsForgone",
        "another_part": "SupplementApproved",
        "further_note": "FurtherNoteNamed",
        "old_part_kept": "OldPartWaived",
        "booked_wrongly": "ReconciliationCorrected",
        "signature_voided": "SignatureVoided",
        "signature_refused": "SignatureRefused",
        "signature_waived": "SignatureWaived",
        "fault_is_back": "ReportRepeated",
        "complaint": "ComplaintReceived",
        "complaint_reopened": "ComplaintReopened",
        "claim_cut": "ClaimReviewed",
        "paper_lent": "PaperLent",
        "machine_commissioned": "CommissioningPlanned",
        "piece_in_quarantine": "QuarantineJudged",
        "transfer": "TransferReceived",
        "own_use": "UseApproved",
        "lost_in_transit": "StockLossApproved",
        "base_late": "ReplenishmentLate",
        "lateness_accepted": "LatenessApproved",
        "bought_by_branch": "LocalPurchaseApproved",
        "old_part_judged": "OldPartJudged",
        "count_differs": "DifferencesExplained",
        "taking_late": "TakingUrged",
        "hand_in_late": "HandInUrged",
        "call_back_late": "CallBackUrged",
        "claim_late": "ClaimUrged",
        "filing_late": "FilingUrged",
        "paper_late": "PaperReturnUrged",
    }.items()
}
"""What leaves the straight line, by the facts that say so."""


def tickets(facts: Sequence[Told]) -> Sequence[str]:
    """Every ticket that was reported, in the order of the reports."""
    return [fact.ticket for fact in facts if fact.type == BEGUN and fact.ticket]


def unfinished(facts: Sequence[Told]) -> Sequence[str]:
    """The tickets whose papers are not filed."""
    filed = {fact.ticket for fact in facts if fact.type == FILED}
    return [ticket for ticket in tickets(facts) if ticket not in filed]


def exceptions(facts: Sequence[Told]) -> Mapping[str, int]:
    """How often each of them happened."""
    told = Counter(fact.type for fact in facts)
    return {name: sum(told[each] for each in types) for name, types in EXCEPTIONS.items()}
