"""The rest of that repair: parts drawn, the visit made, the work done, signed and handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.dispatch import visit, work_order
from services.dispatch.visit.departure import Depart
from services.dispatch.visit.journey import EndVisit
from services.dispatch.visit.planning import PlanVisit
from services.dispatch.visit.state import Visit, VisitFact
from services.dispatch.work_order.closing import CloseRepair
from services.dispatch.work_order.state import WorkOrder, WorkOrderFact
from services.dispatch.work_order.work import RecordWork, SignAsCustomer, work_content_of
from shared.decider import Asked
from shared.events.dispatch import CustomerSigned, IssueNoteNoted, TaskHandedIn, WorkRecorded
from shared.events.intake import RepairClosed
from shared.events.order_sheet import (
    CustomerWord,
    Delivery,
    DoorAttempt,
    HandIn,
    NotedLine,
    NotedNote,
    NoteStage,
    PartUsed,
    VisitCard,
    VisitOutcome,
    Window,
    Work,
    WorkResult,
)
from shared.events.report_form import Agreement, Consent
from shared.events.values import (
    Ending,
    FileRef,
    RepairNature,
    Role,
    Signature,
    SignedHow,
    TravelMode,
)
from shared.events.visits import AppointmentConfirmed, Arrived, Departed, VisitEnded, VisitPlanned
from tests.dispatch.example import (
    ASSIGNED,
    AT,
    BRANCH,
    CLERK,
    HOME,
    LIU,
    NOTE_C1,
    NOTED,
    NUMBER,
    OPENED,
    REPORT,
    SIGNED,
    TICKET,
    TRAVEL_AT,
    by,
    sealed,
)
from tests.spec import given

V1, V2 = f"{TICKET}-V1", f"{TICKET}-V2"
VISIT = f"visit-{V1}"
LATER = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
"""The day of the visit, when it is over."""
DAY = date(2026, 11, 24)
TAKEN: tuple[WorkOrderFact, ...] = (NOTED, OPENED, ASSIGNED, SIGNED)


def noted_note(stage: NoteStage, version: int = 1, **changed: Any) -> NotedNote:
    """What inventory's document of that version says of the first note."""
    issued = stage in (NoteStage.ISSUED, NoteStage.SETTLED)
    lines = tuple(
        NotedLine(
            line.part, line.quantity, line.quantity if issued else None, reconciled=False, used=None
        )
        for line in NOTE_C1.lines
    )
    plain = NotedNote(
        number=NOTE_C1.number,
        version=version,
        stage=stage,
        recipient=LIU,
        delivery=Delivery.CARRIED,
        lines=lines,
        expected_at=None,
        announced=False,
        opened=False,
        reconciled_against=None,
    )
    return replace(plain, **changed)


def settled(content: str | None, *used: int, version: int = 3, **changed: Any) -> NotedNote:
    """The first note when every line of it is accounted for, with so many of each used."""
    told = noted_note(NoteStage.SETTLED, version, **changed)
    lines = zip(told.lines, used, strict=True)
    return replace(
        told,
        lines=tuple(replace(line, reconciled=True, used=n) for line, n in lines),
        reconciled_against=content,
    )


ISSUED = IssueNoteNoted(noted_note(NoteStage.ISSUED, 2))
VOID = IssueNoteNoted(noted_note(NoteStage.VOID, 2))
DRAWN: tuple[WorkOrderFact, ...] = (*TAKEN, ISSUED)

PAID_REPORT = replace(
    REPORT,
    diagnosis=replace(REPORT.diagnosis, repair_nature=RepairNature.PAID, estimated_fen=20_000),
    agreement=Agreement("BJ-1", Consent(sealed("consent"), "电话", AT)),
)
PAID_NOTED = replace(NOTED, approved=PAID_REPORT)
PAID: tuple[WorkOrderFact, ...] = (
    PAID_NOTED,
    replace(OPENED, repair_nature=RepairNature.PAID),
    *DRAWN[2:],
)
"""A repair that the customer pays for, as they agreed before it was approved."""

