"""回访单 as stories: who is called by whom, what is asked, and how it ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.followup import dossier, survey
from services.followup.survey.call import AGAIN_WITHIN, AnswerSurvey, AttemptCallBack
from services.followup.survey.ending import EndCallBack, GivenUp
from services.followup.survey.schedule import (
    MarkCallBackOverdue,
    NoteContact,
    ScheduleCallBack,
    UrgeCallBack,
)
from services.followup.survey.state import (
    call_sheet,
    document_of,
    evolve,
    stream_of,
)
from shared.decider import Happened
from shared.events.followup import (
    MOST_ATTEMPTS,
    Action,
    Answered,
    Attempt,
    AttemptResult,
    CallBackAttempted,
    CallBackEnded,
    CallBackOverdue,
    CallBackUrged,
    ContactNoted,
    Satisfied,
    SurveyStage,
)
from shared.events.values import Role, Sealed
from tests.followup.example import (
    ANSWER,
    ANSWERED,
    ANSWERS,
    AT,
    CLERK,
    DUE,
    FILE,
    HOME,
    LIU,
    NOBODY,
    NUMBER,
    SCHEDULE,
    SCHEDULED,
    ZHAO,
    by,
    sealed,
    tried,
)
from tests.spec import given

REACTION, TIMER = by("reaction:case-closed"), by("timer:urge-call-back")
UNREACHED = EndCallBack(GivenUp.UNREACHED, "三天无人接听")
DECLINED = EndCallBack(GivenUp.DECLINED, "不愿回答")


def test_the_end_of_a_case_makes_a_call_back_due() -> None:
    given(survey).when(SCHEDULE, REACTION).then(SCHEDULED)
    assert given(survey, SCHEDULED).state.stage is SurveyStage.DUE


def test_there_is_one_call_back_a_ticket_and_its_newest_closing_counts() -> None:
    given(survey, SCHEDULED).when(SCHEDULE, REACTION).then()
    given(survey, SCHEDULED).when(ScheduleCallBack(replace(SCHEDULED, version=13)), REACTION).then()
    given(survey, SCHEDULED).when(
        ScheduleCallBack(replace(SCHEDULED, closed="report-1")), REACTION
    ).then()
    newer = ScheduleCallBack(replace(SCHEDULED, version=15))
    given(survey, SCHEDULED).when(newer, REACTION).then(replace(SCHEDULED, version=15))
    given(survey, SCHEDULED, ANSWERED).when(newer, REACTION).then(replace(SCHEDULED, version=15))
    for stage in (SurveyStage.UNREACHED, SurveyStage.DECLINED):
        over = given(survey, SCHEDULED, CallBackEnded(stage, None, "三天无人接听"))
        over.when(newer, REACTION).then(replace(SCHEDULED, version=15))


def test_a_call_that_nobody_takes_is_noted() -> None:
    given(survey, SCHEDULED).when(NOBODY, by()).then(tried())
    given(survey, SCHEDULED, tried()).when(NOBODY, by()).then()
    given(survey, SCHEDULED, tried()).when(NOBODY, by(days=1)).then(tried(1))


def test_who_wants_to_be_called_again_says_when() -> None:
    later = AT + timedelta(hours=3)
    again = AttemptCallBack("phone", AttemptResult.CALL_AGAIN, later)
    attempt = Attempt(AT, CLERK, "phone", AttemptResult.CALL_AGAIN, later)
    given(survey, SCHEDULED).when(again, by()).then(CallBackAttempted(attempt))
    last = AT + AGAIN_WITHIN
    given(survey, SCHEDULED).when(replace(again, call_again_at=last), by()).then(
        CallBackAttempted(replace(attempt, call_again_at=last))
    )
    for wrong in (
        replace(again, call_again_at=None),
        replace(again, call_again_at=AT - timedelta(hours=1)),
        replace(again, call_again_at=AT + AGAIN_WITHIN + timedelta(seconds=1)),
        replace(again, result=AttemptResult.NO_ANSWER),
        replace(NOBODY, call_again_at=AT - timedelta(hours=1)),
    ):
        given(survey, SCHEDULED).when(wrong, by()).refused("call-again-when")


def test_who_answered_is_noted_with_his_answers() -> None:
    given(survey, SCHEDULED, tried()).when(ANSWER, by()).then(ANSWERED)
    bare = AttemptCallBack("phone", AttemptResult.ANSWERED)
    given(survey, SCHEDULED).when(bare, by()).refused("answers-not-noted")


def test_the_answer_to_the_question_of_all_is_the_score() -> None:
    state = given(survey, SCHEDULED, ANSWERED).state
    assert document_of(state).score == 5
    unasked = replace(SCHEDULED, questions=SCHEDULED.questions[:1])
    only = replace(ANSWER, answers=ANSWERS[:1])
    told = replace(ANSWERED, answers=ANSWERS[:1], score=None)
    given(survey, unasked).when(only, by()).then(told)


def test_nobody_calls_back_on_his_own_job() -> None:
    for command in (ANSWER, NOBODY, replace(DECLINED, channel="phone")):
        given(survey, SCHEDULED).when(command, by(LIU)).refused("technician-calls")
    given(survey, SCHEDULED).when(ANSWER, by(LIU)).refused_with("technician-calls", person=LIU)


@pytest.mark.parametrize("command", [ANSWER, NOBODY, UNREACHED, DECLINED])
def test_nobody_is_called_before_the_case_has_ended(command: Any) -> None:
    given(survey).when(command, by()).refused_with("no-call-back", number=NUMBER)


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ((), ["questions-unanswered"]),
        (ANSWERS[:1], ["questions-unanswered"]),
        ((*ANSWERS, Answered("price", yes=True)), ["question-not-asked"]),
        ((*ANSWERS, ANSWERS[0]), ["answered-twice"]),
        ((Answered("fault_gone", score=1), ANSWERS[1]), ["answer-of-another-kind"]),
        ((Answered("fault_gone", yes=True, score=1), ANSWERS[1]), ["answer-of-another-kind"]),
        ((ANSWERS[0], Answered("overall")), ["answer-of-another-kind"]),
        (
            (Answered("price", yes=True), Answered("wish", yes=True), Answered("wish", yes=True)),
            [
                "questions-unanswered",
                "question-not-asked",
                "answered-twice",
                "answer-of-another-kind",
            ],
        ),
    ],
)
def test_every_required_question_is_answered_in_its_kind(
    answers: tuple[Answered, ...], codes: list[str]
) -> None:
    given(survey, SCHEDULED).when(replace(ANSWER, answers=answers), by()).refused(*codes)


def test_a_question_that_may_be_left_may_be_answered() -> None:
    answers = (*ANSWERS, Answered("wish", words=sealed("words")))
    said = replace(ANSWERED, answers=answers)
    given(survey, SCHEDULED).when(replace(ANSWER, answers=answers), by()).then(said)


@pytest.mark.parametrize("satisfied", [Satisfied.PARTLY, Satisfied.NO])
def test_who_is_not_simply_satisfied_is_not_left_at_that(satisfied: Satisfied) -> None:
    unhappy = replace(ANSWER, satisfied=satisfied)
    given(survey, SCHEDULED).when(unhappy, by()).refused("action-missing")
    for action in (Action.NEW_REPORT, Action.COMPLAINT):
        said = replace(ANSWERED, satisfied=satisfied, action=action)
        given(survey, SCHEDULED).when(replace(unhappy, action=action), by()).then(said)


def test_a_reference_belongs_to_an_action() -> None:
    alone = replace(ANSWER, action_ref="TS-1")
    given(survey, SCHEDULED).when(alone, by()).refused("action-not-named")


@pytest.mark.parametrize(
    "unwelcome",
    [
        {"answers": (Answered("fault_gone", yes=False), Answered("overall", score=5))},
        {"wants_call": True},
        {"answers": (ANSWERS[0], Answered("overall", score=1))},
        {"answers": (ANSWERS[0], Answered("overall", score=2))},
    ],
)
def test_an_answer_that_contradicts_is_not_left_at_that(unwelcome: dict[str, Any]) -> None:
    """Satisfied, they say; and yet the fault is there, they want a call, or the score is poor."""
    told = replace(ANSWER, **unwelcome)
    given(survey, SCHEDULED).when(told, by()).refused("action-missing")
    scores = {each.question: each.score for each in told.answers}
    said = replace(ANSWERED, action=Action.NEW_REPORT, **{**unwelcome, "score": scores["overall"]})
    given(survey, SCHEDULED).when(replace(told, action=Action.NEW_REPORT), by()).then(said)


def test_answers_are_taken_once() -> None:
    done = given(survey, SCHEDULED, ANSWERED)
    done.when(ANSWER, by(days=1)).then()
    done.when(ANSWER, by(ZHAO)).refused("call-back-over")
    called = replace(ANSWER, wants_call=True, action=Action.NEW_REPORT)
    done.when(called, by()).refused("call-back-over")
    done.when(NOBODY, by(days=1)).refused("call-back-over")
    done.when(replace(DECLINED, channel="phone"), by()).refused("call-back-over")


def test_who_is_never_reached_is_given_up_after_enough_days() -> None:
    days = (timedelta(), timedelta(days=1), timedelta(days=2))
    ended = CallBackEnded(SurveyStage.UNREACHED, None, UNREACHED.because)
    story = given(survey, SCHEDULED)
    story.when(UNREACHED, by(days=2, called=days)).then(ended)
    last = Attempt(AT + timedelta(days=2), CLERK, "phone", AttemptResult.NO_ANSWER)
    once_more = replace(UNREACHED, channel="phone")
    story.when(once_more, by(days=2, called=days[:2])).then(replace(ended, attempt=last))
    same_day = by(called=[timedelta(hours=hours) for hours in (1, 2, 3)])
    story.when(UNREACHED, same_day).refused_with("too-few-days", days=1, needed=3)


def test_the_days_are_those_of_the_record_whatever_a_device_tells() -> None:
    told = (tried(), tried(1), tried(2))
    at_once = [timedelta(seconds=each) for each in range(3)]
    asked = by(days=2, called=at_once)
    given(survey, SCHEDULED, *told).when(UNREACHED, asked).refused("too-few-days")


def test_who_asked_to_be_called_again_was_reached_and_is_tried_anew() -> None:
    """Three days on which they answered are no day on which nobody reached them."""
    later = timedelta(hours=5)
    heard = [
        Happened(_again(AT + each + later), AT + each, AT + each)
        for each in (timedelta(), timedelta(days=1), timedelta(days=2))
    ]
    story = given(survey, SCHEDULED)
    asked = replace(by(days=2), happened={HOME: heard})
    story.when(UNREACHED, asked).refused_with("too-few-days", days=0, needed=3)
    in_vain = by(days=6, called=[timedelta(days=each) for each in (3, 4, 5)])
    asked = replace(in_vain, happened={HOME: [*heard, *in_vain.happened[HOME]]})
    story.when(UNREACHED, asked).then(CallBackEnded(SurveyStage.UNREACHED, None, UNREACHED.because))


def _again(when: datetime) -> CallBackAttempted:
    return CallBackAttempted(Attempt(AT, CLERK, "phone", AttemptResult.CALL_AGAIN, when))


def test_days_are_counted_where_the_branch_is() -> None:
    until_midnight = timedelta(hours=13, minutes=59), timedelta(hours=14)
    story = given(survey, replace(SCHEDULED, attempts_needed=2))
    here = replace(UNREACHED, time_zone="Asia/Shanghai")
    asked = by(called=until_midnight)
    story.when(here, asked).then(CallBackEnded(SurveyStage.UNREACHED, None, here.because))
    story.when(UNREACHED, asked).refused("too-few-days")


def test_who_will_not_answer_has_said_so_himself() -> None:
    ended = CallBackEnded(SurveyStage.DECLINED, None, DECLINED.because)
    refused = tried(0, AttemptResult.REFUSED)
    given(survey, SCHEDULED, refused).when(DECLINED, by()).then(ended)
    given(survey, SCHEDULED, tried()).when(DECLINED, by()).refused("not-declined")
    asked = Attempt(AT, CLERK, "phone", AttemptResult.REFUSED)
    given(survey, SCHEDULED).when(replace(DECLINED, channel="phone"), by()).then(
        replace(ended, attempt=asked)
    )


def test_a_call_back_ends_once() -> None:
    ended = CallBackEnded(SurveyStage.DECLINED, None, DECLINED.because)
    done = given(survey, SCHEDULED, tried(0, AttemptResult.REFUSED), ended)
    done.when(DECLINED, by(ZHAO)).then()
    done.when(replace(DECLINED, because="另一理由"), by()).refused("call-back-over")
    done.when(ANSWER, by()).refused("call-back-over")
    assert done.state.stage is SurveyStage.DECLINED


def test_an_overdue_call_back_urges_once() -> None:
    urge, urged = UrgeCallBack(DUE), CallBackUrged(DUE)
    given(survey, SCHEDULED).when(urge, TIMER).then(urged)
    given(survey, SCHEDULED, urged).when(urge, TIMER).then()
    given(survey, SCHEDULED, urged).when(UrgeCallBack(AT + timedelta(days=9)), TIMER).then()
    given(survey, SCHEDULED, ANSWERED).when(urge, TIMER).then()
    moved = replace(SCHEDULED, version=15, due_at=DUE + timedelta(hours=1))
    later = CallBackUrged(moved.due_at)
    given(survey, SCHEDULED, moved, later).when(urge, TIMER).then()
    given(survey).when(urge, TIMER).then()


def test_then_the_approvers_are_told_once() -> None:
    urged, upward = CallBackUrged(DUE), DUE + timedelta(days=1)
    mark, told = MarkCallBackOverdue(DUE, upward), CallBackOverdue(Role.APPROVER, DUE, upward)
    given(survey, SCHEDULED, urged).when(mark, TIMER).then(told)
    given(survey, SCHEDULED, urged, told).when(mark, TIMER).then()
    again = MarkCallBackOverdue(upward, upward + timedelta(days=1))
    given(survey, SCHEDULED, urged, told).when(again, TIMER).then()
    given(survey, SCHEDULED, urged, replace(told, due_at=upward)).when(mark, TIMER).then()
    given(survey, SCHEDULED).when(mark, TIMER).then()
    given(survey, SCHEDULED, urged, ANSWERED).when(mark, TIMER).then()


def test_the_document_says_all_of_it() -> None:
    last = Attempt(AT + timedelta(days=1), CLERK, "phone", AttemptResult.ANSWERED)
    said = replace(ANSWERED, attempt=last, satisfied=Satisfied.NO, action=Action.NEW_REPORT)
    state = given(survey, SCHEDULED, tried(), said).state
    shown = survey.public(state, said)
    document = shown.document
    assert (document.number, document.stage, document.caller) == (
        NUMBER,
        SurveyStage.ANSWERED,
        CLERK,
    )
    assert document.attempts == (tried().attempt, last)
    assert (document.satisfied, document.action) == (Satisfied.NO, Action.NEW_REPORT)
    assert shown.this == {"satisfied": Satisfied.NO, "action": Action.NEW_REPORT}
    ended = CallBackEnded(SurveyStage.UNREACHED, None, UNREACHED.because)
    given_up = survey.public(given(survey, SCHEDULED, ended).state, ended)
    assert given_up.document.because == UNREACHED.because
    assert (given_up.document.stage, given_up.document.caller) == (SurveyStage.UNREACHED, None)


def test_the_caller_has_before_him_whom_to_call_and_what_to_ask() -> None:
    sheet = call_sheet(given(survey, SCHEDULED).state)
    assert (sheet.contact_phone, sheet.questions) == (
        SCHEDULED.contact_phone,
        SCHEDULED.questions,
    )
    assert stream_of(SCHEDULED.ticket) == HOME


def test_the_same_is_answered_by_whom_it_was_answered() -> None:
    again = AnswerSurvey("phone", sealed("answered_by"), ANSWERS, Satisfied.YES)
    given(survey, SCHEDULED, ANSWERED).when(again, by(days=3)).then()


def test_whoever_was_tried_ever_so_often_on_one_day_is_not_given_up() -> None:
    """Nor does it end there: they are tried on other days, and the last calls are listed."""
    called = replace(tried().attempt, channel="door")
    calls = [
        CallBackAttempted(replace(called, at=AT - timedelta(minutes=n)))
        for n in reversed(range(MOST_ATTEMPTS))
    ]
    in_a_minute = [timedelta(seconds=n) for n in range(MOST_ATTEMPTS)]
    story = given(survey, SCHEDULED, *calls)
    story.when(UNREACHED, by(called=in_a_minute)).refused_with("too-few-days", days=1, needed=3)
    story.when(NOBODY, by(days=1, called=in_a_minute)).then(tried(1))
    listed = given(survey, SCHEDULED, *calls, tried(1)).state.attempts
    assert listed == tuple(each.attempt for each in (*calls[1:], tried(1)))
    other_days = [*in_a_minute, timedelta(days=1), timedelta(days=2)]
    ended = CallBackEnded(SurveyStage.UNREACHED, None, UNREACHED.because)
    story.when(UNREACHED, by(days=2, called=other_days)).then(ended)


RIGHT = Sealed(HOME, "contact_phone", "b3RoZXI=")
CORRECTION = ContactNoted(9, sealed("contact_name"), RIGHT)


def test_a_corrected_phone_is_noted_applied_repeated_and_older() -> None:
    """得知更正: whoever calls is shown the phone that is right; once, and nothing older."""
    note = NoteContact(CORRECTION)
    given(survey, SCHEDULED).when(note, by()).then(CORRECTION)
    given(survey, SCHEDULED, CORRECTION).when(note, by()).then()
    older = NoteContact(replace(CORRECTION, version=8))
    given(survey, SCHEDULED, CORRECTION).when(older, by()).then()
    noted = evolve(evolve(survey.initial, SCHEDULED), CORRECTION)
    assert call_sheet(noted).contact_phone == RIGHT


def test_a_correction_may_be_heard_before_the_end_of_the_case() -> None:
    right = replace(SCHEDULED, contact_phone=RIGHT)
    kept = by(reads={FILE: dossier.evolve(dossier.initial, CORRECTION)})
    note = NoteContact(CORRECTION)
    given(survey).when(note, by()).then_on((FILE, CORRECTION))
    given(survey).when(note, kept).then()
    given(survey).when(SCHEDULE, kept).then(right)
