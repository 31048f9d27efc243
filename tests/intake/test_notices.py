"""通知 of complaints: whoever of us is told of one is sent its number, and nobody else."""

import re

import pytest

from services.intake.app import room
from shared.events.notices import NoticeAskedAgain, NoticeChannel, NoticeFailed, NoticeSent
from shared.events.values import Sealed
from shared.notices.outbox import Row
from shared.notices.paper import PAPER, AskNoticeAgain, NoteNoticeFailed, NoteNoticeSent
from shared.personal.seal import unseal
from shared.view import recorded
from tests.intake.desk import APPROVER, CLERK, EXAMPLES, Intake
from tests.notices.example import ASKED, by_sender
from tests.notices.office import folded_rows
from tests.spec import given

paper = room.papers[PAPER.prefix]
DEAD, AGAIN = NoticeFailed(1, "http-410", None), NoticeAskedAgain(1, "not come")
PHONE, EMAIL = "138 0000 0007", "zhao@example.org"


def rows(desk: Intake) -> list[Row]:
    """What waits in the outbox, as the view has it."""
    partitions = range(desk.desk.store.partitions)
    stored = [each for n in partitions for each in desk.desk.store.facts(n, 0, 10_000)]
    return folded_rows([recorded(room.name, each) for each in stored])


@pytest.fixture
def desk(intake: Intake) -> Intake:
    intake.opened()
    intake.desk.staff(APPROVER, ["approver"], ["HZ01"], phone=PHONE)
    intake.desk.staff("G-SHENYI", ["general_manager"], ["HZ01"])
    return intake


def emergency(desk: Intake, ticket: str | None = None) -> tuple[str, str]:
    """A complaint that is an emergency: where it is, and all that the desk was answered."""
    path = desk.complaint(ticket)
    body = {**EXAMPLES["assignments"], "emergency": True, "owner": CLERK}
    return path, desk.done(desk.desk.post(f"{path}/assignments", body, desk.clerk)).text


def test_a_notice_is_tried_until_it_is_dead_and_sent_when_somebody_says_so() -> None:
    given(paper, ASKED).when(NoteNoticeFailed(1, "http-410", None), by_sender()).then(DEAD)
    given(paper, ASKED, DEAD).when(AskNoticeAgain(1, "not come"), by_sender()).then(AGAIN)
    given(paper, ASKED, DEAD, AGAIN).when(NoteNoticeSent(2), by_sender()).then(NoticeSent(2))


def test_its_number_is_that_of_the_complaint_and_of_no_ticket() -> None:
    (number,) = PAPER.address.fields
    assert number.pattern is not None
    for fits in ("TS-HZ01-2026-0001-N1", "BX-HZ01-20261123-0001-V1-N1"):
        assert re.fullmatch(number.pattern, fits)
    assert PAPER.ticket_of("TS-HZ01-2026-0001-N1") is None
    assert PAPER.ticket_of("BX-HZ01-20261123-0001-V1-N12") == "BX-HZ01-20261123-0001"


def test_whoever_is_told_of_an_emergency_and_has_a_phone_is_sent_it(desk: Intake) -> None:
    path, answer = emergency(desk)
    number = path.rpartition("/")[2]
    (row,) = rows(desk)
    assert (row.number, row.kind, row.about) == (f"{number}-N1", "complaint_emergency", number)
    assert not isinstance(row.to, str)
    for shown in (answer, desk.desk.get(path, desk.clerk).text, str(row)):
        assert PHONE not in shown


def test_whoever_has_no_phone_is_sent_a_letter_if_the_card_has_an_address(intake: Intake) -> None:
    intake.opened().desk.staff(APPROVER, ["approver"], ["HZ01"], email=EMAIL)
    path, answer = emergency(intake)
    (row,) = rows(intake)
    assert row.channel is NoticeChannel.EMAIL
    assert isinstance(row.to, Sealed)
    assert row.to.subject == f"person-{APPROVER}", "whoever erases them erases it"
    assert unseal(row.to, intake.desk.keys) == EMAIL
    for shown in (answer, intake.desk.get(path, intake.clerk).text, str(row)):
        assert EMAIL not in shown


def test_who_did_the_job_does_not_see_that_somebody_was_told(desk: Intake) -> None:
    """The history of the ticket has the notice for those who read complaints alone."""
    ticket = desk.signed().rpartition("/")[2]
    emergency(desk, ticket)
    history = f"/v1/tickets/{ticket}/history"
    assert "NoticeAsked" in {each["type"] for each in desk.told(history, desk.clerk)["rows"]}
    seen = {each["type"] for each in desk.told(history, desk.technician)["rows"]}
    assert seen
    assert "NoticeAsked" not in seen
