"""借出在外 (papers lent): what is out, with whom, why, until when; feeds the clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.custody import (
    PaperLent,
    PaperLossAccepted,
    PaperLossReported,
    PaperReturned,
    PaperReturnUrged,
)
from shared.events.followup import PaperKind
from shared.view import Key, Recorded

NAME = "papers_lent"
VERSION = 3
KEY = ("stream", "number")
INDEXES = (("due",), ("branch",))


@dataclass(frozen=True, slots=True)
class Holder:
    """在外一件: who answers for a paper, why and until when, and by whom it was lent."""

    to: str
    because: str
    until: datetime
    lent_by: str
    claim: str | None
    urged: bool


@dataclass(frozen=True, slots=True)
class Row:
    """借出一行: a paper that is out; of one that several claims hold, the first of them counts."""

    stream: str
    ticket: str
    branch: str
    kind: PaperKind
    number: str
    to: str
    claim: str | None
    holders: tuple[Holder, ...]
    due: datetime
    """Of whom nobody has reminded yet; if everybody was, of the first."""
    urged: bool
    """Whether somebody was reminded: the paper is overdue."""
    missed: bool
    """Whether it was reported that it is not found."""
    lent_at: datetime
    changed_at: datetime


def keys(recorded: Recorded) -> Iterable[Key]:
    """The paper that is lent, returned, missed or reminded of."""
    match recorded.fact:
        case (
            PaperLent(paper=paper)
            | PaperReturned(paper=paper)
            | PaperLossReported(paper=paper)
            | PaperLossAccepted(paper=paper)
            | PaperReturnUrged(paper=paper)
        ):
            return [(recorded.stream, paper.number)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There while the paper is out."""
    holders = row.holders if row else ()
    missed = row.missed if row else False
    match recorded.fact:
        case PaperLent() as lent:
            claim = lent.claim.claim if lent.claim else None
            more = Holder(lent.to, lent.because, lent.until, lent.lent_by, claim, urged=False)
            fresh = row or _first(str(key[0]), lent, more, recorded)
            missed = missed and claim is not None
            return _of(replace(fresh, missed=missed), (*holders, more), recorded)
        case PaperReturned(claim=said, taken_from=of):
            holders = tuple(
                each
                for each in holders
                if (said and each.claim != said.claim) or (of and each.to != of)
            )
        case PaperReturnUrged(claim=reminded):
            holders = tuple(
                replace(each, urged=each.urged or each.claim == reminded) for each in holders
            )
        case PaperLossReported():
            missed = True
        case _:
            return None
    return _of(replace(row, missed=missed), holders, recorded) if row and holders else None


def _first(stream: str, lent: PaperLent, holder: Holder, recorded: Recorded) -> Row:
    return Row(
        stream=stream,
        ticket=stream.partition("-")[2],
        branch=recorded.branch,
        kind=lent.paper.kind,
        number=lent.paper.number,
        to=holder.to,
        claim=holder.claim,
        holders=(holder,),
        due=holder.until,
        urged=False,
        missed=False,
        lent_at=recorded.recorded_at,
        changed_at=recorded.recorded_at,
    )


def _of(row: Row, holders: Sequence[Holder], recorded: Recorded) -> Row:
    """The row with whoever has the paper now."""
    waits = [each.until for each in holders if not each.urged]
    return replace(
        row,
        to=holders[0].to,
        claim=holders[0].claim,
        holders=tuple(holders),
        due=min(waits or [each.until for each in holders]),
        urged=any(each.urged for each in holders),
        changed_at=recorded.recorded_at,
    )
