"""`guiyi parts load`: a list of parts is loaded through the store's API, each row once."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from typer.testing import CliRunner

from guiyi.access import Access, Answered
from guiyi.acting import Acting, LacksRight
from guiyi.cli import app
from guiyi.lists.columns import read_map
from guiyi.lists.export import export_parts
from guiyi.lists.kinds import Kind
from guiyi.lists.loader import LoadStopped, LoadTally, load
from guiyi.lists.parts import PARTS
from guiyi.lists.rights import claimed
from guiyi.lists.room import ListRoom
from guiyi.lists.sheet import open_sheet
from guiyi.loading import REJECTED
from guiyi.refusal import OUT_OF_REACH, WRONG
from guiyi.tables.faults import Unusable
from services.inventory.app import room
from tests.shared.http_desk import WebDesk, web_desk

HEADING = "part,name,unit,models,has_serials,old_part_due,value_fen,quantity,serials,quota"
RING = "MFQ-32,密封圈,件,GX-200;GX-300,否,三包、收费,3800,10,,8"
PUMP = "BENG-5,泵,piece,,yes,,,2,P-1;P-2,"
SAMPLE = Path(__file__).parents[2] / "deploy" / "parts" / "sample.csv"
GREASE = "RHZ-1,润滑脂,公斤,,,无,,,,3"


@dataclass
class Store:
    """仓库: the part store's API in memory, and a folder with a list of parts."""

    web: WebDesk
    folder: Path

    def __post_init__(self) -> None:
        self.token = self.web.staff("K-ZHAOLI", ["operator", "storekeeper", "approver"], ["HZ01"])
        self.broken: list[Exception | int] = []

    @property
    def rejects(self) -> Path:
        return self.folder / "parts.csv.rejects.csv"

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> httpx.Response:
        if self.broken:
            match self.broken.pop(0):
                case int(status):
                    return httpx.Response(status, json={"reasons": []})
                case Exception() as error:
                    raise error
        return self.web.client.request(method, path, headers=dict(headers), content=body)

    def load(self, *lines: str, token: str | None = None, **more: Any) -> LoadTally:
        """Load a file of these lines; what became of them."""
        file = self.folder / "parts.csv"
        encoding = more.get("encoding", "utf-8")
        file.write_text("\n".join([more.get("heading", HEADING), *lines]) + "\n", encoding)
        tokens = dict.fromkeys(Kind, token or self.token)
        room = ListRoom(self.send, tokens, "HZ01", sleep=lambda _: None)
        with open_sheet(file, PARTS) as sheet:
            return load(sheet, "HZ01", room, self.rejects)

    def rows(self, path: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.web.get(path, self.token).json()["rows"]
        return found

    def rejected(self) -> list[Mapping[str, str]]:
        return list(csv.DictReader(self.rejects.read_text("utf-8-sig").splitlines()))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with web_desk(room, tmp_path) as web:
        yield Store(web, tmp_path)


def test_catalogue_stock_and_quotas_are_loaded(store: Store) -> None:
    tally = store.load(RING, PUMP, GREASE)
    assert (tally.rows, tally.added, tally.known, tally.rejected) == (3, 8, 0, 0)
    pump, ring, grease = store.rows("/v1/parts")
    assert (ring["models"], ring["old_part_due"]) == (["GX-200", "GX-300"], ["warranty", "paid"])
    assert (ring["value_fen"], ring["unit"], ring["has_serials"]) == (3800, "piece", False)
    assert (pump["has_serials"], pump["old_part_due"]) == (True, ["warranty"])
    assert (grease["unit"], grease["old_part_due"]) == ("kilogram", [])
    inside = store.rows("/v1/stock?inside=true")
    assert [(row["part"], row["quantity"], row["serials"]) for row in inside] == [
        ("BENG-5", 2, ["P-1", "P-2"]),
        ("MFQ-32", 10, []),
    ]
    (low,) = store.rows("/v1/stock/low")
    assert (low["part"], low["lacking"]) == ("RHZ-1", 3000)
    assert not store.rejects.exists()


def test_loading_twice_adds_nothing(store: Store) -> None:
    store.load(RING, PUMP, GREASE)
    tally = store.load(RING, PUMP, GREASE)
    assert (tally.added, tally.known, tally.rejected) == (0, 3, 0)
    more = store.load(RING, PUMP, GREASE, "FENG-1,阀,件,,,,,4,,")
    assert (more.added, more.known) == (2, 3)


def test_the_quota_of_the_last_list_holds(store: Store) -> None:
    for quota in (12, 15, 12):
        store.load(RING.replace(",8", f",{quota}"))
        (low,) = store.rows("/v1/stock/low")
        assert low["quota"] == quota


def test_columns_may_be_chinese_and_the_file_too(store: Store) -> None:
    tally = store.load("MFQ-32,密封圈,10", heading="配件编号,名称,期初数量", encoding="gb18030")
    assert (tally.added, tally.rejected) == (2, 0)
    assert store.rows("/v1/parts")[0]["name"] == "密封圈"


def test_bad_rows_are_set_aside_with_their_reasons(store: Store) -> None:
    tally = store.load(
        RING,
        "MFQ-32,别的名字,,,,,,,,",
        "RHZ-1,润滑脂,车,,,,,,,",
        "RHZ-2,润滑油,,,,,,ten,,",
        "BENG-5,泵,,,yes,,,2,P-1,",
        "X-1,,,,,,,5,,",
        "one value",
        GREASE,
    )
    assert (tally.rows, tally.rejected) == (8, 6)
    told = store.rejected()
    assert [(row["guiyi_row"], row["guiyi_code"]) for row in told] == [
        ("2", "registered-already"),
        ("3", "word-unknown"),
        ("4", "number-unreadable"),
        ("5", "serials-needed"),
        ("6", "part-unknown"),
        ("7", "columns"),
    ]
    assert told[1]["guiyi_zh"].startswith("“计量单位”不认识“车”，只认：piece")
    assert "2 pieces, 1 serials named" in told[3]["guiyi_en"]
    assert [row["part"] for row in store.rows("/v1/stock/low")] == ["RHZ-1"]


def test_a_mended_file_of_rejects_is_loaded_as_it_is(store: Store) -> None:
    store.load(RING, "RHZ-1,润滑脂,车,,,,,2,,")
    heading, row = store.rejects.read_text("utf-8-sig").splitlines()
    tally = store.load(row.replace("RHZ-1,润滑脂,车", "RHZ-1,润滑脂,公斤"), heading=heading)
    assert (tally.added, tally.rejected) == (2, 0)
    assert not store.rejects.exists()


def test_what_was_not_answered_is_asked_again(store: Store) -> None:
    store.broken = [httpx.ConnectTimeout("away"), 503, httpx.ReadTimeout("away")]
    tally = store.load(RING)
    assert (tally.added, tally.rejected) == (3, 0)


def test_a_store_that_stays_away_stops_the_loading(store: Store) -> None:
    store.broken = [httpx.ConnectError("away")] * 20
    with pytest.raises(LoadStopped) as stopped:
        store.load(RING, PUMP)
    assert (stopped.value.tally.rows, stopped.value.tally.added) == (1, 0)
    store.broken = []
    assert store.load(RING, PUMP).added == 6


def test_who_is_no_keeper_loads_nothing(store: Store) -> None:
    clerk = store.web.staff("C-WANGFANG", ["clerk"], ["HZ01"])
    with pytest.raises(Answered) as no:
        store.load(RING, token=clerk)
    assert no.value.status == 403


def test_a_right_that_is_missing_is_named_before_anything_is_loaded() -> None:
    here, nobody = frozenset({"HZ01"}), Acting("K-1", frozenset({"clerk"}), frozenset({"*"}))
    keeper = Acting("S-1", frozenset({"storekeeper", "clerk"}), here)
    base = Acting("B-1", frozenset({"base"}), frozenset({"*"}))
    people = {Kind.CATALOGUE: base, Kind.STOCK: keeper, Kind.QUOTA: base}
    needed, kinds = PARTS.needed(), [*PARTS.kinds.values()]
    assert claimed(needed, kinds, people, "HZ01") == {
        Kind.CATALOGUE: ["base"],
        Kind.STOCK: ["storekeeper"],
        Kind.QUOTA: ["base"],
    }
    with pytest.raises(LacksRight, match=r"^stock: S-1: SH02$"):
        claimed(needed, kinds, people, "SH02")
    with pytest.raises(LacksRight, match=r"^catalogue: K-1: .*; stock: K-1: storekeeper$"):
        claimed(needed, [Kind.STOCK, Kind.CATALOGUE], dict.fromkeys(Kind, nobody), "HZ01")


def test_only_what_a_list_has_columns_for_is_asked_for(store: Store) -> None:
    for heading, kinds in (
        ("part,name", [Kind.CATALOGUE]),
        ("part,quota", [Kind.QUOTA]),
        ("part,quantity,serials", [Kind.STOCK]),
    ):
        file = store.folder / "kinds.csv"
        file.write_text(f"{heading}\n", "utf-8")
        with open_sheet(file, PARTS) as sheet:
            assert sheet.kinds == kinds


def test_units_are_as_people_write_them(store: Store) -> None:
    told = {"台": "piece", "只": "piece", "条": "piece", "PCS": "piece", "ＰＣＳ": "piece"} | {
        "根": "piece",
        "块": "piece",
        "包": "pack",
        "桶": "barrel",
        "卷": "roll",
        "公斤": "kilogram",
        "mL": "millilitre",
        "双": "pair",
        "pc.": "piece",
    }
    lines = [f"GZ-U{n},某件,{word}" for n, word in enumerate(told)]
    tally = store.load(*lines, heading="part,name,unit")
    assert (tally.added, tally.rejected) == (len(told), 0)
    rows = {row["id"]: row["unit"] for row in store.rows("/v1/parts?limit=100")}
    assert [rows[f"GZ-U{n}"] for n in range(len(told))] == list(told.values())


def test_what_is_exported_is_read_back_equal(store: Store, tmp_path: Path) -> None:
    makers = '"φ32 (圈), 6/8",密封圈,包,,,无,,1200,,5'
    store.load(RING, PUMP, GREASE, makers, "A-1,软管,米,,,无,,2.5,,1.25")
    written = exported(store)
    assert written.splitlines()[1].endswith(",2.5,,1.25"), written
    assert [line["part"] for line in csv.DictReader(io.StringIO(written))] == [
        *("A-1", "BENG-5", "MFQ-32", "RHZ-1", "φ32 (圈), 6/8"),
    ]
    again = tmp_path / "again"
    again.mkdir()
    with web_desk(room, again) as web:
        other = Store(web, again)
        heading, *lines = written.splitlines()
        tally = other.load(*lines, heading=heading)
        assert (tally.rows, tally.rejected) == (5, 0)
        assert exported(other) == written
        assert other.rows("/v1/parts") == store.rows("/v1/parts")


def exported(store: Store) -> str:
    def rows(path: str, **asked: str) -> list[Mapping[str, Any]]:
        return store.rows(f"{path}?{urlencode({**asked, 'limit': '200'})}")

    out = io.StringIO(newline="")
    export_parts(rows, "HZ01", out)
    return out.getvalue().removeprefix("\ufeff")


MAKERS = ("MEAN W-LR350", "AS1201-M5(A)", "SL 12/35", "φ32-圈", "6204#2RS", "油封 30×45")


def test_part_numbers_are_as_makers_print_them(store: Store) -> None:
    lines = [f"{number},某件,{n}" for n, number in enumerate(MAKERS, 1)]
    tally = store.load(*lines, heading="part,name,quantity")
    assert (tally.added, tally.rejected, tally.reasons) == (2 * len(MAKERS), 0, {})
    assert sorted(row["id"] for row in store.rows("/v1/parts")) == sorted(MAKERS)
    for n, number in enumerate(MAKERS, 1):
        path = f"/v1/stock/HZ01/{quote(number, safe='')}"
        assert store.web.get(path, store.token).json()["accounts"]["store"] == n
    assert store.load(*lines, heading="part,name,quantity").known == len(MAKERS)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_of_a_list_is_found(store: Store, delimiter: str) -> None:
    heading = delimiter.join(("配件编号", "名称", "期初数量"))
    tally = store.load(delimiter.join(("GZ-H1", "密封圈", "12")), heading=heading)
    assert (tally.added, tally.rejected) == (2, 0)


def test_columns_that_nobody_knows_are_left_alone(store: Store) -> None:
    heading = "配件编号,名称,货位,供应商,期初数量"
    rows = ("GZ-G1,密封圈,A-01-03,某厂,12", "GZ-G2,水泵,A-01-04,某厂,2")
    tally = store.load(*rows, heading=heading)
    assert (tally.added, tally.rejected) == (4, 0)
    with open_sheet(store.folder / "parts.csv", PARTS) as sheet:
        assert sheet.unknown == ["货位", "供应商"]


@pytest.mark.parametrize(
    ("heading", "price", "fen"),
    [
        ("单价（元）", "38.5", 3850),
        ("单价", '"¥1,260.00"', 126_000),
        ("单价（分）", "3850", 3850),
        ("Price", "0.05元", 5),
    ],
)
def test_prices_are_in_yuan_or_in_fen(store: Store, heading: str, price: str, fen: int) -> None:
    assert store.load(f"P-1,泵,{price}", heading=f"part,name,{heading}").rejected == 0
    assert store.rows("/v1/parts")[0]["value_fen"] == fen


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("P-1,泵,米,2.0005,", "amount-fraction"),
        ("P-1,泵,台,2.5 米,", "unit-differs"),
        ("P-1,泵,米,3 台,", "unit-differs"),
        ("P-1,泵,台,2.5,", "number-unreadable"),
        ("P-1,泵,台,-1,", "number-unreadable"),
        ("P-1,泵,台,1,0.125", "price-unreadable"),
    ],
)
def test_what_is_no_count_and_no_price_is_rejected(store: Store, row: str, code: str) -> None:
    tally = store.load(row, heading="part,name,unit,quantity,单价")
    assert tally.reasons == {code: 1}


