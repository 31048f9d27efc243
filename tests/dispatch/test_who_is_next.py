"""Who is next in dispatch, by name: technicians, clerks, and who grants a change."""

import pytest

from shared.events.values import Role
from tests.dispatch.desk import EXAMPLES, Dispatch
from tests.dispatch.example import CLERK, LIU, REPORT, TICKET
from tests.dispatch.test_deputies import APPROVER, ASK, DEPUTY, GRANT, delegated, heard
from tests.shared.room_desk import know, named, who_is_next

PAGE = f"/v1/tickets/{TICKET}/papers"


@pytest.fixture
def asked(dispatch: Dispatch) -> Dispatch:
    """The technician has asked for another journey; who approved the report has left."""
    path = dispatch.signed()
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/{ASK}", EXAMPLES[ASK]))
    for person in REPORT.approved_by:
        dispatch.know(person, Role.APPROVER, active=False)
    dispatch.know(APPROVER, Role.APPROVER)
    return dispatch


def next_of(dispatch: Dispatch, step: str) -> list[tuple[str, str | None, str | None]]:
    return list(named(who_is_next(dispatch.shown(PAGE)["rows"], step)))


def test_approvers_of_the_branch_are_named_and_their_deputies_of_today(asked: Dispatch) -> None:
    know(asked.views, "A-FAR", Role.APPROVER, "NB01")
    assert next_of(asked, GRANT) == [("approver", APPROVER, None)]
    asked.know(DEPUTY, Role.CLERK)
    heard(asked, delegated())
    assert next_of(asked, GRANT) == [("approver", APPROVER, None), ("approver", DEPUTY, APPROVER)]
    heard(asked, delegated(days=(1, 2)))
    assert next_of(asked, GRANT) == [("approver", APPROVER, None)]


def test_without_an_approver_it_is_said_what_to_do(asked: Dispatch) -> None:
    asked.know(APPROVER, Role.APPROVER, active=False)
    (nobody,) = who_is_next(asked.shown(PAGE)["rows"], GRANT)
    assert (nobody["role"], nobody["person"]) == ("approver", None)
    assert nobody["to_do_zh"]


def test_before_anybody_is_assigned_technicians_and_clerks_of_the_branch_are_named(
    dispatch: Dispatch,
) -> None:
    dispatch.approved()
    assert ("clerk", CLERK, None) in next_of(dispatch, "openings")


def test_whom_the_paper_names_is_named_alone(dispatch: Dispatch) -> None:
    dispatch.signed()
    technicians = [whom for role, whom, _ in next_of(dispatch, ASK) if role == "technician"]
    assert technicians == [LIU]
