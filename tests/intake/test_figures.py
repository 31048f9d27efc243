"""受理的指标: repeat rate, first contact, days at each stage and clocks, by branch and ISO week."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.app import room
from services.intake.figures.http import closed, received, repeats
from services.intake.views import case_times
from services.intake.views.case_times import Stay
from shared.events.intake import CallNoted, ContactAttempted, RepeatNoted
from shared.events.report_form import Stage
from shared.events.values import Channel, Ending, ReportKind
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.intake.desk import EXAMPLES, Intake
from tests.intake.example import (
    APPROVED,
    AT,
    BRANCH,
    COMPLETED,
    DIAGNOSED,
    GUIDED,
    HOME,
    INQUIRY,
    REPORTED,
    REPORTED_B,
    SUBMITTED,
    TICKET,
)
from tests.intake.test_views import CLOSED, NOTED, RETURNED
from tests.seen import fold_view, recorded_on
from tests.shared.http_desk import POLICIES, codes, web_desk

MINUTE = 60
POLICY = read(POLICIES / CORE, Core)


def case(*facts: Any) -> case_times.Row:
    told = (
        recorded_on("intake", HOME, fact, seq=n, version=n, ticket=TICKET, branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    (row,) = fold_view(case_times, told).values()
    assert isinstance(row, case_times.Row)
    return row


class TestStages:
    """各阶段: how long a report was at each, its times there together."""

    def test_each_stage_is_a_span_of_the_record(self) -> None:
        row = case(REPORTED, DIAGNOSED, GUIDED, SUBMITTED, RETURNED, DIAGNOSED, SUBMITTED, NOTED)
        assert row.stays == (
            Stay(Stage.REGISTERED, MINUTE),
            Stay(Stage.DIAGNOSED, 3 * MINUTE),
            Stay(Stage.SUBMITTED, 2 * MINUTE),
            Stay(Stage.RETURNED, MINUTE),
        )
        assert (row.closed_at, row.ending) == (AT + timedelta(minutes=8), Ending.REPAIRED)
        told = {each.of: each.amount for each in closed(row, AT)}
        assert told == {"registered": 60, "diagnosed": 180, "submitted": 120, "returned": 60}

    def test_what_comes_after_the_end_changes_nothing(self) -> None:
        ended = case(REPORTED, CLOSED)
        later = case(REPORTED, CLOSED, NOTED)
        assert (later.stays, later.closed_at) == (ended.stays, ended.closed_at)

    def test_open_cases_and_enquiries_do_not_count(self) -> None:
        assert list(closed(case(REPORTED, SUBMITTED, APPROVED), AT)) == []
        assert list(closed(case(INQUIRY, CLOSED), AT)) == []


class TestReceived:
    """受理当周: whether a repair repeats, and how soon the customer was spoken with."""

    def repeats(self, *facts: Any) -> list[int]:
        return [each.amount for each in repeats([case(*facts)], [], lambda _: POLICY)]

    def test_a_repeat_says_which_case_it_follows(self) -> None:
        assert self.repeats(REPORTED) == [0]
        assert self.repeats(replace(REPORTED, reference="report-BX-1")) == [1]
        assert self.repeats(replace(REPORTED, reference="legacy-old-1")) == [0]
        noted = RepeatNoted("BX-1", "survey-BX-1-H1", 2, None)
        assert self.repeats(REPORTED, noted) == [1]
        assert self.repeats(replace(REPORTED, kind=ReportKind.INQUIRY)) == []
        duplicate = replace(CLOSED, ending=Ending.DUPLICATE, other_ticket="BX-2")
        assert self.repeats(REPORTED, duplicate) == []

    def contact(self, *facts: Any) -> list[int]:
        told = received(case(*facts), AT)
        return [each.amount for each in told if each.figure == "first_contact"]

    def test_the_first_contact_is_the_first_time_that_we_spoke(self) -> None:
        assert REPORTED.channel is Channel.PHONE
        assert self.contact(REPORTED) == [], "the call itself was the contact"
        assert self.contact(REPORTED_B) == []
        at = REPORTED_B.received_at + timedelta(minutes=10)
        assert COMPLETED.confirmed is not None
        spoke = replace(COMPLETED, confirmed=replace(COMPLETED.confirmed, at=at))
        assert self.contact(REPORTED_B, spoke) == [600]
        earlier = replace(GUIDED, attempt=replace(GUIDED.attempt, at=at - timedelta(minutes=5)))
        assert self.contact(REPORTED_B, spoke, earlier) == [300]

    def test_a_report_in_writing_waits_until_somebody_speaks_with_the_customer(self) -> None:
        letter = replace(REPORTED, channel=Channel.LETTER)
        at = letter.received_at + timedelta(minutes=20)
        assert self.contact(letter) == []
        talked = replace(DIAGNOSED.diagnosis, talked_to_customer_at=at)
        assert self.contact(letter, replace(DIAGNOSED, diagnosis=talked)) == [1200]
        assert self.contact(letter, CallNoted("K-1", at, "催一下", urges=True)) == [1200]
        told = replace(CLOSED, ending=Ending.WITHDRAWN, customer_told_at=at)
        assert self.contact(letter, told) == [1200]
        assert self.contact(replace(letter, channel=Channel.IMPORT), told) == []
        tried = ContactAttempted(at, "K-1", "phone", "13800001234", "无人接听")
        assert self.contact(letter, tried) == [], "nobody was reached"


class TestCameBack:
    """返修: the same machine is reported again within the days of policy, whoever says so."""

    FIRST = replace(case(REPORTED, CLOSED), ticket="BX-1", closed_at=AT, ending=Ending.REPAIRED)
    DAYS = timedelta(days=POLICY.repeats.days)

    def came(self, before: case_times.Row, after: timedelta, **changed: Any) -> int:
        again = replace(case(REPORTED), received_at=AT + after, **changed)
        (told,) = repeats([again], [before], lambda _: POLICY)
        return told.amount

    def test_within_the_days_of_policy_after_the_closing(self) -> None:
        assert self.came(self.FIRST, timedelta(0)) == 1
        assert self.came(self.FIRST, self.DAYS) == 1
        assert self.came(self.FIRST, self.DAYS + timedelta(seconds=1)) == 0
        assert self.came(self.FIRST, -timedelta(seconds=1)) == 0, "it was open still"

    def test_only_of_a_machine_that_was_put_right(self) -> None:
        for ending in (Ending.SWAPPED, Ending.WITHDRAWN, Ending.NOT_REPAIRABLE):
            assert self.came(replace(self.FIRST, ending=ending), timedelta(0)) == 0
        new = replace(self.FIRST, kind=ReportKind.COMMISSIONING)
        assert self.came(new, timedelta(0)) == 0

    def test_by_its_number_or_its_model_and_serial_number(self) -> None:
        first = replace(self.FIRST, machine=None, model="YB 32", serial_no="A-001")
        same = {"machine": None, "model": "yb32", "serial_no": "ａ-001"}
        assert self.came(first, timedelta(0), **same) == 1
        assert self.came(first, timedelta(0), **{**same, "serial_no": "A-002"}) == 0
        assert self.came(first, timedelta(0), **{**same, "model": None}) == 0
        assert self.came(self.FIRST, timedelta(0), machine="M-OTHER", serial_no=None) == 0
        assert self.came(replace(self.FIRST, branch="SH02"), timedelta(0)) == 0

    def test_a_machine_that_is_named_later_counts(self) -> None:
        named = replace(REPORTED.equipment, machine="M-9")
        told = replace(COMPLETED, equipment=named)
        assert case(REPORTED, told).machine == "M-9"


def figures(intake: Intake, token: str, asked: str = "") -> dict[tuple[str, str], Any]:
    rows = intake.told(f"/v1/figures{asked}", token)["rows"]
    return {(row["figure"], row["of"]): row for row in rows}


class TestRoute:
    """接口: by branch and week, for whoever leads and plans."""

    def test_a_week_of_a_branch(self, intake: Intake) -> None:
        intake.opened().approved()
        intake.answered()
        week = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%G-W%V")
        told = figures(intake, intake.approver)
        assert told["repeat", ""] == {
            **told["repeat", ""],
            "branch": "HZ01",
            "week": week,
            "count": 1,
            "total": 0,
            "value": 0,
            "unit": "permille",
        }
        clock = told["clock", "approvals"]
        assert (clock["count"], clock["total"], clock["value"]) == (1, 1, 1000)
        only = figures(
            intake, intake.approver, f"?figure=repeat&from_week={week}&until_week={week}"
        )
        assert only.keys() == {("repeat", "")}
        before = figures(intake, intake.approver, "?until_week=2020-W10")
        assert before == {}

    def test_a_machine_that_comes_back_is_a_repeat(self, intake: Intake) -> None:
        path = intake.opened().reported()
        solved = {**EXAMPLES["remote-guidances"], "result": "solved"}
        intake.done(intake.desk.post(f"{path}/remote-guidances", solved, intake.technician))
        told = {"ending": "solved_remotely", "customer_told_at": str(datetime.now(UTC))}
        intake.done(intake.desk.post(f"{path}/closings", told, intake.technician))
        now = str(datetime.now(UTC))
        intake.reported(received_at=now)
        row = figures(intake, intake.approver, "?figure=repeat")["repeat", ""]
        assert (row["count"], row["total"], row["value"]) == (2, 1, 500)

    def test_a_clock_that_nobody_met_counts_as_missed(self, tmp_path: Path) -> None:
        clock = [datetime.now(UTC)]
        with web_desk(room, tmp_path, clock=lambda: clock[0]) as desk:
            intake = Intake(desk).opened()
            intake.submitted()
            assert ("clock", "approvals") not in figures(intake, intake.approver)
            clock[0] += timedelta(days=6)
            approver = intake.desk.staff("A-LATE", ["approver"], ["HZ01"])
            missed = figures(intake, approver)["clock", "approvals"]
            assert (missed["count"], missed["total"], missed["value"]) == (1, 0, 0)

    def test_another_branch_has_its_own(self, intake: Intake) -> None:
        intake.opened().reported()
        far = intake.desk.staff("A-FAR", ["approver"], ["SH02"])
        assert figures(intake, far) == {}
        assert figures(intake, far, "?branch=HZ01") == {}
        everywhere = intake.desk.staff("G-1", ["general_manager"], ["*"])
        assert ("repeat", "") in figures(intake, everywhere)

    def test_who_neither_leads_nor_plans_is_refused(self, intake: Intake) -> None:
        told = intake.opened().desk.get("/v1/figures", intake.technician)
        assert (told.status_code, codes(told)) == (403, ["role"])

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ("from_week=2026-W01&until_week=2026-W14", 400),
            ("from_week=2026-W02&until_week=2026-W01", 400),
            ("until_week=2025-W53", 400),
            ("until_week=2026-48", 422),
            ("month=2026-11", 422),
        ],
    )
    def test_other_weeks_are_refused(self, intake: Intake, asked: str, status: int) -> None:
        told = intake.opened().desk.get(f"/v1/figures?{asked}", intake.clerk)
        assert told.status_code == status

    def test_thirteen_weeks_are_told(self, intake: Intake) -> None:
        intake.opened()
        asked = "/v1/figures?from_week=2026-W01&until_week=2026-W13"
        told = intake.desk.get(asked, intake.clerk)
        assert (told.status_code, told.json()["rows"]) == (200, [])
