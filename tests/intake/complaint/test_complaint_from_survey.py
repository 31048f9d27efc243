"""投诉转入 as stories: what is said in a call-back is lost nowhere, and is taken once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.intake import complaint, reactions, report, sayings
from services.intake.app import room
from services.intake.complaint import complaints_due
from services.intake.complaint.clocks import Above
from services.intake.report.complained import ComplainFromSurvey
from services.intake.report.repeat import RepeatReport
from services.intake.report.state import Report, content_of
from shared.decider import Asked, Happened
from shared.document import Around, NewTicket, Published
from shared.events.complaints import (
    ComplaintChannel,
    ComplaintClosed,
    ComplaintEnded,
    ComplaintEnding,
    ComplaintReceived,
    ComplaintSubject,
)
from shared.events.followup import Action, Answered, Satisfied
from shared.events.intake import (
    ClosingNoted,
    RepairReported,
    RepeatNoted,
    ReportComplained,
    ReportRepeated,
)
from shared.events.report_form import Basics, Equipment, Stage
from shared.events.values import Ending, Warned
from shared.handle import Answer, CommandEnvelope, Handler, NumberedCommand, handle_all
from shared.personal.seal import seal
from shared.policy.book import PolicyBook
from shared.worker.commands_owed import CommandContext, order_of
from tests.intake.complaint.example import NUMBER, RECEIVED, TO_CONFIRMED, terms
from tests.intake.complaint.example import state as complained
from tests.intake.desk import APPROVER, CLERK, Intake
from tests.intake.example import (
    AT,
    BRANCH,
    HOME,
    LI,
    REPORTED,
    TICKET,
    TO_APPROVED,
    WANG,
    by,
    state,
)
from tests.intake.report.test_report_repeat import ANSWERED, OPINION, SURVEY, published
from tests.intake.report.test_report_stages import AT_STAGE
from tests.shared.http_desk import POLICIES
from tests.spec import given

POLICY = PolicyBook(POLICIES)(BRANCH, AT)
UNHAPPY = replace(
    ANSWERED,
    action=Action.COMPLAINT,
    satisfied=Satisfied.NO,
    answers=(Answered("fault_gone", yes=True), Answered("manner", score=1)),
)
COMPLAIN = ComplainFromSurvey(
    complaint=NUMBER,
    survey=SURVEY,
    version=3,
    received_by=LI,
    received_at=AT,
    subject=ComplaintSubject.MANNER,
    what=OPINION,
    complained_of=WANG,
    terms=terms(),
)
BEFORE = state(*TO_APPROVED)
MADE = ComplaintReceived(
    number=NUMBER,
    branch=BRANCH,
    channel=ComplaintChannel.SURVEY,
    received_at=AT,
    received_by=LI,
    contact_name=BEFORE.contact_name,
    contact_phone=BEFORE.contact_phone,
    customer=BEFORE.basics.customer,
    what=OPINION,
    subject=ComplaintSubject.MANNER,
    ticket=TICKET,
    complained_of=WANG,
    machine=BEFORE.equipment.machine,
    survey=f"{TICKET}-H1",
    terms=terms(),
    upward=(),
    warnings=(),
)
COMPLAINED = ReportComplained(NUMBER, SURVEY, 3)


def asked(**read: object) -> Asked:
    reads = {f"complaint-{NUMBER}": complaint.initial, **read}
    return replace(by("reaction:complain"), reads=reads)


def test_it_names_the_call_back_and_its_ticket_and_its_time_runs() -> None:
    given(report, *TO_APPROVED).when(COMPLAIN, asked()).then_on(
        (f"complaint-{NUMBER}", MADE), (HOME, COMPLAINED)
    )
    closed = ClosingNoted(f"work_order-{TICKET}-W1", 9, Ending.REPAIRED)
    given(report, *TO_APPROVED, closed).when(COMPLAIN, asked()).then_on(
        (f"complaint-{NUMBER}", MADE), (HOME, COMPLAINED)
    )
    after = state(*TO_APPROVED, COMPLAINED)
    assert after.complaints == (NUMBER,)
    assert after.complained_in == {SURVEY}


def test_a_call_back_is_followed_by_one_complaint() -> None:
    """Also where an older or a newer version of its document comes."""
    for version in (2, 3, 4):
        command = replace(COMPLAIN, version=version)
        given(report, *TO_APPROVED, COMPLAINED).when(command, asked()).then()


SAID_IN_IT = replace(RECEIVED, channel=ComplaintChannel.SURVEY)


def test_where_another_open_one_is_named_one_is_made_with_the_words_and_warns_of_it() -> None:
    """In an older complaint nobody would find what the customer says now."""
    named = replace(COMPLAIN, named="TS-HZ01-2026-0007")
    old = replace(RECEIVED, number="TS-HZ01-2026-0007")
    of_another_ticket = replace(old, ticket="BX-HZ01-20261101-0009", channel=SAID_IN_IT.channel)
    whose = replace(of_another_ticket, customer=BEFORE.basics.customer)
    warned = replace(MADE, warnings=(Warned("open-complaint", ("TS-HZ01-2026-0007",)),))
    for each in (old, whose):
        there = {"complaint-TS-HZ01-2026-0007": complained(each)}
        told = given(report, *TO_APPROVED).when(named, asked(**there))
        told.then_on((f"complaint-{NUMBER}", warned), (HOME, COMPLAINED))


def test_none_is_made_where_the_caller_has_registered_it() -> None:
    named = replace(COMPLAIN, named="TS-HZ01-2026-0007")
    there = {"complaint-TS-HZ01-2026-0007": complained(SAID_IN_IT)}
    given(report, *TO_APPROVED).when(named, asked(**there)).then()
    of_somebody_else = complained(replace(RECEIVED, ticket=None, customer="C-9999"))
    withdrawn = ComplaintEnded(ComplaintEnding.WITHDRAWN, OPINION, None, None, LI)
    over = (
        complained(RECEIVED, withdrawn),
        complained(*TO_CONFIRMED, ComplaintClosed(None, APPROVER)),
    )
    for mistyped in (complaint.initial, of_somebody_else, *over):
        given(report, *TO_APPROVED).when(
            named, asked(**{"complaint-TS-HZ01-2026-0007": mistyped})
        ).then_on((f"complaint-{NUMBER}", MADE), (HOME, COMPLAINED))


def test_what_was_never_reported_is_not_complained_of() -> None:
    given(report).when(COMPLAIN, asked()).refused("not-registered")


def test_the_answers_say_what_it_is_about() -> None:
    (owed,) = reactions.complain(published(UNHAPPY), POLICY)
    made = owed.build(NUMBER)
    assert (owed.series, made.home) == ("TS", HOME)
    assert made.command == replace(COMPLAIN, terms=made.command.terms)
    assert made.command.terms.due_at == AT + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("said", "report_wanted", "complaint_wanted"),
    [
        ({"action": Action.COMPLAINT}, False, True),
        ({"action": Action.NEW_REPORT}, True, False),
        ({"action": Action.NONE, "satisfied": Satisfied.YES}, False, False),
        ({"action": Action.NONE, "satisfied": Satisfied.NO}, False, True),
        ({"action": Action.NONE, "wants_call": True}, False, True),
        ({"action": Action.NONE, "answers": (Answered("fault_gone", yes=False),)}, True, False),
        ({"action": Action.NONE, "answers": (Answered("runs_well", yes=False),)}, True, False),
        ({"action": Action.NONE, "answers": (Answered("asked_privately", yes=True),)}, False, True),
        (
            {
                "action": Action.NEW_REPORT,
                "answers": (
                    Answered("fault_gone", yes=False),
                    Answered("asked_privately", yes=True),
                ),
            },
            True,
            True,
        ),
        *(
            (
                {
                    "action": Action.NEW_REPORT,
                    "answers": (Answered("fault_gone", yes=False), unwelcome),
                },
                True,
                True,
            )
            for unwelcome in (
                Answered("manner", score=2),
                Answered("arrived_as_agreed", yes=False),
                Answered("as_signed", yes=False),
            )
        ),
    ],
)
def test_nothing_that_is_said_is_lost(
    said: dict[str, Any], *, report_wanted: bool, complaint_wanted: bool
) -> None:
    told = published(replace(ANSWERED, **said))
    assert bool(reactions.report_again(told)) is report_wanted
    assert bool(reactions.complain(told, POLICY)) is complaint_wanted


def test_both_have_the_customer_s_words() -> None:
    back = (Answered("fault_gone", yes=False), Answered("manner", score=1))
    told = replace(UNHAPPY, action=Action.NEW_REPORT, answers=back)
    (again,) = reactions.report_again(published(told))
    (complaint_of_it,) = reactions.complain(published(told), POLICY)
    assert isinstance(again, NewTicket)
    assert again.build(OTHER).command.opinion == OPINION
    made = complaint_of_it.build(NUMBER).command
    assert (made.what, made.subject) == (OPINION, ComplaintSubject.MANNER)


def test_a_complaint_beside_a_report_is_about_what_the_report_does_not_mend() -> None:
    back = (Answered("fault_gone", yes=False), Answered("as_signed", yes=False))
    assert sayings.subject_of(replace(UNHAPPY, answers=back)) is ComplaintSubject.FEE
    assert sayings.subject_of(replace(UNHAPPY, answers=back[:1])) is ComplaintSubject.REPEAT_REPAIR


def test_words_that_answer_a_question_are_the_customer_s_too() -> None:
    in_words = (Answered("fault_gone", yes=False), Answered("what_else", words=OPINION))
    told = replace(UNHAPPY, opinion=None, answers=in_words)
    (again,) = reactions.report_again(published(told))
    (made,) = reactions.complain(published(told), POLICY)
    assert isinstance(again, NewTicket)
    assert again.build(OTHER).command.opinion == OPINION
    assert made.build(NUMBER).command.what == OPINION


@pytest.mark.parametrize("question", ["manner", "overall"])
@pytest.mark.parametrize("score", [1, 2, 3])
def test_a_poor_score_is_not_lost_where_all_is_said_to_be_well(question: str, score: int) -> None:
    answers = (Answered(question, score=score),)
    well = replace(ANSWERED, action=Action.NONE, satisfied=Satisfied.YES, answers=answers)
    assert bool(reactions.complain(published(well), POLICY)) is (score < 3)


def test_whoever_answered_by_a_link_is_heard_too() -> None:
    by_link = replace(UNHAPPY, caller=None, attempts=(), answers=(), opinion=None)
    (owed,) = reactions.complain(published(by_link), POLICY)
    command = owed.build(NUMBER).command
    assert (command.received_by, command.received_at) == (None, AT)
    assert (command.subject, command.complained_of) == (ComplaintSubject.OTHER, None)
    assert command.what == "回访答案 answers: satisfied no"
    repeat = RepeatReport(SURVEY, 3, None, AT, OPINION)
    again, _ = report.decide(repeat, BEFORE, replace(by("reaction:x"), ticket=f"{TICKET[:-1]}2"))
    assert (again[1].owner, again[1].received_by) == (BEFORE.owner, BEFORE.owner)


def test_of_two_who_went_there_nobody_is_named() -> None:
    both = replace(UNHAPPY, technicians=(WANG, "T-SUNQIANG"))
    assert sayings.complained_of(both) is None
    fees = replace(UNHAPPY, answers=(Answered("as_signed", yes=False),))
    assert sayings.subject_of(fees) is ComplaintSubject.FEE
    assert sayings.complained_of(fees) is None


OTHER = "BX-HZ01-20261123-0404"
NAMED = RepeatReport(SURVEY, 3, LI, AT, OPINION, named=OTHER)
CLOSED = ClosingNoted(f"work_order-{TICKET}-W1", 9, Ending.REPAIRED)


def naming(there: Report, reported: timedelta = timedelta(hours=1)) -> Asked:
    """The reaction, where another report was registered so long after this case was closed."""
    other = f"report-{OTHER}"
    told = Happened(REPORTED, AT + reported, AT + reported)
    happened = {HOME: (Happened(CLOSED, AT, AT),), other: (told,)}
    asked = replace(by("reaction:x"), ticket=TICKET, reads={other: there})
    return replace(asked, happened=happened)


def numbered(asked: Asked) -> Asked:
    """The same reaction once a number was taken."""
    return replace(asked, ticket=f"{TICKET[:-1]}2")


def is_made(before: Report, asked: Asked) -> bool:
    """Whether nothing is linked, and a report is made."""
    (stream, made), noted = report.decide(NAMED, before, numbered(asked))
    is_new = isinstance(made, RepairReported) and stream == f"report-{TICKET[:-1]}2"
    return is_new and noted[0] == HOME and not report.decide(NAMED, before, asked)


def test_a_named_report_that_is_not_there_is_made() -> None:
    closed = state(*TO_APPROVED, CLOSED)
    else_s = replace(BEFORE, basics=Basics(customer="C-9999"), equipment=Equipment())
    for mistyped in (report.initial, else_s):
        assert is_made(closed, naming(mistyped))


def test_a_named_report_is_linked_marked_and_has_the_customer_s_words() -> None:
    mark = RepeatNoted(TICKET, SURVEY, 3, OPINION)
    link = ReportRepeated(OTHER, f"report-{OTHER}", SURVEY, 3)
    story = given(report, *TO_APPROVED, CLOSED).when(NAMED, naming(BEFORE))
    story.then_on((f"report-{OTHER}", mark), (HOME, link))
    named = report.evolve(report.evolve(BEFORE, mark), mark)
    assert named.warnings == (*BEFORE.warnings, Warned("repeat-repair", (TICKET,)))
    assert (named.opinion, content_of(named)) == (OPINION, content_of(BEFORE))
    for version in (3, 4, 2):
        for again in (naming(BEFORE), numbered(naming(BEFORE))):
            told = given(report, *TO_APPROVED, CLOSED, link)
            told.when(replace(NAMED, version=version), again).then()
    silent = report.evolve(named, replace(mark, opinion=None))
    assert silent.opinion == OPINION


@pytest.mark.parametrize(
    "stage", [each for each in Stage if each not in (Stage.NONE, Stage.CLOSED)]
)
def test_it_is_marked_however_far_it_has_come(stage: Stage) -> None:
    there = replace(state(*AT_STAGE[stage]), basics=BEFORE.basics, equipment=BEFORE.equipment)
    story = given(report, *TO_APPROVED, CLOSED).when(NAMED, naming(there))
    mark = RepeatNoted(TICKET, SURVEY, 3, OPINION)
    link = ReportRepeated(OTHER, f"report-{OTHER}", SURVEY, 3)
    story.then_on((f"report-{OTHER}", mark), (HOME, link))


def test_in_a_named_report_that_is_over_or_from_before_nothing_is_lost() -> None:
    """Nobody looks into a case that is over, and one from before tells of another fault."""
    closed = state(*TO_APPROVED, CLOSED)
    assert is_made(closed, naming(closed))
    assert is_made(closed, naming(BEFORE, reported=-timedelta(days=300)))
    assert is_made(BEFORE, replace(naming(BEFORE), happened={}))


def test_who_names_the_ticket_itself_has_registered_nothing() -> None:
    itself = RepeatReport(SURVEY, 3, LI, AT, OPINION, named=TICKET)
    asked = replace(by("reaction:x"), ticket=TICKET, reads={HOME: BEFORE})
    assert report.decide(itself, BEFORE, asked) == []
    assert len(report.decide(itself, BEFORE, numbered(asked))) == 2


def test_a_survey_that_comes_twice_takes_one_number_and_is_told_when_it_is_late(
    intake: Intake,
) -> None:
    old = intake.opened().reported().rpartition("/")[2]
    desk = Handler(intake.desk.store, room.papers, intake.desk.keys)
    told = replace(UNHAPPY, ticket=old, caller=CLERK, opinion="还是又脏又响")
    document = seal(told, f"report-{old}", intake.desk.keys)

    def order(version: int) -> CommandEnvelope | NumberedCommand:
        found = Published("followup", "survey", SURVEY, version, old, BRANCH, AT, document)
        (owed,) = reactions.complain(found, POLICY)
        reaction = next(each for each in reactions.REACTIONS if each.name == "complain")
        asking = CommandContext("reaction:complain", AT, BRANCH, old, "survey")
        return order_of(reaction.command_id(found, 0), owed, asking, PolicyBook(POLICIES))

    for versions in ((3,), (3, 4), (4,)):
        with desk.store.transaction() as transaction:
            outcomes = handle_all(desk, [order(n) for n in versions], transaction)
        assert all(isinstance(outcome, Answer) for outcome in outcomes)
    (row,) = intake.told(f"/v1/complaints?ticket={old}", intake.clerk)["rows"]
    assert row["number"] == "TS-HZ01-2026-0001"
    (late,) = intake.desk.views.first_rows(complaints_due, {"branch": BRANCH})
    views = intake.desk.views
    around = Around(POLICY, views.first_rows, views.documents_of)
    owed = reactions.tell_upward(late, around)
    assert owed.command.above[0] == Above("service", upward=(), head=(APPROVER,))
    with desk.store.transaction() as transaction:
        asking = CommandContext("timer:complaint-overdue", AT, BRANCH, old, "")
        handle_all(desk, [order_of(uuid4(), owed, asking, PolicyBook(POLICIES))], transaction)
    shown = intake.told("/v1/complaints/TS-HZ01-2026-0001", intake.clerk)["complaint"]
    assert shown["overdue"]["told"] == [APPROVER]
    assert shown["received"]["what"] == "还是又脏又响"
    assert shown["received"]["survey"] == SURVEY.partition("-")[2]
