"""派工板 (the board): every work order with its technician and its day, for whoever plans."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.events import dispatch as facts
from shared.events.intake import RepairClosed
from shared.events.order_sheet import OrderKind, OrderStage
from shared.events.values import Ending, Personal, RepairNature, TravelMode
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "board"
VERSION = 4
KEY = ("number",)
INDEXES = (("technician", "travel_on"), ("branch", "stage"))


@dataclass(frozen=True, slots=True)
class Row:
    """维修单一行: one work order as a planner needs it."""

    number: str
    ticket: str
    branch: str
    stage: OrderStage
    technician: str | None
    travel_on: date | None
    travel_at: datetime | None
    travel_mode: TravelMode | None
    kind: OrderKind | None
    repair_nature: RepairNature | None
    issue_notes: tuple[str, ...]
    customer_name: Personal | None
    address: Personal | None
    contact_name: Personal
    contact_phone: Personal
    region: str | None
    model: str | None
    serial_no: str | None
    fault_description: str
    due_at: datetime | None
    """By when the technician should take it or hand it in, while that waits for them."""
    urged: bool
    because: str | None
    """Why it was declined, recalled, voided or sent back, until that is mended."""
    ending: Ending | None
    version: int
    changed_at: datetime


keys = keys_by_number("work_order")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    if isinstance(recorded.fact, facts.ApprovalNoted):
        row = _noted(str(key[0]), row, recorded, recorded.fact)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match recorded.fact:
        case facts.WorkOrderOpened() as opened:
            row = _opened(row, opened)
        case facts.TechnicianAssigned(technician, _, due_at):
            row = _given(row, OrderStage.ASSIGNED, technician, due_at)
        case facts.WorkOrderSigned(_, _, notes):
            numbers = tuple(note.number for note in notes)
            row = _given(row, OrderStage.ACCEPTED, row.technician, None)
            row = replace(row, issue_notes=numbers)
        case facts.WorkOrderDeclined(_, because) | facts.WorkOrderRecalled(_, because):
            row = replace(_given(row, OrderStage.OPENED, None, None), because=because)
        case facts.TakingUrged():
            row = replace(row, urged=True)
        case facts.TravelChangeApproved(_, granted):
            row = replace(row, travel_on=granted.on, travel_at=granted.at, travel_mode=granted.mode)
        case facts.FurtherNoteNamed(note) | facts.SupplementApproved(note=note):
            row = replace(row, issue_notes=(*row.issue_notes, note.number))
        case _:
            row = _finished(row, recorded.fact)
    return row


def _finished(row: Row, fact: object) -> Row:  # noqa: PLR0911 - one return a fact
    """The row after a fact of the work's end; any other leaves it as it is."""
    match fact:
        case facts.CustomerSigned(due_at=due_at) | facts.SignatureWaived(due_at=due_at):
            return _given(row, OrderStage.SIGNED, row.technician, due_at)
        case facts.SignatureVoided(because):
            return replace(_given(row, OrderStage.ACCEPTED, row.technician, None), because=because)
        case facts.HandInUrged():
            return replace(row, urged=True)
        case facts.TaskHandedIn():
            return _given(row, OrderStage.HANDED_IN, row.technician, None)
        case facts.HandInReturned(_, reasons):
            return replace(row, stage=OrderStage.SIGNED, because="; ".join(reasons))
        case facts.RepairContinued(because=because):
            over = _given(row, OrderStage.CLOSED, row.technician, None)
            return replace(over, because=because)
        case RepairClosed(ending, reason):
            closed = _given(row, OrderStage.CLOSED, row.technician, None)
            return replace(closed, ending=ending, because=reason)
        case _:
            return row


def _given(row: Row, stage: OrderStage, technician: str | None, due_at: datetime | None) -> Row:
    return replace(
        row, stage=stage, technician=technician, due_at=due_at, urged=False, because=None
    )


def _noted(number: str, row: Row | None, recorded: Recorded, noted: facts.ApprovalNoted) -> Row:
    report = noted.approved
    fresh = row or first_row(
        Row,
        number=number,
        ticket=noted.ticket,
        branch=noted.branch,
        stage=OrderStage.AWAITING,
        issue_notes=(),
        contact_name=report.contact_name,
        contact_phone=report.contact_phone,
        fault_description=report.fault_description,
        urged=False,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )
    return replace(
        fresh,
        customer_name=report.basics.customer_name,
        address=report.basics.address,
        contact_name=report.contact_name,
        contact_phone=report.contact_phone,
        region=report.basics.region,
        model=report.equipment.model,
        serial_no=report.equipment.serial_no,
        fault_description=report.fault_description,
    )


def _opened(row: Row, opened: facts.WorkOrderOpened) -> Row:
    travel = opened.travel
    return replace(
        row,
        stage=OrderStage.OPENED,
        kind=opened.kind,
        repair_nature=opened.repair_nature,
        travel_on=opened.travel_on,
        travel_at=travel.at if travel else None,
        travel_mode=travel.mode if travel else None,
        issue_notes=tuple(note.number for note in opened.notes),
        because=None,
    )
