"""回访链接 as stories: customers answer with their own hand, once, and nothing else opens."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.followup import survey
from services.followup.survey.link import AnswerSurveyByLink, MakeSurveyLink
from services.followup.survey.state import document_of
from services.followup.survey_links import PAPER as LINKS
from services.followup.survey_links import LinkedSurvey
from shared.decider import Asked
from shared.events.followup import (
    Action,
    Answered,
    AnsweredBy,
    AnswerKind,
    Attempt,
    AttemptResult,
    CallBackEnded,
    Question,
    QuestionAbout,
    Satisfied,
    SurveyAnswered,
    SurveyLinkMade,
    SurveyStage,
)
from shared.events.notices import NoticeAsked, NoticeChannel, NoticeKind, NoticeLanguage
from shared.notices.wanted import NoticeWanted
from tests.followup.example import (
    ANSWER,
    ANSWERED,
    ANSWERS,
    AT,
    CLERK,
    HOME,
    LIU,
    NUMBER,
    QUESTIONS,
    SCHEDULED,
    by,
    sealed,
)
from tests.spec import given

HASH, OTHER = "a" * 64, "b" * 64
UNTIL = AT + timedelta(days=7)
MAKE, MADE = MakeSurveyLink(HASH, UNTIL), SurveyLinkMade(NUMBER, HASH, UNTIL)
SAID = AnswerSurveyByLink(ANSWERS, Satisfied.YES, link=HASH)
OWN = SurveyAnswered(
    attempt=Attempt(AT, "link:customer", "customer_link", AttemptResult.ANSWERED),
    caller=None,
    answered_by=None,
    answers=ANSWERS,
    satisfied=Satisfied.YES,
    score=5,
    opinion=None,
    wants_call=False,
    action=Action.NONE,
    action_ref=None,
    by=AnsweredBy.LINK,
)
NOT_GONE = (replace(ANSWERS[0], yes=False), *ANSWERS[1:])


def making(person: str = CLERK) -> Asked:
    return by(person, reads={LINKS.stream_of(HASH): LinkedSurvey()})


def by_link(days: int = 0) -> Asked:
    return replace(by("link:customer", days=days), roles=frozenset())


def test_a_clerk_makes_one_while_the_customer_is_to_be_called() -> None:
    to_be_called = given(survey, SCHEDULED)
    to_be_called.when(MAKE, making()).then_on((HOME, MADE), (LINKS.stream_of(HASH), MADE))
    given(survey, SCHEDULED, MADE).when(MAKE, making()).then()
    to_be_called.when(MAKE, making(LIU)).refused("technician-calls")
    given(survey, SCHEDULED, ANSWERED).when(MAKE, making()).refused("call-back-over")
    given(survey).when(MAKE, making()).refused("no-call-back")


def test_the_customer_is_told_by_a_notice_that_stands_with_the_link() -> None:
    kind, sms, zh = NoticeKind.SURVEY_LINK, NoticeChannel.SMS, NoticeLanguage.ZH
    tell = replace(MAKE, notice=NoticeWanted(kind, sms, zh, sealed("contact_phone"), 1))
    asked = NoticeAsked(NUMBER, kind, 1, zh, sms, sealed("contact_phone"), UNTIL, HASH)
    by_clerk = replace(making(), series={f"notice-{NUMBER}-N": ()})
    made = [(HOME, MADE), (LINKS.stream_of(HASH), MADE), (f"notice-{NUMBER}-N1", asked)]
    given(survey, SCHEDULED).when(tell, by_clerk).then_on(*made)


def test_the_customer_answers_and_it_is_marked_as_their_own_hand() -> None:
    given(survey, SCHEDULED, MADE).when(SAID, by_link()).then(OWN)
    told = replace(SAID, name=sealed("name"), opinion=sealed("opinion"))
    fact = replace(OWN, answered_by=sealed("name"), opinion=sealed("opinion"))
    given(survey, SCHEDULED, MADE).when(told, by_link()).then(fact)
    document = document_of(given(survey, SCHEDULED, MADE, OWN).state)
    assert (document.by, document.caller) == (AnsweredBy.LINK, None)
    assert document_of(given(survey, SCHEDULED, ANSWERED).state).by is AnsweredBy.DESK
    assert document_of(given(survey, SCHEDULED).state).by is None


@pytest.mark.parametrize(
    "past",
    [
        (SCHEDULED,),
        (SCHEDULED, replace(MADE, link=OTHER)),
        (SCHEDULED, MADE, replace(MADE, link=OTHER)),
        (SCHEDULED, MADE, OWN),
        (SCHEDULED, MADE, ANSWERED),
        (SCHEDULED, MADE, CallBackEnded(SurveyStage.UNREACHED, None, "三天无人接听"), OWN),
    ],
)
def test_it_is_over_when_used_replaced_or_when_the_call_back_was_answered(
    past: tuple[Any, ...],
) -> None:
    other = replace(SAID, wants_call=True)
    given(survey, *past).when(other, by_link()).refused("link-over")


@pytest.mark.parametrize("stage", [SurveyStage.UNREACHED, SurveyStage.DECLINED])
def test_who_was_given_up_may_answer_as_long_as_the_link_holds(stage: SurveyStage) -> None:
    """And what follows from the answers follows."""
    given_up = given(survey, SCHEDULED, MADE, CallBackEnded(stage, None, "三天无人接听"))
    given_up.when(SAID, by_link()).then(OWN)
    given_up.when(SAID, by_link(days=7)).refused("link-over")
    answered = given(survey, SCHEDULED, MADE, CallBackEnded(stage, None, "无人接听"), OWN)
    assert document_of(answered.state).stage is SurveyStage.ANSWERED
    assert document_of(answered.state).satisfied is OWN.satisfied


def test_it_is_over_when_its_time_has_run_out() -> None:
    made = given(survey, SCHEDULED, MADE)
    made.when(SAID, by_link(days=6)).then(
        replace(OWN, attempt=replace(OWN.attempt, at=AT + timedelta(days=6)))
    )
    made.when(SAID, by_link(days=7)).refused("link-over")


def test_of_clerk_and_customer_who_answer_at_the_same_moment_the_second_is_told() -> None:
    given(survey, SCHEDULED, MADE, OWN).when(ANSWER, by()).refused("call-back-over")
    given(survey, SCHEDULED, MADE, ANSWERED).when(SAID, by_link()).refused("link-over")


def test_every_required_question_is_answered() -> None:
    made = given(survey, SCHEDULED, MADE)
    made.when(replace(SAID, answers=ANSWERS[1:]), by_link()).refused("questions-unanswered")
    strange = (*ANSWERS, Answered("other", yes=True))
    made.when(replace(SAID, answers=strange), by_link()).refused("question-not-asked")


def test_what_was_corrected_meanwhile_leaves_the_link_and_asks_the_new_questions() -> None:
    moved = replace(SCHEDULED, version=15, questions=QUESTIONS[:1])
    corrected = given(survey, SCHEDULED, MADE, moved)
    corrected.when(SAID, by_link()).refused("question-not-asked")
    only = replace(SAID, answers=ANSWERS[:1])
    corrected.when(only, by_link()).then(replace(OWN, answers=ANSWERS[:1], score=None))


@pytest.mark.parametrize(
    ("said", "action"),
    [
        ({}, Action.NONE),
        ({"answers": NOT_GONE}, Action.NEW_REPORT),
        ({"answers": NOT_GONE, "satisfied": Satisfied.NO}, Action.NEW_REPORT),
        ({"satisfied": Satisfied.PARTLY}, Action.COMPLAINT),
        ({"satisfied": Satisfied.NO}, Action.COMPLAINT),
        ({"wants_call": True}, Action.COMPLAINT),
    ],
)
def test_what_follows_is_what_the_answers_say(said: dict[str, Any], action: Action) -> None:
    fact = replace(OWN, action=action, **said)
    given(survey, SCHEDULED, MADE).when(replace(SAID, **said), by_link()).then(fact)


def test_a_new_machine_that_does_not_run_is_a_new_report() -> None:
    asked = Question(
        "runs_well",
        AnswerKind.YES_NO,
        "设备运行是否正常？",
        "Does it run?",
        about=QuestionAbout.RUNS_WELL,
    )
    new = given(survey, replace(SCHEDULED, questions=(asked,)), MADE)
    for runs, action in ((True, Action.NONE), (False, Action.NEW_REPORT)):
        answers = (Answered("runs_well", yes=runs),)
        fact = replace(OWN, answers=answers, score=None, action=action)
        new.when(replace(SAID, answers=answers), by_link()).then(fact)
