"""档案的次序 (the file): which papers it holds, in which order they lie, and why one is missing.

The rules of the dossier and its view both use this. Each folds the facts by itself.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from shared.events.followup import Missing, Paper, PaperAsked, PaperKind, SurveyStage, Why

STATEMENTS: Mapping[PaperKind, str] = {
    PaperKind.NO_PARTS: "无配件 no parts were drawn",
    PaperKind.NO_VISIT: "未上门 nobody went there",
}
"""声明: what is said in the place of a paper; a statement's content is the hash of its words."""
KINDS = tuple(PaperKind)
Place: TypeAlias = tuple[PaperKind, str | None]
"""Which paper of the ticket: its kind and number."""


def place_of(paper: Paper | PaperAsked) -> Place:
    """Which paper of the ticket it is."""
    return paper.kind, paper.number


def in_order(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """By kind and number, as they lie in the file."""
    return tuple(sorted(papers, key=_position))


def missing_paper(paper: PaperAsked, call_back: SurveyStage | None) -> Missing:
    """缺档: a paper that is not here, and why; `call_back` is where the call-back stands."""
    return Missing(paper.kind, paper.number, _why(paper.kind, call_back))


def _position(paper: Paper) -> tuple[int, int, str]:
    number = paper.number or ""
    return KINDS.index(paper.kind), len(number), number


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
