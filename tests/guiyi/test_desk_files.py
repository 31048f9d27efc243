"""别家工单的样子 (files of other desks): what people really export comes in whole, by its map."""

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from guiyi.legacy.mapping import Map, map_from
from guiyi.legacy.rows import Bad, Entry, open_legacy
from guiyi.tables.encodings import found
from guiyi.tables.faults import Unusable
from tests.guiyi.legacy_desk import Import
from tests.guiyi.workbooks import ods, xlsx

HEADING = "单号,环节,时间,经办人,备注"


def mapped(**changes: Any) -> Map:
    plain: dict[str, Any] = {
        "source": "desk",
        "branch": "GZ01",
        "columns": {"case": "单号", "activity": "环节", "time": "时间", "person": "经办人"},
        "time": {"zone": "Asia/Shanghai", "format": "%Y-%m-%d %H:%M"},
        "states": {"open": ["受理", "更新"], "closed": ["关闭"]},
    }
    return map_from({**plain, **changes})


def forms(*said: str) -> Mapping[str, Any]:
    return {"zone": "Asia/Shanghai", "format": said}


def read(folder: Path, content: str | bytes, legacy_map: Map, name: str = "a.csv") -> list[Any]:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_legacy(file, legacy_map) as legacy:
        return list(legacy.rows())


def clocks(found_: list[Entry | Bad]) -> list[str]:
    """The moments as the desk's own clock said them; the code of a bad row."""
    return [
        each.code if isinstance(each, Bad) else f"{each.at.timestamp() + 28_800:.0f}"
        for each in found_
    ]


