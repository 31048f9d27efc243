"""在办报修单 (open reports): what a branch has on its desk, by owner; closed ones leave."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.events import intake as facts
from shared.events.report_form import Stage
from shared.events.values import Channel, Personal, Priority, ReportKind, WayIn
from shared.events.whose_machine import Changing, Whose, changed
from shared.fields import filled
from shared.view import Key, Recorded, keys_by_number

NAME = "open_reports"
VERSION = 3
KEY = ("ticket",)
INDEXES = (("branch", "owner"), ("machine",))


@dataclass(frozen=True, slots=True)
class Row:
    """报修单一行: one open report as its owner needs it."""

    ticket: str
    branch: str
    owner: str
    stage: Stage
    kind: ReportKind
    channel: Channel
    way_in: WayIn
    priority: Priority | None
    customer: str | None
    customer_name: Personal | None
    address: Personal | None
    contact_name: Personal
    contact_phone: Personal
    machine: str | None
    model: str | None
    serial_no: str | None
    fault_description: str
    round: int
    due_at: datetime | None
    """By when the approval asked for should be there."""
    urged: bool
    returned_because: tuple[str, ...]
    received_at: datetime
    changed_at: datetime
    version: int
    change: Changing = field(default_factory=Changing)
    """Of the machine, while a change of what was approved is open."""


keys = keys_by_number("report")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact; none once the case is closed."""
    match recorded.fact:
        case facts.RepairReported() as reported:
            row = _reported(str(key[0]), recorded, reported)
        case facts.RepairClosed() | facts.ClosingNoted():
            return None
        case _ if row is None:
            return None
        case facts.BasicsCompleted() as said:
            row = _completed(row, said)
        case facts.ContactCorrected() as right:
            row = _corrected(row, right)
        case facts.CaseHandedOver(_, owner):
            row = replace(row, owner=owner)
        case told:
            row = _moved(_of_machine(row, told), told)
    return replace(row, version=recorded.version, changed_at=recorded.occurred_at)


def _moved(row: Row, told: object) -> Row:  # noqa: PLR0911 - one return a fact
    match told:
        case facts.FaultDiagnosed() | facts.CommissioningPlanned():
            return replace(row, stage=Stage.DIAGNOSED, returned_because=())
        case facts.ReportSubmitted(round, _, approval) | facts.ReportAmended(
            round, approval=approval
        ):
            return replace(
                row, stage=Stage.SUBMITTED, round=round, due_at=approval.due_at, urged=False
            )
        case facts.ApprovalUrged() | facts.DecisionUrged():
            return replace(row, urged=True)
        case facts.RepairApproved() | facts.AmendmentRefused() | facts.AmendmentRecalled():
            return replace(row, stage=Stage.APPROVED, due_at=None)
        case facts.ReportReturned(reasons=reasons):
            return replace(row, stage=Stage.RETURNED, due_at=None, returned_because=reasons)
        case facts.ReportRecalled():
            return replace(row, stage=Stage.DIAGNOSED, due_at=None)
        case _:
            return row


def _reported(ticket: str, recorded: Recorded, reported: facts.RepairReported) -> Row:
    basics, machine = reported.basics, reported.equipment
    return Row(
        ticket=ticket,
        branch=reported.branch,
        owner=reported.owner,
        stage=Stage.REGISTERED,
        kind=reported.kind,
        channel=reported.channel,
        way_in=reported.way_in,
        priority=reported.circumstances.priority,
        customer=basics.customer,
        customer_name=basics.customer_name,
        address=basics.address,
        contact_name=reported.contact_name,
        contact_phone=reported.contact_phone,
        machine=machine.machine,
        model=machine.model,
        serial_no=machine.serial_no,
        fault_description=reported.fault_description,
        round=1,
        due_at=None,
        urged=False,
        returned_because=(),
        received_at=reported.received_at,
        changed_at=recorded.occurred_at,
        version=recorded.version,
    )


def _of_machine(row: Row, told: object) -> Row:
    """The row with whose machine it is after a change."""
    now = filled(Whose, row)
    whose, change = changed(now, row.change, told)
    is_same = (whose, change) == (now, row.change)
    return row if is_same else filled(Row, whose, row, change=change)


def _corrected(row: Row, right: facts.ContactCorrected) -> Row:
    return replace(
        row,
        contact_name=right.contact_name or row.contact_name,
        contact_phone=right.contact_phone or row.contact_phone,
        address=right.address or row.address,
    )


def _completed(row: Row, said: facts.BasicsCompleted) -> Row:
    if said.basics is not None:
        row = replace(
            row,
            customer=said.basics.customer,
            customer_name=said.basics.customer_name,
            address=said.basics.address,
        )
    if said.equipment is not None:
        row = replace(
            row,
            machine=said.equipment.machine,
            model=said.equipment.model,
            serial_no=said.equipment.serial_no,
        )
    return replace(
        row,
        contact_name=said.contact_name or row.contact_name,
        contact_phone=said.contact_phone or row.contact_phone,
        fault_description=said.fault_description or row.fault_description,
        priority=said.circumstances.priority if said.circumstances else row.priority,
    )
