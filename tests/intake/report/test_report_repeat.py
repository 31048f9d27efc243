"""再次报修 as stories: who is not satisfied has a new report, one for each call-back."""

from dataclasses import replace
from datetime import UTC, datetime

from services.intake import reactions, report
from services.intake.app import room
from services.intake.report.document import document_of
from services.intake.report.repeat import RepeatReport
from services.intake.report.state import content_of
from shared.document import CommandOwed, NewTicket, Published
from shared.events.followup import (
    Action,
    Attempt,
    AttemptResult,
    QuestionAbout,
    QuestionMeant,
    SurveyDocument,
    SurveyStage,
)
from shared.events.intake import RepairReported, ReportRepeated
from shared.events.report_form import Circumstances, Stage
from shared.events.values import Channel, Ending, Warned, WayIn
from shared.handle import Answer, CommandEnvelope, Handler, NumberedCommand, handle_all
from shared.personal.seal import seal
from shared.policy.book import PolicyBook
from shared.worker.commands_owed import CommandContext, no_policy, order_of
from tests.intake.desk import CLERK, EXAMPLES, TECHNICIAN, Intake
from tests.intake.example import (
    AT,
    BRANCH,
    HOME,
    LI,
    TICKET,
    TO_APPROVED,
    WANG,
    by,
    sealed,
    state,
)
from tests.shared.http_desk import POLICIES
from tests.spec import given

SURVEY = f"survey-{TICKET}-H1"
AGAIN = "BX-HZ01-20261123-0002"
NEW = f"report-{AGAIN}"
SAID = "修好三天又响，还有股焦味"
OPINION = sealed("opinion")
REPEAT = RepeatReport(SURVEY, 3, LI, AT, OPINION)
REPEATED = ReportRepeated(AGAIN, NEW, SURVEY, 3)
ASKED = replace(by("reaction:report-again"), ticket=AGAIN)
ANSWERED = SurveyDocument(
    number=f"{TICKET}-H1",
    ticket=TICKET,
    branch=BRANCH,
    stage=SurveyStage.ANSWERED,
    closed=f"work_order-{TICKET}-W1",
    ending=Ending.REPAIRED,
    technicians=(WANG,),
    due_at=AT,
    attempts=(Attempt(AT, LI, "phone", AttemptResult.ANSWERED),),
    caller=LI,
    answered_by=sealed("answered_by"),
    answers=(),
    satisfied=None,
    score=None,
    opinion=OPINION,
    wants_call=False,
    action=Action.NEW_REPORT,
    action_ref=None,
    because=None,
    meant=tuple(QuestionMeant(each.value, each) for each in QuestionAbout),
)


def published(document: SurveyDocument = ANSWERED, version: int = 3) -> Published:
    return Published("followup", "survey", SURVEY, version, TICKET, BRANCH, AT, document)


def test_the_new_report_is_like_the_first_and_names_it() -> None:
    again, _ = report.decide(REPEAT, state(*TO_APPROVED), ASKED)
    given(report, *TO_APPROVED).when(REPEAT, ASKED).then_on(again, (HOME, REPEATED))
    stream, fact = again
    assert stream == NEW
    assert isinstance(fact, RepairReported)
    assert fact.content == content_of(given(report, fact).state)
    before = state(*TO_APPROVED)
    assert fact == RepairReported(
        branch=BRANCH,
        kind=before.kind,
        channel=Channel.PHONE,
        received_at=AT,
        received_by=LI,
        owner=LI,
        way_in=WayIn.A,
        contact_name=before.contact_name,
        contact_phone=before.contact_phone,
        fault_description=before.fault_description,
        basics=before.basics,
        equipment=before.equipment,
        circumstances=Circumstances(priority=before.circumstances.priority),
        noted=None,
        reference=HOME,
        warnings=(Warned("repeat-repair", (TICKET,)),),
        content=fact.content,
        opinion=OPINION,
        registered_at=ASKED.recorded_at,
    )
    assert document_of(given(report, fact).state).opinion == OPINION


def test_a_call_back_is_followed_by_one_report() -> None:
    later = replace(REPEAT, version=9)
    asked = replace(ASKED, ticket="BX-HZ01-20261123-0003")
    for command in (REPEAT, later):
        given(report, *TO_APPROVED, REPEATED).when(command, asked).then()


def test_the_first_report_stays_as_it_was() -> None:
    before, after = state(*TO_APPROVED), state(*TO_APPROVED, REPEATED)
    assert replace(after, repeated={}) == before
    assert (after.stage, after.repeated) == (Stage.APPROVED, {SURVEY: AGAIN})


def test_what_was_never_reported_is_not_reported_again() -> None:
    given(report).when(REPEAT, ASKED).refused("not-registered")


