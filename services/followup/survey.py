"""回访单 (survey): from the end of a case to the customer's answers, or to an end without them.

The call-back is owed by the closing of the case. Nobody who did the job makes it; the questions are
held as data and came with it; who cannot be reached is given up only after enough different days.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias
from zoneinfo import ZoneInfo

from services.followup.survey_commands import (
    AnswerSurvey,
    AttemptCallBack,
    Command,
    EndCallBack,
    GivenUp,
    ScheduleCallBack,
    UrgeCallBack,
)
from services.followup.survey_state import (
    Survey,
    document_of,
    evolve,
    initial,
    public,
    stream_of,
)
from shared.decider import Asked, Decision, Reason, Refused, reason, refuse_if
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
    SurveyStage,
)

__all__ = ["Survey", "decide", "document_of", "evolve", "initial", "public", "stream_of"]

OVERALL = "overall"
"""总体评价: the question whose answer is the score of the whole."""


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
