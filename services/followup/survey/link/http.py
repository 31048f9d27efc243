"""回访链接的接口 (HTTP of the link): what whoever brings its word is asked, and may answer.

Both routes take no token. The word stands in the body, so it is in no address and in no log. A word
that is wrong, used or over is answered alike.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from fastapi import APIRouter

from services.followup.survey.link import (
    AnswerSurveyByLink,
    MakeSurveyLink,
    OwnWords,
    SurveyLinkWanted,
    opens,
    was_used,
)
from services.followup.survey.state import Survey, subject_of
from services.followup.survey_links import PAPER as LINKS
from shared.decider import Refused
from shared.events.followup import Question, SurveyLinkMade
from shared.events.notices import NoticeKind
from shared.events.report_form import ReportDocument
from shared.events.values import Text
from shared.fields import filled
from shared.handle import CommandEnvelope, DraftCommand, Folded, handle
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import FormRequest, Made
from shared.http.links import OVER, WORD, LinkBrought, command_of, hash_of, over
from shared.http.links import told as told_of
from shared.http.registers import REGISTER
from shared.notices.asking import Reached, wanted
from shared.step import PaperType, ticket_of

told = told_of(SurveyLinkMade)


@dataclass(frozen=True, slots=True)
class OwnAnswers(OwnWords):
    """用户自答: the answers, with the word of the link."""

    word: Text = ""


@dataclass(frozen=True, slots=True)
class QuestionsShown:
    """回访题: what the customer is asked, by which branch, and until when."""

    branch: str
    questions: tuple[Question, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class AnswersTaken:
    """已收到: that the answers were taken."""

    taken: bool


def asked(request: FormRequest, body: SurveyLinkWanted) -> Made:
    """The command, with the hash of the word that its answer will tell, and how it is sent."""
    policy = request.policy()
    assert policy.follow_up is not None
    until = request.context.now + policy.follow_up.link_for
    survey: Survey = request.state
    kind, known = NoticeKind.SURVEY_LINK, _reached(request, survey)
    notice = wanted(policy.notices, request.branch, kind, body, known)
    made = MakeSurveyLink(hash_of(request.word()), until, notice)
    return Made(made, subject=subject_of(survey), policy=policy.label)


def _reached(request: FormRequest, survey: Survey) -> Reached:
    """By the phone of the case, and by e-mail as the card of the customer on the report says."""
    if survey.scheduled is None:
        return Reached(None, None)
    stream = f"report-{survey.scheduled.ticket}"
    report = request.registers.document(REGISTER, stream, ReportDocument)
    email = request.registers.email_of(report.basics.customer if report else None)
    return Reached(survey.scheduled.contact_phone, email)


def routes(
    api: RoomApi, router: APIRouter, paper: PaperType[Survey], example: dict[str, Any]
) -> None:
    """The two routes that take no token."""

    @api.opened(router, "/survey-links/looks", shows=QuestionsShown, example={"word": WORD})
    def look_by_survey_link(context: RequestContext, body: LinkBrought) -> QuestionsShown:
        """查看回访题: the questions and the branch that the link is for, and nothing else."""
        _, seen = _survey(api, paper, context, body.word, used=False)
        survey: Survey = seen.state
        assert survey.scheduled is not None
        assert survey.link is not None
        card = api.registers.branch(seen.branch)
        return QuestionsShown(
            branch=card.name if card else seen.branch,
            questions=survey.scheduled.questions,
            until=survey.link.until,
        )

    @api.opened(
        router, "/survey-links/answers", shows=AnswersTaken, example={"word": WORD, **example}
    )
    def answer_by_survey_link(context: RequestContext, body: OwnAnswers) -> AnswersTaken:
        """用户自答: answer the questions; the link is used with it.

        The same answers, sent again, are answered alike.
        """
        number, _ = _survey(api, paper, context, body.word, used=True)
        said = msgspec.json.encode(replace(body, word=""), order="deterministic").decode()
        context = replace(context, command=command_of(body.word, said))
        home, command = paper.stream_of(number), _command(body)

        def make(folded: Folded) -> CommandEnvelope:
            return context.envelope(
                home,
                command,
                branch=folded.branch,
                ticket=ticket_of(number),
                subject=subject_of(folded.state),
            )

        assert context.command is not None
        try:
            handle(api.dependencies.handler, DraftCommand(context.command, home, make))
        except Refused as refused:
            if OVER in refused.codes:
                over()
            raise
        api.dependencies.wake()
        return AnswersTaken(taken=True)


def _survey(
    api: RoomApi, paper: PaperType[Survey], context: RequestContext, word: str, *, used: bool
) -> tuple[str, Folded]:
    """The call-back that the link is good for now. Raises Problem, the same for every other word.

    `used`: or that was answered by this link, so that the same answers are answered alike.
    """
    link = hash_of(word)
    number: str = api.registers.stream(LINKS.stream_of(link)).state.survey
    seen = api.registers.stream(paper.stream_of(number)) if number else None
    if seen is None:
        over()
    again = used and was_used(seen.state, link)
    if not again and not opens(seen.state, link, context.now):
        over()
    return number, seen


def _command(body: OwnAnswers) -> AnswerSurveyByLink:
    return filled(AnswerSurveyByLink, body, link=hash_of(body.word))
