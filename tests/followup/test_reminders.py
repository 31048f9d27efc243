"""提醒通知 of followup: clerks, then approvers, and who has a paper are sent what reminds them."""

from collections.abc import Mapping

from services.followup.app import room
from shared.decider import Document
from shared.document import Around, Timer
from shared.events.values import Role
from tests.followup.dossier.test_custody_api import followup as answered
from tests.followup.dossier.test_custody_api import lent
from tests.followup.example import BRANCH, CLERK, LIU, NUMBER, TICKET
from tests.followup.test_api import FollowUp, followup
from tests.notices.office import core, replace_notices
from tests.notices.reminding import EVERYWHERE, TELL, clock, fire, reached, timed, told

__all__ = ["answered", "followup"]
DOSSIER = f"/v1/dossiers/{TICKET}"
TO_CLERK, TO_LIU, TO_APPROVER = "13800000001", "13800000002", "13800000003"


def peopled(desk: FollowUp) -> FollowUp:
    reached(desk.desk, CLERK, Role.CLERK, BRANCH, TO_CLERK)
    reached(desk.desk, LIU, Role.TECHNICIAN, BRANCH, TO_LIU)
    reached(desk.desk, "A-ZHAO", Role.APPROVER, BRANCH, TO_APPROVER)
    reached(desk.desk, "A-FAR", Role.APPROVER, "NB02", TO_APPROVER)
    return desk


def test_of_a_late_call_back_the_clerks_are_told_then_the_approvers(followup: FollowUp) -> None:
    peopled(followup).closed()
    assert clock(followup.desk, room, "urge-call-back") == 1
    fire(followup.desk, room)
    assert told(followup.desk, room) == [(NUMBER, TO_CLERK)]
    assert clock(followup.desk, room, "call-back-overdue") == 1
    for lost in (False, True):
        fire(followup.desk, room, lost=lost)
    assert told(followup.desk, room) == [(NUMBER, TO_CLERK), (NUMBER, TO_APPROVER)]


def test_the_cards_are_read_once_for_a_reminder(followup: FollowUp) -> None:
    """A room has heard of everybody who ever worked anywhere, and each card is sealed."""
    desk, read = peopled(followup).desk, list[str]()
    followup.closed()
    assert clock(desk, room, "urge-call-back") == 1

    def documents_of(of: str, prefix: str) -> Mapping[str, Document]:
        read.append(prefix)
        return desk.views.documents_of(of, prefix)

    timer = timed(room, TELL)
    assert isinstance(timer, Timer)
    (row,) = desk.views.first_rows(timer.view, {})
    around = Around(replace_notices(core(), EVERYWHERE), desk.views.first_rows, documents_of)
    assert timer.owed(row, around)
    assert read == ["person"]


def test_of_a_dossier_that_nobody_files_the_clerks_are_told(answered: FollowUp) -> None:
    peopled(answered)
    assert clock(answered.desk, room, "urge-filing") == 1
    fire(answered.desk, room)
    assert told(answered.desk, room) == [(TICKET, TO_CLERK)]


def test_whoever_has_a_paper_too_long_is_told(answered: FollowUp) -> None:
    peopled(answered)
    answered.done(lent(answered))
    assert clock(answered.desk, room, "urge-returns") == 1
    fire(answered.desk, room)
    assert told(answered.desk, room) == [(TICKET, TO_LIU)]


def test_whoever_is_urged_by_name_is_told(followup: FollowUp) -> None:
    peopled(followup).closed()
    urging = {"whom": CLERK, "because": "用户等电话 waits for the call"}
    followup.done(followup.post(f"/v1/surveys/{NUMBER}/urgings", urging, followup.zhao))
    fire(followup.desk, room)
    assert told(followup.desk, room) == [(NUMBER, TO_CLERK)]


def test_whoever_is_urged_by_name_to_bring_a_paper_is_told(answered: FollowUp) -> None:
    peopled(answered)
    answered.done(lent(answered))
    urging = {"whom": LIU, "because": "审计要看 the audit asks for it", "of": TICKET}
    answered.done(answered.post(f"{DOSSIER}/urgings", urging))
    fire(answered.desk, room)
    assert told(answered.desk, room) == [(TICKET, TO_LIU)]
