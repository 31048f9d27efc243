"""归档时限 (the clock of filing): once all papers are there, a clerk files them within a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from services.followup.dossier.state import Dossier, DossierFact, evolve
from shared.decider import Asked, Decision
from shared.events.followup import (
    DossierStage,
    FilingDue,
    FilingOverdue,
    FilingUrged,
    PapersAsked,
)
from shared.events.values import At, Role


@dataclass(frozen=True, slots=True)
class UrgeFiling:
    """督促归档: the time to file has run out."""

    due_at: At


@dataclass(frozen=True, slots=True)
class MarkFilingOverdue:
    """归档逾期: it was urged, and still nobody has filed it; by the timer."""

    due_at: At
    upward_at: At


def with_due(
    dossier: Dossier, file_by: datetime | None, facts: Sequence[DossierFact]
) -> Sequence[DossierFact]:
    """These facts; and, where with them nothing is missing any more, by when it is to be filed.

    Where other papers are asked for, and all of them lie there, the time begins anew.
    """
    anew = any(isinstance(each, PapersAsked) for each in facts)
    lay_there = dossier.stage is DossierStage.COMPLETE and not anew
    is_there = reduce(evolve, facts, dossier).stage is DossierStage.COMPLETE
    if file_by is None or lay_there or not is_there:
        return facts
    return [*facts, FilingDue(file_by)]


def urge(command: UrgeFiling, dossier: Dossier, asked: Asked) -> Decision:
    """督促归档: once for each time, while the papers lie there."""
    urged = FilingUrged(command.due_at)
    waits = _waits(dossier, command.due_at) and dossier.filing_urged != urged
    return asked.here(urged) if waits else []


def mark_overdue(command: MarkFilingOverdue, dossier: Dossier, asked: Asked) -> Decision:
    """归档逾期: once for each time that was urged, while the papers lie there."""
    urged, told = dossier.filing_urged, dossier.filing_overdue
    is_urged = urged is not None and urged.due_at == command.due_at
    is_told = told is not None and told.due_at == command.due_at
    if not _waits(dossier, command.due_at) or not is_urged or is_told:
        return []
    return asked.here(FilingOverdue(Role.APPROVER, command.due_at, command.upward_at))


def _waits(dossier: Dossier, due_at: datetime) -> bool:
    return dossier.stage is DossierStage.COMPLETE and dossier.file_by == due_at
