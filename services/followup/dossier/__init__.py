"""四档归一 (dossier): the papers of one ticket, collected as they come and filed as one.

Papers may come before anybody knows which will be asked for. Once the case has ended, its kind and
ending say so; the clerk files when all of them are there. After that nothing is taken out or
replaced: a paper that comes later is noted beside the file, and `late` shows it; what belongs to it
is filed on top as an addendum. Papers are lent and come back at any time, and nothing is filed
while one is out or not found.
"""

from collections.abc import Collection, Sequence

from services.followup.dossier import (
    addenda,
    clocks,
    collection,
    custody,
    filing,
    filings_due,
    losses,
    papers_lent,
    returns_late,
)
from services.followup.dossier.state import Dossier, shown, subject_of
from services.followup.dossier.state import evolve as evolve_paper
from shared import urging
from shared.document import CommandOwed, Timer
from shared.events.custody import PaperLent, PaperLossAccepted, PaperLossReported
from shared.events.followup import DossierFiled, DossierStage, PaperAdded
from shared.events.values import TICKET_FORM, Role
from shared.ground import last_of
from shared.step import Address, Owed, PaperType, PathField, Step, by_command
from shared.view import View

__all__ = ["PAPER", "STEPS", "Dossier", "decide", "evolve", "initial"]

TICKET = PathField("ticket", described="单号 BX-…", pattern=rf"^{TICKET_FORM}$")
PAPER: PaperType[Dossier] = PaperType(
    prefix="dossier",
    address=Address("/dossiers/{ticket}", (TICKET,)),
    ticket_of=lambda number: number,
    subject_of=subject_of,
    shown=shown,
)
CLERK = {Role.CLERK}

initial = Dossier()
_STEPS = (
    Step(
        "filings",
        filing.FileDossier,
        filing.file,
        by=CLERK,
        rests_on=last_of(PaperAdded),
        until=DossierStage.COMPLETE,
        reads=filing.reads_of_filing,
    ),
    Step(
        "lendings",
        custody.LendPaper,
        custody.lend,
        by=CLERK,
        rests_on=last_of(PaperAdded),
        until=DossierStage.FILED,
        example=custody.LENDING_EXAMPLE,
    ),
    Step(
        "returns",
        custody.ReturnPaper,
        custody.take_back,
        by=CLERK | custody.GRANTERS,
        rests_on=last_of(PaperLent, PaperLossReported, PaperLossAccepted),
        until=DossierStage.FILED,
        offer=custody.offered_return,
        example=custody.RETURN_EXAMPLE,
    ),
    Step(
        "losses",
        losses.ReportPaperLoss,
        losses.report_loss,
        by=CLERK,
        rests_on=last_of(PaperAdded, PaperLent),
        until=DossierStage.FILED,
        offer=losses.offered_report,
        example=losses.LOSS_EXAMPLE,
    ),
    Step(
        "loss-acceptances",
        losses.AcceptPaperLoss,
        losses.accept_loss,
        by={Role.APPROVER, Role.GENERAL_MANAGER},
        rests_on=last_of(PaperLossReported),
        until=DossierStage.FILED,
        offer=losses.offered_acceptance,
        example=losses.LOSS_EXAMPLE,
    ),
    Step(
        "addenda",
        addenda.FileAddendum,
        addenda.file_addendum,
        by=CLERK,
        rests_on=last_of(DossierFiled),
        until=DossierStage.FILED,
        offer=addenda.offered_addendum,
        example=addenda.ADDENDUM_EXAMPLE,
    ),
    Owed(collection.AskPapers, collection.ask),
    Owed(collection.AddPaper, collection.add),
    Owed(custody.LendToClaim, custody.lend_to_claim),
    Owed(custody.ReturnFromClaim, custody.return_from_claim),
    Owed(custody.UrgeReturns, custody.urge),
    Owed(custody.MarkReturnsOverdue, custody.mark_overdue),
    Owed(clocks.UrgeFiling, clocks.urge),
    Owed(clocks.MarkFilingOverdue, clocks.mark_overdue),
)
_WAITS = {
    DossierStage.COMPLETE: "filings",
}
"""What is waited for at which stage."""


def _out(dossier: Dossier) -> Sequence[urging.Awaited]:
    """借出在外: each paper waits for whoever has it, or an approver if it is missed."""
    return tuple(
        urging.Awaited("loss-acceptances", paper.number)
        if paper in dossier.custody.missed
        else urging.Awaited("returns", paper.number, *_holder(lendings[0].lent.to))
        for paper, lendings in dossier.custody.out.items()
    )


def _holder(to: str) -> tuple[str | None, Collection[str]]:
    """Who has a paper: a person, whatever they are; or a role, which whoever has it answers for."""
    return (None, (to,)) if to in set(Role) else (to, ())


_URGED = urging.Urgeable(_STEPS, lambda dossier: _WAITS.get(dossier.stage), beside=_out)
_URGINGS = urging.urgings(
    _URGED,
    by={Role.APPROVER, *CLERK},
    rests_on=last_of(PaperAdded, PaperLent),
    until=DossierStage.FILED,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)


def _urge_returns(row: papers_lent.Row) -> CommandOwed:
    return CommandOwed(row.stream, custody.UrgeReturns(row.due))


def _urge_filing(row: filings_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, clocks.UrgeFiling(row.due))


VIEWS: Sequence[View] = (papers_lent, returns_late, filings_due)
TIMERS = (
    Timer("urge-returns", papers_lent, _urge_returns),
    Timer("urge-filing", filings_due, _urge_filing),
)
