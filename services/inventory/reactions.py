"""配件库的反应 (reactions of inventory): what orders, their reports and the calendar call for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.inventory import rules
from services.inventory.closing import first_months, months_due, reminder
from services.inventory.closing.upward import TellOfMonth
from services.inventory.issue_note.release import (
    NoteChange,
    NoteNature,
    NoteSignature,
    ReleaseNote,
)
from services.inventory.old_parts import lists_due
from services.inventory.old_reminder import UrgeOldParts
from services.inventory.periods import bounds, following
from services.inventory.refill_draft import DraftRefill, UrgeRefill
from services.inventory.rules import last_refill_day, stocktake_due
from services.inventory.upward import TellOfKeeper
from services.inventory.views import keepers_reminded, low_stock, refill_drafts
from shared.document import CommandOwed, Published, Reaction, Recurring
from shared.events.closings import MonthDuty
from shared.events.issue_notes import SignedUse
from shared.events.order_sheet import CustomerWord, NamedNote, WorkOrderDocument
from shared.events.report_form import ReportDocument, Stage
from shared.fields import filled
from shared.policy import Core
from shared.policy.clocks import Occurrence, reached


def note_order(document: Published) -> Sequence[CommandOwed]:
    """放行与签字: each note of a signed order is released, and the customer's signature is noted.

    The newest document says both at once, whichever milestone brought it.
    """
    order = document.state
    assert isinstance(order, WorkOrderDocument)
    if order.technician_sig is None:
        return ()
    return tuple(owed for note in order.notes for owed in _owed(document, order, note))


def note_change(document: Published) -> Sequence[CommandOwed]:
    """得知更正: a change that waits for its approval is noted on the notes of the ticket."""
    report = document.state
    assert isinstance(report, ReportDocument)
    if report.amends is None or document.ticket is None:
        return ()
    return (CommandOwed(_first_note(document.ticket), NoteChange(document.version)),)


def note_nature(document: Published) -> Sequence[CommandOwed]:
    """得知批准: the nature that is approved after another is noted on the notes of the ticket.

    An order is opened by the first; a report that was asked for once has no other.
    """
    report = document.state
    assert isinstance(report, ReportDocument)
    decided = report.stage in (Stage.APPROVED, Stage.CLOSED) and bool(report.approvals)
    nature = report.diagnosis.repair_nature if report.diagnosis else None
    if not decided or report.round == 1 or nature is None or document.ticket is None:
        return ()
    return (CommandOwed(_first_note(document.ticket), NoteNature(document.version, nature)),)


def _first_note(ticket: str) -> str:
    return f"issue_note-{ticket}-C1"


REACTIONS = (
    Reaction(
        "note-order",
        of=("work_order",),
        owes=note_order,
        # None of these releases a note or signs anything; a note that was told of a newer version
        # of the same signature would say it a second time.
        ignores=(
            "BaseTechnicianSent",
            "TechnicianAssigned",
            "TaskHandedIn",
            "HandInReturned",
            "RepairClosed",
            "RepairContinued",
        ),
        from_start=True,
    ),
    Reaction(
        "note-change",
        of=("report",),
        owes=note_change,
        # No change waits after these; what they decide is noted as a nature.
        ignores=("RepairReported", "RepairApproved", "RepairClosed", "ContactCorrected"),
        from_start=True,
    ),
    Reaction(
        "note-nature",
        of=("report",),
        owes=note_nature,
        # A new report, and a change that is asked for, is not approved yet; one that intake closed
        # never was; whom to call says nothing of the nature.
        ignores=("RepairReported", "ReportAmended", "RepairClosed", "ContactCorrected"),
        from_start=True,
    ),
)


def refill_day(policy: Core, _row: low_stock.Row, until: datetime) -> Occurrence | None:
    """补库日: the same for every part of a store."""
    return last_refill_day(policy, until)


def draft_refill(row: low_stock.Row, on: Occurrence) -> CommandOwed | None:
    """补库草稿: of a part that is lacking, or was when it was drafted last."""
    if not row.to_ask and not row.is_drafted:
        return None
    return CommandOwed(row.stream, DraftRefill(row.store, row.part, on.day))


def closing_due(policy: Core, row: months_due.Row, until: datetime) -> Occurrence | None:
    """盘点时限: of the month after the last one that is closed, once it is over."""
    _, ends = bounds(following(row.closed), policy.calendar.time_zone)
    return reached(stocktake_due(policy, ends), policy.calendar, until)


def asking_due(policy: Core, row: refill_drafts.Row, until: datetime) -> Occurrence | None:
    """申请时限: of what was drafted."""
    return reached(rules.asking_due(policy, row.drafted_at), policy.calendar, until)


def urge_refill(row: refill_drafts.Row, on: Occurrence) -> CommandOwed:
    """督促补库: of that draft."""
    return CommandOwed(row.stream, UrgeRefill(row.store, row.part, row.drafted_on, on.due))


def old_parts_due(policy: Core, row: lists_due.Row, until: datetime) -> Occurrence | None:
    """旧件期限: at the beginning of each month, while something has waited longer than it."""
    if row.since is None:
        return None
    late, zone = row.since, policy.calendar.time_zone
    for _ in range(policy.stock.old_parts_months):
        late = following(late)
    begins, _ = bounds(f"{until.astimezone(ZoneInfo(zone)):%Y-%m}", zone)
    return reached(begins, policy.calendar, until) if bounds(late, zone)[0] <= begins else None


def urge_old_parts(row: lists_due.Row, on: Occurrence) -> CommandOwed:
    """督促旧件列单: of the month that has begun."""
    return CommandOwed(row.stream, UrgeOldParts(row.store, row.part, f"{on.day:%Y-%m}"))


def upward(view: keepers_reminded.KeepersReminded) -> Recurring:
    """逾期上报: of what the keeper was reminded of in vain the approvers are told."""
    duty = view.duty

    def last(policy: Core, row: keepers_reminded.Row, until: datetime) -> Occurrence | None:
        return reached(rules.upward(policy, duty, row.due), policy.calendar, until)

    def owes(row: keepers_reminded.Row, on: Occurrence) -> CommandOwed:
        if isinstance(duty, MonthDuty):
            month = TellOfMonth(row.branch, row.about, duty, row.due, on.due)
            return CommandOwed(row.stream, month)
        return CommandOwed(row.stream, TellOfKeeper(row.branch, row.about, duty, row.due, on.due))

    return Recurring(f"{duty.value}-overdue", view, last, owes)


def first_closing_due(policy: Core, row: first_months.Row, until: datetime) -> Occurrence | None:
    """首月盘点时限: of the month in which the store began."""
    _, ends = bounds(row.month, policy.calendar.time_zone)
    return reached(stocktake_due(policy, ends), policy.calendar, until)


def urge_closing(row: months_due.Row, on: Occurrence) -> CommandOwed:
    """督促盘点: of that month."""
    return reminder(row.stream, following(row.closed), on.due)


def urge_first_closing(row: first_months.Row, on: Occurrence) -> CommandOwed:
    """督促首月盘点: of that month; of a store that has closed one nothing comes of it."""
    return reminder(row.stream, row.month, on.due)


TIMERS = (
    Recurring("draft-refill", low_stock, refill_day, draft_refill),
    Recurring("urge-refill", refill_drafts, asking_due, urge_refill),
    Recurring("urge-old-parts", lists_due, old_parts_due, urge_old_parts),
    *map(upward, keepers_reminded.VIEWS),
    Recurring("urge-closing", months_due, closing_due, urge_closing),
    Recurring("urge-first-closing", first_months, first_closing_due, urge_first_closing),
)


def _owed(document: Published, order: WorkOrderDocument, note: NamedNote) -> Iterator[CommandOwed]:
    home = f"issue_note-{note.number}"
    assert order.repair_nature is not None
    assert order.technician is not None
    release = ReleaseNote(
        ticket=order.ticket,
        branch=order.branch,
        order=order.number,
        version=document.version,
        recipient=order.technician,
        delivery=note.delivery,
        repair_nature=order.repair_nature,
        lines=note.lines,
        travellers=order.travel.travellers if order.travel else (),
    )
    yield CommandOwed(home, release)
    yield CommandOwed(home, _signature(document.version, order.customer, note.number))


def _signature(version: int, word: CustomerWord | None, number: str) -> NoteSignature:
    if word is None:
        return NoteSignature(version, None, waived=False, used=())
    waived = word.signature is None
    used = tuple(filled(SignedUse, each) for each in word.parts_used if each.note == number)
    return NoteSignature(
        version=version,
        content=None if waived else word.content,
        waived=waived,
        used=used,
    )
