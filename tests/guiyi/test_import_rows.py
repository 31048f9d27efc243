"""旧单逐行 (legacy rows): every row of any file is reported as good or bad, and none is lost."""

import gzip
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from guiyi.legacy.mapping import Map, map_from
from guiyi.legacy.rows import Bad, Entry, open_legacy, reference
from guiyi.tables.faults import Unusable
from guiyi.tables.lines import LINE_LIMIT, ROW_LINES
from tests.tries import tries

MAP: dict[str, Any] = {
    "source": "old",
    "branch": "HZ01",
    "columns": {"case": "id", "activity": "step", "time": "at", "person": "who"},
    "time": {"zone": "Asia/Shanghai"},
    "states": {"open": ["接*", "waiting"]},
    "personal": ["who"],
}
HEADING = "id,step,who,at,note\n"
ROW = "7,接单,王芳,2012-05-01T08:30:00,无\n"


def mapped(**changes: Any) -> Map:
    return map_from({**MAP, **changes})


def rows(tmp_path: Path, content: str | bytes, legacy_map: Map | None = None) -> list[Entry | Bad]:
    file = tmp_path / "old.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_legacy(file, legacy_map or mapped()) as legacy:
        return list(legacy.rows())


def entry(found: Entry | Bad) -> Entry:
    assert isinstance(found, Entry), found
    return found


def codes(found: list[Entry | Bad]) -> list[str]:
    return [each.code if isinstance(each, Bad) else "good" for each in found]


def test_a_row_is_what_the_map_says(tmp_path: Path) -> None:
    [found] = map(entry, rows(tmp_path, HEADING + ROW))
    assert (found.row, found.case, found.activity, found.is_open) == (1, "7", "接单", True)
    assert found.at == datetime(2012, 5, 1, 0, 30, tzinfo=UTC)
    assert found.personal == {"who": "王芳"}
    assert found.original == {"id": "7", "step": "接单", "at": "2012-05-01T08:30:00", "note": "无"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"])
def test_the_map_says_how_text_is_written(tmp_path: Path, encoding: str) -> None:
    text = (HEADING + ROW).replace("单", "單").replace("无", "無")
    found = rows(tmp_path, text.encode(encoding), mapped(encoding=encoding))
    assert entry(found[0]).activity == "接單"


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_a_mark_at_the_start_wins_over_the_map(tmp_path: Path, mark: str) -> None:
    found = rows(tmp_path, (HEADING + ROW).encode(mark), mapped(encoding="gb18030"))
    assert entry(found[0]).activity == "接单"


def test_a_packed_file_is_read_as_it_lies(tmp_path: Path) -> None:
    packed = gzip.compress((HEADING + ROW).encode())
    assert rows(tmp_path, packed) == rows(tmp_path, HEADING + ROW)


def test_a_packed_file_that_was_cut_off_gives_what_it_holds(tmp_path: Path) -> None:
    many = HEADING + "".join(ROW.replace("7", str(n), 1) for n in range(20_000))
    file = tmp_path / "old.csv.gz"
    file.write_bytes(gzip.compress(many.encode())[:-4_000])
    with open_legacy(file, mapped()) as legacy:
        found = list(legacy.rows())
        assert legacy.table.cut_short is not None
    assert 0 < len(found) < 20_000
    assert set(codes(found)) == {"good"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("7,接单,王芳,2012-05-01T08:30:00\n", "columns"),
        ("7,接单,王芳,2012-05-01T08:30:00,无,多\n", "columns"),
        (",接单,王芳,2012-05-01T08:30:00,无\n", "case-missing"),
        ("7\x08,接单,王芳,2012-05-01T08:30:00,无\n", "case-unfit"),
        (f"{'7' * 65},接单,王芳,2012-05-01T08:30:00,无\n", "case-unfit"),
        ("1.20457E+12,接单,王芳,2012-05-01T08:30:00,无\n", "value-lost"),
        ("#N/A,接单,王芳,2012-05-01T08:30:00,无\n", "value-lost"),
        ("7, ,王芳,2012-05-01T08:30:00,无\n", "value-missing"),
        ("7,接单,王芳,,无\n", "value-missing"),
        ("7,接单,王芳,昨天,无\n", "time-unreadable"),
        ("7,接单,王芳,0001-01-01T00:00:00,无\n", "time-unreadable"),
        (f"7,接单,王芳,2012-05-01T08:30:00,{'无' * 65_537}\n", "value-too-long"),
        (f"7,接单,王芳,2012-05-01T08:30:00,{'无' * 100_000}\n", "value-too-long"),
        (f"7,接单,王芳,2012-05-01T08:30:00,{'无' * LINE_LIMIT * 2}\n", "row-too-long"),
        ("7,接单,王芳,2012-05-01T08:30:00,a\0b\n", "value-nul"),
        ('7,接单,王芳,2012-05-01T08:30:00,"无\n', "row-unreadable"),
        ('7,接单,王芳,2012-05-01T08:30:00,"无"无\n', "row-unreadable"),
    ],
)
def test_a_bad_row_has_its_reason_and_the_rest_goes_on(
    tmp_path: Path, line: str, code: str
) -> None:
    assert codes(rows(tmp_path, HEADING + ROW + line + ROW + ROW)) == ["good", code, "good", "good"]


def test_bytes_that_are_no_text_spoil_their_row_alone(tmp_path: Path) -> None:
    spoilt = ROW.encode().replace("无".encode(), b"\xff\xfe")
    found = rows(tmp_path, HEADING.encode() + spoilt + ROW.encode())
    assert codes(found) == ["value-undecodable", "good"]


