"""单据一览 (tickets): every ticket, ours and the imported, with how far it has come."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shared.events import intake as facts
from shared.events.report_form import Stage
from shared.events.values import Ending, Personal, Priority, ReportKind
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "tickets"
VERSION = 2
KEY = ("ticket",)
INDEXES = (("branch", "is_open"), ("owner", "is_open"), ("source", "state"), ("customer",))
CONTINUED = "continued"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """单据一行: one ticket as a desk looks for it."""

    ticket: str
    stream: str
    branch: str
    state: str
    """A stage of ours, or the other desk's state in our words."""
    is_open: bool
    source: str | None
    """The desk it was imported from; None: it is ours."""
    number: str | None
    """Its number there."""
    newest_at: datetime | None
    newest_row: int | None
    """When, and where in its file, the other desk's newest row stands: it says the state."""
    continues: str | None
    """The stream of the ticket this one goes on from: a legacy one, or one that came back."""
    continued_as: str | None
    kind: ReportKind | None
    priority: Priority | None
    owner: str | None
    customer: str | None
    contact_name: Personal | None
    contact_phone: Personal | None
    machine: str | None
    model: str | None
    serial_no: str | None
    fault_description: str | None
    ending: Ending | None
    received_at: datetime
    changed_at: datetime
    """When it last changed, by the clock of whoever changed it."""
    facts: int
    version: int


keys = keys_by_number("report", "legacy")
"""A legacy ticket keeps its own row when it is continued."""


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    match recorded.fact:
        case facts.RepairReported() as reported:
            row = _reported(str(key[0]), recorded, reported)
        case facts.LegacyEntryImported() as entry:
            row = _imported(str(key[0]), row, recorded, entry)
        case _ if row is None:
            return None
        case facts.BasicsCompleted() as said:
            row = _completed(row, said)
        case facts.CaseHandedOver(_, owner):
            row = replace(row, owner=owner)
        case facts.LegacyTicketContinued(ticket):
            row = replace(row, state=CONTINUED, is_open=False, continued_as=ticket)
        case facts.RepairClosed(ending) | facts.ClosingNoted(_, _, ending):
            row = replace(row, state=Stage.CLOSED.value, is_open=False, ending=ending)
        case told:
            row = replace(row, state=_state(row.state, told))
    changed_at = max(row.changed_at, recorded.occurred_at)
    return replace(row, facts=row.facts + 1, version=recorded.version, changed_at=changed_at)


def _state(before: str, told: object) -> str:
    match told:
        case facts.FaultDiagnosed() | facts.ReportRecalled():
            return Stage.DIAGNOSED.value
        case facts.ReportSubmitted():
            return Stage.SUBMITTED.value
        case facts.ReportReturned():
            return Stage.RETURNED.value
        case facts.RepairApproved():
            return Stage.APPROVED.value
        case _:
            return before


def _reported(ticket: str, recorded: Recorded, reported: facts.RepairReported) -> Row:
    machine = reported.equipment
    return first_row(
        Row,
        ticket=ticket,
        stream=recorded.stream,
        branch=reported.branch,
        state=Stage.REGISTERED.value,
        is_open=True,
        continues=reported.reference,
        kind=reported.kind,
        priority=reported.circumstances.priority,
        owner=reported.owner,
        customer=reported.basics.customer,
        contact_name=reported.contact_name,
        contact_phone=reported.contact_phone,
        machine=machine.machine,
        model=machine.model,
        serial_no=machine.serial_no,
        fault_description=reported.fault_description,
        received_at=reported.received_at,
        changed_at=recorded.occurred_at,
        facts=0,
        version=0,
    )


def _completed(row: Row, said: facts.BasicsCompleted) -> Row:
    basics, machine, about = said.basics, said.equipment, said.circumstances
    return replace(
        row,
        contact_name=said.contact_name or row.contact_name,
        contact_phone=said.contact_phone or row.contact_phone,
        fault_description=said.fault_description or row.fault_description,
        customer=basics.customer if basics else row.customer,
        machine=machine.machine if machine else row.machine,
        model=machine.model if machine else row.model,
        serial_no=machine.serial_no if machine else row.serial_no,
        priority=about.priority if about else row.priority,
    )


def _imported(
    ticket: str, row: Row | None, recorded: Recorded, entry: facts.LegacyEntryImported
) -> Row:
    fresh = row or first_row(
        Row,
        ticket=ticket,
        stream=recorded.stream,
        branch=recorded.branch,
        state=entry.state,
        is_open=entry.is_open,
        source=entry.source,
        number=entry.number,
        newest_at=entry.at,
        newest_row=entry.row,
        received_at=recorded.occurred_at,
        changed_at=recorded.occurred_at,
        facts=0,
        version=0,
    )
    # A row that was mended, or comes with another file, may be older than what the ticket came to;
    # of one moment the row further down counts, as it does when the ticket is continued.
    newer = _age(entry.at, entry.row) > _age(fresh.newest_at, fresh.newest_row)
    fresh = replace(fresh, newest_at=entry.at, newest_row=entry.row) if newer else fresh
    if fresh.continued_as is not None or not newer:
        return fresh
    return replace(fresh, state=entry.state, is_open=entry.is_open)


def _age(at: datetime | None, row: int | None) -> tuple[datetime, int]:
    return at or _LONG_AGO, row or 0
