"""旧件清单一览 (lists of old parts): where each list is, and what came of what is on it."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.consignments import SendingCorrected, pieces_of
from shared.events.old_parts import (
    Disposition,
    OldClass,
    OldLossApproved,
    OldOutcome,
    OldPartJudged,
    OldPartsEnded,
    OldPartSettled,
    OldPartsFound,
    OldPartsListed,
    OldPartsReceived,
    OldPartsSent,
    OldPartsStage,
)
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "old_parts"
VERSION = 4
KEY = ("number",)
INDEXES = (("store", "stage"), ("base", "stage"))


@dataclass(frozen=True, slots=True)
class OpenJudgement:
    """未结旧件: judged pieces of which nothing came yet."""

    number: str
    quantity: int
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class Row:
    """旧件清单一行: pieces counted over all lines."""

    number: str
    branches: tuple[str, ...]
    """Of both stores, once it is sent."""
    store: str
    base: str | None
    stage: OldPartsStage
    old_class: OldClass
    period: str
    listed: int
    received: int
    lost: int
    judged: int
    returned: int
    exchanged: int
    repaired: int
    scrapped: int
    written_off: int
    """How many a stocktake of base did not find, so that nothing came of them."""
    credit_fen: int
    open_judgements: tuple[OpenJudgement, ...]
    carrier: str | None
    parcel_no: str | None
    expected_at: datetime | None
    ended_because: str | None
    listed_by: str
    version: int
    changed_at: datetime


keys = keys_by_number("old_parts")


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    if isinstance(recorded.fact, OldPartsListed):
        return _listed(recorded.fact, recorded)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match recorded.fact:
        case OldPartsEnded(because=because):
            row = replace(row, stage=OldPartsStage.ENDED, ended_because=because)
        case OldPartsSent() as sent:
            row = _sent(row, sent)
        case SendingCorrected():
            row = _never_left(row)
        case OldPartsReceived(lines=lines) | OldPartsFound(lines=lines):
            row = _staged(replace(row, received=row.received + sum(map(pieces_of, lines))))
        case OldLossApproved(loss=loss):
            row = _staged(replace(row, lost=row.lost + loss.quantity))
        case OldPartJudged() as judged:
            row = _staged(_judged(row, judged))
        case OldPartSettled() as settled:
            row = _staged(_settled(row, settled))
        case _:
            pass
    return row


def _listed(listed: OldPartsListed, recorded: Recorded) -> Row:
    return first_row(
        Row,
        listed,
        branches=(listed.store,),
        base=listed.store if listed.at_base else None,
        stage=OldPartsStage.LISTED,
        listed=sum(line.quantity for line in listed.lines),
        received=0,
        lost=0,
        judged=0,
        returned=0,
        exchanged=0,
        repaired=0,
        scrapped=0,
        written_off=0,
        credit_fen=0,
        open_judgements=(),
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )


def _sent(row: Row, fact: OldPartsSent) -> Row:
    how = fact.consignment
    return replace(
        row,
        stage=OldPartsStage.SENT,
        base=fact.base,
        branches=(row.store, fact.base),
        carrier=how.carrier,
        parcel_no=how.parcel_no,
        expected_at=how.expected_at,
    )


def _never_left(row: Row) -> Row:
    """The row as before it was sent."""
    here = replace(row, stage=OldPartsStage.LISTED, base=None, branches=(row.store,))
    return replace(here, carrier=None, parcel_no=None, expected_at=None)


def _judged(row: Row, fact: OldPartJudged) -> Row:
    made = OpenJudgement(fact.number, fact.quantity, fact.disposition)
    waits = (*row.open_judgements, made)
    return replace(row, judged=row.judged + fact.quantity, open_judgements=waits)


def _settled(row: Row, fact: OldPartSettled) -> Row:
    """The row after something came of judged pieces."""
    found = next(each for each in row.open_judgements if each.number == fact.number)
    waits = tuple(each for each in row.open_judgements if each is not found)
    fen = row.credit_fen + (fact.credit_fen or 0)
    gone = row.written_off + fact.written_off
    row = replace(row, open_judgements=waits, credit_fen=fen, written_off=gone)
    count = found.quantity - fact.written_off
    match fact.outcome:
        case OldOutcome.CREDIT:
            return replace(row, returned=row.returned + count)
        case OldOutcome.SCRAPPED:
            return replace(row, scrapped=row.scrapped + count)
        case OldOutcome.WRITTEN_OFF:
            return row
        case OldOutcome.PART_BACK if found.disposition is Disposition.REPAIR:
            return replace(row, repaired=row.repaired + count)
        case OldOutcome.PART_BACK:
            return replace(row, exchanged=row.exchanged + count)


def _staged(row: Row) -> Row:
    """Short while pieces are missing; settled once something came of every other one."""
    if row.listed > row.received + row.lost:
        stage = OldPartsStage.SHORT
    elif row.received > row.judged:
        stage = OldPartsStage.RECEIVED
    else:
        stage = OldPartsStage.JUDGED if row.open_judgements else OldPartsStage.SETTLED
    return replace(row, stage=stage)
