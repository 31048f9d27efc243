"""回访单 (survey): from the end of a case to the customer's answers, or to an end without them.

The call-back is owed by the closing of the case. Nobody who did the job makes it; the questions are
held as data and came with it; who cannot be reached is given up only after enough different days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from shared.decider import Asked, Decision, Public, Reason, Refused, reason, refuse_if
from shared.events.followup import (
    Action,
    Answered,
    AnswerKind,
    Attempt,
    AttemptResult,
    CallBackAttempted,
    CallBackEnded,
    CallBackScheduled,
    CallBackUrged,
    Question,
    Satisfied,
    SurveyAnswered,
    SurveyDocument,
    SurveyStage,
)
from shared.events.values import (
    At,
    BranchCode,
    Ending,
    Note,
    Personal,
    PersonalNote,
    Phone,
    Ref,
    Text,
    Ticket,
    TimeZone,
)

OVERALL = "overall"
"""总体评价: the question whose answer is the score of the whole."""


class GivenUp(StrEnum):
    """终结方式: how a call-back ends without answers."""

    UNREACHED = "unreached"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class ScheduleCallBack:
    """回访安排: the case has ended, says the newest document of its report or its order."""

    ticket: Ticket
    branch: BranchCode
    closed: str
    version: int
    ending: Ending
    contact_name: Personal
    contact_phone: Phone
    technicians: tuple[str, ...]
    questions: tuple[Question, ...]
    attempts_needed: int
    due_at: At
    policy: str


@dataclass(frozen=True, slots=True)
class AttemptCallBack:
    """回访尝试: the customer was called and has not answered the questions."""

    channel: Text
    result: AttemptResult
    call_again_at: At | None = None
    """When he asked to be called again; with that result alone."""


@dataclass(frozen=True, slots=True)
class AnswerSurvey:
    """回访应答: the customer answered the questions."""

    channel: Text
    answered_by: Personal
    answers: tuple[Answered, ...]
    satisfied: Satisfied
    opinion: PersonalNote | None = None
    wants_call: bool = False
    action: Action = Action.NONE
    """What follows; named whenever he is not simply satisfied."""
    action_ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class EndCallBack:
    """回访终结: give the customer up, with or without one last attempt."""

    ending: GivenUp
    because: Note
    channel: Text | None = None
    """By which way he was tried once more; None: he was not."""
    time_zone: TimeZone = "UTC"
    """Obligation: where the days of the attempts are counted."""


@dataclass(frozen=True, slots=True)
class UrgeCallBack:
    """督促回访: the time to call back has run out."""

    due_at: At


Command: TypeAlias = ScheduleCallBack | AttemptCallBack | AnswerSurvey | EndCallBack | UrgeCallBack
Fact: TypeAlias = (
    CallBackScheduled | CallBackAttempted | SurveyAnswered | CallBackEnded | CallBackUrged
)
Milestone: TypeAlias = SurveyAnswered | CallBackEnded


@dataclass(frozen=True, slots=True)
class Survey:
    """回访单: a call-back as its facts have made it."""

    scheduled: CallBackScheduled | None = None
    attempts: tuple[Attempt, ...] = ()
    answered: SurveyAnswered | None = None
    ended: CallBackEnded | None = None
    urged: CallBackUrged | None = None

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
    """回访表: what whoever calls has before him: whom to call, what to ask, what came of it."""

    survey: SurveyDocument
    contact_name: Personal
    contact_phone: Phone
    questions: tuple[Question, ...]
    attempts_needed: int


initial = Survey()


def decide(command: Command, survey: Survey, asked: Asked) -> Decision:
    """What the command makes true. Nothing, when it is true already."""
    match command:
        case ScheduleCallBack():
            return _schedule(command, survey, asked)
        case AttemptCallBack():
            return _attempt(command, survey, asked)
        case AnswerSurvey():
            return _answer(command, survey, asked)
        case EndCallBack():
            return _end(command, survey, asked)
        case UrgeCallBack(due_at):
            waits = survey.stage is SurveyStage.DUE and survey.urged is None
            return asked.here(CallBackUrged(due_at)) if waits else []


def evolve(survey: Survey, fact: Fact) -> Survey:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case CallBackScheduled():
            return replace(survey, scheduled=fact)
        case CallBackAttempted(attempt):
            return replace(survey, attempts=(*survey.attempts, attempt))
        case SurveyAnswered(attempt):
            return replace(survey, attempts=(*survey.attempts, attempt), answered=fact)
        case CallBackEnded(attempt=attempt):
            last = (attempt,) if attempt else ()
            return replace(survey, attempts=(*survey.attempts, *last), ended=fact)
        case CallBackUrged():
            return replace(survey, urged=fact)


def public(survey: Survey, fact: Milestone) -> Public:
    """The call-back's public document right after the milestone."""
    document = document_of(survey)
    match fact:
        case SurveyAnswered():
            return Public(document, {"satisfied": fact.satisfied, "action": fact.action})
        case CallBackEnded():
            return Public(document, {"stage": fact.stage, "because": fact.because})


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
    )


def call_sheet(survey: Survey) -> CallSheet:
    """What whoever calls back is shown."""
    assert survey.scheduled is not None
    scheduled = survey.scheduled
    return CallSheet(
        survey=document_of(survey),
        contact_name=scheduled.contact_name,
        contact_phone=scheduled.contact_phone,
        questions=scheduled.questions,
        attempts_needed=scheduled.attempts_needed,
    )


def number_of(ticket: str) -> str:
    """The number of a ticket's call-back."""
    return f"{ticket}-H1"


