"""回访链接 (the link): the customer answers the questions with their own hand, once.

The link opens one call-back and nothing else of its ticket. It is over when its time has run out,
when it was used, and when the call-back was answered otherwise. Whoever was given up has it still:
they may answer later than anybody reached them. The last one that was made counts.
What its word is nobody knows but whom it was told to: the record has its hash.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.followup.survey.call import all_answered, follows, score_of
from services.followup.survey.checks import to_be_called
from services.followup.survey.state import Survey
from services.followup.survey_links import PAPER as LINKS
from shared.decider import Asked, Decision, Refused, Series, number_of, reason, refuse_if
from shared.events.followup import (
    Answered,
    AnsweredBy,
    Attempt,
    AttemptResult,
    Satisfied,
    SurveyAnswered,
    SurveyLinkMade,
    SurveyStage,
)
from shared.events.values import At, ContentHash, Personal, PersonalNote, Several
from shared.fields import filled
from shared.notices.wanted import NoticeWanted, Telling, ask, series_of

CHANNEL = "customer_link"
UNANSWERED = (SurveyStage.DUE, SurveyStage.UNREACHED, SurveyStage.DECLINED)


@dataclass(frozen=True, slots=True)
class SurveyLinkWanted(Telling):
    """回访链接: by which way the customer is told, if at all; the answer tells its word once."""


@dataclass(frozen=True, slots=True)
class MakeSurveyLink:
    """回访链接: make a one-time link by which the customer answers the questions."""

    link: ContentHash
    """Obligation: of the word in the link."""
    until: At
    """Obligation: how long policy lets it open anything."""
    notice: NoticeWanted | None = None
    """Obligation: what the customer is told, if they are."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """用户自答: the answers, and what the customer thinks of it all."""

    answers: Several[Answered]
    satisfied: Satisfied
    name: Personal | None = None
    """Who answers, if they say so."""
    opinion: PersonalNote | None = None
    wants_call: bool = False


@dataclass(frozen=True, slots=True)
class AnswerSurveyByLink(OwnWords):
    """用户自答: by the link that was given to the customer."""

    link: ContentHash = ""
    """Obligation: of the word that was brought."""


def make(command: MakeSurveyLink, survey: Survey, asked: Asked) -> Decision:
    """回访链接: while the customer is to be called; by nobody who did the job; the last counts."""
    if survey.link is not None and survey.link.link == command.link:
        return []
    refuse_if(*to_be_called(survey, asked))
    number = number_of(asked.home)
    made = SurveyLinkMade(number, command.link, command.until)
    told = ask(asked, number, command.notice, command.until, command.link)
    return [(asked.home, made), (LINKS.stream_of(command.link), made), *told]


def answer(command: AnswerSurveyByLink, survey: Survey, asked: Asked) -> Decision:
    """用户自答: by the link that is good now; what follows is what the answers say."""
    if survey.scheduled is None or not opens(survey, command.link, asked.recorded_at):
        raise Refused(reason("link-over"))
    questions = survey.scheduled.questions
    refuse_if(*all_answered(command.answers, questions))
    answered = filled(
        SurveyAnswered,
        command,
        attempt=Attempt(asked.at, asked.actor, CHANNEL, AttemptResult.ANSWERED),
        caller=None,
        answered_by=command.name,
        score=score_of(command.answers, questions),
        action=follows(
            command.satisfied, command.answers, questions, wants_call=command.wants_call
        ),
        action_ref=None,
        by=AnsweredBy.LINK,
    )
    return asked.here(answered)


def opens(survey: Survey, link: str, now: datetime) -> bool:
    """Whether this link is good for the call-back now."""
    if survey.link is None or survey.stage not in UNANSWERED:
        return False
    return hmac.compare_digest(survey.link.link, link) and now < survey.link.until


def was_used(survey: Survey, link: str) -> bool:
    """Whether the customer has answered by this link."""
    answered, made = survey.answered, survey.link
    by_link = answered is not None and answered.by is AnsweredBy.LINK
    return by_link and made is not None and hmac.compare_digest(made.link, link)


def reads_of_link(
    command: MakeSurveyLink, _survey: Survey, asked: Asked
) -> tuple[str | Series, ...]:
    """The stream of the link; and what the customer was told of it, if they are told."""
    told = (series_of(number_of(asked.home)),) if command.notice is not None else ()
    return (LINKS.stream_of(command.link), *told)


def offered_link(_number: str, survey: Survey) -> Iterator[SurveyLinkWanted]:
    """While the customer is to be called."""
    if survey.stage is SurveyStage.DUE:
        yield SurveyLinkWanted()
