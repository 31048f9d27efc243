"""保管 (custody): papers of a dossier are lent and come back; who has one can always be named.

A paper is out once. By hand it is lent to an employee who answers for it; a travel claim takes the
report that is attached to it, and lets it go again. A claim takes no leave: what somebody has by
hand meanwhile goes on to it when they bring it back. A clerk who has a paper in hand takes it back
from whoever brought it. From a claim that waits to be decided an approver does, and says why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.followup.dossier.state import Dossier
from services.followup.dossier.whereabouts import Lent
from shared.decider import Asked, Decision, Reason, Rule, reason, refuse_if
from shared.events.custody import (
    ClaimSaid,
    PaperCondition,
    PaperLent,
    PaperRef,
    PaperReturned,
    PaperReturnOverdue,
    PaperReturnUrged,
)
from shared.events.order_sheet import Standing
from shared.events.values import At, Note, Ref, Role
from shared.fields import filled
from shared.step import SOME_DAY, WORDS


@dataclass(frozen=True, slots=True)
class Lending:
    """借出: which paper, who answers for it, why, and until when."""

    paper: PaperRef
    to: Ref
    because: Note
    until: At


@dataclass(frozen=True, slots=True)
class LendPaper(Lending):
    """借出: a paper leaves the file, by hand."""

    standing: Standing
    """Obligation: what the register says of whoever answers for it."""


@dataclass(frozen=True, slots=True)
class ReturnPaper:
    """归还: a clerk has the paper in hand again."""

    paper: PaperRef
    condition: PaperCondition
    because: Note | None = None
    """What to say of it: of damage, of one that was lost, and of one that a claim has."""
    brought_by: Ref | None = None
    """归还人: whose lending ends, by the number of the employee; of a claim `finance`. Where one
    alone has it, it may be left out."""


@dataclass(frozen=True, slots=True)
class LendToClaim(Lending):
    """随报销单借出: a claim has the paper attached, says its newest document."""

    claim: ClaimSaid


@dataclass(frozen=True, slots=True)
class ReturnFromClaim:
    """报销后归还: a claim has let the paper go, says its newest document."""

    paper: PaperRef
    claim: ClaimSaid


@dataclass(frozen=True, slots=True)
class UrgeReturns:
    """督促归还: the time of some lendings has run out."""

    due_at: At


@dataclass(frozen=True, slots=True)
class MarkReturnsOverdue:
    """归还逾期: lendings of which somebody was reminded in vain; by the timer."""

    due_at: At
    upward_at: At


LENT_FOR = timedelta(days=366)
"""House: so long a paper is lent at most; who needs it longer brings it, and it is lent anew."""
GRANTERS = frozenset((Role.APPROVER, Role.GENERAL_MANAGER))
"""Who says that a report lies in the file again while its claim waits to be decided."""
LENDING_EXAMPLE = {
    "paper": {"kind": "report", "number": "BX-HZ01-20261102-0001"},
    "to": "T-LIUYANG",
    "because": "厂家要看原件 the maker wants to see the original",
    "until": "2026-11-20T18:00:00+08:00",
}
RETURN_EXAMPLE = {
    "paper": {"kind": "report", "number": "BX-HZ01-20261102-0001"},
    "condition": "damaged",
    "because": "右下角撕破 a corner is torn",
}


def lend(command: LendPaper, dossier: Dossier, asked: Asked) -> Decision:
    """借出: a paper that lies in the file, to somebody of ours, until a moment to come."""
    lent = filled(PaperLent, command, lent_by=asked.actor, claim=None)
    paper, out = command.paper, dossier.custody.out.get(command.paper, ())
    if any(_same(each.lent, lent) for each in out):
        return []
    standing = command.standing
    refuse_if(
        (paper not in dossier.there, not_here(paper)),
        *((True, _out(each.lent)) for each in out),
        (paper in dossier.custody.missed and not out, _missed(paper)),
        (
            paper in dossier.custody.lost,
            reason("paper-lost", paper=paper.kind, number=paper.number),
        ),
        (not (standing.known and standing.active), reason("nobody-of-ours", person=command.to)),
        (command.until <= asked.recorded_at, reason("until-over")),
        (_is_far(command.until, asked), reason("until-far", days=LENT_FOR.days)),
    )
    return asked.here(lent)


def take_back(command: ReturnPaper, dossier: Dossier, asked: Asked) -> Decision:
    """归还: of whoever brought it; with words where more is to be said than that it came back.

    There is one piece of paper: what one brings back is not with the other, whose lending stays.
    """
    paper, custody = command.paper, dossier.custody
    out = custody.out.get(paper, ())
    having = list(dict.fromkeys(each.lent.to for each in out))
    of = command.brought_by or (having[0] if len(having) == 1 else None)
    back = filled(PaperReturned, command, taken_by=asked.actor, claim=None, taken_from=of)
    sought = paper in custody.missed or paper in custody.lost
    if of not in having and not sought and _is_back(back, custody.returned.get(paper)):
        return []
    mine = [each for each in out if each.lent.to == of]
    holders = sorted({each.claim for each in mine if each.claim})
    unsaid = command.condition is PaperCondition.DAMAGED or holders or paper in custody.lost
    waits = bool(holders) and not asked.roles & GRANTERS
    told = reason("return-of-whom", having=having, paper=paper.kind, number=paper.number)
    refuse_if(
        (not out and not sought, reason("paper-not-out", paper=paper.kind, number=paper.number)),
        (bool(out) and not mine, told),
        (bool(unsaid) and command.because is None, reason("return-unexplained")),
        (waits, reason("claim-holds-it", claims=holders)),
    )
    return asked.here(back)


def _is_back(back: PaperReturned, last: PaperReturned | None) -> bool:
    """Whether the last return says so already."""
    return last is not None and replace(back, taken_from=back.taken_from or last.taken_from) == last


def lend_to_claim(command: LendToClaim, dossier: Dossier, asked: Asked) -> Decision:
    """随报销单借出: as the claim says; it takes no leave, and waits for no paper to come in.

    A paper that is given up as lost goes with no claim.
    """
    if _is_known(command.claim, dossier) or command.paper in dossier.custody.lost:
        return []
    return asked.here(filled(PaperLent, command, lent_by=asked.actor))


def return_from_claim(command: ReturnFromClaim, dossier: Dossier, asked: Asked) -> Decision:
    """报销后归还: what this claim had, if nobody has taken it back by hand."""
    holds = command.claim.claim in _claims(dossier, command.paper)
    if _is_known(command.claim, dossier) or not holds:
        return []
    back = PaperReturned(command.paper, asked.actor, None, None, command.claim, taken_from=None)
    return asked.here(back)


def urge(command: UrgeReturns, dossier: Dossier, asked: Asked) -> Decision:
    """督促归还: each lending once, when its time has run out."""
    late = (each for each in _late(dossier, command.due_at) if not each.urged)
    said = (PaperReturnUrged(each.lent.paper, each.claim, each.lent.until) for each in late)
    return asked.here(*said)


def mark_overdue(command: MarkReturnsOverdue, dossier: Dossier, asked: Asked) -> Decision:
    """归还逾期: each lending once, of which somebody was reminded and that has not ended."""
    late = (each for each in _late(dossier, command.due_at) if each.urged and not each.told)
    whom, then = Role.APPROVER, command.upward_at
    said = (PaperReturnOverdue(e.lent.paper, e.claim, whom, e.lent.until, then) for e in late)
    return asked.here(*said)


def report_out(dossier: Dossier) -> Iterator[Rule]:
    """Rules: no paper is out; each that is out is named, with who has it and why."""
    for lendings in dossier.custody.out.values():
        for each in lendings:
            lent, paper = each.lent, each.lent.paper
            why = lent.because
            told = reason(
                "report-out", paper=paper.kind, number=paper.number, to=lent.to, because=why
            )
            yield True, told


def unfound(dossier: Dossier) -> Iterator[Rule]:
    """Rules: no paper that should lie in the file is reported as not found."""
    custody = dossier.custody
    yield from ((True, _missed(paper)) for paper in custody.missed if paper not in custody.out)


def offered_lending(_number: str, dossier: Dossier) -> Iterator[LendPaper]:
    """The first paper that lies there, to somebody who breaks no rule."""
    fit = Standing(WORDS, known=True, active=True)
    custody = dossier.custody
    away = {*custody.out, *custody.missed, *custody.lost}
    lies = (paper for paper in dossier.there if paper not in away)
    for paper in list(lies)[:1]:
        yield LendPaper(paper, WORDS, WORDS, SOME_DAY, fit)


def offered_return(_number: str, dossier: Dossier) -> Sequence[ReturnPaper]:
    """Each paper that is out, of each who has it; each that is not found or was given up."""
    custody, whole = dossier.custody, PaperCondition.WHOLE
    having = dict.fromkeys((p, each.lent.to) for p, of_it in custody.out.items() for each in of_it)
    sought = dict.fromkeys(p for p in (*custody.missed, *custody.lost) if p not in custody.out)
    return [
        *(ReturnPaper(paper, whole, WORDS, brought_by=to) for paper, to in having),
        *(ReturnPaper(paper, whole, WORDS) for paper in sought),
    ]


def _is_far(until: datetime, asked: Asked) -> bool:
    """Whether nobody would be reminded of it for too long; what is only offered names no day."""
    return until != SOME_DAY and until > asked.recorded_at + LENT_FOR


def _late(dossier: Dossier, due_at: datetime) -> Iterator[Lent]:
    """What is out, and was lent until then at the latest."""
    for lendings in dossier.custody.out.values():
        yield from (each for each in lendings if each.lent.until <= due_at)


def _claims(dossier: Dossier, paper: PaperRef) -> Sequence[str | None]:
    return [each.claim for each in dossier.custody.out.get(paper, ())]


def _missed(paper: PaperRef) -> Reason:
    return reason("paper-missed", paper=paper.kind, number=paper.number)


def not_here(paper: PaperRef) -> Reason:
    """The file has no such paper."""
    return reason("paper-not-here", paper=paper.kind, number=paper.number)


def _out(lent: PaperLent) -> Reason:
    paper, until = lent.paper, lent.until.isoformat()
    return reason("paper-out", paper=paper.kind, number=paper.number, to=lent.to, until=until)


def _is_known(said: ClaimSaid, dossier: Dossier) -> bool:
    """Whether the claim has said this already, or something newer."""
    return dossier.custody.claims.get(said.claim, 0) >= said.version


def _same(one: PaperLent, other: PaperLent) -> bool:
    """Whether both say the same, whoever lent it."""
    first, second = ((e.to, e.because, e.until, e.claim) for e in (one, other))
    return first == second