def shanghai(*said: str) -> list[str]:
    read_ = [datetime.strptime(each, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for each in said]
    return [f"{each.timestamp():.0f}" for each in read_]


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


def test_dates_of_several_forms_stand_in_one_column(tmp_path: Path) -> None:
    rows = [
        "D1,受理,2018-03-04 09:05,甲,",
        "D1,更新,2018/3/4 10:05,甲,",
        "D1,更新,43163.4625,甲,",
        "D1,更新,2018年3月4日 12时5分,甲,",
        "D1,关闭,2018-03-05 09:05:07,甲,",
        "D1,更新,2018/3/4 下午 1:05,甲,",
        "D1,更新,昨天,甲,",
    ]
    time = forms(
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M",
        "excel",
        "%Y年%m月%d日 %H时%M分",
        "%Y-%m-%d %H:%M:%S",
        "%Y/%m/%d %p %I:%M",
    )
    told = clocks(read(tmp_path, "\n".join([HEADING, *rows]), mapped(time=time)))
    assert told == [
        *shanghai("2018-03-04 09:05:00", "2018-03-04 10:05:00", "2018-03-04 11:06:00"),
        *shanghai("2018-03-04 12:05:00", "2018-03-05 09:05:07", "2018-03-04 13:05:00"),
        "time-unreadable",
    ]


def test_seconds_and_milliseconds_since_1970_are_moments(tmp_path: Path) -> None:
    rows = f"{HEADING}\nE1,受理,1520125500,甲,\nE1,关闭,1520212000000,甲,\n"
    for form in ("epoch", "%s"):
        told = clocks(read(tmp_path, rows, mapped(time=forms(form))))
        assert told == shanghai("2018-03-04 09:05:00", "2018-03-05 09:06:40")


def test_a_day_and_a_clock_may_stand_in_two_columns(tmp_path: Path) -> None:
    rows = (
        "单号,环节,时间,钟点,经办人\nT1,关闭,2018/3/4,17:05,甲\n"
        "T1,受理,2018/3/4,9:05,甲\nT1,更新,2018/3/4,下午 2:05,甲\nT1,更新,2018/3/4,,甲\n"
    )
    columns = {"case": "单号", "activity": "环节", "time": ["时间", "钟点"], "person": "经办人"}
    told = clocks(read(tmp_path, rows, mapped(columns=columns, time=forms("%Y/%m/%d"))))
    assert told == shanghai(
        *("2018-03-04 17:05:00", "2018-03-04 09:05:00"),
        *("2018-03-04 14:05:00", "2018-03-04 00:00:00"),
    )


def test_every_row_may_be_the_same_step(tmp_path: Path) -> None:
    visits = mapped(
        columns={"case": "asset", "time": "day"},
        step="上门",
        time=forms("%m/%d/%Y"),
        states={"open": []},
    )
    found_ = read(tmp_path, "asset,day\nSA-1,4/19/2024\nSA-1,4/25/2024\n", visits)
    assert [(each.activity, each.is_open) for each in found_] == [("上门", False)] * 2
    assert clocks(found_) == shanghai("2024-04-19 00:00:00", "2024-04-25 00:00:00")
    # A constant is said as one: a column whose name is mistyped must not become every row's step.
    columns = {"case": "asset", "activity": "上门", "time": "day"}
    with pytest.raises(Unusable, match='write step = "上门"'):
        read(tmp_path, "asset,day\nSA-1,4/19/2024\n", mapped(columns=columns))


STEPS = {
    "columns": {"case": "number"},
    "steps": [
        {"activity": "opened", "time": "opened", "person": "by"},
        {"column": "state", "time": "updated"},
        {"activity": "closed", "time": "closed"},
    ],
    "states": {"open": ["opened", "waiting"]},
}


def test_one_row_may_tell_several_steps(importer: Import) -> None:
    steps = mapped(**STEPS)
    path = importer.folder / "steps.csv"
    lines = [
        "number,by,opened,state,updated,closed",
        "7,Anne,2018-03-04 09:05,waiting,2018-03-04 10:05,",
        "8,Anne,2018-03-04 09:05,done,2018-03-04 09:05,2018-03-04 09:05",
    ]
    path.write_text("\n".join(lines), "utf-8")
    tally = importer.of(path, steps)
    assert (tally.rows, tally.added, tally.facts, tally.known, tally.rejected) == (2, 2, 5, 0, 0)
    assert importer.listed() == {"desk-7": ("waiting", True), "desk-8": ("closed", False)}
    lines[1] = "7,Anne,2018-03-04 09:05,done,2018-03-05 10:05,2018-03-05 10:05"
    path.write_text("\n".join([*lines, "9,Anne,never,x,,"]), "utf-8")
    tally = importer.of(path, steps)
    assert (tally.rows, tally.added, tally.facts, tally.known, tally.rejected) == (3, 1, 2, 1, 1)
    assert importer.listed()["desk-7"] == ("closed", False)


def test_titles_stand_above_the_heading_and_the_heading_again_below(importer: Import) -> None:
    path = importer.folder / "titles.csv"
    row = "U1,受理,2018-03-04 09:05,甲,"
    again = "U1,关闭,2018-03-05 09:05,甲,"
    title = "锐搞工单导出: 2018-03-31,,,,"
    lines = (title, "", HEADING, row, HEADING, "", again)
    path.write_text("\n".join(lines), "utf-8")
    for above in (None, 2):
        tally = importer.of(path, mapped(lines_above=above))
        assert (tally.rows, tally.headings, tally.rejected) == (2, 1, 0)
    assert importer.listed() == {"desk-U1": ("关闭", False)}


def test_a_quote_may_have_a_backslash_before_it(tmp_path: Path) -> None:
    row = 'K1,受理,2018-03-04 09:05,甲,"说\\"漏水\\"，急"\n'
    more = 'K2,受理,2018-03-04 09:05,甲,"一\\"\n二"\nK3,关闭,2018-03-04 09:05,甲,x\n'
    found_ = read(tmp_path, f"{HEADING}\n{row}{more}", mapped(backslash=True))
    assert [each.original["备注"] for each in found_] == ['说"漏水"，急', '一"\n二', "x"]


@pytest.mark.parametrize(
    ("written", "number"),
    [("2\u00a0553", "2553"), ("12\u202f345\u202f678", "12345678"), ("A\u00a01", "A 1")],
)
def test_a_number_may_hold_blanks_that_do_not_break(
    tmp_path: Path, written: str, number: str
) -> None:
    [entry] = read(tmp_path, f"{HEADING}\n{written},受理,2018-03-04 09:05,甲,\n", mapped())
    assert entry.case == number


def test_html_is_kept_as_the_text_it_shows(tmp_path: Path) -> None:
    row = 'K1,受理,2018-03-04 09:05,甲,"&lt;p&gt;漏水&amp;nbsp;急&lt;/p&gt;<br>"\n'
    notes = "<p>漏水 &amp; <b>急</b></p><script>x()</script><p>a < b</p>"
    rows = f"{HEADING}\n{row}K2,受理,2018-03-04 09:05,甲,{notes}\n"
    found_ = read(tmp_path, rows, mapped(html=["备注"]))
    assert found_[1].original["备注"] == "漏水 & 急\na < b"


def test_long_notes_come_in(importer: Import) -> None:
    note = "\n".join(f'第{n}行 said ""so""' for n in range(900))
    path = importer.folder / "long.csv"
    path.write_text(f'{HEADING}\nG1,受理,2018-03-04 09:05,甲,"{note}"\n', "utf-8")
    assert importer.of(path, mapped()).added == 1
    [told] = importer.facts()
    assert told.fact.original["备注"] == note.replace('""', '"')


NAMES = "单号,环节,时间,经办人,备注\nL1,受理,2018-03-04 09:05,王芳,漏水，泵不转\n"


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 (BOM)"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("gb18030", "GB18030"),
    ],
)
def test_the_encoding_is_found_and_said(tmp_path: Path, encoding: str, told: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(NAMES.encode(encoding))
    with open_legacy(file, mapped()) as legacy:
        [entry] = legacy.rows()
        assert isinstance(entry, Entry)
        assert (entry.original["经办人"], legacy.table.told) == ("王芳", told)


def test_western_letters_are_told_from_chinese_ones() -> None:
    western = "id,note\n" + "1,Café façade – naïve Müller “quoted”\n" * 3
    assert found(io.BytesIO(western.encode("cp1252"))) == "cp1252"
    assert found(io.BytesIO(("x\n" * 100_000 + NAMES).encode("gb18030"))) == "gb18030"
    spoilt = NAMES.encode() * 3 + b"L2,\xff\xfe,,,\n"
    assert found(io.BytesIO(spoilt)) == "utf-8"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    found_ = read(tmp_path, NAMES.replace(",", delimiter), mapped())
    assert [each.case for each in found_] == ["L1"]


CELLS: list[list[object]] = [
    ["工单导出"],
    [],
    ["单号", "环节", "时间", "经办人", "备注"],
    [2553, "受理", datetime(2018, 3, 4, 9, 5), "甲", 1.5],  # noqa: DTZ001 - a cell has no zone
    [2553, "关闭", datetime(2018, 3, 5), "甲", True],  # noqa: DTZ001
    [2554, "受理", "2018-03-06 09:05", "乙", None],
]


@pytest.mark.parametrize(("name", "made"), [("a.xlsx", xlsx), ("a.ods", ods)])
def test_a_workbook_is_read_as_it_is(importer: Import, name: str, made: Any) -> None:
    path = importer.folder / name
    path.write_bytes(made({"三月": CELLS, "空": []}))
    tally = importer.of(path, mapped())
    assert (tally.rows, tally.added, tally.rejected) == (3, 3, 0)
    first, second, _ = importer.facts()
    assert first.fact.original["备注"] == "1.5"
    assert (first.occurred_at, second.occurred_at) == (
        datetime(2018, 3, 4, 1, 5, tzinfo=UTC),
        datetime(2018, 3, 4, 16, 0, tzinfo=UTC),
    )
    assert importer.of(path, mapped(sheet="三月")).known == 3
    with pytest.raises(Unusable, match='has no sheet "四月"; its sheets are 三月, 空'):
        importer.of(path, mapped(sheet="四月"))


def test_a_row_of_a_workbook_is_mended_as_csv(importer: Import) -> None:
    bad = [[*CELLS[2]], [7, "?", datetime(2018, 3, 4, 9, 5), "甲", ""]]  # noqa: DTZ001
    path = importer.folder / "a.xlsx"
    path.write_bytes(xlsx({"s": bad}))
    assert importer.of(path, mapped()).reasons == {"state-unknown": 1}
    rejects = importer.rejects(path)
    rejects.write_text(rejects.read_text("utf-8").replace("?", "受理"), "utf-8")
    assert importer.of(rejects, mapped()).added == 1


def _empty_zip(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "<Types/>")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_empty_zip("[Content_Types].xml", "xl/workbook.xml"), "a workbook that cannot be read"),
        (_empty_zip("a.csv"), "a ZIP archive"),
        (_empty_zip("word/document.xml"), "a document of a word processor"),
        (b"PK\x03\x04broken", "a damaged ZIP archive"),
        (b"%PDF-1.7 ...", "a PDF file"),
        (b'<?xml version="1.0"?>\n<log xes.version="1.0">', "an XES event log"),
        (b"<data/>", "an XML file"),
        (b'{"tickets": []}', "a JSON file"),
        (b"-- MySQL dump 10.13\n", "an SQL script"),
        (b"\x00\x01\x02\x00\x00\x00" * 50, "a binary file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a workbook that cannot be read"),
    ],
)
def test_another_kind_of_file_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(Unusable, match=said) as refused:
        read(tmp_path, content, mapped(), "a.xlsx")
    for told in refused.value.said.values():
        assert told.isprintable(), told
        assert len(told) < 400


