"""咨询登记: who asked what, what they were told and by whom, and what it became; found by day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.intake.desk import CLERK, EXAMPLES, TECHNICIAN, Intake
from tests.shared.http_desk import codes

EARLY, LATE = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago")
"""Where it is never the same day."""


def test_an_enquiry_says_who_answered_it(intake: Intake) -> None:
    path = intake.opened().answered()
    ticket = path.rpartition("/")[2]
    page = intake.told(f"/v1/enquiries/{ticket}", intake.clerk)
    assert (page["answer"], page["answered_by"], page["became"]) == ("滤芯每年换一次", CLERK, None)
    assert (page["is_open"], page["ending"], page["received_by"]) == (False, "answered", CLERK)
    (row,) = intake.told(f"/v1/enquiries?answered_by={CLERK}", intake.clerk)["rows"]
    assert row["ticket"] == ticket


def test_an_enquiry_names_the_report_that_it_became(intake: Intake) -> None:
    asked = intake.opened().reported(kind="inquiry")
    became = intake.reported().rpartition("/")[2]
    told = {"ending": "answered", "answer": "请报修", "customer_told_at": str(datetime.now(UTC))}
    body = {**told, "other_ticket": became}
    intake.done(intake.desk.post(f"{asked}/closings", body, intake.clerk))
    page = intake.told(asked.replace("reports", "enquiries"), intake.clerk)
    assert page["became"] == became


def test_a_repair_is_no_enquiry(intake: Intake) -> None:
    path = intake.opened().reported()
    told = intake.desk.get(path.replace("reports", "enquiries"), intake.clerk)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    assert intake.told("/v1/enquiries", intake.clerk)["rows"] == []


def test_it_is_found_by_the_day_of_its_branch(intake: Intake) -> None:
    desk, far = intake.opened().desk, {**EXAMPLES["branches"], "time_zone": EARLY.key}
    intake.done(desk.change("/v1/branches/HZ01", far, intake.operator))
    path = intake.reported(kind="inquiry")
    assert desk.post(f"{path}/handovers", {"to": TECHNICIAN}, intake.clerk).is_success
    now = datetime.now(UTC)
    for zone, found in ((EARLY, 1), (LATE, 0)):
        on = now.astimezone(zone).date()
        for asked in ("", "&branch=HZ01"):
            rows = intake.told(f"/v1/enquiries?on={on}{asked}", intake.clerk)["rows"]
            assert len(rows) == found, (on, asked)
    (row,) = intake.told(f"/v1/enquiries?owner={TECHNICIAN}", intake.clerk)["rows"]
    assert row["is_open"]
