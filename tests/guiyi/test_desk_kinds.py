"""别家的文件 (files of other desks): encodings, delimiters, workbooks, and what is no table."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import python_calamine

from guiyi.legacy.rows import Entry, open_legacy
from guiyi.tables import workbook
from guiyi.tables.encodings import found
from guiyi.tables.faults import Unusable
from guiyi.tables.table import Reading, open_table
from tests.guiyi.desk_files import HEADING, mapped, read
from tests.guiyi.legacy_desk import Import
from tests.guiyi.workbooks import Sheets, ods, xlsx


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


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
    [2553, "受理", datetime(2018, 3, 4, 9, 5), "甲", 1.5],  # noqa: DTZ001 - a cell knows no zone
    [2553, "关闭", datetime(2018, 3, 5), "甲", True],  # noqa: DTZ001 - a cell knows no zone
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


def test_the_first_sheet_that_shows_rows_is_read_and_the_others_are_named(
    importer: Import,
) -> None:
    path = importer.folder / "a.xlsx"
    sheets: Sheets = {"字典": [["状态"], ["新"]], "封面": [], "三月": CELLS, "四月": CELLS}
    path.write_bytes(xlsx(sheets, hidden=["字典"]))
    with open_table(path, Reading(), bool) as table:
        assert (table.told, table.others) == (".xlsx 三月", ("四月",))
    assert importer.of(path, mapped()).added == 3
    with open_table(path, Reading(sheet="字典"), bool) as table:
        assert (table.told, table.others) == (".xlsx 字典", ("三月", "四月"))


def test_a_row_of_a_workbook_is_mended_as_csv(importer: Import) -> None:
    bad = [[*CELLS[2]], [7, "?", datetime(2018, 3, 4, 9, 5), "甲", ""]]  # noqa: DTZ001 - a cell knows no zone
    path = importer.folder / "a.xlsx"
    path.write_bytes(xlsx({"s": bad}))
    assert importer.of(path, mapped()).reasons == {"state-unknown": 1}
    rejects = importer.rejects(path)
    rejects.write_text(rejects.read_text("utf-8").replace("?", "受理"), "utf-8")
    assert importer.of(rejects, mapped()).added == 1


def _bomb(*, says: int | None, held: int) -> bytes:
    """A workbook whose sheet unpacks to so many bytes, and says that it has `says`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * held)
    whole = made.getvalue()
    if says is not None:
        whole = whole.replace(held.to_bytes(4, "little"), says.to_bytes(4, "little"))
    return whole


@pytest.mark.parametrize("says", [None, 100])
def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: int | None
) -> None:
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 3_000_000)

    def opened(_: str) -> object:
        raise AssertionError("it was read")

    monkeypatch.setattr(python_calamine, "load_workbook", opened)
    for held, refused in ((4_000_000, True), (2_000_000, False)):
        with pytest.raises(Unusable if refused else AssertionError, match=r"CSV|read"):
            read(tmp_path, _bomb(says=says, held=held), mapped(), "a.xlsx")


def test_a_file_that_is_too_large_for_a_workbook_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = xlsx({"一": CELLS[2:]})
    monkeypatch.setattr(workbook, "LARGEST", len(content) - 1)
    with pytest.raises(Unusable, match="save its sheet as CSV") as no:
        read(tmp_path, content, mapped(), "a.xlsx")
    assert "另存为 CSV" in no.value.said["zh"]


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


TABLE = "<table><tr><th>单号</th><th>环节</th><th>时间</th><th>经办人</th><th>备注</th></tr>"


@pytest.mark.parametrize("endless", ["<td ", "<!-- "])
def test_a_table_in_html_whose_tag_does_not_end_is_cut_off_there(
    tmp_path: Path, endless: str
) -> None:
    file = tmp_path / "a.xls"
    file.write_text(f"{TABLE}{endless}{'x' * 400_000}", "utf-8")
    with pytest.raises(Unusable, match="does not end"), open_legacy(file, mapped()):
        pass


def test_a_row_of_html_without_end_is_one_row_that_is_rejected(tmp_path: Path) -> None:
    long = f"<tr><td>1</td><td>受理</td><td>2018-03-04 09:05</td><td>甲</td><td>{'x ' * 300_000}"
    good = "</td></tr><tr><td>2<td>受理<td>2018-03-04 09:05<td>甲<td></tr></table>"
    bad, other = read(tmp_path, f"{TABLE}{long}{good}", mapped(), "a.xls")
    assert (bad.code, len(bad.values[-1]) < 300_000, other.case) == ("row-too-long", True, "2")


def test_an_export_that_is_html_is_read(tmp_path: Path) -> None:
    cells = "".join(f"<td>{name}</td>" for name in HEADING.split(","))
    row = "<tr><td>H1<td>受理<td>2018-03-04 09:05<td>甲<td>a &amp; b<br>c</tr>"
    page = f"<html><body><table><tr><th>三月</th></tr><tr>{cells}</tr>{row}</table></body></html>"
    [entry] = read(tmp_path, page, mapped(), "a.xls")
    assert (entry.case, entry.original["备注"]) == ("H1", "a & b\nc")


MERGED = (
    "<tr><td colspan=5>报修登记表</td></tr>"
    "<tr><th>单号</th><th>环节</th><th>时间</th><th>经办人</th><th>备注</th></tr>"
    "<tr><td rowspan=2>L1</td><td>受理</td><td>2018-03-04 09:05</td><td rowspan=2>王芳</td>"
    "<td>漏水</td></tr>"
    "<tr><td>更新</td><td>2018-03-04 10:05</td><td>换泵</td></tr>"
    "<tr><td>L2</td><td>受理</td><td>2018-03-04 11:05</td><td colspan=2>李</td></tr>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
@pytest.mark.parametrize("around", ["<table>{}</table>", "<div><table>{}</table></div>"])
def test_merged_cells_stand_in_each_row_of_a_table_in_html(
    tmp_path: Path, encoding: str, around: str
) -> None:
    content = around.format(MERGED).encode(encoding)
    entries = [each for each in read(tmp_path, content, mapped(), "a.xls") if type(each) is Entry]
    told = [(e.case, e.activity, e.said[2], e.original["备注"]) for e in entries]
    assert told == [
        ("L1", "受理", "王芳", "漏水"),
        ("L1", "更新", "王芳", "换泵"),
        ("L2", "受理", "李", ""),
    ]


def test_cells_merged_without_end_take_no_memory(tmp_path: Path) -> None:
    cells = "<tr>" + "<td rowspan=99999999 colspan=99999999>x</td>" * 400 + "</tr>"
    found_ = read(tmp_path, f"<table>{MERGED}{cells * 3}</table>", mapped(), "a.xls")
    assert [type(each) is Entry for each in found_] == [True] * 3 + [False] * 3
