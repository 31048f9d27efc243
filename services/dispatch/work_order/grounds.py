"""维修单各步的依据 (grounds): what an order's steps rest on, which bounds what is told of time."""

from collections.abc import Mapping
from datetime import datetime

from shared.decider import Asked
from shared.events import dispatch as facts
from shared.events import visits
from shared.events.order_sheet import NoteStage
from shared.ground import Ground, both, first_here, first_of, last_here, last_of

DRAWN = (NoteStage.ISSUED, NoteStage.SETTLED)


def drawn(asked: Asked) -> datetime | None:
    """领料: since when the parts of every note were in somebody's hands, or in the post."""
    first: dict[str, datetime] = {}
    for each in asked.of_kind(facts.IssueNoteNoted):
        if each.fact.note.stage in DRAWN:
            first.setdefault(each.fact.note.number, each.at)
    return max(first.values(), default=None)


APPROVED = last_of(facts.ApprovalNoted)
OPENED = last_of(facts.WorkOrderOpened, facts.WorkOrderDeclined, facts.WorkOrderRecalled)
ASSIGNED = last_of(facts.TechnicianAssigned)
GIVEN = last_of(facts.TechnicianAssigned, facts.WorkOrderSigned)
TAKEN = last_of(facts.WorkOrderSigned)
THERE = both(last_of(facts.WorkOrderSigned, visits.Arrived, facts.SignatureVoided), drawn)
ARRIVED = both(last_of(facts.WorkOrderSigned), first_of(visits.Arrived))
RECORDED = last_of(facts.WorkRecorded, facts.ApprovalNoted)
DONE = last_of(facts.WorkRecorded, visits.VisitEnded)
CODE = last_of(facts.SigningCodeAsked)
SIGNED = last_of(facts.CustomerSigned, facts.SignatureWaived)
REFUSED = last_of(facts.SignatureRefused)
TRAVEL_ASKED = last_of(facts.TravelChangeAsked)
HELP_ASKED = last_of(facts.BaseHelpAsked)
SUPPLEMENT_ASKED = last_of(facts.SupplementAsked)
FEES_ASKED = last_of(facts.FeesAsked)
SETTLED = last_of(
    facts.CustomerSigned, facts.SignatureWaived, facts.IssueNoteNoted, facts.HandInReturned
)
HANDED_IN = last_of(facts.TaskHandedIn)
ENDED = both(
    last_here(
        facts.ApprovalNoted,
        facts.WorkOrderOpened,
        facts.TechnicianAssigned,
        facts.WorkOrderSigned,
        facts.WorkOrderDeclined,
        facts.WorkOrderRecalled,
        facts.TaskHandedIn,
    ),
    last_of(visits.VisitEnded, visits.VisitCancelled),
)

SINCE_THERE: Mapping[str, Ground] = {
    "work.arrived_at": ARRIVED,
    "work.finished_at": ARRIVED,
    "work.commissioned.trial_run.from_at": ARRIVED,
    "work.commissioned.trial_run.until_at": ARRIVED,
}
SINCE_CLOSED: Mapping[str, Ground] = {"customer_told_at": first_here(facts.ApprovalNoted)}
