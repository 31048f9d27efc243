"""回访的视图: whoever calls and files sees what the facts say, and nothing is left over."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import msgspec
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.followup import dossier, reactions, survey
from services.followup.app import room
from services.followup.dossier import papers_lent
from services.followup.dossier.filing import digest_of
from services.followup.dossier.state import sheet_of
from services.followup.survey import board, call_backs_due
from services.followup.views import dossiers
from shared.document import CommandOwed, Timer
from shared.events.custody import PaperReturnUrged
from shared.events.followup import (
    Action,
    Attempt,
    AttemptResult,
    CallBackAttempted,
    CallBackEnded,
    CallBackOverdue,
    CallBackUrged,
    DossierFiled,
    DossierStage,
    Missing,
    PaperAdded,
    PaperKind,
    Satisfied,
    SurveyStage,
    Why,
)
from shared.events.values import Role
from shared.policy import CORE, Core
from shared.policy.source import read
from shared.view import Recorded
from tests.followup.dossier.test_custody import (
    BACK,
    L1,
    L2,
    LENT,
    LOST,
    MISSED,
    UNTIL,
    claimed,
    gone,
)
from tests.followup.dossier.test_custody import REPORT as REPORT_OUT
from tests.followup.example import (
    ADDED,
    ALL,
    ANSWERED,
    ASK_REMOTELY,
    ASKED,
    AT,
    BRANCH,
    CLERK,
    DUE,
    FILE,
    HOME,
    LIU,
    NOTE,
    NUMBER,
    REPORT,
    SCHEDULED,
    TICKET,
    by,
    tried,
)
from tests.seen import fold_view, recorded_on
from tests.shared.http_desk import POLICIES
from tests.spec import given
from tests.tries import tries

ENDED = CallBackEnded(SurveyStage.UNREACHED, None, "三天无人接听")
FILED = DossierFiled(ALL, digest_of(ALL), CLERK)
OF_SURVEY = (type(SCHEDULED), type(tried()), type(ANSWERED), CallBackEnded, CallBackUrged)


def recorded(fact: Any, seq: int, version: int) -> Recorded:
    stream = HOME if isinstance(fact, OF_SURVEY) else FILE
    return recorded_on(
        "followup", stream, fact, seq=seq, version=version, ticket=TICKET, branch=BRANCH, at=AT
    )


def told(facts: Iterable[Any]) -> Sequence[Recorded]:
    """The facts as recorded, each at its version of its own stream."""
    versions: dict[bool, int] = {}
    found = []
    for seq, fact in enumerate(facts, start=1):
        of_survey = isinstance(fact, OF_SURVEY)
        versions[of_survey] = versions.get(of_survey, 0) + 1
        found.append(recorded(fact, seq, versions[of_survey]))
    return found


def seen(view: ModuleType, *facts: Any) -> dict[Any, Any]:
    """The rows of a view after the facts, by key."""
    return fold_view(view, told(facts))


def only(view: ModuleType, *facts: Any) -> Any:
    """The one row after the facts."""
    (row,) = seen(view, *facts).values()
    return row


def test_whom_to_call_is_listed_until_he_was_asked_or_given_up() -> None:
    row = only(call_backs_due, SCHEDULED)
    assert (row.stream, row.number, row.due) == (HOME, NUMBER, DUE)
    assert (row.contact_phone, row.technicians) == (
        SCHEDULED.contact_phone,
        SCHEDULED.technicians,
    )
    assert only(call_backs_due, SCHEDULED, tried(), tried(1)).attempts == (
        tried().attempt,
        tried(1).attempt,
    )
    for end in (ANSWERED, ENDED):
        assert seen(call_backs_due, SCHEDULED, tried(), end) == {}
        assert seen(call_backs_due, SCHEDULED, end, SCHEDULED) == {}


def test_who_asked_to_be_called_again_is_due_then() -> None:
    later = DUE + timedelta(hours=5)
    again = CallBackAttempted(Attempt(AT, CLERK, "phone", AttemptResult.CALL_AGAIN, later))
    assert only(call_backs_due, SCHEDULED, again).due == later
    moved = replace(SCHEDULED, version=15, due_at=DUE + timedelta(hours=1))
    assert only(call_backs_due, SCHEDULED, again, moved).due == later
    assert only(call_backs_due, SCHEDULED, moved).due == moved.due_at
    sooner = replace(again, attempt=replace(again.attempt, call_again_at=DUE - timedelta(hours=1)))
    assert only(call_backs_due, SCHEDULED, sooner).due == DUE


def test_who_was_reminded_of_stays_on_the_list() -> None:
    assert not only(call_backs_due, SCHEDULED).urged
    assert only(call_backs_due, SCHEDULED, CallBackUrged(DUE)).urged
    assert only(board, SCHEDULED, CallBackUrged(DUE)).urged


def test_the_timer_owes_what_is_due() -> None:
    (timer,) = (each for each in room.timers if each.name == "urge-call-back")
    assert isinstance(timer, Timer)
    owed = timer.owes(only(call_backs_due, SCHEDULED))
    assert isinstance(owed, CommandOwed)
    given(survey, SCHEDULED).when(owed.command, by("timer", owed.home)).then(CallBackUrged(DUE))


def test_who_was_urged_in_vain_is_overdue_by_policy() -> None:
    policy, upward = read(POLICIES / CORE, Core), DUE + timedelta(days=1)
    row = only(call_backs_due, SCHEDULED, CallBackUrged(DUE))
    assert reactions.call_back_overdue(policy, row, upward - timedelta(seconds=1)) is None
    found = reactions.call_back_overdue(policy, row, upward)
    assert found is not None
    owed = reactions.mark_overdue(row, found)
    told = CallBackOverdue(Role.APPROVER, DUE, upward)
    past = (SCHEDULED, CallBackUrged(DUE))
    given(survey, *past).when(owed.command, by("timer", owed.home)).then(told)
    waits = only(call_backs_due, SCHEDULED)
    assert reactions.call_back_overdue(policy, waits, upward) is None
    nobody = msgspec.structs.replace(policy, follow_up=None)
    assert reactions.call_back_overdue(nobody, row, upward) is None


def test_a_survey_is_followed_to_its_end() -> None:
    row = only(board, SCHEDULED, tried())
    assert (row.stage, row.attempts, row.version) == (SurveyStage.DUE, 1, 2)
    unhappy = replace(ANSWERED, satisfied=Satisfied.NO, action=Action.NEW_REPORT)
    row = only(board, SCHEDULED, tried(), unhappy)
    assert (row.stage, row.caller, row.score) == (SurveyStage.ANSWERED, CLERK, 5)
    assert (row.satisfied, row.action, row.attempts) == (Satisfied.NO, Action.NEW_REPORT, 2)
    row = only(board, SCHEDULED, ENDED)
    assert (row.stage, row.because, row.attempts) == (
        SurveyStage.UNREACHED,
        ENDED.because,
        0,
    )
    row = only(board, SCHEDULED, ANSWERED, replace(SCHEDULED, version=15))
    assert (row.stage, row.score) == (SurveyStage.ANSWERED, 5)


def test_a_dossier_shows_what_is_missing_and_why() -> None:
    row = only(dossiers, ADDED[0])
    assert (row.stage, row.ending, row.papers) == (DossierStage.COLLECTING, None, (REPORT,))
    row = only(dossiers, ADDED[0], ASKED, SCHEDULED, ADDED[1])
    assert row.missing == (
        Missing(PaperKind.ISSUE_NOTE, NOTE.number, Why.NOTE_OPEN),
        Missing(PaperKind.FOLLOW_UP, NUMBER, Why.CALL_BACK_DUE),
    )
    assert (row.call_back_due_at, row.branch) == (DUE, BRANCH)
    row = only(dossiers, ASKED, SCHEDULED, ANSWERED, *ADDED)
    assert (row.stage, row.missing) == (DossierStage.COMPLETE, ())


def test_a_filed_dossier_stays_and_shows_what_came_late() -> None:
    row = only(dossiers, ASKED, *ADDED, FILED)
    assert (row.stage, row.digest, row.filed_by, row.late) == (
        DossierStage.FILED,
        FILED.digest,
        CLERK,
        (),
    )
    newer = replace(REPORT, version=12)
    after = only(dossiers, ASKED, *ADDED, FILED, PaperAdded(newer))
    assert (after.late, after.filed, after.filed_at) == ((newer,), ALL, row.filed_at)


statements = tuple(
    fact for _, fact in dossier.decide(ASK_REMOTELY, dossier.initial, by("reaction", FILE))
)
happened = st.sampled_from(
    [
        (ASKED,),
        statements,
        *((each,) for each in ADDED),
        (PaperAdded(replace(REPORT, version=12)),),
        (FILED,),
        (SCHEDULED,),
        (tried(),),
        (ANSWERED,),
        (ENDED,),
    ]
)


@tries(300)
@for_all(st.lists(happened, max_size=14))
def test_the_list_says_what_the_rules_say(chapters: list[tuple[Any, ...]]) -> None:
    """Whatever has happened, stage, papers, gaps and late ones are those of the paper itself."""
    facts = [fact for chapter in chapters for fact in chapter]
    rows = seen(dossiers, *facts)
    if not rows:
        return
    (row,) = rows.values()
    state = given(dossier, *(fact for fact in facts if not isinstance(fact, OF_SURVEY))).state
    calls = [fact for fact in facts if isinstance(fact, type(SCHEDULED))]
    ends = [fact for fact in facts if isinstance(fact, type(ANSWERED) | CallBackEnded)]
    stage = SurveyStage.DUE if calls else SurveyStage.NONE
    if ends:
        last = ends[-1]
        stage = last.stage if isinstance(last, CallBackEnded) else SurveyStage.ANSWERED
    assert row.call_back == stage
    sheet = sheet_of(TICKET, state, stage)
    assert row.missing == sheet.missing
    assert set(row.papers) == set(state.papers.values())
    assert set(row.late) == set(sheet.late)
    assert row.stage == (
        DossierStage.COLLECTING if sheet.stage is DossierStage.NONE else sheet.stage
    )


def test_what_is_out_is_listed_until_it_is_back_or_given_up() -> None:
    row = only(papers_lent, LENT)
    assert (row.stream, row.ticket, row.number, row.due) == (FILE, TICKET, TICKET, UNTIL)
    assert (row.to, row.claim, row.urged, row.missed) == (LIU, None, False, False)
    assert seen(papers_lent, LENT, BACK) == {}
    assert only(papers_lent, LENT, MISSED).missed
    assert seen(papers_lent, LENT, MISSED, LOST) == {}
    assert not only(papers_lent, LENT, MISSED, BACK, LENT).missed
    assert only(papers_lent, LENT, PaperReturnUrged(REPORT_OUT, None, UNTIL)).urged
    assert seen(papers_lent, BACK, LOST, MISSED) == {}


def test_a_report_that_two_claims_hold_is_due_by_whichever_waits() -> None:
    later = replace(claimed(L2), until=UNTIL + timedelta(days=1))
    two = (claimed(), later)
    row = only(papers_lent, *two)
    assert (row.claim, row.due, len(row.holders)) == (L1, UNTIL, 2)
    urged = PaperReturnUrged(REPORT_OUT, L1, UNTIL)
    assert only(papers_lent, *two, urged).due == later.until
    both = replace(urged, claim=L2)
    assert only(papers_lent, *two, urged, both).due == UNTIL
    assert only(papers_lent, *two, gone()).claim == L2
    assert seen(papers_lent, *two, gone(), gone(L2)) == {}


def test_the_timer_reminds_of_what_is_out() -> None:
    (timer,) = (each for each in room.timers if each.name == "urge-returns")
    assert isinstance(timer, Timer)
    owed = timer.owes(only(papers_lent, LENT))
    assert isinstance(owed, CommandOwed)
    urged = PaperReturnUrged(REPORT_OUT, None, UNTIL)
    given(dossier, ASKED, LENT).when(owed.command, by("timer", owed.home)).then(urged)
