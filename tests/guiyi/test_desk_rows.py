"""别家的行 (rows of other desks): steps, titles, quotes, numbers, HTML and long notes."""

from pathlib import Path

import pytest

from guiyi.tables.faults import Unusable
from tests.guiyi.desk_files import HEADING, clocks, forms, mapped, read, shanghai
from tests.guiyi.legacy_desk import Import


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


def test_every_row_may_be_the_same_step(tmp_path: Path) -> None:
    visits_ = {"time": forms("%m/%d/%Y"), "states": {"open": []}}
    visits = mapped(columns={"case": "asset", "time": "day"}, step="上门", **visits_)
    found_ = read(tmp_path, "asset,day\nSA-1,4/19/2024\nSA-1,4/25/2024\n", visits)
    assert [(each.activity, each.is_open) for each in found_] == [("上门", False)] * 2
    assert clocks(found_) == shanghai("2024-04-19 00:00:00", "2024-04-25 00:00:00")
    named = {**visits_, "columns": {"case": "asset", "activity": "上门", "time": "day"}}
    again = read(tmp_path, "asset,day\nSA-1,4/19/2024\nSA-1,4/25/2024\n", mapped(**named))
    assert again == found_


@pytest.mark.parametrize("named", ["statu", "Days", "上门"])
def test_a_mistyped_column_is_not_the_step_of_every_row(tmp_path: Path, named: str) -> None:
    columns = {"case": "asset", "activity": named, "time": "day"}
    rows = "asset,day,status\nSA-1,4/19/2024,open\n"
    with pytest.raises(Unusable, match=f'write step = "{named}"'):
        read(tmp_path, rows, mapped(columns=columns, time=forms("%m/%d/%Y")))


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
