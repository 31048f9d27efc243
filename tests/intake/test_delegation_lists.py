"""授权清单: delegations in force today, by the calendar of each branch."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from guiyi.speech import say
from guiyi.verbs.desk import complaint_line, delegation_line
from tests.intake.desk import APPROVER, EXAMPLES, Intake
from tests.intake.report.test_enquiries import EARLY, LATE

IN_FORCE = "?in_force=true"


def deputies(intake: Intake, asked: str = IN_FORCE, token: str | None = None) -> list[str]:
    rows = intake.told(f"/v1/delegations{asked}", token or intake.clerk)["rows"]
    return [row["deputy"] for row in rows]


def test_those_are_in_force_whose_days_they_are(intake: Intake) -> None:
    intake.staffed()
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    intake.desk.staff("K-NOW", ["clerk"], ["HZ01"])
    intake.desk.staff("K-LATER", ["clerk"], ["HZ01"])
    path = intake.delegated(deputy="K-NOW", from_on=str(today), until_on=str(today))
    tomorrow = str(today + timedelta(1))
    intake.delegated(deputy="K-LATER", from_on=tomorrow, until_on=tomorrow)
    assert deputies(intake, "") == ["K-NOW", "K-LATER"]
    assert deputies(intake) == ["K-NOW"]
    assert deputies(intake, f"{IN_FORCE}&person={APPROVER}&deputy=K-NOW&branch=HZ01") == ["K-NOW"]
    assert deputies(intake, f"{IN_FORCE}&deputy=K-LATER") == []
    intake.done(intake.desk.post(f"{path}/1/endings", {}, intake.approver))
    assert deputies(intake) == []
    assert deputies(intake, f"{IN_FORCE}&ended=true") == []


def test_a_day_is_that_of_the_branch(intake: Intake) -> None:
    intake.staffed()
    intake.desk.staff("K-NOW", ["clerk"], ["HZ01"])
    early, late = (datetime.now(zone).date() for zone in (EARLY, LATE))
    for zone, day, there in ((EARLY, early, True), (LATE, early, False), (LATE, late, False)):
        branch = {**EXAMPLES["branches"], "time_zone": zone.key}
        intake.done(intake.desk.change("/v1/branches/HZ01", branch, intake.operator))
        if there:
            intake.delegated(deputy="K-NOW", from_on=str(day), until_on=str(day))
        assert deputies(intake) == (["K-NOW"] if there else []), (zone, day)


def test_another_branch_sees_none(intake: Intake) -> None:
    intake.staffed()
    intake.desk.staff("K-CHENJING", ["clerk"], ["HZ01"])
    intake.delegated(deputy="K-CHENJING")
    far = intake.desk.staff("K-FAR", ["clerk"], ["SH02"])
    assert deputies(intake, IN_FORCE, far) == []


def test_the_command_line_tells_each_on_a_line(intake: Intake) -> None:
    intake.opened()
    intake.desk.staff("K-NOW", ["clerk"], ["HZ01"])
    intake.delegated(deputy="K-NOW")
    (row,) = intake.told(f"/v1/delegations{IN_FORCE}", intake.clerk)["rows"]
    assert delegation_line(row)[:4] == (APPROVER, "K-NOW", ", ".join(row["as_what"]), "HZ01")
    complaint = intake.complaint().rpartition("/")[2]
    (row,) = intake.told("/v1/complaints?is_open=true", intake.clerk)["rows"]
    line = complaint_line(row)
    assert (line[0], line[1], line[-1]) == (complaint, "received", say("ticket.no"))
