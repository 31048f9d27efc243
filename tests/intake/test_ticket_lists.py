"""单据一览: how a desk finds tickets, and what there was of a machine and of a customer."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from guiyi.verbs.pasts import past_lines
from tests.intake.desk import EXAMPLES, Intake
from tests.shared.http_desk import codes

FAR = "SH02"
ZHOU = {**EXAMPLES["customers"], "id": "C-2", "name": "周记", "phone": "0571-1111 2222"}
MACHINE = EXAMPLES["machines"]
BARE = {"model": MACHINE["model"], "no_contract": True}


def asked(intake: Intake, question: str, token: str | None = None) -> list[str]:
    told = intake.told(f"/v1/tickets?{question}", token or intake.clerk)
    return [row["ticket"] for row in told["rows"]]


def found(intake: Intake, token: str | None = None, asked: str = "", **sought: str) -> list[str]:
    answer = intake.desk.post(f"/v1/ticket-lookups{asked}", sought, token or intake.clerk)
    return [row["ticket"] for row in intake.done(answer).json()["rows"]]


def number(path: str) -> str:
    return path.rpartition("/")[2]


def far_clerk(intake: Intake) -> str:
    branch = {**EXAMPLES["branches"], "code": FAR, "web_owner": None}
    intake.done(intake.desk.post("/v1/branches", branch, intake.operator))
    return intake.desk.staff("K-FAR", ["clerk"], [FAR])


class TestColumns:
    """按栏目: by machine, serial number, customer, region and days."""

    def test_each_column_is_asked_for(self, intake: Intake) -> None:
        ticket = number(intake.opened().reported())
        for question, there in (
            ("machine=M-2001", True),
            ("machine=M-9", False),
            ("serial_no=SN-88-0042", True),
            ("serial_no=SN-88-0043", False),
            ("customer=C-1001", True),
            ("customer=C-2", False),
            ("region=HZ", True),
            ("region=SH", False),
            ("machine=M-2001&customer=C-2", False),
        ):
            assert asked(intake, question) == ([ticket] if there else []), question

    def test_a_serial_number_is_found_however_it_is_written(self, intake: Intake) -> None:
        ticket = number(intake.opened().reported())
        assert asked(intake, "serial_no=ｓｎ-88 -0042") == [ticket]
        other = {**BARE, "serial_no": "OWN-1"}
        own = number(intake.reported(equipment=other))
        assert asked(intake, "serial_no=OWN-1") == [own]

    def test_a_region_that_is_completed_counts(self, intake: Intake) -> None:
        path = intake.opened().reported()
        basics = {**EXAMPLES["reports"]["basics"], "region": "XH"}
        intake.done(intake.desk.post(f"{path}/basics", {"basics": basics}, intake.clerk))
        assert (asked(intake, "region=XH"), asked(intake, "region=HZ")) == ([number(path)], [])

    def test_days_are_those_of_the_branch_and_both_count(self, intake: Intake) -> None:
        ticket = number(intake.opened().reported())
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        before, after = today - timedelta(1), today + timedelta(1)
        for question, there in (
            (f"from_on={today}&until_on={today}", True),
            (f"from_on={before}", True),
            (f"until_on={after}", True),
            (f"from_on={after}", False),
            (f"until_on={before}", False),
        ):
            assert asked(intake, question) == ([ticket] if there else []), question

    def test_pages_follow_one_another_and_other_questions_are_refused(self, intake: Intake) -> None:
        both = [number(intake.opened().reported()), number(intake.reported())]
        page = intake.told("/v1/tickets?machine=M-2001&newest_first=true&limit=1", intake.clerk)
        rest = f"machine=M-2001&newest_first=true&after={page['next']}"
        assert [page["rows"][0]["ticket"], *asked(intake, rest)] == both[::-1]
        for question in ("phone=057187001234", "name=x", "from_on=yesterday", "serial=1"):
            told = intake.desk.get(f"/v1/tickets?{question}", intake.clerk)
            assert told.status_code == 422, question

    def test_another_branch_finds_nothing(self, intake: Intake) -> None:
        intake.opened().reported()
        far = far_clerk(intake)
        for question in ("machine=M-2001", "serial_no=SN-88-0042", "customer=C-1001", "region=HZ"):
            assert asked(intake, question, far) == []


class TestLookUp:
    """按电话、姓名: whole ones, by what the look-up has of them; no text of a row is compared."""

    def test_a_ticket_is_found_by_what_it_holds(self, intake: Intake) -> None:
        ticket = number(intake.opened().reported())
        for sought in ({"phone": "+86 571 87001234"}, {"name": "王 小明"}, {"name": "西湖宾馆"}):
            assert found(intake, **sought) == [ticket]
        assert found(intake, phone="87001234") == []
        assert found(intake, phone="0571 87001234", name="李四") == []
        assert found(intake) == []

    def test_a_ticket_is_found_by_the_card_of_its_customer(self, intake: Intake) -> None:
        intake.opened()
        intake.done(intake.desk.post("/v1/customers", ZHOU, intake.clerk))
        unknown = ["customer_name", "customer_kind", "address", "region"]
        basics = {"customer": "C-2", "asked_unknown": unknown}
        ticket = number(intake.reported(basics=basics, equipment=BARE))
        assert found(intake, name="周记") == [ticket]
        assert found(intake, phone="057111112222") == [ticket]

    def test_an_imported_ticket_is_found_and_open_ones_alone(self, intake: Intake) -> None:
        first, second = intake.opened().answered(), intake.reported()
        assert found(intake, name="王小明") == [number(second), number(first)]
        assert found(intake, asked="?is_open=true", name="王小明") == [number(second)]

    def test_names_and_phones_stay_masked_on_the_list(self, intake: Intake) -> None:
        intake.opened().reported()
        answer = intake.desk.post("/v1/ticket-lookups", {"name": "王小明"}, intake.clerk)
        assert "王小明" not in answer.text
        assert "8700" not in answer.text

    def test_who_looks_nobody_up_is_refused_and_another_branch_finds_nothing(
        self, intake: Intake
    ) -> None:
        intake.opened().reported()
        told = intake.desk.post("/v1/ticket-lookups", {"name": "王小明"}, intake.operator)
        assert (told.status_code, codes(told)) == (403, ["role"])
        assert found(intake, far_clerk(intake), name="王小明") == []


class TestPast:
    """经历: of a machine and of a customer, tickets and complaints."""

    def test_complaints_are_asked_by_machine_and_customer(self, intake: Intake) -> None:
        ticket = number(intake.opened().reported())
        complaint = number(intake.complaint(ticket, machine="M-2001", customer="C-1001"))
        for question, there in (
            ("machine=M-2001", True),
            ("machine=M-9", False),
            ("customer=C-1001", True),
            ("customer=C-2", False),
        ):
            rows = intake.told(f"/v1/complaints?{question}", intake.clerk)["rows"]
            assert [row["number"] for row in rows] == ([complaint] if there else []), question

    def test_the_command_line_tells_each_paper_on_a_line(self, intake: Intake) -> None:
        ticket = number(intake.opened().answered())
        complaint = number(intake.complaint(ticket, customer="C-1001"))

        def rows(path: str) -> Any:
            return intake.told(f"/v1/{path}?customer=C-1001", intake.clerk)["rows"]

        lines = [line[1:] for line in past_lines(rows("tickets"), rows("complaints"))]
        assert lines == [
            (ticket, "closed", "answered", EXAMPLES["reports"]["fault_description"]),
            (complaint, "received", "", "manner"),
        ]
