"""四档归一 (dossier): the papers of one ticket, collected as they come and filed as one.

Papers may come before anybody knows which will be asked for. Once the case has ended its kind and
ending say so; the clerk files when all of them are there. Nothing is taken out or replaced then: a
paper that comes later is noted beside the file, and `late` shows it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TypeAlias

from services.followup.survey_state import Survey
from services.followup.survey_state import stream_of as stream_of_survey
from shared.decider import Asked, Decision, Reason, Refused, reason, refuse_if
from shared.events.followup import Asked as AskedFor
from shared.events.followup import (
    DossierFiled,
    DossierStage,
    Missing,
    Paper,
    PaperAdded,
    PaperKind,
    PapersAsked,
    SurveyStage,
    Why,
)
from shared.events.values import BranchCode, Ending, ReportKind, Ticket

WORDS: Mapping[PaperKind, str] = {
    PaperKind.NO_PARTS: "无配件 no parts were drawn",
    PaperKind.NO_VISIT: "未上门 nobody went there",
}
"""声明: what is said in the place of a paper; a statement's content is the hash of its words."""
KINDS = tuple(PaperKind)

Place: TypeAlias = tuple[PaperKind, str | None]
"""Which paper of the ticket: its kind and number."""


@dataclass(frozen=True, slots=True)
class AskPapers:
    """应归清单: the case has ended, says the newest document of its report or its order."""

    ticket: Ticket
    branch: BranchCode
    kind: ReportKind
    ending: Ending
    closed: str
    version: int
    papers: tuple[AskedFor, ...]


@dataclass(frozen=True, slots=True)
class AddPaper:
    """归入: a paper as its newest document shows it."""

    paper: Paper


@dataclass(frozen=True, slots=True)
class FileDossier:
    """归档: file the papers of the ticket as one; the call-back is read for why it is missing."""


Command: TypeAlias = AskPapers | AddPaper | FileDossier
Fact: TypeAlias = PapersAsked | PaperAdded | DossierFiled


@dataclass(frozen=True, slots=True)
class Dossier:
    """档案: what was asked for, the newest of every paper that came, and what was filed."""

    asked: PapersAsked | None = None
    papers: Mapping[Place, Paper] = field(default_factory=dict)
    filed: DossierFiled | None = None

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
    def lacks(self) -> tuple[AskedFor, ...]:
        """What was asked for and is not here."""
        wanted = self.asked.papers if self.asked else ()
        return tuple(each for each in wanted if (each.kind, each.number) not in self.papers)

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
    """归档表: the dossier as whoever files it is shown it."""

    ticket: str
    stage: DossierStage
    kind: ReportKind | None
    ending: Ending | None
    asked: tuple[AskedFor, ...]
    papers: tuple[Paper, ...]
    """As filed; before that, as they are now."""
    missing: tuple[Missing, ...]
    late: tuple[Paper, ...]
    digest: str | None
    filed_by: str | None


initial = Dossier()


def decide(command: Command, dossier: Dossier, asked: Asked) -> Decision:
    """What the command makes true. Nothing, when it is true already."""
    match command:
        case AskPapers():
            return _ask(command, dossier, asked)
        case AddPaper(paper):
            known = dossier.papers.get((paper.kind, paper.number))
            return [] if known and not _newer(paper, known) else asked.here(PaperAdded(paper))
        case FileDossier():
            return _file(dossier, asked)


def evolve(dossier: Dossier, fact: Fact) -> Dossier:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case PapersAsked():
            # Statements belong to the list that asked for them; a newer list says its own.
            papers = {
                place: each for place, each in dossier.papers.items() if place[0] not in WORDS
            }
            return replace(dossier, asked=fact, papers=papers)
        case PaperAdded(paper):
            place = (paper.kind, paper.number)
            return replace(dossier, papers={**dossier.papers, place: paper})
        case DossierFiled():
            return replace(dossier, filed=fact)


def sheet_of(ticket: str, dossier: Dossier, call_back: SurveyStage | None) -> DossierSheet:
    """The dossier in full, with what is missing and why; `call_back` is where that stands."""
    asked, filed = dossier.asked, dossier.filed
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
    )


def missing(dossier: Dossier, call_back: SurveyStage | None) -> tuple[Missing, ...]:
    """缺档: every paper that was asked for and is not here, and why."""
    return tuple(
        Missing(each.kind, each.number, _why(each.kind, call_back)) for each in dossier.lacks
    )


def in_order(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """By kind and number, as they lie in the file."""
    return tuple(sorted(papers, key=_place_in_file))


def digest_of(papers: Sequence[Paper]) -> str:
    """归档摘要: SHA-256 (hex) of the papers in their order as JSON with sorted keys."""
    text = json.dumps(
        [asdict(paper) for paper in papers],
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def stream_of(ticket: str) -> str:
    """The stream of a ticket's dossier: there is one."""
    return f"dossier-{ticket}"


def ticket_of(stream: str) -> str:
    """The ticket a dossier is about."""
    return stream.partition("-")[2]


def _ask(command: AskPapers, dossier: Dossier, asked: Asked) -> Decision:
    """Of several documents that say so the last counts: an order's comes after its report's."""
    before = dossier.asked
    if before and (before.closed, before.version) >= (command.closed, command.version):
        return []
    wanted = PapersAsked(
        ticket=command.ticket,
        branch=command.branch,
        kind=command.kind,
        ending=command.ending,
        closed=command.closed,
        version=command.version,
        papers=command.papers,
    )
    said = [_statement(each.kind) for each in command.papers if each.kind in WORDS]
    return asked.here(wanted, *(PaperAdded(each) for each in said))


def _file(dossier: Dossier, asked: Asked) -> Decision:
    if dossier.filed is not None:
        return []
    ticket = ticket_of(asked.home)
    if dossier.asked is None:
        raise Refused(reason("case-open", ticket=ticket))
    survey: Survey = asked.reads[stream_of_survey(ticket)]
    refuse_if(*(_missing_rule(each) for each in missing(dossier, survey.stage)))
    papers = in_order(dossier.papers.values())
    return asked.here(DossierFiled(papers, digest_of(papers), asked.actor))


def _missing_rule(each: Missing) -> tuple[bool, Reason]:
    number = each.number or ""
    return True, reason("papers-missing", paper=each.kind, number=number, why=each.why)


def _why(kind: PaperKind, call_back: SurveyStage | None) -> Why:
    match kind, call_back:
        case PaperKind.ISSUE_NOTE, _:
            return Why.NOTE_OPEN
        case PaperKind.FOLLOW_UP, SurveyStage.NONE:
            return Why.CALL_BACK_NOT_SET
        case PaperKind.FOLLOW_UP, SurveyStage.DUE:
            return Why.CALL_BACK_DUE
        case _:
            return Why.NOT_ARRIVED


def _newer(paper: Paper, known: Paper) -> bool:
    return (paper.version or 0) > (known.version or 0)


def _statement(kind: PaperKind) -> Paper:
    content = hashlib.sha256(WORDS[kind].encode()).hexdigest()
    return Paper(kind, number=None, stream=None, version=None, content=content)


def _place_in_file(paper: Paper) -> tuple[int, int, str]:
    number = paper.number or ""
    return KINDS.index(paper.kind), len(number), number
