"""回访通话 (call): a call in which nobody answered the questions, and one in which they were."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from services.followup.survey.checks import to_be_called
from services.followup.survey.state import Survey
from shared.decider import Asked, Decision, Rule, reason, refuse_if
from shared.events.followup import (
    Action,
    Answered,
    AnswerKind,
    Attempt,
    AttemptResult,
    CallBackAttempted,
    Question,
    QuestionAbout,
    Satisfied,
    SurveyAnswered,
)
from shared.events.values import At, Personal, PersonalNote, Ref, Several, Text
from shared.step import WORDS

RUNS = (QuestionAbout.FAULT_GONE, QuestionAbout.RUNS_WELL)
"""设备状况: what is asked so that "no" says that the machine does not run as it should."""
UNWELCOME: Mapping[QuestionAbout | None, bool] = {
    **dict.fromkeys(RUNS, False),
    QuestionAbout.ARRIVED_AS_AGREED: False,
    QuestionAbout.AS_SIGNED: False,
    QuestionAbout.ASKED_PRIVATELY: True,
}
"""不如意的回答: answers after which something must follow, whatever else the customer says."""
POOR = 2
"""差评: of five; so much or less."""
OFFERED: Mapping[AnswerKind, Callable[[Question], Answered]] = {
    AnswerKind.YES_NO: lambda asked: Answered(
        asked.code, yes=not UNWELCOME.get(asked.about, False)
    ),
    AnswerKind.SCORE: lambda asked: Answered(asked.code, score=5),
    AnswerKind.WORDS: lambda asked: Answered(asked.code, words=WORDS),
}
"""An answer of each kind, as it is only offered."""
AGAIN_WITHIN = timedelta(days=90)
"""再访之限: how far ahead a customer may be called again."""
ATTEMPT_EXAMPLE = {
    "channel": "phone",
    "result": "call_again",
    "call_again_at": "2026-11-26T15:00:00+08:00",
}
ANSWER_EXAMPLE = {
    "channel": "phone",
    "answered_by": "王小明",
    "answers": [
        {"question": "fault_gone", "yes": True},
        {"question": "arrived_as_agreed", "yes": True},
        {"question": "manner", "score": 5},
        {"question": "skill", "score": 4},
        {"question": "as_signed", "yes": True},
        {"question": "asked_privately", "yes": False},
        {"question": "overall", "score": 5},
    ],
    "satisfied": "yes",
    "opinion": "师傅很耐心 very patient",
    "wants_call": False,
}


@dataclass(frozen=True, slots=True)
class AttemptCallBack:
    """回访尝试: the customer was called and has not answered the questions."""

    channel: Text
    result: AttemptResult
    call_again_at: At | None = None
    """When they asked to be called again; with that result alone."""


@dataclass(frozen=True, slots=True)
class AnswerSurvey:
    """回访应答: the customer answered; what follows is named if they are not satisfied."""

    channel: Text
    answered_by: Personal
    answers: Several[Answered]
    satisfied: Satisfied
    opinion: PersonalNote | None = None
    wants_call: bool = False
    action: Action = Action.NONE
    """What follows; named whenever the customer or one of their answers is not simply content."""
    action_ref: Ref | None = None


def attempt(command: AttemptCallBack, survey: Survey, asked: Asked) -> Decision:
    """回访尝试: the moment to call again is named with that result, and with no other."""
    attempted = Attempt(
        at=asked.at,
        by=asked.actor,
        channel=command.channel,
        result=command.result,
        call_again_at=command.call_again_at,
    )
    if attempted in survey.attempts:
        return []
    refuse_if(
        *to_be_called(survey, asked),
        (command.result is AttemptResult.ANSWERED, reason("answers-not-noted")),
        _when_again(command, asked),
    )
    return asked.here(CallBackAttempted(attempted))


def _when_again(command: AttemptCallBack, asked: Asked) -> Rule:
    """A rule: who is to be called again says when, and before long: nobody is urged till then."""
    again, at = command.result is AttemptResult.CALL_AGAIN, command.call_again_at
    soon = at is not None and asked.at < at <= asked.at + AGAIN_WITHIN
    broken = not soon if again else at is not None
    return broken, reason("call-again-when", days=AGAIN_WITHIN.days)


def answer(command: AnswerSurvey, survey: Survey, asked: Asked) -> Decision:
    """回访应答: every required question in its kind, and what follows if not all is well."""
    questions = survey.scheduled.questions if survey.scheduled else ()
    answered = _answered(command, questions, asked)
    before = survey.answered
    if before is not None and before == replace(answered, attempt=before.attempt):
        return []
    no_action = command.action is Action.NONE
    must = follows(command.satisfied, command.answers, questions, wants_call=command.wants_call)
    refuse_if(
        *to_be_called(survey, asked),
        *all_answered(command.answers, questions),
        (no_action and must is not Action.NONE, reason("action-missing")),
        (command.action_ref is not None and no_action, reason("action-not-named")),
    )
    return asked.here(answered)


def follows(
    satisfied: Satisfied,
    answers: Sequence[Answered],
    questions: Sequence[Question],
    *,
    wants_call: bool,
) -> Action:
    """后续: what must follow, by what they say of it all, by an answer, or by their wish.

    A fault that is not gone, and a new machine that does not run, is a new report; whatever else is
    not as it should be, a complaint. So is a poor score, also of who says that all is well.
    """
    about = {each.code: each.about for each in questions}
    said = [(about.get(each.question), each.yes) for each in answers if each.yes is not None]
    unwelcome = {what for what, yes in said if UNWELCOME.get(what) is yes}
    if not unwelcome.isdisjoint(RUNS):
        return Action.NEW_REPORT
    scored = {each.code for each in questions if each.kind is AnswerKind.SCORE}
    scores = [each.score for each in answers if each.question in scored]
    poor = any(score is not None and score <= POOR for score in scores)
    unhappy = satisfied is not Satisfied.YES or wants_call or unwelcome or poor
    return Action.COMPLAINT if unhappy else Action.NONE


def offered_answer(_: str, survey: Survey) -> Iterator[AnswerSurvey]:
    """Answers to the questions that this customer is asked."""
    asked = survey.scheduled.questions if survey.scheduled else ()
    answers = tuple(OFFERED[each.kind](each) for each in asked)
    yield AnswerSurvey(WORDS, WORDS, answers, Satisfied.YES)


def _answered(command: AnswerSurvey, questions: Sequence[Question], asked: Asked) -> SurveyAnswered:
    return SurveyAnswered(
        attempt=Attempt(asked.at, asked.actor, command.channel, AttemptResult.ANSWERED),
        caller=asked.actor,
        answered_by=command.answered_by,
        answers=command.answers,
        satisfied=command.satisfied,
        score=score_of(command.answers, questions),
        opinion=command.opinion,
        wants_call=command.wants_call,
        action=command.action,
        action_ref=command.action_ref,
    )


def score_of(answers: Sequence[Answered], questions: Sequence[Question]) -> int | None:
    """总体评分: the answer to the question of it all, if it was asked."""
    overall = {each.code for each in questions if each.about is QuestionAbout.OVERALL}
    return next((each.score for each in answers if each.question in overall), None)


def all_answered(answers: Sequence[Answered], questions: Sequence[Question]) -> Sequence[Rule]:
    """Rules: every required question is answered, each in its kind, once, and no other."""
    kinds = {question.code: question.kind for question in questions}
    named = [each.question for each in answers]
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


def _fits(given: Answered, kind: AnswerKind) -> bool:
    """Whether the answer is given in this kind, and in no other."""
    kinds = {
        AnswerKind.YES_NO: given.yes is not None,
        AnswerKind.SCORE: given.score is not None,
        AnswerKind.WORDS: given.words is not None,
    }
    return kinds[kind] and sum(kinds.values()) == 1
