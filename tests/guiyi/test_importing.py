"""旧单导入 (legacy import): each row is in the record once, however often it is imported."""

import csv
import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from guiyi.legacy import imports
from guiyi.legacy.imports import ImportStopped, run
from guiyi.legacy.mapping import read_map
from guiyi.legacy.rows import open_legacy
from guiyi.legacy.takers import looking
from guiyi.tables.faults import Unusable
from shared.events.legacy import LegacyEntryImported
from shared.personal.keys import KeyState
from shared.personal.seal import unseal
from tests.guiyi.legacy_desk import HEADING, MIXED, OLD, Import, line

PROJECT = Path(__file__).parents[2]
SAMPLE, SAMPLE_MAP = (PROJECT / "deploy/legacy" / name for name in ("sample.csv", "sample.toml"))


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test needs several appends."""
    monkeypatch.setattr(imports, "BATCH", 3)
    monkeypatch.setattr(imports, "WINDOW", 6)


def test_a_row_becomes_a_fact_that_says_what_it_is(importer: Import) -> None:
    importer.of(importer.file([line(7, 90, "open", "Anne Claire")]))
    [told] = importer.facts()
    fact = told.fact
    assert isinstance(fact, LegacyEntryImported)
    assert (told.stream, told.ticket, told.branch) == ("legacy-old-7", "old-7", "HZ01")
    assert (told.actor, told.occurred_at) == ("import:old", datetime(2012, 5, 1, 1, 30, tzinfo=UTC))
    assert (fact.source, fact.row, fact.number, fact.state) == ("old", 1, "7", "open")
    assert (fact.is_open, fact.at) == (True, told.occurred_at)
    assert fact.original == {"id": "7", "step": "open", "at": "2012-05-01T01:30:00"}
    sealed = fact.personal["who"]
    assert not isinstance(sealed, str)
    assert (sealed.subject, unseal(sealed, importer.desk.keys)) == ("legacy-old-7", "Anne Claire")


def test_rows_keep_the_order_of_the_file_ticket_by_ticket(importer: Import) -> None:
    tally = importer.of(importer.file(MIXED))
    assert (tally.tickets, tally.rows, tally.added, tally.known, tally.rejected) == (3, 8, 8, 0, 0)
    assert importer.rows() == {
        "legacy-old-1": [(1, "open"), (3, "open again"), (6, "closed"), (7, "closed")],
        "legacy-old-2": [(2, "open"), (5, "closed")],
        "legacy-old-3": [(4, "open"), (8, "open again")],
    }


def test_imported_tickets_are_listed_with_their_state(importer: Import) -> None:
    importer.of(importer.file(MIXED))
    assert importer.listed() == {
        "old-1": ("closed", False),
        "old-2": ("closed", False),
        "old-3": ("open again", True),
    }


def test_a_second_time_adds_nothing(importer: Import) -> None:
    path = importer.file(MIXED)
    importer.of(path)
    before = importer.facts()
    tally = importer.of(path)
    assert (tally.tickets, tally.rows, tally.added, tally.known) == (3, 8, 0, 8)
    assert importer.facts() == before


def test_a_longer_file_adds_what_is_new(importer: Import) -> None:
    importer.of(importer.file(MIXED[:5]))
    tally = importer.of(importer.file(MIXED))
    assert (tally.added, tally.known) == (3, 5)


def test_a_later_file_that_begins_later_adds_what_is_new(importer: Import) -> None:
    """A desk may export only the last month. The same rows then have other numbers."""
    importer.of(importer.file(MIXED[:4]))
    tally = importer.of(importer.file(MIXED[2:]))
    assert (tally.added, tally.known) == (4, 2)
    assert importer.listed()["old-1"] == ("closed", False)


def test_a_packed_file_is_the_same_file(importer: Import) -> None:
    path = importer.file(MIXED)
    importer.of(path)
    packed = importer.folder / "old.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert importer.of(packed).known == 8


def test_looking_writes_nothing(importer: Import) -> None:
    path = importer.file(MIXED)
    importer.of(importer.file(MIXED[:2], "short.csv"))
    with open_legacy(path, OLD) as file:
        tally = run(file, looking(importer.desk, OLD), None, lambda *_: None, importer.desk.store)
    assert (tally.tickets, tally.added, tally.known) == (3, 6, 2)
    assert len(importer.facts()) == 2
    assert importer.desk.keys.state("legacy-old-3") is KeyState.NEVER_MADE
    assert not importer.rejects(path).exists()
    with open_legacy(path, OLD) as file:
        assert run(file, looking(None, OLD), None, lambda *_: None, None).added == 8


def test_bad_rows_go_where_they_can_be_mended(importer: Import) -> None:
    bad = line(1, 3, "lost")
    path = importer.file([MIXED[0], bad, MIXED[4], "2,open\n"])
    tally = importer.of(path)
    assert (tally.rows, tally.added, tally.rejected) == (4, 2, 2)
    assert tally.reasons == {"state-unknown": 1, "columns": 1}
    with importer.rejects(path).open(encoding="utf-8-sig", newline="") as file:
        heading, first, second = csv.reader(file)
    assert heading == [
        *("guiyi_row", "guiyi_line", "guiyi_code", "guiyi_zh", "guiyi_en"),
        *("id", "step", "who", "at"),
    ]
    assert first[:3] == ["2", "3", "state-unknown"]
    assert "lost" in first[3]
    assert "lost" in first[4]
    assert first[5:] == ["1", "lost", "Anne", "2012-05-01T00:03:00"]
    assert second[2:] == ["columns", second[3], second[4], "2", "open"]
    assert "应有 4 列，此行有 2 列" in second[3]


def test_a_mended_row_comes_in_with_the_same_map(importer: Import) -> None:
    path = importer.file([MIXED[0], line(1, 3, "lost"), line(1, 9, "closed")])
    importer.of(path)
    rejects = importer.rejects(path)
    rejects.write_text(rejects.read_text("utf-8").replace(",lost,", ",open again,"), "utf-8")
    tally = importer.of(rejects)
    assert (tally.added, tally.rejected) == (1, 0)
    assert importer.facts()[-1].fact.original.keys() == {"id", "step", "at"}
    assert importer.listed()["old-1"] == ("closed", False)
    with_it_from_the_start = importer.file([MIXED[0], line(1, 3, "open again")], "mended.csv")
    assert importer.of(with_it_from_the_start).known == 2


def test_rejects_of_an_earlier_run_are_replaced_and_nothing_else_is(importer: Import) -> None:
    path = importer.file([line(1, 3, "lost")])
    importer.of(path)
    assert importer.rejects(path).exists()
    importer.of(importer.file(MIXED))
    assert not importer.rejects(path).exists()
    importer.rejects(path).write_text("my own notes", "utf-8")
    with pytest.raises(Unusable, match="is no file of rejects"):
        importer.of(path)
    assert importer.rejects(path).read_text("utf-8") == "my own notes"


def test_what_is_yet_to_come_is_a_bad_row(importer: Import) -> None:
    tally = importer.of(importer.file([MIXED[0], "1,open,Anne,2999-01-01T00:00:00\n"]))
    assert tally.reasons == {"time-in-future": 1}
    assert len(importer.facts()) == 1


def test_what_the_room_refuses_is_a_bad_row_and_the_rest_goes_on(importer: Import) -> None:
    importer.of(importer.file(MIXED[:2]))
    importer.desk.keys.destroy("legacy-old-1")
    path = importer.file(MIXED)
    tally = importer.of(path)
    assert (tally.added, tally.known) == (3, 2)
    assert tally.reasons == {"subject-erased": 3}
    assert "已按要求删除" in importer.rejects(path).read_text("utf-8")


def test_a_file_that_was_cut_off_says_so(importer: Import) -> None:
    whole = gzip.compress((HEADING + "".join(line(n, n % 60) for n in range(20_000))).encode())
    path = importer.folder / "old.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImportStopped, match="cut off") as stopped:
        importer.of(path, take=looking(None, OLD))
    assert 0 < stopped.value.tally.rows < 20_000


def test_the_sample_comes_in_whole_but_for_its_bad_rows(importer: Import) -> None:
    path = importer.folder / "sample.csv"
    path.write_bytes(SAMPLE.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imports, "BATCH", 500)
        tally = importer.of(path, read_map(SAMPLE_MAP))
    assert (tally.tickets, tally.rejected) == (200, 5)
    assert tally.added == len(importer.facts()) == tally.rows - 5
    assert set(tally.reasons) == {
        *("time-unreadable", "case-missing", "state-unknown", "columns", "value-missing"),
    }
    listed = importer.listed()
    assert len(listed) == 200
    assert 10 < sum(is_open for _, is_open in listed.values()) < 30
    reopened = Counter(each.stream for each in importer.facts() if each.fact.state == "重新打开")
    assert len(reopened) > 5


def test_the_map_of_the_bpi_log_fits_its_columns(importer: Import) -> None:
    path = importer.folder / "bpi.csv"
    path.write_text(
        "caseid,task,user,end_timestamp\n"
        "0,Accepted+In Progress,Frederic,2010-03-31T14:59:42.000000\n"
        "0,Completed+In Call,Anne Claire,2010-04-06T14:44:07.000000\n"
        "1,Unmatched+Unmatched,Siebel,2012-05-11T00:26:15.000000\n",
        "utf-8",
    )
    bpi = read_map(PROJECT / "deploy/legacy/bpi2013.toml")
    tally = importer.of(path, bpi)
    assert (tally.tickets, tally.added, tally.rejected) == (2, 3, 0)
    assert tally.open_states == {"Accepted+In Progress"}
    assert importer.listed()["bpi2013-0"] == ("Completed+In Call", False)