def stream_of(ticket: str) -> str:
    """The stream of a ticket's call-back: there is one."""
    return f"survey-{number_of(ticket)}"


def _schedule(command: ScheduleCallBack, survey: Survey, asked: Asked) -> Decision:
    """Of several documents that say so the last counts: an order's comes after its report's."""
    before = survey.scheduled
    if before and (before.closed, before.version) >= (command.closed, command.version):
        return []
    scheduled = CallBackScheduled(
        ticket=command.ticket,
        branch=command.branch,
        closed=command.closed,
        version=command.version,
        ending=command.ending,
        contact_name=command.contact_name,
        contact_phone=command.contact_phone,
        technicians=command.technicians,
        questions=command.questions,
        attempts_needed=command.attempts_needed,
        due_at=command.due_at,
        policy=command.policy,
    )
    return asked.here(scheduled)


def _attempt(command: AttemptCallBack, survey: Survey, asked: Asked) -> Decision:
    attempt = Attempt(
        at=asked.at,
        by=asked.actor,
        channel=command.channel,
        result=command.result,
        call_again_at=command.call_again_at,
    )
    if attempt in survey.attempts:
        return []
    again = command.result is AttemptResult.CALL_AGAIN
    later = command.call_again_at is not None and command.call_again_at > asked.at
    refuse_if(
        *_not_to_call(survey, asked),
        (command.result is AttemptResult.ANSWERED, reason("answers-not-noted")),
        (again != later or again != bool(command.call_again_at), reason("call-again-when")),
    )
    return asked.here(CallBackAttempted(attempt))


def _answer(command: AnswerSurvey, survey: Survey, asked: Asked) -> Decision:
    answered = SurveyAnswered(
        attempt=Attempt(asked.at, asked.actor, command.channel, AttemptResult.ANSWERED),
        caller=asked.actor,
        answered_by=command.answered_by,
        answers=command.answers,
        satisfied=command.satisfied,
        score=_score(command.answers),
        opinion=command.opinion,
        wants_call=command.wants_call,
        action=command.action,
        action_ref=command.action_ref,
    )
    if survey.answered is not None and survey.answered == replace(
        answered, attempt=survey.answered.attempt
    ):
        return []
    no_action = command.action is Action.NONE
    refuse_if(
        *_not_to_call(survey, asked),
        *_not_answered(command.answers, survey.scheduled.questions if survey.scheduled else ()),
        (command.satisfied is not Satisfied.YES and no_action, reason("action-missing")),
        (command.action_ref is not None and no_action, reason("action-not-named")),
    )
    return asked.here(answered)


def _end(command: EndCallBack, survey: Survey, asked: Asked) -> Decision:
    stage = SurveyStage(command.ending.value)
    if survey.ended is not None and _said(survey.ended) == (stage, command.because):
        return []
    declined = command.ending is GivenUp.DECLINED
    result = AttemptResult.REFUSED if declined else AttemptResult.NO_ANSWER
    last = Attempt(asked.at, asked.actor, command.channel, result) if command.channel else None
    attempts = (*survey.attempts, last) if last else survey.attempts
    zone = ZoneInfo(command.time_zone)
    days = len({attempt.at.astimezone(zone).date() for attempt in attempts})
    needed = survey.scheduled.attempts_needed if survey.scheduled else 0
    refused = any(attempt.result is AttemptResult.REFUSED for attempt in attempts)
    refuse_if(
        *_not_to_call(survey, asked),
        (not declined and days < needed, reason("too-few-days", days=days, needed=needed)),
        (declined and not refused, reason("not-declined")),
    )
    return asked.here(CallBackEnded(stage, last, command.because))


Rule: TypeAlias = tuple[bool, Reason]


def _not_to_call(survey: Survey, asked: Asked) -> Sequence[Rule]:
    """There is a call-back to make, it is not over, and the caller did not do the job himself."""
    number = asked.home.partition("-")[2]
    if survey.scheduled is None:
        raise Refused(reason("no-call-back", number=number))
    over = survey.stage is not SurveyStage.DUE
    his = asked.actor in survey.scheduled.technicians
    return (
        (over, reason("call-back-over", number=number, stage=survey.stage)),
        (his, reason("technician-calls", person=asked.actor)),
    )


def _not_answered(answers: Sequence[Answered], questions: Sequence[Question]) -> Sequence[Rule]:
    """Every required question is answered, each in its kind, once, and no other."""
    kinds = {question.code: question.kind for question in questions}
    named = [answer.question for answer in answers]
    left = [each.code for each in questions if each.required and each.code not in named]
    others = sorted(set(named) - kinds.keys())
    twice = sorted({code for code in named if named.count(code) > 1})
    wrong = sorted(
        {a.question for a in answers if a.question in kinds and not _fits(a, kinds[a.question])}
    )
    return (
        (bool(left), reason("questions-unanswered", questions=left)),
        (bool(others), reason("question-not-asked", questions=others)),
        (bool(twice), reason("answered-twice", questions=twice)),
        (bool(wrong), reason("answer-of-another-kind", questions=wrong)),
    )


def _fits(answer: Answered, kind: AnswerKind) -> bool:
    """Whether the answer is given in this kind, and in no other."""
    given = {
        AnswerKind.YES_NO: answer.yes is not None,
        AnswerKind.SCORE: answer.score is not None,
        AnswerKind.WORDS: answer.words is not None,
    }
    return given[kind] and sum(given.values()) == 1


def _score(answers: Sequence[Answered]) -> int | None:
    return next((answer.score for answer in answers if answer.question == OVERALL), None)


def _said(ended: CallBackEnded) -> tuple[SurveyStage, str]:
    return ended.stage, ended.because
