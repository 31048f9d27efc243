"""提醒通知 of intake: whom a clock reminds or somebody urges is sent it once, if policy says so."""

import msgspec
import pytest

from services.intake.app import room
from tests.intake.desk import APPROVER, CLERK, EXAMPLES, Intake
from tests.notices.office import core
from tests.notices.reminding import EVERYWHERE, clock, fire, outbox_of, told

TO_APPROVER, TO_CLERK, TO_OTHER = "13800000001", "13800000002", "13800000003"
TO_MANAGER = "gu@example.org"


@pytest.fixture
def desk(intake: Intake) -> Intake:
    intake.opened()
    intake.desk.staff(APPROVER, ["approver"], ["HZ01"], phone=TO_APPROVER)
    intake.desk.staff(CLERK, ["clerk"], ["HZ01"], phone=TO_CLERK, email="k@example.org")
    intake.desk.staff("K-OTHER", ["clerk"], ["HZ02"], phone=TO_OTHER)
    intake.desk.staff("K-GONE", ["clerk"], ["HZ01"], phone=TO_OTHER, active=False)
    intake.desk.staff("K-SILENT", ["clerk"], ["HZ01"])
    intake.desk.staff("G-GU", ["general_manager"], ["*"], email=TO_MANAGER)
    return intake


def overdue(desk: Intake) -> str:
    """A report whose approval is overdue; its ticket."""
    path = desk.submitted()
    assert clock(desk.desk, room, "urge-approval") == 1
    return path.rpartition("/")[2]


def test_an_overdue_approval_is_told_to_the_approvers_and_to_the_owner_of_the_case(
    desk: Intake,
) -> None:
    ticket = overdue(desk)
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(ticket, TO_APPROVER), (ticket, TO_CLERK)]


def test_it_is_told_once_whatever_is_forgotten_and_built_again(desk: Intake) -> None:
    overdue(desk)
    for lost in (False, False, True):
        fire(desk.desk, room, lost=lost)
    assert len(told(desk.desk, room)) == 2


def test_who_has_decided_before_they_are_told_is_told_nothing(desk: Intake) -> None:
    ticket = overdue(desk)
    desk.give(f"/v1/reports/{ticket}", "approvals", desk.approver)
    fire(desk.desk, room)
    assert not told(desk.desk, room)


def test_policy_says_of_which_branches_people_are_told(desk: Intake) -> None:
    overdue(desk)
    structs = msgspec.structs
    closed = structs.replace(EVERYWHERE, channels=frozenset())
    for off in (core().notices, structs.replace(EVERYWHERE, reminding={"HZ02"}), closed):
        fire(desk.desk, room, off)
        assert not told(desk.desk, room)
    fire(desk.desk, room, structs.replace(EVERYWHERE, reminding={"HZ01"}))
    assert len(told(desk.desk, room)) == 2


def test_the_notice_stands_on_the_page_of_its_ticket_without_address(desk: Intake) -> None:
    ticket = overdue(desk)
    fire(desk.desk, room)
    page = desk.desk.get(f"/v1/tickets/{ticket}/papers", desk.clerk)
    shown = [each for each in page.json()["rows"] if each["kind"] == "notice"]
    assert [(each["paper"]["about"], each["stage"]) for each in shown] == 2 * [(ticket, "waiting")]
    assert TO_APPROVER not in page.text


def test_by_the_reports_urging_the_approvers_are_told(desk: Intake) -> None:
    path = desk.submitted()
    desk.give(path, "urgings", desk.clerk)
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(path.rpartition("/")[2], TO_APPROVER)]


def test_of_a_late_complaint_its_owner_is_told_and_those_above_with_the_fact(desk: Intake) -> None:
    path = desk.complaint()
    body = {**EXAMPLES["assignments"], "owner": CLERK}
    desk.done(desk.desk.post(f"{path}/assignments", body, desk.clerk))
    assert clock(desk.desk, room, "complaint-overdue") == 1
    number = path.rpartition("/")[2]
    above = [(each.kind, each.about) for each in outbox_of(desk.desk, room)]
    assert above == [("complaint_overdue", number)]
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(number, TO_CLERK)]


def test_of_a_late_call_the_clerks_are_told_then_who_is_above_them(desk: Intake) -> None:
    """The only approver has owned it: whoever else may call is told in their stead."""
    number = desk.complained().rpartition("/")[2]
    assert clock(desk.desk, room, "urge-complaint-call") == 1
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(number, TO_CLERK)]
    assert clock(desk.desk, room, "complaint-call-overdue") == 1
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(number, TO_CLERK), (number, TO_MANAGER)]


def test_of_a_complaint_that_nobody_closes_the_clerks_are_told_then_who_is_above_them(
    desk: Intake,
) -> None:
    path = desk.complained()
    number = path.rpartition("/")[2]
    desk.give(path, "confirmations", desk.clerk)
    for name, sent in (
        ("urge-complaint-closing", [(number, TO_CLERK)]),
        ("complaint-closing-overdue", [(number, TO_CLERK), (number, TO_MANAGER)]),
    ):
        assert clock(desk.desk, room, name) == 1
        fire(desk.desk, room)
        assert told(desk.desk, room) == sent


@pytest.mark.parametrize("ways", [(), ("confirmations",)])
def test_whom_a_complaint_is_about_and_who_ever_had_it_are_not_told_that_it_waits(
    desk: Intake, ways: tuple[str, ...]
) -> None:
    """Of its call-back and of its closing: neither may do them."""
    for person, role in (("K-ABOUT", "clerk"), ("A-HAD", "approver"), ("A-ABOUT", "approver")):
        desk.desk.staff(person, [role], ["HZ01"], phone=TO_OTHER)
    path = desk.complaint(complained_of="K-ABOUT")
    body = {**EXAMPLES["assignments"], "owner": "A-HAD", "complained_of": "A-ABOUT"}
    desk.done(desk.desk.post(f"{path}/assignments", body, desk.clerk))
    owner = desk.desk.token("A-HAD", ["approver"], ["HZ01"])
    desk.give(path, "resolutions", owner)
    for way in ways:
        desk.give(path, way, desk.clerk)
    kind = "closing" if ways else "call"
    for name in (f"urge-complaint-{kind}", f"complaint-{kind}-overdue"):
        assert clock(desk.desk, room, name) == 1
        fire(desk.desk, room)
    number = path.rpartition("/")[2]
    assert told(desk.desk, room) == [(number, TO_APPROVER), (number, TO_CLERK)]


def test_whoever_is_urged_by_name_is_told(desk: Intake) -> None:
    path = desk.complaint()
    body = {**EXAMPLES["assignments"], "owner": APPROVER}
    desk.done(desk.desk.post(f"{path}/assignments", body, desk.clerk))
    urging = {"whom": APPROVER, "because": "用户又来电 called again"}
    desk.done(desk.desk.post(f"{path}/urgings", urging, desk.clerk))
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(path.rpartition("/")[2], TO_APPROVER)]


def test_whoever_has_no_phone_is_told_by_letter(desk: Intake) -> None:
    overdue(desk)
    letters = msgspec.structs.replace(EVERYWHERE, channels=frozenset({"email"}))
    fire(desk.desk, room, letters)
    assert [to for _, to in told(desk.desk, room)] == ["k@example.org"]
