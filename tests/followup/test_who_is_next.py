"""Who is next in followup, by name: clerks who call back, and who accepts that a paper is lost."""

from shared.events.values import Role
from tests.followup.example import BRANCH, CLERK, LIU, TICKET, ZHAO
from tests.followup.test_api import DOSSIER, EXAMPLES, FollowUp, followup
from tests.followup.test_deputies import APPROVER, DEPUTY, delegated, heard
from tests.shared.room_desk import know, named, who_is_next

__all__ = ["followup"]
PAGE = f"/v1/tickets/{TICKET}/papers"
ACCEPT = "loss-acceptances"


def missed(desk: FollowUp) -> None:
    """A paper that should lie in the file is found nowhere."""
    desk.closed()
    desk.done(desk.post(f"{DOSSIER}/losses", EXAMPLES["losses"]))


def accepting(desk: FollowUp) -> list[tuple[str, str | None, str | None]]:
    """Who may accept the loss of a paper, but for the general manager."""
    whom = named(who_is_next(desk.rows(PAGE), ACCEPT))
    return [each for each in whom if each[0] == "approver"]


def test_who_calls_back_is_named(followup: FollowUp) -> None:
    followup.closed()
    know(followup.views, "K-FAR", Role.CLERK, "NB01")
    found = named(who_is_next(followup.rows(PAGE), "attempts"))
    assert found == [("clerk", each, None) for each in sorted((CLERK, LIU, ZHAO))]


def test_who_accepts_a_loss_is_named_and_who_stands_in_for_them(followup: FollowUp) -> None:
    missed(followup)
    know(followup.views, APPROVER, Role.APPROVER, BRANCH)
    know(followup.views, DEPUTY, Role.TECHNICIAN, BRANCH)
    assert accepting(followup) == [("approver", APPROVER, None)]
    heard(followup, delegated())
    assert accepting(followup) == [("approver", APPROVER, None), ("approver", DEPUTY, APPROVER)]


def test_where_nobody_accepts_it_is_said_what_to_do(followup: FollowUp) -> None:
    missed(followup)
    whom = who_is_next(followup.rows(PAGE), ACCEPT)
    (nobody,) = [each for each in whom if each["role"] == "approver"]
    assert nobody["person"] is None
    assert nobody["to_do_zh"]