def test_a_value_may_run_over_lines(tmp_path: Path) -> None:
    row = '7,接单,王芳,2012-05-01T08:30:00,"一\r\n二, ""三""\u2028四"\r\n'
    found = rows(tmp_path, HEADING + row + ROW)
    assert codes(found) == ["good", "good"]
    assert entry(found[0]).original["note"] == '一\r\n二, "三"\u2028四'


def test_a_quote_in_the_middle_of_a_value_is_a_quote(tmp_path: Path) -> None:
    found = rows(tmp_path, HEADING + ROW.replace("无", '3" 管') + ROW)
    assert codes(found) == ["good", "good"]


def test_a_quote_never_closed_costs_one_row(tmp_path: Path) -> None:
    open_quote = ROW.replace("无", '"无')
    found = rows(tmp_path, HEADING + open_quote + ROW * (ROW_LINES * 2))
    assert codes(found) == ["row-unreadable"] + ["good"] * (ROW_LINES * 2)


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    found = rows(tmp_path, HEADING + "\n" + ROW + ",,,,\n\r\n" + ROW + "\n")
    assert [each.row for each in found] == [1, 2]


def test_a_row_is_the_same_row_in_any_file(tmp_path: Path) -> None:
    first = entry(rows(tmp_path, HEADING + ROW)[0])
    longer = HEADING + ROW.replace("7", "6", 1) + ROW
    assert entry(rows(tmp_path, longer)[1]).id == first.id
    wider = "at,who,step,id,more\n2012-05-01T08:30:00,王芳,接单,7,新\n"
    assert entry(rows(tmp_path, wider)[0]).id == first.id
    zone = mapped(time={"zone": "UTC"})
    assert entry(rows(tmp_path, HEADING + ROW, zone)[0]).id == first.id


def test_identical_rows_are_rows_each(tmp_path: Path) -> None:
    found = [entry(each) for each in rows(tmp_path, HEADING + ROW + ROW + ROW)]
    assert len({each.id for each in found}) == 3
    again = [entry(each) for each in rows(tmp_path, HEADING + ROW + ROW)]
    assert [each.id for each in again] == [each.id for each in found[:2]]


def test_another_desk_has_other_rows(tmp_path: Path) -> None:
    here, there = (rows(tmp_path, HEADING + ROW, mapped(source=s)) for s in ("old", "other"))
    assert entry(here[0]).id != entry(there[0]).id


@pytest.mark.parametrize(
    ("case", "number"),
    [
        ("7", "old-7"),
        ("INC-0007", "old-INC-0007"),
        ("报修7", "old-报修7"),
        ("2012/05 #7", "old-2012%2F05%20%237"),
        ("100%", "old-100%25"),
    ],
)
def test_a_number_fits_an_address_and_is_never_anothers(case: str, number: str) -> None:
    assert reference("old", case) == number


@for_all(st.text(min_size=1), st.text(min_size=1))
def test_two_numbers_are_never_one(one: str, other: str) -> None:
    assert (reference("old", one) == reference("old", other)) == (one == other)


def test_a_state_in_no_list_is_a_bad_row_if_both_lists_are_given(tmp_path: Path) -> None:
    both = mapped(states={"open": ["接*"], "closed": ["完*"]})
    content = HEADING + ROW + ROW.replace("接单", "完工") + ROW.replace("接单", "丢失")
    found = rows(tmp_path, content, both)
    assert codes(found) == ["good", "good", "state-unknown"]
    assert [entry(each).is_open for each in found[:2]] == [True, False]


def test_an_hour_that_never_was_is_a_bad_row(tmp_path: Path) -> None:
    never, twice = "2012-03-25T02:30:00", "2012-10-28T02:30:00"
    content = HEADING + "".join(ROW.replace("2012-05-01T08:30:00", t) for t in (never, twice))
    strict = mapped(time={"zone": "Europe/Stockholm", "ambiguous": "reject"})
    assert codes(rows(tmp_path, content, strict)) == ["time-skipped", "time-ambiguous"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no heading"),
        ("id,step,at\n", "no column who"),
        ("no;step;who;at\n", "no column id"),
        ("id,step,who,at,at\n", "names a column twice: at"),
    ],
)
def test_a_file_that_does_not_fit_the_map_is_not_begun(
    tmp_path: Path, content: str, said: str
) -> None:
    with pytest.raises(Unusable, match=said):
        rows(tmp_path, content)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    gone = open_legacy(tmp_path / "gone.csv", mapped())
    with pytest.raises(Unusable, match="No such file"), gone:
        pass


@pytest.mark.long
def test_a_long_file_costs_no_memory(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        file = tmp_path / f"{count}.csv"
        file.write_text(HEADING + "".join(f"{n},{ROW[2:]}" for n in range(count)), "utf-8")
        tracemalloc.start()
        with open_legacy(file, mapped()) as legacy:
            assert sum(1 for _ in legacy.rows()) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(20_000) < peak(2_000) * 1.5


@tries(300)
@for_all(st.lists(st.text(alphabet='ab",\r\n\0 接', max_size=12), max_size=8))
def test_whatever_a_file_holds_its_good_rows_are_found(
    tmp_path_factory: pytest.TempPathFactory, junk: list[str]
) -> None:
    """Garbage without an open quote spoils no row before or after it."""
    file = tmp_path_factory.mktemp("junk") / "old.csv"
    lines = [each.replace('"', "") for each in junk]
    file.write_text(HEADING + ROW + "".join(f"{x}\n" for x in lines) + ROW, "utf-8", newline="")
    with open_legacy(file, mapped()) as legacy:
        found = list(legacy.rows())
    assert codes(found)[0] == codes(found)[-1] == "good"
    assert codes(found).count("good") == 2
