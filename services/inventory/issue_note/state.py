"""出库单的状态 (the state of an issue note): what its facts have made of it, line by line."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from services.inventory import ledger
from shared.events.inventory import (
    ArrivalAnnounced,
    IssueNoteDocument,
    IssueNoteReleased,
    IssueNoteVoided,
    NoteLine,
    Opened,
    Parcel,
    ParcelDelivered,
    ParcelOpened,
    PartIssued,
    PartReconciled,
    SignatureNoted,
)
from shared.events.order_sheet import Delivery, NoteStage
from shared.fields import filled

Fact: TypeAlias = (
    IssueNoteReleased
    | SignatureNoted
    | PartIssued
    | ArrivalAnnounced
    | ParcelDelivered
    | ParcelOpened
    | PartReconciled
    | IssueNoteVoided
)
Milestone: TypeAlias = (
    PartIssued | ArrivalAnnounced | ParcelOpened | PartReconciled | IssueNoteVoided
)


@dataclass(frozen=True, slots=True)
class IssueNote:
    """出库单: a note as its facts have made it; each part is the fact that said so last."""

    released: IssueNoteReleased | None = None
    signed: SignatureNoted | None = None
    issues: Mapping[str, PartIssued] = field(default_factory=dict)
    accounts: Mapping[str, PartReconciled] = field(default_factory=dict)
    last: PartReconciled | None = None
    announced: ArrivalAnnounced | None = None
    delivered: ParcelDelivered | None = None
    opened: Opened | None = None
    voided: IssueNoteVoided | None = None

    @property
    def stage(self) -> NoteStage:
        """Where the note stands; it is settled once all that was drawn is accounted for."""
        if self.released is None:
            return NoteStage.NONE
        if self.voided is not None:
            return NoteStage.VOID
        if not self.issues:
            return NoteStage.RELEASED
        whole = self.issues.keys() == self.accounts.keys()
        return NoteStage.SETTLED if whole else NoteStage.ISSUED

    @property
    def lines(self) -> Mapping[str, NoteLine]:
        """The lines by part, each with how it was issued and where its pieces went."""
        return (
            {line.part: self._line(line) for line in self.released.lines} if self.released else {}
        )

    @property
    def recipient(self) -> str:
        """Whose hands the parts are for; empty until the note is released."""
        return self.released.recipient if self.released else ""

    @property
    def is_posted(self) -> bool:
        """Whether the parts travel without the technician."""
        return self.released is not None and self.released.delivery is Delivery.POSTED

    @property
    def parcel(self) -> Parcel | None:
        """How posted parts travel: one parcel a note."""
        return next((issue.parcel for issue in self.issues.values()), None)

    @property
    def open_lines(self) -> tuple[str, ...]:
        """The parts that were permitted and not drawn yet."""
        return tuple(part for part in self.lines if part not in self.issues)

    @property
    def noted_version(self) -> int:
        """The newest version of the order this note has heard a signature of; 0: none."""
        return self.signed.version if self.signed else 0

    @property
    def signed_content(self) -> str | None:
        """What the customer signed, if a signature is in force."""
        return self.signed.content if self.signed else None

    @property
    def is_waived(self) -> bool:
        """Whether the approver waived the signature the customer refused."""
        return self.signed is not None and self.signed.waived

    def signed_use(self, part: str) -> int:
        """How many of the part the customer signed for on this note."""
        return sum(
            each.used for each in (self.signed.used if self.signed else ()) if each.part == part
        )

    def in_parcel(self, part: str) -> int:
        """How many pieces of a line the recipient never took out of its parcel."""
        if not self.is_posted:
            return 0
        if self.opened is None:
            return self.issues[part].issued.quantity
        return sum(each.quantity for each in self.opened.missing if each.part == part)

    @property
    def settled_against(self) -> str | None:
        """The signed content every line agrees with; one that some line does not, if any does."""
        used = [done for done in self.accounts.values() if done.account.used]
        if not used or self.stage is not NoteStage.SETTLED:
            return None
        content = self.signed_content
        others = [done.content for done in used if done.content != content]
        agreed = all(
            done.account.used == self.signed_use(part) for part, done in self.accounts.items()
        )
        return content if agreed and not others else next(iter(others), None)

    def _line(self, line: NoteLine) -> NoteLine:
        issue, done = self.issues.get(line.part), self.accounts.get(line.part)
        return replace(
            line, issued=issue.issued if issue else None, account=done.account if done else None
        )


def evolve(note: IssueNote, fact: Fact) -> IssueNote:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case IssueNoteReleased():
            return replace(note, released=fact)
        case SignatureNoted():
            return replace(note, signed=fact)
        case PartIssued(part):
            return replace(note, issues={**note.issues, part: fact})
        case ArrivalAnnounced():
            return replace(note, announced=fact)
        case ParcelDelivered():
            return replace(note, delivered=fact)
        case ParcelOpened(opened):
            return replace(note, opened=opened)
        case PartReconciled(part):
            return replace(note, accounts={**note.accounts, part: fact}, last=fact)
        case IssueNoteVoided():
            return replace(note, voided=fact)


def document_of(note: IssueNote) -> IssueNoteDocument:
    """The note in full, as anybody may be shown it who may see it."""
    assert note.released is not None
    released, last = note.released, note.last
    settled = note.stage is NoteStage.SETTLED
    return filled(
        IssueNoteDocument,
        note,
        released,
        stage=note.stage,
        parcel=note.parcel,
        lines=tuple(note.lines.values()),
        delivered_at=note.delivered.at if note.delivered else None,
        content=note.settled_against,
        technician_sig=last.technician_sig if last and settled else None,
        keeper_sig=last.keeper_sig if last and settled else None,
        void_because=note.voided.because if note.voided else None,
    )


def holder_of(note: IssueNote) -> str:
    """The account of the parts that the recipient holds."""
    return ledger.technician(note.recipient)


def is_released(note: IssueNote) -> bool:
    """Whether the note is there: what is heard of it before its release is not shown."""
    return note.released is not None


def shown(note: IssueNote) -> IssueNoteDocument | None:
    """The note as the page of its ticket shows it."""
    return document_of(note) if is_released(note) else None


def streams_of(note: IssueNote, part: str | None = None) -> tuple[str, ...]:
    """The stock streams of the note's lines, or of the lines of one part."""
    lines = note.lines.values()
    return tuple(
        ledger.stream_of(line.store, line.part) for line in lines if part in (None, line.part)
    )
