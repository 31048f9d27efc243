"""出库单一览 (issue notes): every note with its lines, as store, technician and clerk see it."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.issue_notes import (
    AccountOpened,
    AccountSigned,
    ArrivalAnnounced,
    IssueCorrected,
    IssueNoteReleased,
    IssueNoteVoided,
    LineDropped,
    NatureNoted,
    NoteLine,
    Opening,
    ParcelDelivered,
    ParcelOpened,
    ParcelWord,
    ParcelWordWithdrawn,
    PartIssued,
    PartReconciled,
    PartsHandedOver,
    ReconciliationCorrected,
    SignatureNoted,
)
from shared.events.order_sheet import Delivery, NoteStage
from shared.events.values import RepairNature
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "issue_notes"
VERSION = 4
KEY = ("number",)
INDEXES = (("branch", "stage"), ("recipient", "stage"), ("ticket",))


@dataclass(frozen=True, slots=True)
class Row:
    """出库单一行."""

    number: str
    ticket: str
    """Empty, as `order`, of a note that tells of the time before the books."""
    branch: str
    order: str
    stage: NoteStage
    recipient: str
    delivery: Delivery
    repair_nature: RepairNature
    lines: tuple[NoteLine, ...]
    is_signed: bool
    """Whether a signature of the customer, or its waiver, is in force: it may be reconciled."""
    carrier: str | None
    parcel_no: str | None
    expected_at: datetime | None
    announced: bool
    delivered_at: datetime | None
    opening: Opening | None
    void_because: str | None
    released_at: datetime
    version: int
    changed_at: datetime


keys = keys_by_number("issue_note")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - the release says it
    """The row after the fact."""
    if isinstance(recorded.fact, IssueNoteReleased):
        return _released(recorded.fact, recorded)
    if isinstance(recorded.fact, AccountOpened):
        return _taken_over(recorded.fact, recorded)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    row = _changed(row, recorded.fact)
    match recorded.fact:
        case NatureNoted(repair_nature=nature):
            row = replace(row, repair_nature=nature, lines=_due_anew(row, nature))
        case SignatureNoted(content=content, waived=waived):
            row = replace(row, is_signed=content is not None or waived)
        case ArrivalAnnounced(expected_at=expected_at):
            row = replace(row, announced=True, expected_at=expected_at)
        case ParcelDelivered() | ParcelOpened() | ParcelWordWithdrawn() as fact:
            row = _told(row, fact)
        case IssueNoteVoided(because):
            row = replace(row, stage=NoteStage.VOID, void_because=because)
        case _:
            pass
    return row


def _told(row: Row, fact: ParcelDelivered | ParcelOpened | ParcelWordWithdrawn) -> Row:
    """The row after what was told of its parcel, or taken back."""
    match fact:
        case ParcelDelivered(at):
            return replace(row, delivered_at=at)
        case ParcelOpened(opened):
            return replace(row, opening=opened.opening)
        case ParcelWordWithdrawn(ParcelWord.DELIVERED):
            return replace(row, delivered_at=None)
        case ParcelWordWithdrawn(ParcelWord.OPENED):
            return replace(row, opening=None)
        case ParcelWordWithdrawn():
            return row


def _changed(row: Row, fact: object) -> Row:
    """The row after a fact of what became of its lines."""
    match fact:
        case PartIssued() as issue:
            return _issued(row, issue)
        case AccountSigned(lines):
            for each in lines:
                row = _line(row, each.part, issued=each.issued)
            return row
        case PartReconciled(part, account) | ReconciliationCorrected(part=part, account=account):
            return _line(row, part, account=account)
        case PartsHandedOver(recipient=recipient):
            return replace(row, recipient=recipient)
        case _:
            return _without(row, fact)


def _without(row: Row, fact: object) -> Row:
    """The row after a line was dropped, or left otherwise than it was booked, if at all."""
    match fact:
        case LineDropped(part, because):
            return _line(row, part, dropped_because=because)
        case IssueCorrected(part=part, issued=issued, account=account):
            return _line(row, part, issued=issued, account=account)
        case _:
            return row


def _due_anew(row: Row, nature: RepairNature) -> tuple[NoteLine, ...]:
    """The lines, with their old parts due by the nature, where they are not settled."""
    return tuple(
        replace(line, issued=replace(line.issued, old_part_due=nature in line.issued.old_due_by))
        if line.issued and line.account is None and line.issued.old_due_by is not None
        else line
        for line in row.lines
    )


def _released(released: IssueNoteReleased, recorded: Recorded) -> Row:
    return first_row(
        Row,
        released,
        stage=NoteStage.RELEASED,
        is_signed=False,
        announced=False,
        released_at=recorded.recorded_at,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )


def _taken_over(opened: AccountOpened, recorded: Recorded) -> Row:
    """A note of no ticket and no order, for what its technician has."""
    return first_row(
        Row,
        opened,
        ticket="",
        order="",
        branch=opened.store,
        stage=NoteStage.RELEASED,
        recipient=opened.technician,
        delivery=Delivery.CARRIED,
        lines=tuple(NoteLine(e.part, e.quantity, opened.store) for e in opened.lines),
        is_signed=True,
        announced=False,
        released_at=recorded.recorded_at,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )


def _issued(row: Row, issue: PartIssued) -> Row:
    row = _line(row, issue.part, issued=issue.issued)
    if (parcel := issue.parcel) is None:
        return row
    return replace(
        row, carrier=parcel.carrier, parcel_no=parcel.parcel_no, expected_at=parcel.expected_at
    )


def _line(row: Row, part: str, **said: object) -> Row:
    """The row with one line changed; settled once everything that was drawn is accounted for."""
    lines = tuple(
        replace(line, **said) if line.part == part else line  # type: ignore[arg-type]
        for line in row.lines
    )
    drawn = [line for line in lines if line.issued is not None]
    if not drawn:
        is_void = row.stage is NoteStage.VOID
        return replace(row, lines=lines, stage=row.stage if is_void else NoteStage.RELEASED)
    settled = all(line.account is not None for line in drawn)
    return replace(row, lines=lines, stage=NoteStage.SETTLED if settled else NoteStage.ISSUED)