def test_fractions_of_a_divisible_unit_are_counted_exactly(store: Store) -> None:
    rows = ("H-1,软管,米,2.5,3", "H-2,机油,升,0.75 升,500 毫升", "H-3,焊丝,,1.25公斤,2")
    tally = store.load(*rows, "H-4,线,厘米,1.2 米,", heading="part,name,unit,quantity,quota")
    assert (tally.rejected, tally.reasons) == (0, {})
    stock = {row["part"]: row["quantity"] for row in store.rows("/v1/stock?account=store")}
    assert stock == {"H-1": 2500, "H-2": 750, "H-3": 1250, "H-4": 120}
    quotas = {row["part"]: row["quota"] for row in store.rows("/v1/stock/low?low=true")}
    quotas |= {row["part"]: row["quota"] for row in store.rows("/v1/stock/low?low=false")}
    assert (quotas["H-1"], quotas["H-2"], quotas["H-3"]) == (3000, 500, 2000)
    units = {row["id"]: (row["unit"], row["divided"]) for row in store.rows("/v1/parts")}
    assert units == {
        "H-1": ("metre", True),
        "H-2": ("litre", True),
        "H-3": ("kilogram", True),
        "H-4": ("centimetre", False),
    }
    again = store.load(*rows, heading="part,name,unit,quantity,quota")
    assert (again.rejected, again.added) == (0, 0)