WINDOW = Window(TRAVEL_AT + timedelta(hours=1), TRAVEL_AT + timedelta(hours=3))
PLAN = PlanVisit(NUMBER, WINDOW, TravelMode.COMPANY_CAR, TRAVEL_AT, DAY)
PLANNED = VisitPlanned(
    V1, TICKET, BRANCH, NUMBER, LIU, WINDOW, TravelMode.COMPANY_CAR, TRAVEL_AT, DAY
)
CONFIRMED = AppointmentConfirmed(WINDOW, confirmed=True, attempts=())
DEPART = Depart(TravelMode.COMPANY_CAR)
DEPARTED = Departed(TravelMode.COMPANY_CAR, ())
ARRIVED = Arrived(None)
END = EndVisit(VisitOutcome.DONE)
ENDED = VisitEnded(VisitOutcome.DONE, None, None, None)
DOOR = DoorAttempt(10, 2, card_left=True, desk_told=True)
NOBODY_HOME = VisitEnded(
    VisitOutcome.NO_ACCESS, None, None, DOOR, card=VisitCard(f"{V1}-K1", LATER, None)
)
THERE = (PLANNED, CONFIRMED, DEPARTED, ARRIVED)

WORK = Work(
    arrived_at=WINDOW.start_at,
    finished_at=WINDOW.end_at,
    cause_found="密封圈磨损",
    work_done="更换密封圈两只",
    result=WorkResult.FIXED,
    tested=True,
    parts_used=(PartUsed(NOTE_C1.number, "MFQ-32", used=2, old_taken=2),),
    no_fees=True,
)
WORK_CONTENT = work_content_of(NUMBER, OPENED.content, WORK)
RECORD = RecordWork(WORK)
RECORDED = WorkRecorded(WORK, WORK_CONTENT)
SIGNER = sealed("signer")
DRAWING = FileRef("签字.png", "5f" * 32, "image/png", 100)
CUSTOMER_SIGNS = SignAsCustomer(WORK_CONTENT, SignedHow.DRAWN, SIGNER, "修得很快", evidence=DRAWING)
CUSTOMER_SIGNED = CustomerSigned(
    CustomerWord(
        signature=Signature("YH-1001", "customer", SignedHow.DRAWN, LATER, WORK_CONTENT, DRAWING),
        signer=SIGNER,
        opinion="修得很快",
        parts_used=WORK.parts_used,
        no_parts_used=False,
        content=WORK_CONTENT,
    ),
    due_at=None,
)
SETTLED = IssueNoteNoted(settled(WORK_CONTENT, 2, 0))
DONE: tuple[WorkOrderFact, ...] = (*DRAWN, RECORDED, CUSTOMER_SIGNED)
HANDED_IN = TaskHandedIn(HandIn(LIU, LATER, (NOTE_C1.number,)))
HOME_AGAIN: tuple[WorkOrderFact, ...] = (*DONE, SETTLED, HANDED_IN)
PAPERS = (NUMBER, NOTE_C1.number)
CLOSE = CloseRepair(Ending.REPAIRED, papers_checked=PAPERS)
CLOSED = RepairClosed(
    Ending.REPAIRED,
    handed_in_by=LIU,
    handed_in_at=LATER,
    taken_by=CLERK,
    papers_checked=PAPERS,
)


def order_of(*facts: WorkOrderFact) -> WorkOrder:
    """The order after these facts."""
    state = given(work_order, *facts).state
    assert isinstance(state, WorkOrder)
    return state


def visit_of(*facts: VisitFact) -> Visit:
    """A visit after these facts."""
    state = given(visit, *facts).state
    assert isinstance(state, Visit)
    return state


def asks(
    person: str,
    home: str = HOME,
    reads: Mapping[str, Any] | None = None,
    *,
    visits: Sequence[Visit] | None = None,
    at: datetime = LATER,
) -> Asked:
    """Asked on the day of the visit by the clerk or by a technician; `visits` as in `by`."""
    role = Role.CLERK if person.startswith("C-") else Role.TECHNICIAN
    return replace(by(person, home, reads, visits), roles=frozenset({role}), at=at)


SEEN_DONE = (visit_of(*THERE, ENDED),)
assert AT < TRAVEL_AT < LATER
