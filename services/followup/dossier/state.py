"""档案的状态 (the state of a dossier): what is asked for, what came, and what was filed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from services.followup.dossier.whereabouts import CustodyFact, Whereabouts, after
from shared import urging
from shared.events.custody import (
    AddendumFiled,
    PaperLent,
    PaperLossAccepted,
    PaperRef,
)
from shared.events.followup import (
    STATEMENTS,
    ContactNoted,
    DossierFiled,
    DossierStage,
    FilingDue,
    FilingOverdue,
    FilingUrged,
    Missing,
    Paper,
    PaperAdded,
    PaperAsked,
    PaperKind,
    PapersAsked,
    Place,
    SurveyStage,
    in_order,
    missing_paper,
    place_of,
)
from shared.events.values import Ending, ReportKind

DossierFact: TypeAlias = (
    PapersAsked
    | PaperAdded
    | FilingDue
    | FilingUrged
    | FilingOverdue
    | DossierFiled
    | ContactNoted
    | CustodyFact
    | AddendumFiled
)


@dataclass(frozen=True, slots=True)
class Dossier:
    """档案: what was asked for, the newest of every paper that came, and what was filed."""

    asked: PapersAsked | None = None
    papers: Mapping[Place, Paper] = field(default_factory=dict)
    file_by: datetime | None = None
    """By when it is to be filed, since the last paper came."""
    filing_urged: FilingUrged | None = None
    filing_overdue: FilingOverdue | None = None
    filed: DossierFiled | None = None
    contact: ContactNoted | None = None
    """Whom to call, if that was corrected before there is a call-back."""
    custody: Whereabouts = field(default_factory=Whereabouts)
    addenda: tuple[AddendumFiled, ...] = ()
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""

    @property
    def there(self) -> tuple[PaperRef, ...]:
        """What can be lent of it, in order: papers that came in, and addenda; no statements."""
        came = (p for p in in_order(self.papers.values()) if p.stream is not None)
        papers = (PaperRef(each.kind, each.number or "") for each in came)
        addenda = (PaperRef(PaperKind.ADDENDUM, each.number) for each in self.addenda)
        return (*papers, *addenda)

    @property
    def digest(self) -> str | None:
        """摘要: over everything that is filed: that of the last addendum, or of the filing."""
        if self.addenda:
            return self.addenda[-1].digest
        return self.filed.digest if self.filed else None

    @property
    def stage(self) -> DossierStage:
        """Where the file stands."""
        if self.filed is not None:
            return DossierStage.FILED
        if self.asked is None and not self.papers:
            return DossierStage.NONE
        return (
            DossierStage.COLLECTING if self.asked is None or self.lacks else DossierStage.COMPLETE
        )

    @property
    def lacks(self) -> tuple[PaperAsked, ...]:
        """What was asked for and is not here."""
        wanted = self.asked.papers if self.asked else ()
        return tuple(each for each in wanted if place_of(each) not in self.papers)

    @property
    def late(self) -> tuple[Paper, ...]:
        """迟到: what came after the filing, new or newer than what was filed."""
        if self.filed is None:
            return ()
        return tuple(
            each for each in in_order(self.papers.values()) if each not in self.filed.papers
        )


@dataclass(frozen=True, slots=True)
class DossierSheet:
    """归档表: the dossier as it is shown to whoever files it."""

    ticket: str
    stage: DossierStage
    kind: ReportKind | None
    ending: Ending | None
    asked: tuple[PaperAsked, ...]
    papers: tuple[Paper, ...]
    """As filed; before that, as they are now."""
    missing: tuple[Missing, ...]
    late: tuple[Paper, ...]
    digest: str | None
    """Of what was filed as one; it never changes."""
    filed_by: str | None
    file_by: datetime | None = None
    """归档时限: by when it is to be filed; None: papers are missing, or no time is set."""
    out: tuple[PaperLent, ...] = ()
    """借出在外: who has which paper, why and until when."""
    lost: tuple[PaperLossAccepted, ...] = ()
    addenda: tuple[AddendumFiled, ...] = ()
    """Each with a digest on top of the one before."""


def evolve(dossier: Dossier, fact: DossierFact) -> Dossier:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case PapersAsked():
            # Statements belong to the list that asked for them; a newer list says its own.
            papers = {
                place: each for place, each in dossier.papers.items() if place[0] not in STATEMENTS
            }
            return replace(dossier, asked=fact, papers=papers)
        case PaperAdded(paper):
            return replace(dossier, papers={**dossier.papers, place_of(paper): paper})
        case FilingDue(due_at):
            return replace(dossier, file_by=due_at)
        case FilingUrged():
            return replace(dossier, filing_urged=fact)
        case FilingOverdue():
            return replace(dossier, filing_overdue=fact)
        case DossierFiled():
            return replace(dossier, filed=fact)
        case ContactNoted():
            return replace(dossier, contact=fact)
        case AddendumFiled():
            return replace(dossier, addenda=(*dossier.addenda, fact))
        case _:
            return replace(dossier, custody=after(dossier.custody, fact))


def sheet_of(ticket: str, dossier: Dossier, call_back: SurveyStage | None) -> DossierSheet:
    """The dossier in full, with what is missing and why; `call_back` is where that stands."""
    asked, filed, custody = dossier.asked, dossier.filed, dossier.custody
    return DossierSheet(
        ticket=ticket,
        stage=dossier.stage,
        kind=asked.kind if asked else None,
        ending=asked.ending if asked else None,
        asked=asked.papers if asked else (),
        papers=filed.papers if filed else in_order(dossier.papers.values()),
        missing=() if filed else missing(dossier, call_back),
        late=dossier.late,
        digest=filed.digest if filed else None,
        filed_by=filed.filed_by if filed else None,
        file_by=dossier.file_by if dossier.stage is DossierStage.COMPLETE else None,
        out=tuple(each.lent for lendings in custody.out.values() for each in lendings),
        lost=tuple(custody.lost.values()),
        addenda=dossier.addenda,
    )


def missing(dossier: Dossier, call_back: SurveyStage | None) -> tuple[Missing, ...]:
    """缺档: every paper that was asked for and is not here, and why."""
    return tuple(missing_paper(each, call_back) for each in dossier.lacks)


def subject_of(dossier: Dossier) -> str | None:
    """Whose key seals the files of addenda: the one that sealed how to reach the customer."""
    return dossier.asked.subject if dossier.asked else None


def stream_of(ticket: str) -> str:
    """The stream of a ticket's dossier: there is one."""
    return f"dossier-{ticket}"


def shown(dossier: Dossier) -> DossierSheet | None:
    """The dossier as the page of its ticket shows it, once its papers are asked for."""
    return sheet_of(dossier.asked.ticket, dossier, None) if dossier.asked else None
