"""照人写的 (as people write it): telephones, machines that do not fit their cards, duplicates."""

from datetime import UTC, datetime

import pytest

from tests.intake.desk import EXAMPLES, Intake
from tests.shared.http_desk import codes

CUSTOMER = EXAMPLES["customers"]


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("020 8755-0066 转 801", ["020 87550066"]),
        ("020 8755-0066 Ext. 801", ["020 87550066"]),
        ("020 8755-0066X801 或 13800138000", ["020 87550066", "13800138000"]),
        ("13900139000、020-11112222", ["139 0013 9000", "020 1111 2222"]),
        ("（0571）8700 9999", ["0571-87009999"]),
        ("１３８００１３８０００", ["138 0013 8000"]),
        ("+86 (0571) 8700-9998", ["0571 87009998"]),
    ],
)
def test_a_phone_is_kept_as_it_is_written_and_found_as_it_is_dialled(
    intake: Intake, written: str, sought: list[str]
) -> None:
    intake.opened()
    body = {**CUSTOMER, "id": "C-77", "phone": written}
    assert intake.desk.post("/v1/customers", body, intake.clerk).status_code == 201
    assert intake.desk.get("/v1/customers/C-77", intake.clerk).json()["phone"] == written
    for number in sought:
        rows = intake.desk.post("/v1/lookups", {"phone": number}, intake.clerk).json()["rows"]
        assert "customer-C-77" in [row["stream"] for row in rows]


@pytest.mark.parametrize("written", ["ring me", "转 801", "12", "8755 0066 <b>"])
def test_what_is_no_number_is_no_phone(intake: Intake, written: str) -> None:
    intake.opened()
    told = intake.desk.post("/v1/customers", {**CUSTOMER, "phone": written}, intake.clerk)
    assert (told.status_code, codes(told)) == (422, ["wrong-form"])


def test_a_machine_that_is_not_as_its_card_says_is_warned_of(intake: Intake) -> None:
    intake.opened()
    other = {**CUSTOMER, "id": "C-2", "name": "别家"}
    assert intake.desk.post("/v1/customers", other, intake.clerk).status_code == 201
    report = EXAMPLES["reports"]
    strange = {
        "basics": {**report["basics"], "customer": "C-2"},
        "equipment": {**report["equipment"], "serial_no": "another", "model": "GX"},
    }
    told = intake.desk.post("/v1/reports", {**report, **strange}, intake.clerk).json()
    assert [each["code"] for each in told["warnings"]] == [
        *("machine-of-another-customer", "machine-serial-differs", "machine-model-differs"),
    ]
    serial = report["equipment"]["serial_no"].lower() + " "
    written = {"equipment": {**report["equipment"], "serial_no": serial}}
    told = intake.desk.post("/v1/reports", {**report, **written}, intake.clerk).json()
    assert [each["code"] for each in told["warnings"]] == ["open-report-on-same-machine"]


def test_a_duplicate_names_a_report_there_is_which_shows_it(intake: Intake) -> None:
    first = intake.opened().reported().rpartition("/")[2]
    second = intake.reported()
    body = {"ending": "duplicate", "reason": "同一故障", "customer_told_at": now()}
    nowhere = {**body, "other_ticket": "BX-HZ01-20200101-0001"}
    told = intake.desk.post(f"{second}/closings", nowhere, intake.clerk)
    assert (told.status_code, codes(told)) == (422, ["ticket-unknown"])
    body |= {"other_ticket": first}
    assert intake.desk.post(f"{second}/closings", body, intake.clerk).status_code == 200
    shown = intake.desk.get(f"/v1/reports/{first}", intake.clerk).json()
    assert shown["duplicates"] == [second.rpartition("/")[2]]
    intake.desk.views.is_building = True
    told = intake.desk.get(f"/v1/reports/{first}", intake.clerk)
    assert (told.status_code, told.json()["duplicates"]) == (200, None)


def now() -> str:
    return datetime.now(UTC).isoformat()
