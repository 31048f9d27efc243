"""The newest documents of other rooms, as the stories of followup are told them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.followup import survey
from services.followup.survey.state import document_of
from shared.document import Published
from shared.events.followup import SurveyDocument
from shared.events.issue_notes import IssueNoteDocument
from shared.events.order_sheet import (
    Delivery,
    NamedNote,
    NoteStage,
    OrderKind,
    OrderStage,
    WorkOrderDocument,
)
from shared.events.report_form import RemoteAttempt, ReportDocument, Stage
from shared.events.travel_claims import TravelClaimDocument
from shared.events.values import (
    Channel,
    Ending,
    PartWanted,
    RemoteResult,
    RepairNature,
    Signature,
    SignedHow,
    WayIn,
)
from tests.dispatch.example import REPORT as APPROVED
from tests.followup.example import (
    ANSWERED,
    AT,
    BRANCH,
    CLERK,
    LIU,
    NUMBER,
    ORDER,
    SCHEDULED,
    TICKET,
    sealed,
)
from tests.spec import given

CLOSED_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CHEN = "T-CHENJIANGUO"
NOTE_C1 = NamedNote(f"{TICKET}-C1", Delivery.CARRIED, (PartWanted("MFQ-32", 2),))
REPORT_DOCUMENT = ReportDocument(
    branch=BRANCH,
    stage=Stage.APPROVED,
    kind=APPROVED.kind,
    channel=Channel.PHONE,
    received_at=AT,
    received_by=CLERK,
    owner=CLERK,
    way_in=WayIn.A,
    contact_name=sealed("contact_name"),
    contact_phone=sealed("contact_phone"),
    fault_description=APPROVED.fault_description,
    basics=APPROVED.basics,
    confirmed=None,
    equipment=APPROVED.equipment,
    circumstances=APPROVED.circumstances,
    noted=None,
    diagnosis=APPROVED.diagnosis,
    agreement=None,
    remote_attempts=(),
    technician_sig=Signature(LIU, "technician", SignedHow.SESSION, AT, "a" * 64),
    clerk_sig=None,
    round=1,
    content="a" * 64,
    approval=None,
    approvals=(),
    reference=None,
    warnings=(),
    ending=None,
    ending_reason=None,
    other_ticket=None,
)
SOLVED = replace(
    REPORT_DOCUMENT,
    stage=Stage.CLOSED,
    ending=Ending.SOLVED_REMOTELY,
    technician_sig=None,
    remote_attempts=(RemoteAttempt(AT, CHEN, "复位", RemoteResult.SOLVED),),
)
OPEN_ORDER = WorkOrderDocument(
    number=f"{TICKET}-W1",
    ticket=TICKET,
    branch=BRANCH,
    stage=OrderStage.SIGNED,
    report=f"report-{TICKET}",
    approved=replace(
        APPROVED, contact_name=sealed("contact_name"), contact_phone=sealed("contact_phone")
    ),
    kind=OrderKind.REPAIR,
    repair_nature=RepairNature.WARRANTY,
    notes=(NOTE_C1,),
    no_parts=False,
    travel=None,
    travel_on=None,
    clerk_sig=None,
    content="b" * 64,
    technician=LIU,
    technician_sig=None,
    technicians=(CHEN, LIU),
)
CLOSED_ORDER = replace(OPEN_ORDER, stage=OrderStage.CLOSED, ending=Ending.REPAIRED)
SETTLED_NOTE = IssueNoteDocument(
    number=f"{TICKET}-C1",
    ticket=TICKET,
    branch=BRANCH,
    order=f"{TICKET}-W1",
    stage=NoteStage.SETTLED,
    recipient=LIU,
    delivery=Delivery.CARRIED,
    repair_nature=RepairNature.WARRANTY,
    lines=(),
    parcel=None,
    announced=None,
    delivered_at=None,
    opened=None,
    content="c" * 64,
    technician_sig=None,
    keeper_sig=None,
    void_because=None,
)
SURVEY_DOCUMENT = document_of(given(survey, SCHEDULED, ANSWERED).state)

_KINDS = {
    ReportDocument: ("intake", "report", f"report-{TICKET}"),
    WorkOrderDocument: ("dispatch", "work_order", ORDER),
    IssueNoteDocument: ("inventory", "issue_note", f"issue_note-{TICKET}-C1"),
    SurveyDocument: ("followup", "survey", f"survey-{NUMBER}"),
    TravelClaimDocument: ("dispatch", "claim", f"claim-{TICKET}-L1"),
}


def published(state: Any, version: int = 9) -> Published:
    """The newest document of its stream, recorded when the case was closed."""
    room, kind, stream = _KINDS[type(state)]
    return Published(
        room=room,
        kind=kind,
        stream=stream,
        version=version,
        ticket=TICKET,
        branch=BRANCH,
        recorded_at=CLOSED_AT,
        state=state,
    )
