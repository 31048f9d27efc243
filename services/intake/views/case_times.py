"""报修用时 (case times): when a report came and was closed, of which machine, and its stages."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.events import intake as facts
from shared.events.report_form import Stage
from shared.events.values import Channel, Ending, ReportKind, WayIn
from shared.events.whose_machine import Changing, Whose, changed
from shared.fields import filled
from shared.figures import seconds
from shared.view import Key, Recorded, keys_by_number

NAME = "case_times"
VERSION = 2
KEY = ("ticket",)
INDEXES = (("branch", "received_at"), ("branch", "closed_at"))
SPOKEN = frozenset((Channel.PHONE, Channel.VISIT, Channel.CHAT, Channel.INSPECTION))
"""Where whoever reports a fault to our desk is spoken with at once; whoever writes is not."""


@dataclass(frozen=True, slots=True)
class Stay:
    """停留: how long a report was at a stage, all of its times there together."""

    stage: Stage
    seconds: int


@dataclass(frozen=True, slots=True)
class Row:
    """报修用时一行: one report of ours."""

    ticket: str
    branch: str
    kind: ReportKind
    way_in: WayIn
    channel: Channel
    customer: str | None
    machine: str | None
    model: str | None
    serial_no: str | None
    stage: Stage
    since: datetime
    """From when on it is at its stage."""
    stays: tuple[Stay, ...]
    received_at: datetime
    contact_at: datetime | None
    """When somebody first spoke with the customer about it."""
    repeats: bool
    """Whether it follows a case with which its customer was not content."""
    closed_at: datetime | None
    ending: Ending | None
    changed_at: datetime
    change: Changing = field(default_factory=Changing)
    """Of the machine, while a change of what was approved is open."""


keys = keys_by_number("report")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    fact = recorded.fact
    if isinstance(fact, facts.RepairReported):
        return _reported(str(key[0]), fact, recorded)
    if row is None:
        return None
    row = _told(_of_machine(replace(row, changed_at=recorded.recorded_at), fact), fact)
    stage = _stage(fact)
    return row if stage in (None, row.stage) else _moved(row, stage or row.stage, recorded)


def _reported(ticket: str, fact: facts.RepairReported, recorded: Recorded) -> Row:
    """Where the customer spoke to us, that was the first contact."""
    spoke = fact.way_in is WayIn.A and fact.channel in SPOKEN
    machine = fact.equipment
    return Row(
        ticket=ticket,
        branch=fact.branch,
        kind=fact.kind,
        way_in=fact.way_in,
        channel=fact.channel,
        customer=fact.basics.customer,
        machine=machine.machine,
        model=machine.model,
        serial_no=machine.serial_no,
        stage=Stage.REGISTERED,
        since=recorded.recorded_at,
        stays=(),
        received_at=fact.received_at,
        contact_at=fact.received_at if spoke else None,
        repeats=(fact.reference or "").startswith("report-"),
        closed_at=None,
        ending=None,
        changed_at=recorded.recorded_at,
    )


def _told(row: Row, fact: object) -> Row:
    """Whether it is a repeat, how it ended, and when the customer was spoken with."""
    if (at := _contact(fact)) is not None:
        row = replace(row, contact_at=min(row.contact_at or at, at))
    match fact:
        case facts.RepeatNoted():
            return replace(row, repeats=True)
        case facts.RepairClosed(ending=ending) | facts.ClosingNoted(ending=ending):
            return replace(row, ending=ending)
        case _:
            return row


def _contact(fact: object) -> datetime | None:
    """When the customer was spoken with, by what a fact says of it."""
    match fact:
        case facts.BasicsCompleted(confirmed=confirmed) if confirmed is not None:
            return confirmed.at
        case facts.RemoteGuidanceGiven(attempt=attempt):
            return attempt.at
        case facts.FaultDiagnosed(diagnosis=diagnosis):
            return diagnosis.talked_to_customer_at
        case facts.CallNoted(at=at) | facts.RepairClosed(customer_told_at=at):
            return at
        case _:
            return None


def _of_machine(row: Row, fact: object) -> Row:
    """The row with the machine that the report is about now."""
    match fact:
        case facts.BasicsCompleted(equipment=machine) if machine is not None:
            named = (machine.machine, machine.model, machine.serial_no)
            return filled(Row, Whose(row.customer, *named), row)
        case _:
            now = filled(Whose, row)
            whose, change = changed(now, row.change, fact)
            return filled(Row, whose, row, change=change)


def _moved(row: Row, stage: Stage, recorded: Recorded) -> Row:
    """The row at its next stage; once closed it stays so."""
    if row.stage is Stage.CLOSED:
        return row
    known = {stay.stage: stay.seconds for stay in row.stays}
    known[row.stage] = known.get(row.stage, 0) + seconds(row.since, recorded.recorded_at)
    stays = tuple(Stay(each, known[each]) for each in Stage if each in known)
    closed_at = recorded.recorded_at if stage is Stage.CLOSED else None
    return replace(row, stage=stage, since=recorded.recorded_at, stays=stays, closed_at=closed_at)


def _stage(fact: object) -> Stage | None:
    """To which stage a fact brings the report."""
    match fact:
        case facts.FaultDiagnosed() | facts.CommissioningPlanned() | facts.ReportRecalled():
            return Stage.DIAGNOSED
        case facts.ReportSubmitted() | facts.ReportAmended():
            return Stage.SUBMITTED
        case facts.ReportReturned():
            return Stage.RETURNED
        case facts.RepairApproved() | facts.AmendmentRefused() | facts.AmendmentRecalled():
            return Stage.APPROVED
        case facts.RepairClosed() | facts.ClosingNoted():
            return Stage.CLOSED
        case _:
            return None
