"""报销一览 (travel claims): what is claimed, allowed and paid, and what waits for whom."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events import travel_claims as facts
from shared.events.travel_claims import ClaimStage
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "claims"
VERSION = 2
KEY = ("number",)
INDEXES = (("branch", "stage"), ("claimant",))


@dataclass(frozen=True, slots=True)
class Row:
    """报销一行."""

    number: str
    ticket: str
    branch: str
    order: str
    claimant: str
    stage: ClaimStage
    total_fen: int
    allowed_fen: int | None
    reviewed_by: str | None
    approved_by: str | None
    report_returned_at: datetime | None
    """When the report that was attached went back to its file; None: finance has it."""
    paid_at: datetime | None
    paid_ref: str | None
    paid_fen: int | None
    """What has been paid, with every correction since."""
    version: int
    changed_at: datetime


keys = keys_by_number("claim")


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    fact = recorded.fact
    if isinstance(fact, facts.ClaimSubmitted):
        return first_row(
            Row,
            fact,
            stage=ClaimStage.SUBMITTED,
            version=recorded.version,
            changed_at=recorded.recorded_at,
        )
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    at = recorded.occurred_at
    match fact:
        case facts.ClaimReturned():
            return replace(row, stage=ClaimStage.RETURNED, report_returned_at=at)
        case facts.ClaimReviewed(allowed_fen=fen, reviewed_by=person):
            row = replace(row, stage=ClaimStage.REVIEWED, reviewed_by=person)
            return replace(row, allowed_fen=fen)
        case facts.ClaimApproved(approved_by=person):
            row = replace(row, stage=ClaimStage.APPROVED, approved_by=person)
            return replace(row, report_returned_at=at)
        case _:
            return _over(row, fact, at)


def _over(row: Row, fact: object, at: datetime) -> Row:
    """The row once it is decided, or is not so any more; any other fact leaves it as it is."""
    match fact:
        case facts.ClaimApprovalTakenBack():
            row = replace(row, stage=ClaimStage.REVIEWED, approved_by=None)
            return replace(row, report_returned_at=None)
        case facts.ClaimRejected():
            return replace(row, stage=ClaimStage.REJECTED, report_returned_at=at)
        case facts.ClaimWithdrawn():
            back = row.report_returned_at or at
            return replace(row, stage=ClaimStage.WITHDRAWN, report_returned_at=back)
        case facts.ClaimPaid(reference=reference, fen=fen):
            row = replace(row, stage=ClaimStage.PAID, paid_at=at, paid_ref=reference)
            return replace(row, paid_fen=fen)
        case facts.ClaimCorrected(fen=fen):
            return replace(row, paid_fen=(row.paid_fen or 0) + fen)
        case _:
            return row