def test_an_export_that_is_html_is_read(tmp_path: Path) -> None:
    cells = "".join(f"<td>{name}</td>" for name in HEADING.split(","))
    row = "<tr><td>H1<td>受理<td>2018-03-04 09:05<td>甲<td>a &amp; b<br>c</tr>"
    page = f"<html><body><table><tr><th>三月</th></tr><tr>{cells}</tr>{row}</table></body></html>"
    [entry] = read(tmp_path, page, mapped(), "a.xls")
    assert (entry.case, entry.original["备注"]) == ("H1", "a & b\nc")


def test_columns_of_one_name_are_kept_apart(importer: Import) -> None:
    path = importer.folder / "twice.csv"
    path.write_text(f"{HEADING},备注,\nR1,受理,2018-03-04 09:05,甲,一,二,三\n", "utf-8")
    with open_legacy(path, mapped()) as legacy:
        assert legacy.table.renamed == ["备注 (2)"]
    assert importer.of(path, mapped()).added == 1
    [told] = importer.facts()
    assert (told.fact.original["备注"], told.fact.original["备注 (2)"]) == ("一", "二")
    assert told.fact.original["#7"] == "三"
    with pytest.raises(Unusable, match="names a column twice: 时间"):
        read(importer.folder, HEADING + ",时间\n", mapped())


