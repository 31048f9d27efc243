"""回访, whatever comes and in whatever order: the end is the same, and what must hold holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.followup import dossier, survey
from services.followup.app import room
from services.followup.dossier.collection import AddPaper, AskPapers
from services.followup.dossier.filing import digest_of
from services.followup.survey.ending import EndCallBack, GivenUp
from services.followup.survey.schedule import ScheduleCallBack, UrgeCallBack
from services.followup.survey.state import Survey
from shared.decider import Asked, Refused
from shared.events.followup import (
    Action,
    Answered,
    AttemptResult,
    CallBackAttempted,
    CallBackEnded,
    CallBackUrged,
    DossierFiled,
    DossierStage,
    Satisfied,
    SurveyAnswered,
    SurveyStage,
)
from tests.followup.example import (
    ALL,
    ANSWER,
    ANSWERED,
    ANSWERS,
    ASKED,
    ASKED_REMOTELY,
    CLERK,
    DUE,
    FILE,
    HOME,
    LIU,
    NOBODY,
    SCHEDULED,
    by,
)
from tests.reads import with_reads
from tests.spec import given
from tests.strategies import commands_of
from tests.tries import tries

OWING = "reaction:whatever"
DONE = given(survey, SCHEDULED, ANSWERED).state


def tried(decider: ModuleType, past: Sequence[Any], command: Any, asked: Asked) -> list[Any]:
    """What becomes true of the paper; nothing if it is refused."""
    try:
        state = given(decider, *past).state
        seen = with_reads(room, command, {**asked.reads, asked.home: state}, asked)
        decided = decider.decide(command, state, seen)
    except Refused:
        return []
    return [fact for stream, fact in decided if stream == asked.home]


def ended(decider: ModuleType, commands: Sequence[Any], home: str) -> Any:
    """The state after commands that reactions owe; none of them is ever refused."""
    past: list[Any] = []
    for command in commands:
        decided = decider.decide(command, given(decider, *past).state, by(OWING, home))
        past += [fact for _, fact in decided]
    return given(decider, *past).state


papers = st.builds(
    lambda paper, version: AddPaper(replace(paper, version=version, content=f"{version:064x}")),
    st.sampled_from(ALL),
    st.integers(1, 4),
)
lists = st.builds(
    lambda asked, version: AskPapers(
        replace(asked, version=version, papers=asked.papers[version % 2 :], branch=f"B{version}")
    ),
    st.sampled_from([ASKED, ASKED_REMOTELY]),
    st.integers(1, 4),
)
schedules = st.builds(
    lambda closed, version: ScheduleCallBack(
        replace(SCHEDULED, closed=closed, version=version, due_at=DUE + timedelta(days=version))
    ),
    st.sampled_from([ASKED.closed, ASKED_REMOTELY.closed]),
    st.integers(1, 4),
)


@tries(300)
@for_all(st.lists(papers | lists, max_size=16), st.randoms(use_true_random=False))
def test_papers_and_lists_in_any_order_and_number_end_the_same(
    commands: list[Any], chance: Any
) -> None:
    again = [*commands, *commands]
    chance.shuffle(again)
    assert ended(dossier, commands, FILE) == ended(dossier, again, FILE)


@tries(300)
@for_all(st.lists(schedules, max_size=10), st.randoms(use_true_random=False))
def test_closings_in_any_order_and_number_end_the_same(commands: list[Any], chance: Any) -> None:
    again = [*commands, *commands]
    chance.shuffle(again)
    assert ended(survey, commands, HOME) == ended(survey, again, HOME)


@tries(300)
@for_all(st.lists(papers | lists | commands_of(dossier), max_size=24))
def test_what_is_filed_is_whole_and_stays(commands: list[Any]) -> None:
    past: list[Any] = []
    for command in commands:
        asked = by(CLERK, FILE, {HOME: DONE})
        before = given(dossier, *past).state
        new = tried(dossier, past, command, asked)
        past += new
        after = given(dossier, *past).state
        if before.stage is DossierStage.FILED:
            assert (after.stage, after.filed) == (DossierStage.FILED, before.filed)
        for fact in new:
            if isinstance(fact, DossierFiled):
                assert before.stage is DossierStage.COMPLETE
                assert fact.digest == digest_of(fact.papers)
                assert {(p.kind, p.number) for p in fact.papers} >= {
                    (a.kind, a.number) for a in before.asked.papers
                }
        shown = {p for p in after.papers.values() if p not in before.papers.values()}
        if before.filed is not None:
            assert shown - set(before.filed.papers) <= set(after.late), "what came late is hidden"
        assert tried(dossier, past, command, asked) == [], "asking twice changed something"


said = st.sampled_from([ANSWERS, ANSWERS[:1], (*ANSWERS, ANSWERS[0]), (Answered("overall"),)])
answering = st.builds(
    lambda answers, satisfied, action: replace(
        ANSWER, answers=answers, satisfied=satisfied, action=action
    ),
    said,
    st.sampled_from(Satisfied),
    st.sampled_from(Action),
)
calling = st.builds(lambda result: replace(NOBODY, result=result), st.sampled_from(AttemptResult))
giving_up = st.builds(
    EndCallBack, st.sampled_from(GivenUp), st.just("理由"), st.sampled_from([None, "phone"])
)
urging = st.builds(lambda n: UrgeCallBack(DUE + timedelta(days=n)), st.integers(1, 4))
asks = st.tuples(
    schedules
    | answering
    | answering
    | calling
    | calling
    | giving_up
    | urging
    | commands_of(survey),
    st.sampled_from([CLERK, LIU]),
    st.integers(0, 4),
)


@tries(400)
@for_all(st.lists(asks, max_size=24))
def test_whatever_is_told_a_customer_answers_once_and_to_somebody_else(
    asked: list[tuple[Any, str, int]],
) -> None:
    past: list[Any] = []
    for command, actor, days in asked:
        who, before = by(actor, days=days), given(survey, *past).state
        new = tried(survey, past, command, who)
        for fact in new:
            _by_the_newest_schedule(before, fact)
        past += new
        assert tried(survey, past, command, who) == [], "asking twice changed something"
    state = given(survey, *past).state
    assert not (state.answered and state.ended)
    assert sum(isinstance(fact, CallBackUrged) for fact in past) <= 1


def _by_the_newest_schedule(before: Survey, fact: Any) -> None:
    """By whom, about what and how often: what the call-back was scheduled with says so."""
    scheduled, attempts = before.scheduled, list(before.attempts)
    if isinstance(fact, CallBackAttempted | SurveyAnswered | CallBackEnded) and fact.attempt:
        attempts.append(fact.attempt)
        assert scheduled is not None
        assert fact.attempt.by not in scheduled.technicians
    match fact:
        case SurveyAnswered(answers=answers, satisfied=satisfied, action=action):
            assert scheduled is not None
            required = {each.code for each in scheduled.questions if each.required}
            assert {each.question for each in answers} >= required
            assert satisfied is Satisfied.YES or action is not Action.NONE
        case CallBackEnded(stage=SurveyStage.UNREACHED):
            assert scheduled is not None
            assert len({each.at.date() for each in attempts}) >= scheduled.attempts_needed
        case _:
            pass
