"""回访单的状态 (the state of a survey): what its facts add up to, and what others read of it."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from shared import urging
from shared.events.followup import (
    MOST_ATTEMPTS,
    Action,
    Attempt,
    CallBackAttempted,
    CallBackEnded,
    CallBackOverdue,
    CallBackScheduled,
    CallBackUrged,
    ContactNoted,
    Question,
    QuestionMeant,
    SurveyAnswered,
    SurveyDocument,
    SurveyLinkMade,
    SurveyStage,
)
from shared.events.values import Personal, Phone, key_of
from shared.fields import filled

SurveyFact: TypeAlias = (
    CallBackScheduled
    | ContactNoted
    | CallBackAttempted
    | SurveyAnswered
    | CallBackEnded
    | CallBackUrged
    | CallBackOverdue
    | SurveyLinkMade
)
SurveyMilestone: TypeAlias = SurveyAnswered | CallBackEnded


@dataclass(frozen=True, slots=True)
class Survey:
    """回访单: a call-back as its facts have made it."""

    scheduled: CallBackScheduled | None = None
    attempts: tuple[Attempt, ...] = ()
    answered: SurveyAnswered | None = None
    ended: CallBackEnded | None = None
    urged: CallBackUrged | None = None
    overdue: CallBackOverdue | None = None
    contact: ContactNoted | None = None
    """Whom to call, if that was corrected since."""
    link: SurveyLinkMade | None = None
    """The last one that was made for the customer."""
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""

    @property
    def stage(self) -> SurveyStage:
        """Where the call-back stands."""
        if self.answered is not None:
            return SurveyStage.ANSWERED
        if self.ended is not None:
            return self.ended.stage
        return SurveyStage.DUE if self.scheduled else SurveyStage.NONE


@dataclass(frozen=True, slots=True)
class CallSheet:
    """回访表: what the caller has before them: whom to call, what to ask, what came of it."""

    survey: SurveyDocument
    contact_name: Personal
    contact_phone: Phone
    questions: tuple[Question, ...]
    attempts_needed: int


def evolve(survey: Survey, fact: SurveyFact) -> Survey:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case CallBackScheduled():
            return replace(survey, scheduled=fact)
        case ContactNoted():
            return replace(survey, contact=fact)
        case CallBackAttempted(attempt):
            return replace(survey, attempts=(*survey.attempts, attempt)[-MOST_ATTEMPTS:])
        case SurveyAnswered(attempt):
            return replace(survey, attempts=(*survey.attempts, attempt), answered=fact)
        case CallBackEnded(attempt=attempt):
            last = (attempt,) if attempt else ()
            return replace(survey, attempts=(*survey.attempts, *last), ended=fact)
        case CallBackUrged():
            return replace(survey, urged=fact)
        case CallBackOverdue():
            return replace(survey, overdue=fact)
        case SurveyLinkMade():
            return replace(survey, link=fact)


def document_of(survey: Survey) -> SurveyDocument:
    """The call-back in full, as anybody may be shown it who may see it."""
    assert survey.scheduled is not None
    scheduled, answered, ended = survey.scheduled, survey.answered, survey.ended
    return SurveyDocument(
        number=number_of(scheduled.ticket),
        ticket=scheduled.ticket,
        branch=scheduled.branch,
        stage=survey.stage,
        closed=scheduled.closed,
        ending=scheduled.ending,
        technicians=scheduled.technicians,
        due_at=scheduled.due_at,
        attempts=survey.attempts,
        caller=answered.caller if answered else None,
        answered_by=answered.answered_by if answered else None,
        answers=answered.answers if answered else (),
        satisfied=answered.satisfied if answered else None,
        score=answered.score if answered else None,
        opinion=answered.opinion if answered else None,
        wants_call=answered.wants_call if answered else False,
        action=answered.action if answered else Action.NONE,
        action_ref=answered.action_ref if answered else None,
        because=ended.because if ended else None,
        by=answered.by if answered else None,
        meant=tuple(
            QuestionMeant(each.code, each.about)
            for each in scheduled.questions
            if each.about is not None
        ),
    )


def call_sheet(survey: Survey) -> CallSheet:
    """What whoever calls back is shown."""
    assert survey.scheduled is not None
    reached = survey.contact or survey.scheduled
    return filled(
        CallSheet,
        survey.scheduled,
        survey=document_of(survey),
        contact_name=reached.contact_name,
        contact_phone=reached.contact_phone,
    )


def shown(survey: Survey) -> SurveyDocument | None:
    """The call-back as the page of its ticket shows it."""
    return document_of(survey) if survey.scheduled else None


def subject_of(survey: Survey) -> str | None:
    """Whose key seals what the customer says: the one that sealed how to reach them."""
    return key_of(survey.scheduled.contact_phone) if survey.scheduled else None


def number_of(ticket: str, nth: int = 1) -> str:
    """The number of a call-back of a ticket: they are numbered from 1 on."""
    return f"{ticket}-H{nth}"


def stream_of(ticket: str, nth: int = 1) -> str:
    """The stream of a call-back of a ticket, by default of the one after its closing."""
    return f"survey-{number_of(ticket, nth)}"