def test_only_an_answer_that_leads_to_a_report_owes_one() -> None:
    (owed,) = reactions.report_again(published())
    assert isinstance(owed, NewTicket)
    made = owed.build(AGAIN)
    assert (owed.branch, made.home, made.command) == (BRANCH, HOME, REPEAT)
    for other in (
        replace(ANSWERED, action=Action.COMPLAINT),
        replace(ANSWERED, action=Action.NONE),
        replace(ANSWERED, stage=SurveyStage.UNREACHED, caller=None, action=Action.NONE),
    ):
        assert reactions.report_again(published(other)) == ()


def test_a_report_that_is_named_is_looked_for_before_a_number_is_taken() -> None:
    named = replace(ANSWERED, action_ref="BX-HZ01-20261123-0404")
    link, make = reactions.report_again(published(named))
    assert isinstance(link, CommandOwed)
    assert isinstance(make, NewTicket)
    assert (link.home, link.command) == (HOME, make.build(AGAIN).command)
    assert link.command == replace(REPEAT, named=named.action_ref)


def test_a_survey_that_comes_twice_takes_one_number(intake: Intake) -> None:
    old = intake.opened().reported().rpartition("/")[2]
    desk = Handler(intake.desk.store, room.papers, intake.desk.keys)
    told = replace(ANSWERED, ticket=old, caller=CLERK, opinion=SAID)
    document = seal(told, f"report-{old}", intake.desk.keys)
    for versions in ((3,), (3, 4), (4,)):
        with desk.store.transaction() as transaction:
            outcomes = handle_all(desk, [_order(document, n) for n in versions], transaction)
        assert all(isinstance(outcome, Answer) for outcome in outcomes)
    found = intake.desk.get("/v1/tickets", intake.clerk).json()["rows"]
    (new,) = (row for row in found if row["ticket"] != old)
    assert new["ticket"] == "BX-HZ01-20260105-0001", "the first of the day on which he said so"
    assert (new["continues"], new["owner"]) == (f"report-{old}", CLERK)
    assert new["contact_phone"] == next(r for r in found if r["ticket"] == old)["contact_phone"]
    shown = intake.desk.get(f"/v1/reports/{new['ticket']}", intake.clerk).json()["report"]
    assert [(each["code"], each["about"]) for each in shown["warnings"]] == [
        ("repeat-repair", [old])
    ]
    before = intake.desk.get(f"/v1/reports/{old}", intake.clerk).json()["report"]
    said = (shown["fault_description"], shown["opinion"])
    assert said == (before["fault_description"], SAID), "the old fault, and what was said of it"
    lines = intake.desk.get(f"/v1/tickets/{old}/history", intake.clerk).json()["rows"]
    assert [each["type"] for each in lines] == ["RepairReported", "ReportRepeated"]


def test_who_did_the_first_repair_reads_nothing_of_what_is_said_when_it_is_repeated(
    intake: Intake,
) -> None:
    """On its page and in its history alike, also once somebody has given it to them."""
    old = intake.opened().submitted().rpartition("/")[2]
    desk = Handler(intake.desk.store, room.papers, intake.desk.keys)
    told = replace(ANSWERED, ticket=old, caller=CLERK, opinion=SAID)
    document = seal(told, f"report-{old}", intake.desk.keys)
    with desk.store.transaction() as transaction:
        handle_all(desk, [_order(document, 3)], transaction)
    found = intake.desk.get("/v1/tickets", intake.clerk).json()["rows"]
    (new,) = (row["ticket"] for row in found if row["ticket"] != old)
    paths = (f"/v1/tickets/{new}/history", f"/v1/tickets/{new}/papers", f"/v1/reports/{new}")
    texts = [intake.desk.get(each, intake.technician).text for each in paths]
    assert [SAID in each for each in texts] == [False, False, False]
    assert SAID in intake.desk.get(paths[0], intake.clerk).text
    intake.done(intake.desk.post(f"{paths[2]}/handovers", {"to": TECHNICIAN}, intake.clerk))
    texts = [intake.desk.get(each, intake.technician).text for each in paths]
    assert [SAID in each for each in texts] == [False, False, False], "it may be about them"
    assert EXAMPLES["reports"]["contact_name"] in texts[2], "it is their job now"
    theirs = intake.desk.get(f"/v1/tickets/{old}/history", intake.technician).text
    assert EXAMPLES["reports"]["contact_name"] in theirs, "of the first, it is their own job"


def _order(document: SurveyDocument, version: int) -> CommandEnvelope | NumberedCommand:
    (reaction,) = (each for each in reactions.REACTIONS if each.name == "report-again")
    said_at = datetime(2026, 1, 5, 2, tzinfo=UTC)
    heard = published(document, version)
    said = replace(heard, ticket=document.ticket, recorded_at=said_at)
    (owed,) = reaction.owed(said, no_policy)
    asking = CommandContext("reaction:report-again", AT, BRANCH, document.ticket, "here")
    return order_of(reaction.command_id(said, 0), owed, asking, PolicyBook(POLICIES))
