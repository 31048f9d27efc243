"""受理的反应 as stories: what dispatch has closed is closed here."""

from dataclasses import replace

from services.intake import reactions
from services.intake.app import room
from services.intake.report.ending import NoteClosing
from shared.document import CommandOwed, Published
from shared.events.order_sheet import OrderStage, WorkOrderDocument
from shared.events.values import Ending
from tests.dispatch.example import NUMBER, REPORT
from tests.intake.example import AT, BRANCH, HOME, TICKET

STREAM = f"work_order-{NUMBER}"
OTHER = "BX-HZ01-20261123-0002"
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
    owed = CommandOwed(HOME, NoteClosing(STREAM, 9, Ending.REPAIRED))
    assert reactions.note_closing(PUBLISHED) == (owed,)


def test_a_duplicate_is_noted_with_the_ticket_that_goes_on() -> None:
    twin = replace(PUBLISHED, state=replace(ORDER, ending=Ending.DUPLICATE, other_ticket=OTHER))
    owed = CommandOwed(HOME, NoteClosing(STREAM, 9, Ending.DUPLICATE, OTHER))
    assert reactions.note_closing(twin) == (owed,)


def test_an_order_that_is_not_closed_owes_nothing() -> None:
    going_on = replace(PUBLISHED, state=replace(ORDER, ending=None))
    assert reactions.note_closing(going_on) == ()


def test_what_intake_closed_itself_is_not_looked_at() -> None:
    (noting,) = (each for each in room.reactions if each.owes is reactions.note_closing)
    assert "RepairClosed" in noting.hears("work_order")
    assert noting.hears("report") == frozenset()
