"""应归与归入 (collection): which papers a case asks for, and the papers as they come."""

import hashlib
from dataclasses import dataclass

from services.followup.dossier.clocks import with_due
from services.followup.dossier.state import Dossier, DossierFact
from shared.decider import Asked, Decision
from shared.events.followup import STATEMENTS, Paper, PaperAdded, PaperKind, PapersAsked, place_of
from shared.events.values import At


@dataclass(frozen=True, slots=True)
class AskPapers:
    """应归清单: the case has ended, says the newest document of its report or its order."""

    asked: PapersAsked
    file_by: At | None = None
    """Obligation: by when it is filed, if no paper is missing; None: no time is set."""


@dataclass(frozen=True, slots=True)
class AddPaper:
    """归入: a paper as its newest document shows it."""

    paper: Paper
    file_by: At | None = None
    """Obligation, as in `AskPapers`."""


def ask(command: AskPapers, dossier: Dossier, asked: Asked) -> Decision:
    """应归清单: the last of several documents counts; an order's comes after its report's."""
    before, wanted = dossier.asked, command.asked
    if before and (before.closed, before.version) >= (wanted.closed, wanted.version):
        return []
    said = [_statement(each.kind) for each in wanted.papers if each.kind in STATEMENTS]
    facts: list[DossierFact] = [wanted, *(PaperAdded(each) for each in said)]
    return asked.here(*with_due(dossier, command.file_by, facts))


def add(command: AddPaper, dossier: Dossier, asked: Asked) -> Decision:
    """归入: a paper that is new, or newer than the one that is there."""
    paper = command.paper
    known = dossier.papers.get(place_of(paper))
    is_newer = known is None or (paper.version or 0) > (known.version or 0)
    if not is_newer:
        return []
    return asked.here(*with_due(dossier, command.file_by, (PaperAdded(paper),)))


def _statement(kind: PaperKind) -> Paper:
    content = hashlib.sha256(STATEMENTS[kind].encode()).hexdigest()
    return Paper(kind, number=None, stream=None, version=None, content=content)
