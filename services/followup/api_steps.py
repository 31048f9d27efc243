"""回访的下一步 (next steps of followup): what might be asked of its papers, as a body that fits it.

Words that whoever asks will say himself stand as a dash. What forbids a step is not said here: each
is rehearsed by its route and the paper's own rules.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.followup.api import Ending, Filing
from services.followup.dossier import Dossier, DossierSheet, sheet_of
from services.followup.survey_commands import AnswerSurvey, AttemptCallBack, GivenUp
from services.followup.survey_state import Survey, document_of
from shared.events.followup import (
    Answered,
    AnswerKind,
    AttemptResult,
    DossierStage,
    Question,
    Satisfied,
    SurveyDocument,
    SurveyStage,
)
from shared.room import Paper, Step

WORDS = "—"
_ANSWERS: Mapping[AnswerKind, Mapping[str, Any]] = {
    AnswerKind.YES_NO: {"yes": True},
    AnswerKind.SCORE: {"score": 5},
    AnswerKind.WORDS: {"words": WORDS},
}


def survey_shown(survey: Survey) -> SurveyDocument | None:
    """The call-back as the page of its ticket shows it."""
    return document_of(survey) if survey.scheduled else None


def survey_steps(number: str, survey: Survey) -> Sequence[Step]:
    """What might be done with a call-back that is due."""
    if survey.stage is not SurveyStage.DUE or survey.scheduled is None:
        return ()
    answers = tuple(map(_answer, survey.scheduled.questions))
    bodies: Sequence[tuple[str, Any]] = (
        ("attempts", AttemptCallBack(WORDS, AttemptResult.NO_ANSWER)),
        ("answers", AnswerSurvey(WORDS, WORDS, answers, Satisfied.YES)),
        ("endings", Ending(GivenUp.UNREACHED, WORDS)),
        ("endings", Ending(GivenUp.DECLINED, WORDS, channel=WORDS)),
    )
    return [
        Step(f"/v1/surveys/{{number}}/{path}", {"number": number}, body) for path, body in bodies
    ]


def dossier_shown(dossier: Dossier) -> DossierSheet | None:
    """The dossier as the page of its ticket shows it, once its papers are asked for."""
    return sheet_of(dossier.asked.ticket, dossier, None) if dossier.asked else None


def dossier_steps(ticket: str, dossier: Dossier) -> Sequence[Step]:
    """What might be done with a dossier that is not filed."""
    if dossier.stage is DossierStage.FILED:
        return ()
    return [Step("/v1/dossiers/{ticket}/filings", {"ticket": ticket}, Filing())]


def _answer(question: Question) -> Answered:
    return Answered(question.code, **_ANSWERS[question.kind])


PAPERS = {
    "survey": Paper(survey_shown, survey_steps),
    "dossier": Paper(dossier_shown, dossier_steps),
}
