"""单据一览 (tickets): every ticket, ours and the imported, with how far it has come."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from shared.events import intake as facts
from shared.events import legacy
from shared.events.report_form import Stage
from shared.events.values import Ending, Personal, Priority, ReportKind
from shared.events.whose_machine import Changing, Whose, changed
from shared.fields import filled
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "tickets"
VERSION = 7
KEY = ("ticket",)
INDEXES = (
    ("branch", "is_open"),
    ("owner", "is_open"),
    ("source", "state"),
    ("customer",),
    ("machine",),
    ("serial_no",),
    ("duplicate_of",),
)
CONTINUED, WITHDRAWN = "continued", "withdrawn"
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
    generation: int | None
    """Which import of that desk it shows."""
    newest_at: datetime | None
    newest_row: int | None
    newest_step: int | None
    """When, and where in its file, the other desk's newest row stands: it says the state. The row
    is negative if the newest row stands first in that file."""
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
    region: str | None
    fault_description: str | None
    ending: Ending | None
    duplicate_of: str | None
    """The ticket that it was closed as a duplicate of."""
    received_at: datetime
    changed_at: datetime
    """When it last changed, by the clock of whoever changed it."""
    facts: int
    version: int
    change: Changing = field(default_factory=Changing)
    """Of the machine, while a change of what was approved is open."""


keys = keys_by_number("report", "legacy")
"""A legacy ticket keeps its own row when it is continued."""


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    match recorded.fact:
        case facts.RepairReported() as reported:
            row = _reported(str(key[0]), recorded, reported)
        case legacy.LegacyEntryImported() as entry:
            row = _imported(str(key[0]), row, recorded, entry)
        case _ if row is None:
            return None
        case legacy.LegacyTicketContinued() | legacy.LegacyTicketWithdrawn() as ended:
            row = _ended(row, ended)
        case facts.BasicsCompleted() as said:
            row = _completed(row, said)
        case facts.ContactCorrected(name, phone):
            row = replace(
                row,
                contact_name=name or row.contact_name,
                contact_phone=phone or row.contact_phone,
            )
        case facts.CaseHandedOver(_, owner):
            row = replace(row, owner=owner)
        case facts.RepairClosed() | facts.ClosingNoted():
            row = _closed(row, recorded.fact)
        case told:
            row = replace(_of_machine(row, told), state=_state(row.state, told))
    changed_at = max(row.changed_at, recorded.occurred_at)
    return replace(row, facts=row.facts + 1, version=recorded.version, changed_at=changed_at)


def _ended(row: Row, ended: legacy.LegacyTicketContinued | legacy.LegacyTicketWithdrawn) -> Row:
    """The imported ticket goes on as one of ours, or its import counts no more."""
    match ended:
        case legacy.LegacyTicketContinued(ticket):
            return replace(row, state=CONTINUED, is_open=False, continued_as=ticket)
        case legacy.LegacyTicketWithdrawn(generation=withdrawn):
            is_shown = withdrawn == row.generation and row.continued_as is None
            return replace(row, state=WITHDRAWN, is_open=False) if is_shown else row


def _closed(row: Row, end: facts.RepairClosed | facts.ClosingNoted) -> Row:
    """Over; of a duplicate with the ticket that goes on."""
    other = end.other_ticket if end.ending is Ending.DUPLICATE else None
    row = _of_machine(row, end)
    return replace(
        row, state=Stage.CLOSED.value, is_open=False, ending=end.ending, duplicate_of=other
    )


def _of_machine(row: Row, told: object) -> Row:
    """The row with whose machine it is after a change."""
    now = filled(Whose, row)
    whose, change = changed(now, row.change, told)
    is_same = (whose, change) == (now, row.change)
    return row if is_same else filled(Row, whose, row, change=change)


def _state(before: str, told: object) -> str:
    match told:
        case facts.FaultDiagnosed() | facts.CommissioningPlanned() | facts.ReportRecalled():
            return Stage.DIAGNOSED.value
        case facts.ReportSubmitted() | facts.ReportAmended():
            return Stage.SUBMITTED.value
        case facts.ReportReturned():
            return Stage.RETURNED.value
        case facts.RepairApproved() | facts.AmendmentRefused() | facts.AmendmentRecalled():
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
        region=reported.basics.region,
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
        region=basics.region if basics else row.region,
        machine=machine.machine if machine else row.machine,
        model=machine.model if machine else row.model,
        serial_no=machine.serial_no if machine else row.serial_no,
        priority=about.priority if about else row.priority,
    )


def _imported(
    ticket: str, row: Row | None, recorded: Recorded, entry: legacy.LegacyEntryImported
) -> Row:
    place = -entry.row if entry.newest_first else entry.row
    if row is not None and entry.generation > (row.generation or 1):
        # What an earlier import said is forgotten; as what it goes on stays.
        anew = _imported(ticket, None, recorded, entry)
        kept = replace(anew, facts=row.facts, continued_as=row.continued_as)
        return replace(kept, state=CONTINUED, is_open=False) if row.continued_as else kept
    fresh = row or first_row(
        Row,
        ticket=ticket,
        stream=recorded.stream,
        branch=recorded.branch,
        state=entry.state,
        is_open=entry.is_open,
        source=entry.source,
        number=entry.number,
        generation=entry.generation,
        newest_at=entry.at,
        newest_row=place,
        newest_step=entry.step,
        received_at=recorded.occurred_at,
        changed_at=recorded.occurred_at,
        facts=0,
        version=0,
    )
    # A row that was mended, or comes with another file, may be older than what the ticket came to;
    # of one moment the later row of the file counts, as it does when the ticket is continued.
    last = (fresh.newest_at or _LONG_AGO, fresh.newest_row or 0, fresh.newest_step or 0)
    newer = (entry.at or _LONG_AGO, place, entry.step) > last
    if fresh.generation != entry.generation:
        return fresh
    fresh = replace(fresh, received_at=min(fresh.received_at, entry.at or recorded.occurred_at))
    fresh = _listed(fresh, entry, newer=newer or row is None)
    if not newer:
        return fresh
    fresh = replace(fresh, newest_at=entry.at, newest_row=place, newest_step=entry.step)
    if fresh.continued_as is not None:
        return fresh
    return replace(fresh, state=entry.state, is_open=entry.is_open)


_COLUMNS = {
    "fault": "fault_description",
    "customer": "customer",
    "machine": "machine",
    "model": "model",
    "serial": "serial_no",
    "owner": "owner",
}
"""What a column says, and where the list shows it, if it is not personal."""
_SEALED = {"customer": "contact_name", "contact": "contact_name", "phone": "contact_phone"}


def _listed(row: Row, entry: legacy.LegacyEntryImported, *, newer: bool) -> Row:
    """What the columns say of the ticket: the newest row counts, others fill what is blank."""
    said: dict[str, Any] = {"priority": entry.priority}
    for meaning, column in entry.listed.items():
        if column in entry.personal:
            said[_SEALED.get(meaning, "")] = entry.personal[column]
        elif meaning in _COLUMNS:
            said[_COLUMNS[meaning]] = entry.original.get(column, "").strip() or None
    said.pop("", None)
    return replace(
        row,
        **{
            name: value
            for name, value in said.items()
            if value is not None and (newer or getattr(row, name) is None)
        },
    )