N3 = [
    "N3,关闭,2024-03-01 10:00,乙,",
    "N3,更新,2024-03-01 10:00,乙,x",
    "N3,受理,2024-03-01 09:00,丙,",
]


def test_a_file_may_begin_with_the_newest_row(importer: Import) -> None:
    path = importer.folder / "newest.csv"
    path.write_text("\n".join([HEADING, *N3]), "utf-8")
    importer.of(path, mapped())
    [(stream, told)] = importer.rows().items()
    assert [state for _, state in told] == ["受理", "更新", "关闭"], stream
    [row] = importer.list_rows()
    assert (row.state, row.is_open) == ("关闭", False)
    assert row.received_at == datetime(2024, 3, 1, 1, 0, tzinfo=UTC)


def test_the_map_may_say_which_way_a_file_runs(importer: Import) -> None:
    path = importer.folder / "one_moment.csv"
    path.write_text("\n".join([HEADING, *N3[:2]]), "utf-8")
    importer.of(path, mapped(order="newest-first"))
    assert importer.listed() == {"desk-N3": ("关闭", False)}


def test_a_ticket_was_received_at_its_earliest_moment_wherever_it_stands(importer: Import) -> None:
    path = importer.folder / "received.csv"
    rows = [
        "N4,更新,2024-03-01 10:00,乙,x",
        "N4,受理,2024-03-01 09:00,丙,来电",
        "N4,关闭,2024-03-02 09:00,丙,",
    ]
    path.write_text("\n".join([HEADING, *rows]), "utf-8")
    importer.of(path, mapped())
    [row] = importer.list_rows()
    assert row.received_at == datetime(2024, 3, 1, 1, 0, tzinfo=UTC)
    assert row.state == "关闭"


