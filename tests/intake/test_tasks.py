"""受理的待办: what waits on reports and complaints, for me and whom I act for, and what is late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.intake.app import room
from services.intake.views import tasks
from shared.events.intake import ApprovalGiven, CaseHandedOver, ReportReturned
from shared.events.report_form import Approval
from shared.tasks import Row
from tests.intake.complaint import example as complaints
from tests.intake.desk import APPROVER, CLERK, TECHNICIAN, Intake
from tests.intake.example import (
    APPROVED,
    AT,
    BOTH,
    BRANCH,
    DIAGNOSED,
    DUE,
    HOME,
    INQUIRY,
    REPORTED,
    SHOWN,
    SUBMITTED,
    TICKET,
    ZHAO,
)
from tests.intake.test_views import CLOSED, NOTED
from tests.seen import fold_view, recorded_on
from tests.shared.http_desk import web_desk

RETURNED = ReportReturned(1, ZHAO, "approver", ("太贵",), ("estimated_fen",))
JOINT = replace(SUBMITTED, approval=BOTH)
MINE = "?mine=true"


def task(*facts: Any, home: str = HOME) -> Row | None:
    told = (
        recorded_on("intake", home, fact, seq=n, version=n, ticket=TICKET, branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    rows = list(fold_view(tasks, told).values())
    assert len(rows) <= 1
    return rows[0] if rows else None


def waits(*facts: Any, home: str = HOME) -> tuple[Any, ...] | None:
    """The step, who takes it and by when."""
    row = task(*facts, home=home)
    return (row.step, row.person or row.roles, row.due_at) if row else None


class TestOfReports:
    """报修单: its owner, then whom the ladder names."""

    def test_it_waits_for_its_owner(self) -> None:
        owner = REPORTED.owner
        assert waits(REPORTED) == ("diagnoses", owner, None)
        assert waits(INQUIRY) == ("closings", owner, None)
        assert waits(REPORTED, DIAGNOSED) == ("submissions", owner, None)
        assert waits(REPORTED, DIAGNOSED, JOINT, RETURNED) == ("submissions", owner, None)
        handed = CaseHandedOver(owner, "C-OTHER", None)
        assert waits(REPORTED, handed, DIAGNOSED) == ("submissions", "C-OTHER", None)
        assert waits(REPORTED, JOINT, handed, RETURNED) == ("submissions", "C-OTHER", None)

    def test_an_approval_waits_for_each_that_it_asks_for(self) -> None:
        assert waits(REPORTED, JOINT) == ("approvals", ("approver", "cost_deputy"), DUE)
        given = ApprovalGiven(1, Approval(ZHAO, "approver", AT, SHOWN))
        row = task(REPORTED, JOINT, given)
        assert row is not None
        assert (row.roles, row.due_at) == (("cost_deputy",), DUE)
        assert row.whom == (f"cost_deputy@{BRANCH}", "cost_deputy@*")

    def test_nothing_waits_once_it_is_approved_or_over(self) -> None:
        for end in (APPROVED, CLOSED, NOTED):
            assert task(REPORTED, JOINT, end) is None
        assert task(JOINT) is not None
        assert task(DIAGNOSED) is None, "nobody is known whom it waits for"


class TestOfComplaints:
    """投诉: whoever assigns it, its owner, whoever calls back, and by when."""

    def test_it_goes_from_hand_to_hand(self) -> None:
        desk = ("clerk", "approver", "general_manager")
        home, owner = complaints.HOME, complaints.ASSIGNED.owner
        told: list[Any] = [complaints.RECEIVED]
        due = complaints.RECEIVED.terms.due_at
        assert waits(*told, home=home) == ("assignments", desk, due)
        told.append(complaints.ASSIGNED)
        assert waits(*told, home=home) == ("resolutions", owner, complaints.ASSIGNED.terms.due_at)
        told.append(complaints.RESOLVED)
        called_by = complaints.RESOLVED.call_due_at
        assert waits(*told, home=home) == ("confirmations", desk, called_by)
        again = waits(*told, complaints.REOPENED, home=home)
        assert again == ("resolutions", owner, complaints.REOPENED.terms.due_at)
        told.append(complaints.CONFIRMED)
        assert waits(*told, home=home) == ("closings", desk, None)


def rows(intake: Intake, token: str, asked: str = "") -> list[Any]:
    return list(intake.told(f"/v1/tasks{asked}", token)["rows"])


def steps(intake: Intake, token: str, asked: str = "") -> list[str]:
    return [row["step"] for row in rows(intake, token, asked)]


class TestMine:
    """轮到我: by name, by role and post, and in the place of others."""

    def test_each_is_shown_their_own(self, intake: Intake) -> None:
        intake.opened().submitted()
        assert steps(intake, intake.approver, MINE) == ["approvals"]
        assert steps(intake, intake.clerk, MINE) == []
        assert steps(intake, intake.clerk) == ["approvals"], "a clerk sees what waits for others"
        assert rows(intake, intake.clerk)[0]["mine"] is False
        assert rows(intake, intake.approver)[0]["mine"] is True

    def test_who_does_not_plan_sees_their_own_alone(self, intake: Intake) -> None:
        path = intake.opened().reported()
        assert steps(intake, intake.technician) == []
        to = {"to": TECHNICIAN}
        intake.done(intake.desk.post(f"{path}/handovers", to, intake.clerk))
        (row,) = rows(intake, intake.technician)
        assert (row["person"], row["mine"], row["ticket"]) == (TECHNICIAN, True, row["number"])
        assert steps(intake, intake.clerk, MINE) == []

    def test_a_complaint_is_not_shown_to_who_reads_none(self, intake: Intake) -> None:
        ticket = intake.opened().reported().rpartition("/")[2]
        intake.complaint(ticket)
        assert steps(intake, intake.clerk, "?paper=complaint") == ["assignments"]
        for asked in ("", "?paper=complaint", f"?ticket={ticket}"):
            assert steps(intake, intake.technician, asked) == []

    def test_a_deputy_sees_what_was_delegated_on_their_days(self, intake: Intake) -> None:
        intake.opened().submitted()
        deputy = intake.desk.staff("K-2", ["clerk"], ["HZ01"])
        assert steps(intake, deputy, MINE) == []
        path = intake.delegated(deputy="K-2")
        (row,) = rows(intake, deputy, MINE)
        assert (row["step"], row["mine"], row["acting_for"]) == ("approvals", False, [APPROVER])
        other = intake.desk.staff("K-3", ["clerk"], ["HZ01"])
        assert steps(intake, other, MINE) == []
        intake.done(intake.desk.post(f"{path}/1/endings", {}, intake.approver))
        assert steps(intake, deputy, MINE) == []

    def test_a_post_is_asked_like_a_role(self, intake: Intake) -> None:
        path = intake.opened().diagnosed_at(600_000)
        for step, who in (("signatures", intake.technician), ("submissions", intake.clerk)):
            intake.give(path, step, who)
        posted = intake.desk.staff("A-QIAN", ["clerk"], ["HZ01"], posts=("cost_deputy",))
        assert steps(intake, posted, MINE) == ["approvals"]

    def test_who_is_of_all_branches_and_who_is_of_another(self, intake: Intake) -> None:
        intake.opened().submitted()
        everywhere = intake.desk.staff("G-1", ["approver"], ["*"])
        far = intake.desk.staff("A-FAR", ["approver"], ["SH02"])
        assert steps(intake, everywhere, MINE) == ["approvals"]
        assert (steps(intake, far, MINE), steps(intake, far)) == ([], [])

    def test_it_is_asked_by_branch_ticket_paper_and_person(self, intake: Intake) -> None:
        path = intake.opened().reported()
        ticket = path.rpartition("/")[2]
        for asked, count in (
            (f"?ticket={ticket}&paper=report&branch=HZ01&person={CLERK}", 1),
            ("?ticket=X", 0),
            ("?paper=complaint", 0),
            ("?branch=SH02", 0),
            (f"?person={TECHNICIAN}", 0),
        ):
            assert len(rows(intake, intake.clerk, asked)) == count, asked
        told = intake.desk.get("/v1/tasks?late=true", intake.clerk)
        assert told.status_code == 422

    def test_pages_follow_one_another(self, intake: Intake) -> None:
        intake.opened().reported()
        intake.reported()
        first = intake.told("/v1/tasks?limit=1", intake.clerk)
        second = intake.told(f"/v1/tasks?limit=1&after={first['next']}", intake.clerk)
        assert [len(page["rows"]) for page in (first, second)] == [1, 1]
        assert first["rows"] != second["rows"]
        assert second["next"] is None


def test_what_is_late_is_asked_for_by_the_clock_of_the_room(tmp_path: Path) -> None:
    clock = [datetime.now(UTC)]
    with web_desk(room, tmp_path, clock=lambda: clock[0]) as desk:
        intake = Intake(desk).opened()
        intake.submitted()
        assert steps(intake, intake.approver, "?overdue=true") == []
        (row,) = rows(intake, intake.approver)
        clock[0] = datetime.fromisoformat(row["due_at"]) + timedelta(seconds=1)
        intake.approver = intake.desk.staff("A-LATE", ["approver"], ["HZ01"])
        found = steps(intake, intake.approver, "?overdue=true&mine=true")
        assert found == ["approvals"]


@pytest.mark.parametrize("role", ["operator", "storekeeper", "finance", "base"])
def test_others_see_nothing_that_does_not_wait_for_them(intake: Intake, role: str) -> None:
    intake.opened().submitted()
    token = intake.desk.staff("X-1", [role], ["HZ01"])
    assert steps(intake, token) == []
