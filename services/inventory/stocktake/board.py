"""盘点一览 (stocktakes): what every store counts or has counted, and how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.stocktakes import (
    DifferencesExplained,
    LineValue,
    PartCounted,
    StocktakeApproved,
    StocktakeCounted,
    StocktakeEnded,
    StocktakeKind,
    StocktakeOpened,
    StocktakeReturned,
    StocktakeStage,
    Treatment,
)
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "stocktakes"
VERSION = 3
KEY = ("number",)
INDEXES = (("branch", "stage"), ("period",))


@dataclass(frozen=True, slots=True)
class Row:
    """盘点一行."""

    number: str
    branch: str
    """The store's."""
    stage: StocktakeStage
    kind: StocktakeKind
    period: str | None
    as_of: datetime
    counts: int
    """How often something was counted; figures are told once all is."""
    lines: int | None
    differing: int | None
    """How many lines differ from the books."""
    left: int | None
    """How many of them wait: for words, or for finance."""
    lost_fen: int
    """What the pieces cost that were posted as missing."""
    found_fen: int
    """What those are worth that were posted as too many."""
    unknown: int
    """Of how many of them nobody said what they cost."""
    to_papers: int
    """How many lines finance left to a paper."""
    opened_by: str
    witnessed_by: str | None
    decided_because: str | None
    """Why it was returned or ended last."""
    opened_at: datetime
    version: int
    changed_at: datetime


keys = keys_by_number("stocktake")


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    if isinstance(recorded.fact, StocktakeOpened):
        return first_row(
            Row,
            recorded.fact,
            branch=recorded.fact.store,
            stage=StocktakeStage.COUNTING,
            counts=0,
            lost_fen=0,
            found_fen=0,
            unknown=0,
            to_papers=0,
            opened_at=recorded.recorded_at,
            version=recorded.version,
            changed_at=recorded.recorded_at,
        )
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match recorded.fact:
        case PartCounted():
            row = replace(row, stage=StocktakeStage.COUNTING, counts=row.counts + 1)
            row = replace(row, lines=None, differing=None, left=None)
        case StocktakeCounted(lines, differing, left, person):
            row = replace(_explained(row, left), lines=lines, differing=differing)
            row = replace(row, witnessed_by=person)
        case DifferencesExplained(left=left):
            row = _explained(row, left)
        case StocktakeApproved() as approved:
            row = _approved(row, approved)
        case StocktakeReturned(because=because):
            row = replace(row, stage=StocktakeStage.RETURNED, decided_because=because)
        case StocktakeEnded(because=because):
            row = replace(row, stage=StocktakeStage.ENDED, decided_because=because)
        case _:
            pass
    return row


def _approved(row: Row, approved: StocktakeApproved) -> Row:
    """The row once finance has decided these lines."""
    left = approved.left
    papers = sum(each.treatment is Treatment.CORRECT_ENTRY for each in approved.lines)
    stage = row.stage if left else StocktakeStage.APPROVED
    row = replace(row, left=left, stage=stage, to_papers=row.to_papers + papers)
    return _posted(row, approved.values)


def _posted(row: Row, values: Sequence[LineValue]) -> Row:
    """The row once the books follow these lines as well."""
    return replace(
        row,
        lost_fen=row.lost_fen + sum(each.lost_fen for each in values),
        found_fen=row.found_fen + sum(each.found_fen for each in values),
        unknown=row.unknown + sum(each.unknown for each in values),
    )


def _explained(row: Row, left: int) -> Row:
    """The row once so many lines are left without words."""
    if left:
        return replace(row, stage=StocktakeStage.COUNTED, left=left)
    return replace(row, stage=StocktakeStage.EXPLAINED, left=row.differing)