def test_columns_fill_the_list(importer: Import) -> None:
    path = importer.folder / "listed.csv"
    path.write_text(
        "单号,环节,时间,经办人,备注,客户,设备,型号,序列号,级别,电话\n"
        "F1,受理,2024-03-01 09:00,丙,漏水,西湖宾馆,M-1,GX,S-9,急,0571-1234567\n"
        "F1,关闭,2024-03-02 09:00,丙,,西湖宾馆,,,,急,\n",
        "utf-8",
    )
    columns = {"case": "单号", "activity": "环节", "time": "时间", "person": "经办人"} | {
        "fault": "备注",
        "customer": "客户",
        "machine": "设备",
        "model": "型号",
        "serial": "序列号",
        "priority": "级别",
        "phone": "电话",
    }
    listed = mapped(columns=columns, priorities={"急": "urgent"}, personal=["电话"])
    importer.of(path, listed)
    [row] = importer.list_rows()
    assert (row.fault_description, row.customer, row.machine) == ("漏水", "西湖宾馆", "M-1")
    assert (row.model, row.serial_no, row.priority, row.owner) == ("GX", "S-9", "urgent", "丙")
    assert row.contact_phone is not None


def test_rows_count_and_what_is_mended_comes_in_beside_its_twin(importer: Import) -> None:
    """Read is taken, repeated and rejected; the file of rejects is mended and sent again."""
    twin = "W1,受理,2018-03-04 09:05,甲,{}"
    path = importer.folder / "twins.csv"
    rows = [twin.format("第一"), twin.format("第二" * 40_000), "W1,受理,2018-03-04 9时,甲,第三"]
    path.write_text("\n".join([HEADING, *rows, "W1,关闭,2018-03-05 09:05,甲,"]), "utf-8")
    tally = importer.of(path, mapped())
    assert tally.rows == tally.added + tally.known + tally.rejected == 4
    assert tally.reasons == {"value-too-long": 1, "time-unreadable": 1}
    rejects = importer.rejects(path)
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        heading, long, timed = csv.reader(file)
    assert [long[1], timed[1]] == ["3", "4"]
    long[-1], timed[-3] = "第二", "2018-03-04 09:05"
    mended = importer.folder / "mended.csv"
    with mended.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, long, timed])
    for added in (2, 0):
        tally = importer.of(mended, mapped())
        assert (tally.rows, tally.added, tally.known) == (2, added, 2 - added)
    notes = [each.fact.original["备注"] for each in importer.facts()]
    assert sorted(notes) == ["", "第一", "第三", "第二"]
    rows = [twin.format("第一"), twin.format("第二"), twin.format("第三")]
    path.write_text("\n".join([HEADING, *rows]), "utf-8")
    assert importer.of(path, mapped()).known == 3


def test_a_longer_export_adds_exactly_what_is_new_even_above_a_twin(importer: Import) -> None:
    twin = "W1,更新,2018-03-04 09:05,甲,{}"
    path = importer.folder / "longer.csv"
    before = [twin.format("乙"), twin.format("甲"), "W1,受理,2018-03-01 09:05,甲,"]
    path.write_text("\n".join([HEADING, *before]), "utf-8")
    importer.of(path, mapped())
    path.write_text("\n".join([HEADING, twin.format("新"), *before]), "utf-8")
    tally = importer.of(path, mapped())
    assert (tally.added, tally.known) == (1, 3)
    notes = [each.fact.original["备注"] for each in importer.facts()]
    assert sorted(notes) == ["", "乙", "新", "甲"]
