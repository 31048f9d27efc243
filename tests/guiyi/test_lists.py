"""Lists of machines, customers and people: one loader, a whole card in each row."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from guiyi.acting import Acting, LacksRight
from guiyi.lists.cards import CARDS
from guiyi.lists.columns import ListMap
from guiyi.lists.export import export_cards
from guiyi.lists.kinds import Kind
from guiyi.lists.loader import LoadTally, load
from guiyi.lists.rights import claimed
from guiyi.lists.room import ListRoom
from guiyi.lists.sheet import open_sheet
from services.intake.app import room
from shared.personal.seal import HIDDEN
from tests.shared.http_desk import WebDesk, web_desk

CUSTOMERS = "客户编号,客户名称,类别,联系人,联系电话,地址,备注"
HOTEL = "C-1001,西湖宾馆,单位,王小明,0571-8700 1234 转 8,西湖区杨公堤 2 号,老客户"
HOME = "C-1002,赵六,个人,,１３９００００００００,文三路 9 号,"
MACHINES = "设备编号,型号,序列号,客户编号,购买日期,安装日期,质保到期,安装地点"
PUMP = "M-1,MFQ-32,SN-1,C-1001,2025/6/1,2025年6月8日,20270608,地下室"


@dataclass
class Desk:
    """受理台: the registers in memory, and a folder with lists."""

    web: WebDesk
    folder: Path

    def __post_init__(self) -> None:
        self.clerk = self.web.staff("K-CHENJING", ["clerk"], ["HZ01"])
        self.operator = self.web.staff("O-LINFENG", ["operator"], ["HZ01", "SH02"])

    @property
    def rejects(self) -> Path:
        return self.folder / "list.csv.rejects.csv"

    def load(
        self, of: str, heading: str, *lines: str, token: str | None = None, **more: Any
    ) -> LoadTally:
        """Load a file of these lines; what became of them."""
        file = self.folder / "list.csv"
        file.write_text("\n".join([heading, *lines]) + "\n", "utf-8")
        is_people = of == "people"
        whose = token or (self.operator if is_people else self.clerk)
        here = ListRoom(self.send, dict.fromkeys(Kind, whose), sleep=lambda _: None)
        with open_sheet(file, CARDS[of], named=more.get("named", ListMap())) as sheet:
            dry = more.get("dry_run", False)
            branch = "" if is_people else "HZ01"
            return load(sheet, branch, None if dry else here, None if dry else self.rejects)

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> httpx.Response:
        return self.web.client.request(method, path, headers=dict(headers), content=body)

    def card(self, path: str, token: str | None = None) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.web.get(f"/v1/{path}", token or self.clerk).json()
        return found

    def exported(self, of: str, token: str, **asked: str) -> str:
        def rows(path: str) -> list[Mapping[str, Any]]:
            found: list[Mapping[str, Any]]
            found = self.web.get(f"{path}?{urlencode({**asked, 'limit': 200})}", token).json()[
                "rows"
            ]
            return found

        out = io.StringIO(newline="")
        export_cards(of, rows, "HZ01", out)
        return out.getvalue().removeprefix("\ufeff")

    def rejected(self) -> list[Mapping[str, str]]:
        return list(csv.DictReader(self.rejects.read_text("utf-8-sig").splitlines()))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with web_desk(room, tmp_path) as web:
        yield Desk(web, tmp_path)


def test_customers_come_in_as_people_write_them(desk: Desk) -> None:
    tally = desk.load("customers", CUSTOMERS, HOTEL, HOME)
    assert (tally.rows, tally.added, tally.rejected) == (2, 2, 0)
    hotel, home = desk.card("customers/C-1001"), desk.card("customers/C-1002")
    assert (hotel["name"], hotel["kind"], hotel["branch"]) == ("西湖宾馆", "unit", "HZ01")
    assert hotel["phone"] == "0571-8700 1234 转 8"
    assert (home["kind"], home["phone"], home["contact_name"]) == (
        "person",
        "１３９００００００００",
        None,
    )
    asked = {"phone": "13900000000"}
    found = desk.web.post("/v1/lookups", asked, desk.clerk).json()["rows"]
    assert [each["stream"] for each in found] == ["customer-C-1002"]


def test_a_repeated_list_makes_no_facts_and_a_changed_row_is_a_change(desk: Desk) -> None:
    desk.load("customers", CUSTOMERS, HOTEL, HOME)
    again = desk.load("customers", CUSTOMERS, HOTEL, HOME)
    assert (again.added, again.changed, again.known, again.rejected) == (0, 0, 2, 0)
    moved = HOTEL.replace("杨公堤 2 号", "灵隐路 1 号")
    changed = desk.load("customers", CUSTOMERS, moved, HOME)
    assert (changed.added, changed.changed, changed.known) == (1, 1, 1)
    assert desk.card("customers/C-1001")["address"] == "西湖区灵隐路 1 号"
    back = desk.load("customers", CUSTOMERS, HOTEL, HOME)
    assert (back.added, back.changed) == (1, 1)
    assert desk.card("customers/C-1001")["version"] == 3


def test_what_a_list_has_no_column_for_stays_on_the_card(desk: Desk) -> None:
    desk.load("customers", CUSTOMERS, HOTEL)
    tally = desk.load("customers", "编号,电话", "C-1001,0571-1111 2222")
    assert (tally.changed, tally.rejected) == (1, 0)
    card = desk.card("customers/C-1001")
    assert (card["phone"], card["contact_name"]) == ("0571-1111 2222", "王小明")
    tally = desk.load("customers", "编号,电话", "C-9,0571-1111 2222")
    assert tally.reasons == {"field-missing": 2}


@pytest.mark.parametrize("of", ["customers", "people"])
def test_an_address_for_e_mail_is_one_in_plain_width_or_nothing(desk: Desk, of: str) -> None:
    rest = {"customers": ("类别", "单位"), "people": ("岗位,网点", "客服,HZ01")}[of]
    heading = f"编号,姓名,{rest[0]},邮箱"
    first = f"X-1,某,{rest[1]},Li.Hua＠Mail.Example.ORG"
    tally = desk.load(of, heading, first, f"X-2,某,{rest[1]},暂无")
    assert (tally.added, tally.rejected) == (2, 0)
    assert desk.card(f"{of}/X-1")["email"] == "Li.Hua@mail.example.org"
    assert desk.card(f"{of}/X-2")["email"] is None
    assert desk.load(of, heading, first).known == 1
    odd = ("李华 <li@example.org>", "li@example.org、wang@example.org", "li")
    tally = desk.load(of, heading, *(f"X-{n},某,{rest[1]},{each}" for n, each in enumerate(odd, 3)))
    assert tally.reasons == {"wrong-form": 3}


def test_the_version_in_a_list_is_that_of_the_card(desk: Desk) -> None:
    desk.load("customers", CUSTOMERS, HOTEL)
    heading, first = "编号,地址,version", "C-1001,{},1"
    assert desk.load("customers", heading, first.format("新街 1 号")).changed == 1
    tally = desk.load("customers", heading, first.format("新街 2 号"))
    assert tally.reasons == {"version-mismatch": 1}
    assert desk.load("customers", heading, first.format("新街 1 号")).known == 1


def test_machines_and_days_in_peoples_spellings(desk: Desk) -> None:
    desk.load("customers", CUSTOMERS, HOTEL)
    lines = (
        PUMP,
        "M-2,MFQ-32,看不清,C-1001,45809,,无,",
        "M-3,MFQ-32,sn-3,C-1001,2025.6.1 00:00:00,,,",
    )
    assert desk.load("machines", MACHINES, *lines).rejected == 0
    pump, blurred = desk.card("machines/M-1"), desk.card("machines/M-2")
    days = [pump[name] for name in ("bought_on", "installed_on", "warranty_until")]
    assert days == ["2025-06-01", "2025-06-08", "2027-06-08"]
    assert pump["place"] == "地下室"
    assert (blurred["serial_no"], blurred["serial_unknown_because"]) == (None, "看不清")
    assert (blurred["bought_on"], blurred["warranty_until"]) == ("2025-06-01", None)
    assert desk.card("machines/M-3")["bought_on"] == "2025-06-01"
    assert desk.load("machines", MACHINES, *lines).known == 3


def test_a_day_before_a_month_is_read_only_by_a_map(desk: Desk) -> None:
    row = "M-1,MFQ-32,SN-1,,03/04/2025,,,"
    tally = desk.load("machines", MACHINES, row)
    assert tally.reasons == {"date-unreadable": 1}
    tally = desk.load("machines", MACHINES, row, named=ListMap(dates=("%d/%m/%Y",)))
    assert (tally.added, desk.card("machines/M-1")["bought_on"]) == (2, "2025-04-03")


@pytest.mark.parametrize("day", ["2025-13-01", "2025年", "昨天", "25/6/1", "0001-01-01"])
def test_what_is_no_day_is_rejected(desk: Desk, day: str) -> None:
    tally = desk.load("machines", MACHINES, f"M-1,MFQ-32,SN-1,,{day},,,")
    assert (tally.reasons, tally.added) == ({"date-unreadable": 1}, 0)


@pytest.mark.parametrize("serial", ["1.2E+10", "1E+05", "#N/A", "#REF!", "####"])
def test_what_a_spreadsheet_has_lost_is_no_value(desk: Desk, serial: str) -> None:
    tally = desk.load("machines", MACHINES, PUMP.replace("SN-1", serial))
    assert tally.reasons == {"value-lost": 1}


@pytest.mark.parametrize("serial", ["1E5", "A1.2E+10", "12E+10", "C#", "#12"])
def test_a_serial_may_look_like_a_number(desk: Desk, serial: str) -> None:
    desk.load("customers", CUSTOMERS, HOTEL)
    assert desk.load("machines", MACHINES, PUMP.replace("SN-1", serial)).reasons == {}


def test_duplicates_are_named(desk: Desk) -> None:
    desk.load("customers", CUSTOMERS, HOTEL)
    other = HOTEL.replace("王小明", "李四")
    tally = desk.load("customers", CUSTOMERS, HOTEL, HOTEL, other)
    assert (tally.known, tally.reasons) == (2, {"said-twice": 1})
    assert "line 2" in desk.rejected()[0]["guiyi_en"]
    same = "M-2,mfq-32,ＳＮ-1,C-1001,,,,"
    tally = desk.load("machines", MACHINES, PUMP, same)
    assert tally.reasons == {"said-twice": 1}
    tally = desk.load("machines", MACHINES, same)
    assert tally.reasons == {"serial-taken": 1}


def test_people_their_roles_and_branches_as_people_write_them(desk: Desk) -> None:
    heading = "工号,姓名,岗位,网点,技能,电话"
    line = "T-LIUYANG,刘洋,维修员、客服,HZ01，SH02,pumps,139 0000 0000"
    tally = desk.load("people", heading, line)
    assert (tally.added, tally.rejected) == (1, 0)
    card = desk.card("people/T-LIUYANG")
    assert (card["roles"], card["branches"]) == (["technician", "clerk"], ["HZ01", "SH02"])
    assert desk.load("people", heading, line).known == 1
    far = desk.load("people", heading, "T-2,王五,维修员,BJ09,,")
    assert far.reasons == {"foreign-branch": 1}
    odd = desk.load("people", heading, "T-2,王五,皇帝,HZ01,,", "T-3,王六,customer,HZ01,,")
    assert odd.reasons == {"word-unknown": 2}


def test_a_whole_card_is_never_made_of_what_is_not_seen(desk: Desk) -> None:
    heading = "工号,姓名,岗位,网点,电话,邮箱"
    desk.load("people", heading, "T-LIUYANG,刘洋,维修员,HZ01,139 0000 0000,liu@example.org")
    card = desk.card("people/T-LIUYANG")
    body = {n: card[n] for n in ("id", "name", "roles", "branches", "phone", "email")}
    revoked = {**body, "tokens_from": "2026-01-01T00:00:00Z"}
    assert desk.web.change("/v1/people/T-LIUYANG", revoked, desk.operator).is_success
    blind = desk.load("people", "工号,姓名", "T-LIUYANG,刘扬")
    assert blind.reasons == {"column-hidden": 1}
    phone_alone = desk.load("people", "工号,姓名,电话", "T-LIUYANG,刘扬,139 0000 0001")
    assert phone_alone.reasons == {"column-hidden": 1}
    line = "T-LIUYANG,刘扬,139 0000 0001,liu@example.org"
    seen = desk.load("people", "工号,姓名,电话,邮箱", line)
    assert seen.changed == 1
    assert desk.card("people/T-LIUYANG")["tokens_from"] == "2026-01-01T00:00:00Z"


def test_a_dry_run_rejects_what_the_run_would_reject(desk: Desk) -> None:
    bad = (
        "C-2,,单位,,,,",
        "C-3,某,机关,,,,",
        "C 4,某,单位,,,,",
        "C-5,某,单位,,打总机,,",
        "C-6,某,单位",
    )
    for dry in (True, False):
        tally = desk.load("customers", CUSTOMERS, HOTEL, *bad, dry_run=dry)
        assert tally.reasons == {
            "value-missing": 1,
            "word-unknown": 1,
            "wrong-form": 2,
            "columns": 1,
        }
        assert (tally.rows, tally.known + tally.added) == (6, 1)
        assert desk.rejects.exists() is not dry
    rejected = desk.rejected()
    assert all(each["guiyi_zh"] and each["guiyi_en"] for each in rejected)
    heading = ",".join(rejected[0])
    out = io.StringIO()
    csv.writer(out).writerow({**rejected[2], "客户编号": "C-4"}.values())
    tally = desk.load("customers", heading, out.getvalue().strip())
    assert (tally.added, tally.rejected) == (1, 0)


def test_who_may_not_is_named_before_anything_is_loaded() -> None:
    clerk = Acting("K-1", frozenset({"clerk"}), frozenset({"HZ01"}))
    for of, may in (("customers", True), ("machines", True), ("people", False)):
        asked = (CARDS[of].needed(), [Kind.CARD], {Kind.CARD: clerk})
        if may:
            assert claimed(*asked, "HZ01") == {Kind.CARD: ["clerk"]}
            with pytest.raises(LacksRight, match="SH02"):
                claimed(*asked, "SH02")
        else:
            with pytest.raises(LacksRight, match="card: K-1: operator"):
                claimed(*asked, None)


def test_what_is_exported_is_read_back_equal(desk: Desk, tmp_path: Path) -> None:
    phoned = "C-1003,=cmd()|x,单位,@李四,+86 139 0000 0000,'-1 号,,"
    mailed = (f"{HOTEL},wang@example.org", f"{HOME},'-zhao@example.org", phoned)
    desk.load("customers", f"{CUSTOMERS},邮箱", *mailed)
    desk.load("machines", MACHINES, PUMP)
    boss = desk.web.staff("F-SUNLI", ["approver", "auditor"], ["HZ01"])
    why = {"open": "true", "because": "换系统"}
    again = tmp_path / "again"
    again.mkdir()
    with web_desk(room, again) as web:
        other = Desk(web, again)
        for of in ("customers", "machines"):
            written = desk.exported(of, boss, **why)
            assert not any(cell[:1] in "=+-@" for cell in _cells(written) if cell)
            assert ("wang@example.org" in written) is (of == "customers")
            heading, *lines = written.splitlines()
            assert other.load(of, heading, *lines).rejected == 0
            boss_there = other.web.staff("F-SUNLI", ["approver", "auditor"], ["HZ01"])
            assert other.exported(of, boss_there, **why) == written
        assert other.card("customers/C-1003")["name"] == "=cmd()|x"
    opened = {each.reason for each in desk.web.openings.kept}
    assert opened == {"换系统"}


def test_what_is_not_seen_is_not_exported(desk: Desk) -> None:
    desk.load("customers", CUSTOMERS, HOTEL)
    written = desk.exported("customers", desk.clerk)
    assert HIDDEN not in written
    (row,) = csv.DictReader(written.splitlines())
    assert not {"phone", "email"} & row.keys()
    assert row["id"] == "C-1001"
    tally = desk.load("customers", CUSTOMERS, HOTEL.replace("王小明", HIDDEN))
    assert tally.reasons == {"value-hidden": 1}


def _cells(written: str) -> Iterator[str]:
    for row in csv.reader(written.splitlines()):
        yield from row
