"""受理的反应 as stories: what dispatch has closed is closed here."""

from dataclasses import replace

from services.intake import reactions, report
from services.intake.report_commands import NoteClosing
from shared.document import Owed, Published
from shared.events.order_sheet import OrderStage, WorkOrderDocument
from shared.events.values import Ending
from tests.dispatch.example import NUMBER, REPORT
from tests.intake.example import APPROVED, AT, BRANCH, HOME, TICKET, TO_APPROVED, state

STREAM = f"work_order-{NUMBER}"
ORDER = WorkOrderDocument(
    number=NUMBER,
    ticket=TICKET,
    branch=BRANCH,
    stage=OrderStage.ACCEPTED,
    report=HOME,
    approved=REPORT,
    kind=None,
    repair_nature=None,
    notes=(),
    no_parts=True,
    travel=None,
    travel_on=None,
    clerk_sig=None,
    content=None,
    technician=None,
    technician_sig=None,
    ending=Ending.REPAIRED,
)
PUBLISHED = Published(
    room="dispatch",
    kind="work_order",
    stream=STREAM,
    version=9,
    ticket=TICKET,
    branch=BRANCH,
    recorded_at=AT,
    state=ORDER,
)


def test_a_work_order_that_closed_its_case_is_noted_on_its_report() -> None:
    owed = Owed(HOME, NoteClosing(STREAM, 9, Ending.REPAIRED))
    assert reactions.note_closing(PUBLISHED) == (owed,)


def test_what_is_not_closed_or_closed_by_ourselves_owes_nothing() -> None:
    going_on = replace(PUBLISHED, state=replace(ORDER, ending=None))
    assert reactions.note_closing(going_on) == ()
    own = report.public(state(*TO_APPROVED), APPROVED).document
    assert reactions.note_closing(replace(PUBLISHED, room="intake", state=own)) == ()
