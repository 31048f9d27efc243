"""超批出库 (beyond the approval): no more of a part leaves the store than is approved last.

A note is released with what was approved then. When fewer are approved since, what is out stays
out; what still lies on the shelf is held to the newer word, over all notes of the ticket.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory.issue_note.state import IssueNote
from shared.decider import Rule, reason
from shared.events.issue_notes import NoteLine
from shared.events.order_sheet import WorkOrderDocument
from shared.events.part_cases import LossWhere
from shared.events.report_form import ReportDocument, Stage


@dataclass(frozen=True, slots=True)
class ApprovedLast:
    """最后批准: how many of a part the report says, and which notes supplements have named."""

    quantity: int
    supplements: tuple[str, ...]


def within_approval(
    part: str, quantity: int, approved: ApprovedLast | None, notes: Sequence[IssueNote]
) -> Iterator[Rule]:
    """A rule: with what the notes of the ticket have brought, it is no more than approved."""
    if approved is None:
        return
    lines = [line for note in notes for line in _granted(note, approved)]
    most = approved.quantity + sum(line.permitted for line in lines if line.part == part)
    out = sum(at_hand(each, part) for each in notes)
    left = max(0, most - out)
    told = reason("beyond-approval", part=part, approved=most, out=out, left=left)
    yield quantity > left, told


def approved_last(
    part: str, report: ReportDocument | None, orders: Sequence[WorkOrderDocument | None]
) -> ApprovedLast | None:
    """最后批准: by the newest papers of the ticket.

    None: it is not changed since the first approval, by which the note was named, or its papers
    do not say.
    """
    if report is None or report.diagnosis is None or report.round == 1:
        return None
    if report.stage not in (Stage.APPROVED, Stage.CLOSED):
        return None
    named = list[str]()
    for each in orders:
        if each is None or each.supplements is None:
            return None
        named += each.supplements
    lines = report.diagnosis.parts_to_bring
    return ApprovedLast(sum(e.quantity for e in lines if e.part == part), tuple(named))


def _granted(note: IssueNote, approved: ApprovedLast) -> Sequence[NoteLine]:
    """The lines of a note that a supplement has named."""
    if note.released is None or note.released.number not in approved.supplements:
        return ()
    return note.released.lines


def at_hand(note: IssueNote, part: str) -> int:
    """在手: how many of a part a note has brought, and nobody has lost or brought home."""
    if part in note.accounts:
        return note.accounts[part].account.used
    if part not in note.issues:
        return 0
    return note.issues[part].issued.quantity - gone(note, part)


def gone(note: IssueNote, part: str) -> int:
    """去向: how many of a line that is out were missing from its parcel, or are granted as lost.

    What was found when the parcel was opened the post did not lose, whatever was granted before.
    """
    by_post = sum(e.quantity for e in note.losses(part) if e.where is LossWhere.POST)
    not_there = note.in_parcel(part) if note.opened else by_post
    return not_there + note.lost(part) - by_post