def test_an_opening_says_what_it_cost_if_the_list_does(store: Store) -> None:
    rows = ('P-1,泵,2,"1,260.50"', "P-2,泵,3,")
    tally = store.load(*rows, heading="part,name,quantity,期初金额")
    assert (tally.rejected, tally.reasons) == (0, {})
    found = {row["part"]: (row["fen"], row["unknown"]) for row in store.rows("/v1/stock/values")}
    assert found == {"P-1": (126_050, 0), "P-2": (0, 3)}


def test_whole_numbers_may_be_written_in_any_way(store: Store) -> None:
    rows = ('P-1,泵,"1,200"', "P-2,泵,12.0", "P-3,泵,１２")
    store.load(*rows, heading="part,name,quantity")
    inside = store.rows("/v1/stock?inside=true")
    assert [row["quantity"] for row in inside] == [1200, 12, 12]


def test_a_map_says_what_the_columns_are_called(store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text('[columns]\npart = "代号"\nname = "品"\nquantity = "现存"\n', "utf-8")
    file = tmp_path / "own.csv"
    file.write_text("代号,品,数量,现存\nX-1,泵,99,3\n", "utf-8")
    with open_sheet(file, PARTS, named=read_map(mapping, PARTS.headings)) as sheet:
        tokens = dict.fromkeys(Kind, store.token)
        tally = load(sheet, "HZ01", ListRoom(store.send, tokens), store.rejects)
        assert sheet.unknown == ["数量"]
    assert tally.added == 2
    assert store.rows("/v1/stock?inside=true")[0]["quantity"] == 3
    mapping.write_text('[columns]\nprise = "x"\n', "utf-8")
    with pytest.raises(Unusable, match="prise: no such column"):
        read_map(mapping, PARTS.headings)


@pytest.mark.parametrize("heading", ["price", "name,quantity", "part,part", ""])
def test_a_heading_that_fits_no_list_of_parts_is_refused(store: Store, heading: str) -> None:
    with pytest.raises(Unusable):
        store.load(RING, heading=heading)


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `guiyi parts load` where no stack runs."""
    for name in ("KAFKA_BOOTSTRAP", "INTAKE_WEB_URL", "INVENTORY_WEB_URL", "GUIYI_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GUIYI_LANG", "en")
    monkeypatch.setenv("GUIYI_STATE", str(tmp_path / "state"))
    file = tmp_path / "parts.csv"
    file.write_text(f"{HEADING}\n{RING}\n", "utf-8")
    line = ["parts", "load", str(file), "--branch", "HZ01"]
    return lambda **environ: CliRunner().invoke(app, line, env=environ, catch_exceptions=False)


def test_where_nothing_runs_that_is_said(typed: Callable[..., Any]) -> None:
    result = typed()
    assert (result.exit_code, "guiyi up" in result.output) == (OUT_OF_REACH, True)


def test_a_dry_run_counts_its_reasons_in_json(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text("配件编号,名称,单价\nP-1,密封圈,面议\nP-2,密封圈,3\n", "utf-8")
    line = ["parts", "load", str(file), "--branch", "HZ01", "--dry-run", "--json"]
    result = CliRunner().invoke(app, line, catch_exceptions=False)
    told = json.loads(result.stdout.splitlines()[-1])
    assert result.exit_code == REJECTED
    assert (told["rows"], told["rejected"]) == (2, 1)
    assert told["reasons"] == {"number-unreadable": 1}


def test_where_no_part_store_runs_that_is_said(typed: Callable[..., Any]) -> None:
    result = typed(KAFKA_BOOTSTRAP="127.0.0.1:1", INTAKE_WEB_URL="http://127.0.0.1:1")
    assert result.exit_code == OUT_OF_REACH
    assert "inventory is not running" in result.output


def test_a_branch_that_nobody_registered_is_said_before_anybodys_right(
    typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_access: Access, _room: str, path: str, _token: str) -> Any:
        assert path == "/v1/branches/HZ01"
        raise Answered(404, {})

    far = Acting("S-1", frozenset({"storekeeper"}), frozenset({"SH02"}))
    monkeypatch.setattr(Access, "acting", lambda _access, _actor="": far)
    monkeypatch.setattr(Access, "token", lambda _access, **_: "token")
    monkeypatch.setattr(Access, "get", unknown)
    here = "http://127.0.0.1:1"
    result = typed(KAFKA_BOOTSTRAP="127.0.0.1:1", INTAKE_WEB_URL=here, INVENTORY_WEB_URL=here)
    assert (result.exit_code, "no branch HZ01 is registered" in result.output) == (WRONG, True)


def test_the_sample_that_comes_along_is_loaded(store: Store) -> None:
    lines = SAMPLE.read_text("utf-8").splitlines()
    tally = store.load(*lines[1:], heading=lines[0])
    assert (tally.rows, tally.added, tally.rejected) == (3, 10, 0)
