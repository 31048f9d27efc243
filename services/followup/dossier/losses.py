"""遗失 (losses): a paper that is not found is reported, and an approver accepts that.

It may be out, or should lie in the file. Once its loss is accepted it holds up nothing any more:
its content stands in the record, and the file says that the paper itself is lost. Until then, and
also afterwards, a paper that turns up is taken back; so nobody has to deny a report.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.followup.dossier.custody import not_here
from services.followup.dossier.state import Dossier
from shared.decider import Asked, Decision, reason, refuse_if
from shared.events.custody import PaperLossAccepted, PaperLossReported, PaperRef
from shared.events.values import Note
from shared.fields import filled
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class ReportPaperLoss:
    """报失: a paper that is out, or should lie in the file, is not found; what was done."""

    paper: PaperRef
    because: Note


@dataclass(frozen=True, slots=True)
class AcceptPaperLoss:
    """遗失认可: that a paper which was reported is lost, and why that is accepted."""

    paper: PaperRef
    because: Note


LOSS_EXAMPLE = {
    "paper": {"kind": "report", "number": "BX-HZ01-20261102-0001"},
    "because": "快递丢失，已向承运方查询 lost in the post; the carrier was asked",
}


def report_loss(command: ReportPaperLoss, dossier: Dossier, asked: Asked) -> Decision:
    """报失: of a paper that is out, or that came in; once."""
    paper, custody = command.paper, dossier.custody
    if paper in custody.missed or paper in custody.lost:
        return []
    refuse_if((paper not in custody.out and paper not in dossier.there, not_here(paper)))
    return asked.here(filled(PaperLossReported, command, reported_by=asked.actor))


def accept_loss(command: AcceptPaperLoss, dossier: Dossier, asked: Asked) -> Decision:
    """遗失认可: of what was reported; by nobody who had the paper, lent it or reported it."""
    paper, custody = command.paper, dossier.custody
    if paper in custody.lost:
        return []
    told = custody.missed.get(paper)
    lendings = [each.lent for each in custody.out.get(paper, ())]
    theirs = {each.to for each in lendings} | {each.lent_by for each in lendings}
    theirs |= {told.reported_by} if told else set()
    unsaid = reason("loss-not-reported", paper=paper.kind, number=paper.number)
    refuse_if(
        (told is None, unsaid),
        (asked.actor in theirs, reason("own-request", person=asked.actor)),
    )
    return asked.here(filled(PaperLossAccepted, command, accepted_by=asked.actor))


def offered_report(_number: str, dossier: Dossier) -> Sequence[ReportPaperLoss]:
    """Each paper that is out, and that nobody has reported."""
    out = (paper for paper in dossier.custody.out if paper not in dossier.custody.missed)
    return [ReportPaperLoss(paper, WORDS) for paper in out]


def offered_acceptance(_number: str, dossier: Dossier) -> Sequence[AcceptPaperLoss]:
    """Each paper that was reported."""
    return [AcceptPaperLoss(paper, WORDS) for paper in dossier.custody.missed]
