"""映射草稿与预览 (sketch and preview): a map made from a file, and the tickets it would make."""

import csv
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guiyi.cli import app
from guiyi.legacy.mapping import map_from
from guiyi.legacy.preview import HIDDEN, TICKETS
from guiyi.legacy.sketch import sketch
from guiyi.refusal import WRONG
from guiyi.tables.faults import Unusable
from guiyi.tables.personal import looks_personal
from tests.guiyi.legacy_desk import Import, line

OWN = """导出 2024,,,,,,
工单号,状态,创建时间,处理人,客户名称,联系电话,故障描述
GD-1,受理,2018/3/4 9:05,甲,西湖宾馆,0571-87001234,漏水
GD-1,已关闭,2018-03-05 09:05,甲,西湖宾馆,0571-87001234,
GD-2,待派工,2018年3月6日 9时5分,乙,某厂,13900139000,"不启动, ""急"" 请来"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own-desk.csv"
    file.write_bytes(OWN.encode("gb18030"))
    return file


def test_a_sketch_is_a_map_with_which_the_file_comes_in(own: Path) -> None:
    text = sketch(own)
    found = map_from(tomllib.loads(text))
    assert found.source == "owndesk"
    assert sorted(found.personal) == ["客户名称", "联系电话"]
    assert (found.columns.case, found.columns.activity) == ("工单号", "状态")
    assert (found.columns.time, found.columns.fault) == ("创建时间", "故障描述")
    assert (found.states.open, found.states.closed) == (("受理", "待派工"), ("已关闭",))
    assert "#   联系电话: 0571-87001234, 13900139000" in text
    assert text.count("CHECK") > 5
    importer = Import(own.parent)
    tally = importer.of(own, found)
    assert (tally.rows, tally.added, tally.rejected) == (3, 3, 0)


def test_whatever_a_heading_holds_a_sketch_is_toml(tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(
            [
                ['单"号', "a\nb", "c\\d\x1b[31m"],
                ["1", "x\n[columns]", "y"],
            ]
        )
    text = sketch(file)
    tomllib.loads(text)
    assert "\x1b" not in text


def run(*words: str) -> tuple[int, str]:
    told = CliRunner().invoke(app, ["import", *words], env={"GUIYI_LANG": "en"})
    return told.exit_code, told.output


def test_the_verb_writes_a_sketch_or_says_why_not(own: Path) -> None:
    code, told = run("--sketch", str(own))
    assert (code, 'case = "工单号"' in told) == (0, True)
    picture = own.with_name("a.csv")
    picture.write_bytes(b"\x89PNG\r\n")
    code, told = run("--sketch", str(picture))
    assert (code, "is a picture" in told) == (WRONG, True)
    code, told = run(str(own))
    assert (code, "--sketch" in told) == (WRONG, True)


def test_a_dry_run_shows_ten_tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIYI_STATE", str(tmp_path / "state"))
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        'source = "old"\nbranch = "HZ01"\npersonal = ["who"]\n[columns]\ncase = "id"\n'
        'activity = "step"\ntime = "at"\ncontact = "who"\n[time]\nzone = "UTC"\n'
        '[states]\nopen = ["open"]\n',
        "utf-8",
    )
    rows = [line(n, n, who="Anne Claire") for n in range(12)]
    path = Import(tmp_path).file([*rows, line(3, 59, "closed")])
    code, told = run(str(path), "--mapping", str(mapping), "--dry-run")
    assert code == 0
    assert sum(told.count(f"old-{n} ") for n in range(12)) == TICKETS
    assert HIDDEN in told
    assert "Anne" not in told


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_nothing_is_sketched_of_a_file_that_says_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "empty.csv"
    file.write_bytes(content)
    with pytest.raises(Unusable, match="no heading"):
        sketch(file)


def test_a_clock_beside_its_day_is_not_left_out(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    lines = "单号,日期,时间,处理情况\nA1,2018/3/4,9:05,登记\nA1,2018年3月4日,下午 2:30,修好\n"
    file.write_text(lines, "utf-8")
    columns = tomllib.loads(sketch(file))["columns"]
    assert (columns["time"], columns["activity"]) == (["日期", "时间"], "处理情况")


@pytest.mark.parametrize("name", ["caller_id", "身份证编号", "手机编号"])
def test_what_says_who_somebody_is_looks_personal(name: str) -> None:
    assert looks_personal(name)


def test_a_chinese_afternoon_is_found(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("单号,环节,时间\nA1,受理,2018年11月3日 下午3:05\n", "utf-8")
    assert "%Y年%m月%d日 %p%I:%M" in tomllib.loads(sketch(file))["time"]["format"]
