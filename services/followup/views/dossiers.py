"""档案 (dossiers): the papers of every ticket: which are in, which are missing, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.followup import (
    STATEMENTS,
    CallBackEnded,
    CallBackScheduled,
    DossierFiled,
    DossierStage,
    FilingDue,
    FilingUrged,
    Missing,
    Paper,
    PaperAdded,
    PaperAsked,
    PapersAsked,
    SurveyAnswered,
    SurveyStage,
    in_order,
    missing_paper,
    place_of,
)
from shared.events.values import Ending, ReportKind
from shared.view import Key, Recorded, first_row

NAME = "dossiers"
VERSION = 2
KEY = ("ticket",)
INDEXES = (("branch", "stage"),)


@dataclass(frozen=True, slots=True)
class Row:
    """档案一行: the file of one ticket; its call-back is followed for why that is missing."""

    ticket: str
    branch: str
    stage: DossierStage
    kind: ReportKind | None
    ending: Ending | None
    asked: tuple[PaperAsked, ...]
    papers: tuple[Paper, ...]
    missing: tuple[Missing, ...]
    late: tuple[Paper, ...]
    """What came after the filing, new or newer than what was filed."""
    call_back: SurveyStage
    call_back_due_at: datetime | None
    file_by: datetime | None
    """By when it is to be filed; None: papers are missing, or no time is set."""
    urged: bool
    """Whether the clerks were reminded to file it."""
    filed: tuple[Paper, ...]
    digest: str | None
    filed_by: str | None
    filed_at: datetime | None
    version: int
    """Of the dossier's own stream."""
    changed_at: datetime


def keys(recorded: Recorded) -> Iterable[Key]:
    """The facts of a dossier, and those of its call-back that say where it stands."""
    match recorded.fact:
        case (
            PapersAsked()
            | PaperAdded()
            | FilingDue()
            | FilingUrged()
            | DossierFiled()
            | CallBackScheduled()
            | SurveyAnswered()
            | CallBackEnded()
        ) if recorded.ticket is not None:
            return [(recorded.ticket,)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    row = replace(row or _blank(str(key[0]), recorded), changed_at=recorded.recorded_at)
    match recorded.fact:
        case PapersAsked() as wanted:
            kept = tuple(each for each in row.papers if each.kind not in STATEMENTS)
            row = replace(
                row, kind=wanted.kind, ending=wanted.ending, asked=wanted.papers, papers=kept
            )
        case PaperAdded(paper):
            others = (each for each in row.papers if place_of(each) != place_of(paper))
            row = replace(row, papers=in_order((*others, paper)))
        case FilingDue(due_at):
            row = replace(row, file_by=due_at, urged=False)
        case FilingUrged():
            row = replace(row, urged=True)
        case DossierFiled(papers, digest, filed_by):
            row = replace(
                row,
                filed=papers,
                digest=digest,
                filed_by=filed_by,
                filed_at=recorded.recorded_at,
            )
        case CallBackScheduled(due_at=due_at):
            begun = row.call_back is not SurveyStage.NONE
            stage = row.call_back if begun else SurveyStage.DUE
            return _derived(replace(row, call_back=stage, call_back_due_at=due_at))
        case SurveyAnswered():
            return _derived(replace(row, call_back=SurveyStage.ANSWERED))
        case CallBackEnded(stage):
            return _derived(replace(row, call_back=stage))
        case _:
            pass
    return _derived(replace(row, version=recorded.version))


def _derived(row: Row) -> Row:
    """The row with what follows from the rest: stage, what is missing, what came late."""
    have = {place_of(each) for each in row.papers}
    lacks = [each for each in row.asked if place_of(each) not in have]
    if row.digest is not None:
        late = tuple(each for each in row.papers if each not in row.filed)
        done = replace(row, file_by=None, urged=False)
        return replace(done, stage=DossierStage.FILED, missing=(), late=late)
    has_ended = row.ending is not None
    stage = DossierStage.COLLECTING if lacks or not has_ended else DossierStage.COMPLETE
    missing = tuple(missing_paper(each, row.call_back) for each in lacks)
    if stage is DossierStage.COLLECTING:
        row = replace(row, file_by=None, urged=False)
    return replace(row, stage=stage, missing=missing)


def _blank(ticket: str, recorded: Recorded) -> Row:
    return first_row(
        Row,
        ticket=ticket,
        branch=recorded.branch,
        stage=DossierStage.COLLECTING,
        asked=(),
        papers=(),
        missing=(),
        late=(),
        call_back=SurveyStage.NONE,
        urged=False,
        filed=(),
        version=0,
        changed_at=recorded.recorded_at,
    )
