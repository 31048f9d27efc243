"""保管的出路 (exits of custody): papers that are out or gone, and what is a lie of them."""

from collections.abc import Iterator

from guiyi.play import after
from services.dispatch.claim.state import WITH_FINANCE
from shared.events.custody import PaperLossAccepted, PaperLossReported, PaperRef, PaperReturned
from shared.events.followup import DossierFiled
from shared.view import Recorded
from tests.world.honest import Papers
from tests.world.present import ZHAO
from tests.world.table import Chance, Table
from tests.world.truth import Truth


def still(papers: Papers, truth: Truth) -> int:
    """How much is to be done until the file says of each paper where it is."""
    custody = papers.dossier.custody
    gone = truth.is_report_gone and not custody.lost
    return len(_not_home(papers)) + gone * (2 - bool(custody.missed))


def place(papers: Papers) -> object:
    """Which papers are where."""
    custody = papers.dossier.custody
    out = [(paper, [each.claim for each in of_it]) for paper, of_it in custody.out.items()]
    return out, [*custody.missed], [*custody.lost]


def chances(table: Table) -> Iterator[Chance]:
    """What was lent comes back; what is gone is reported, and an approver accepts it."""
    papers, custody = table.papers, table.papers.dossier.custody
    if not table.truth.is_report_gone:
        if _by_hand(papers):
            yield from table.by("clerk", after.take_back, "paper back")
        return
    if custody.missed:
        if ZHAO.id in _had_by(papers):
            yield from table.by_manager(after.accept_loss, "upward")
        yield from table.by_approver(after.accept_loss, "lost paper")
    elif not custody.lost:
        yield from table.by("clerk", after.report_loss, "lost paper")


def waits_for_approver(papers: Papers) -> bool:
    """Whether a loss is reported."""
    return bool(papers.dossier.custody.missed)


def of_custody(said: Recorded, truth: Truth, before: Papers) -> Iterator[str]:
    """What in a fact of custody is not so; who files says that the papers are in the file."""
    match said.fact:
        case PaperReturned() if truth.is_report_gone:
            yield "it is found nowhere"
        case PaperLossReported() | PaperLossAccepted() if not truth.is_report_gone:
            yield "it is not lost"
        case DossierFiled() if truth.is_report_gone and not before.dossier.custody.lost:
            yield "the report is not in the file"
        case _:
            pass


def _not_home(papers: Papers) -> list[PaperRef]:
    """What is out, and with no claim that waits to be decided."""
    waiting = {n for n, each in papers.claims.items() if each.stage in WITH_FINANCE}
    out = papers.dossier.custody.out.items()
    return [paper for paper, of_it in out if not waiting & {each.claim for each in of_it}]


def _by_hand(papers: Papers) -> list[PaperRef]:
    """What is out, and not with a claim, which gives it back by itself."""
    out = papers.dossier.custody.out.items()
    return [paper for paper, of_it in out if not any(each.claim for each in of_it)]


def _had_by(papers: Papers) -> set[str]:
    """Who has what is out, or lent it."""
    out = (each.lent for of_it in papers.dossier.custody.out.values() for each in of_it)
    return {who for lent in out for who in (lent.to, lent.lent_by)}
