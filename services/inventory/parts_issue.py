"""出库单 (issue note): drawn in advance, reconciled after; released → issued → settled, or void.

A technician draws parts before the visit; afterwards every piece is accounted for against the order
the customer signed. Commands stand in `issue_commands.py`, the state in `issue_state.py`, what is
shown to be signed in `issue_sheet.py`, and each step's rules in the file of that step.
"""

from services.inventory import issue_draw, issue_parcel, issue_reconcile, issue_release
from services.inventory.issue_commands import (
    AnnounceArrival,
    Command,
    DeliverParcel,
    IssuePart,
    NoteSignature,
    OpenParcel,
    ReconcilePart,
    ReleaseNote,
    VoidNote,
)
from services.inventory.issue_state import Fact, IssueNote, Milestone, document_of, evolve
from shared.decider import Asked, Decision, Public
from shared.events.inventory import (
    ArrivalAnnounced,
    IssueNoteVoided,
    ParcelOpened,
    PartIssued,
    PartReconciled,
)

__all__ = ["Command", "Fact", "IssueNote", "decide", "evolve", "initial", "public"]

initial = IssueNote()


def decide(  # noqa: PLR0911 - one return a command
    command: Command, note: IssueNote, asked: Asked
) -> Decision:
    """What the command makes true. Nothing, when it is true already."""
    match command:
        case ReleaseNote():
            return issue_release.release(command, note, asked)
        case NoteSignature():
            return issue_release.note_signature(command, note, asked)
        case IssuePart():
            return issue_draw.issue(command, note, asked)
        case AnnounceArrival():
            return issue_parcel.announce(command, note, asked)
        case DeliverParcel():
            return issue_parcel.deliver(command, note, asked)
        case OpenParcel():
            return issue_parcel.open_together(command, note, asked)
        case ReconcilePart():
            return issue_reconcile.reconcile(command, note, asked)
        case VoidNote():
            return issue_release.void(command, note, asked)


def public(note: IssueNote, fact: Milestone) -> Public:
    """The note's public document right after the milestone, and which line it is about."""
    match fact:
        case PartIssued(part) | PartReconciled(part):
            return Public(document_of(note), {"part": part})
        case ArrivalAnnounced() | ParcelOpened() | IssueNoteVoided():
            return Public(document_of(note), {})
