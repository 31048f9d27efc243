"""旧单导入 as stories: what is imported is there once, however often and from wherever it comes."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest

from guiyi import importing, sample_legacy
from guiyi.import_map import Map, MapError, map_from, read_map
from guiyi.import_rejects import Rejects, texts_of
from guiyi.import_rows import LegacyFile, open_legacy
from guiyi.importing import ImportStopped, Take, Tally, into, looking, run
from services.intake import legacy
from services.intake.views import tickets
from shared import view
from shared.config import Settings
from shared.events.intake import LegacyEntryImported
from shared.handle import Desk
from shared.http_query import Wanted
from shared.keys import KeyState, memory_keys
from shared.memory import Memory, MemoryTransaction
from shared.memory_views import MemoryViews
from shared.record import Record
from shared.seal import unseal
from shared.store import Read, Unavailable
from shared.view import Recorded
from tests.shared.recording import open_gate

PROJECT = Path(__file__).parents[2]
SAMPLE, SAMPLE_MAP = (PROJECT / "deploy/legacy" / name for name in ("sample.csv", "sample.toml"))
HEADING = "id,step,who,at\n"
MAP: dict[str, Any] = {
    "source": "old",
    "branch": "HZ01",
    "columns": {"case": "id", "activity": "step", "time": "at", "person": "who"},
    "time": {"zone": "UTC"},
    "states": {"open": ["open*"], "closed": ["closed"]},
    "personal": ["who"],
}
OLD = map_from(MAP)


def line(case: int, minute: int, step: str = "open", who: str = "Anne") -> str:
    return f"{case},{step},{who},2012-05-01T{minute // 60:02}:{minute % 60:02}:00\n"


MIXED = [
    line(1, 0),
    line(2, 1),
    line(1, 2, "open again"),
    line(3, 3),
    line(2, 4, "closed"),
    line(1, 5, "closed"),
    line(1, 5, "closed"),
    line(3, 6, "open again", "Renée 蕾妮"),
]


@dataclass
class Import:
    """An import into a record in memory, as often as is asked for."""

    folder: Path
    desk: Desk = field(
        default_factory=lambda: Desk(Memory("intake"), {"legacy": legacy}, memory_keys())
    )

    def file(self, lines: Sequence[str], name: str = "old.csv") -> Path:
        path = self.folder / name
        path.write_text(HEADING + "".join(lines), "utf-8")
        return path

    def of(
        self,
        path: Path,
        legacy_map: Map = OLD,
        take: Take | None = None,
        watch: importing.Watch = lambda _tally, _legacy: None,
    ) -> Tally:
        rejects = Rejects(
            self.rejects(path), self.header(path, legacy_map), ",", texts_of(*importing.ROOM_TEXTS)
        )
        with open_legacy(path, legacy_map) as file, rejects:
            latest = importing.latest(self.desk.store)
            return run(file, take or into(self.desk, legacy_map), rejects, watch, latest)

    def header(self, path: Path, legacy_map: Map) -> Sequence[str]:
        with open_legacy(path, legacy_map) as file:
            return file.header

    def rejects(self, path: Path) -> Path:
        return path.with_name(f"{path.name}.rejects.csv")

    def facts(self) -> list[Recorded]:
        store = self.desk.store
        found = [
            view.recorded("intake", stored)
            for partition in range(store.partitions)
            for stored in store.facts(partition, 0, 1_000_000)
        ]
        return sorted(found, key=lambda each: (each.stream, each.version))

    def rows(self) -> dict[str, list[tuple[int, str]]]:
        """By stream, the row and the state of every fact, in the order of the record."""
        found: dict[str, list[tuple[int, str]]] = {}
        for each in self.facts():
            found.setdefault(each.stream, []).append((each.fact.row, each.fact.state))
        return found

    def listed(self) -> dict[str, tuple[str, bool]]:
        """What the list of tickets says: state, and whether it is open."""
        views = MemoryViews(self.desk.store, self.desk.keys)
        page = views.page(tickets, Wanted({}, None, 1_000, None, newest_first=False))
        return {row.ticket: (row.state, row.is_open) for row in page.rows}


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every story goes over several appends."""
    monkeypatch.setattr(importing, "BATCH", 3)


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
    """Of a desk that exports the last month: the rows come with other numbers."""
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


def test_an_import_that_was_killed_goes_on(importer: Import) -> None:
    path = importer.file(MIXED)
    for batches in (1, 2, 2):
        with pytest.raises(KeyboardInterrupt):
            importer.of(path, watch=_killed_after(batches))
    assert 0 < len(importer.facts()) < 8
    tally = importer.of(path)
    assert tally.added + tally.known == 8
    fresh = Import(importer.folder)
    fresh.of(path)
    assert importer.rows() == fresh.rows()


def _killed_after(batches: int) -> importing.Watch:
    left = [batches]

    def watch(_tally: Tally, _legacy: LegacyFile) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    return watch


def test_two_imports_at_once_make_one_of_it(importer: Import) -> None:
    path = importer.file([line(n % 7, n) for n in range(120)])
    tallies: list[Tally] = []

    def once() -> None:
        with open_legacy(path, OLD) as file:
            take = into(importer.desk, OLD)
            tallies.append(run(file, take, None, lambda *_: None, importing.latest(None)))

    threads = [Thread(target=once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(tally.added for tally in tallies) == len(importer.facts()) == 120
    assert Counter(each.command for each in importer.facts()).most_common(1)[0][1] == 1


def test_looking_writes_nothing(importer: Import) -> None:
    path = importer.file(MIXED)
    importer.of(importer.file(MIXED[:2], "short.csv"))
    with open_legacy(path, OLD) as file:
        tally = run(file, looking(importer.desk.store), None, lambda *_: None, _now())
    assert (tally.tickets, tally.added, tally.known) == (3, 6, 2)
    assert len(importer.facts()) == 2
    assert importer.desk.keys.state("legacy-old-3") is KeyState.NEVER_MADE
    assert not importer.rejects(path).exists()
    with open_legacy(path, OLD) as file:
        assert run(file, looking(None), None, lambda *_: None, _now()).added == 8


def _now() -> datetime:
    return importing.latest(None)


def test_bad_rows_go_where_they_can_be_mended(importer: Import) -> None:
    bad = line(1, 3, "lost")
    path = importer.file([MIXED[0], bad, MIXED[4], "2,open\n"])
    tally = importer.of(path)
    assert (tally.rows, tally.added, tally.rejected) == (4, 2, 2)
    assert tally.reasons == {"state-unknown": 1, "columns": 1}
    with importer.rejects(path).open(encoding="utf-8-sig", newline="") as file:
        heading, first, second = csv.reader(file)
    assert heading == ["guiyi_row", "guiyi_code", "guiyi_zh", "guiyi_en", "id", "step", "who", "at"]
    assert first[:2] == ["2", "state-unknown"]
    assert "lost" in first[2]
    assert "lost" in first[3]
    assert first[4:] == ["1", "lost", "Anne", "2012-05-01T00:03:00"]
    assert second[1:] == ["columns", "应有 4 列，此行有 2 列", second[3], "2", "open"]


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
    with pytest.raises(MapError, match="is no file of rejects"):
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


class Away(Memory):
    """A record that does not answer some of the time."""

    def __init__(self) -> None:
        super().__init__("intake")
        self.away = 0

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        if self.away > 0:
            self.away -= 1
            raise Unavailable("it is away")
        with super().transaction() as transaction:
            yield transaction


def test_a_record_that_comes_back_is_waited_for(importer: Import) -> None:
    store = Away()
    away = Import(importer.folder, Desk(store, {"legacy": legacy}, memory_keys()))
    store.away = 3
    assert away.of(away.file(MIXED)).added == 8


def test_a_record_that_stays_away_stops_the_import(importer: Import) -> None:
    store = Away()
    away = Import(importer.folder, Desk(store, {"legacy": legacy}, memory_keys()))
    path = away.file(MIXED)
    impatient = into(away.desk, OLD, patience=0.2)

    def goes_away(tally: Tally, _legacy: LegacyFile) -> None:
        store.away = 1_000 if tally.added >= 3 else 0

    with pytest.raises(ImportStopped, match="it is away") as stopped:
        away.of(path, take=impatient, watch=goes_away)
    assert stopped.value.tally.added == len(away.facts()) == 3
    store.away = 0
    assert away.of(path).added == 5


def test_a_file_that_was_cut_off_says_so(importer: Import) -> None:
    whole = gzip.compress((HEADING + "".join(line(n, n % 60) for n in range(20_000))).encode())
    path = importer.folder / "old.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImportStopped, match="cut off") as stopped:
        importer.of(path, take=looking(None))
    assert 0 < stopped.value.tally.rows < 20_000


def test_known_rows_are_asked_for_alone_and_new_ones_with_their_tickets(importer: Import) -> None:
    """A first import asks for nothing twice; a repeated one never reads a ticket's history."""
    read: list[tuple[int, int]] = []

    class Watched(Memory):
        def read(self, streams: Sequence[str], command_ids: Sequence[UUID] = ()) -> Read:
            read.append((len(streams), len(command_ids)))
            return super().read(streams, command_ids)

    watched = Import(importer.folder, Desk(Watched(), {"legacy": legacy}, memory_keys()))
    path = watched.file(MIXED)
    watched.of(path)
    assert read == [(0, 3)]
    read.clear()
    watched.of(path)
    assert read == [(0, 3), (0, 3), (0, 2)]


def test_the_sample_is_what_its_generator_makes() -> None:
    assert SAMPLE.read_text("utf-8") == sample_legacy.text(), (
        "run: python -m guiyi.sample_legacy > deploy/legacy/sample.csv"
    )


def test_the_sample_comes_in_whole_but_for_its_bad_rows(importer: Import) -> None:
    path = importer.folder / "sample.csv"
    path.write_bytes(SAMPLE.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "BATCH", 500)
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


def test_a_real_record_takes_a_file_once_and_whole(
    make_database: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_database("intake")
    open_gate(settings)
    monkeypatch.setattr(importing, "BATCH", 200)
    path, rejects = tmp_path / "old.csv", tmp_path / "bad.csv"
    rows = [line(n % 97, n % 1_440, who=f"第{n % 5}人") for n in range(1_500)]
    path.write_text(HEADING + "".join([*rows, "1,nowhere,x,never\n"]), "utf-8")
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        'source = "old"\nbranch = "HZ01"\npersonal = ["who"]\n[columns]\ncase = "id"\n'
        'activity = "step"\ntime = "at"\nperson = "who"\n[time]\nzone = "UTC"\n'
        '[states]\nopen = ["open"]\n',
        "utf-8",
    )
    with pytest.raises(KeyboardInterrupt):
        importing.import_legacy(settings, path, mapping, rejects, watch=_killed_after(3))
    tally = importing.import_legacy(settings, path, mapping, rejects)
    assert (tally.tickets, tally.added, tally.known, tally.rejected) == (97, 900, 600, 1)
    again = importing.import_legacy(settings, path, mapping, rejects)
    assert (again.added, again.known, again.rejected) == (0, 1_500, 1)
    looked = importing.import_legacy(settings, path, mapping, rejects, dry_run=True)
    assert (looked.added, looked.known) == (0, 1_500)
    record = Record(settings.runtime_url, "intake", settings.partitions)
    try:
        counts = [len(record.facts(p, 0, 10_000)) for p in range(settings.partitions)]
        told = [view.recorded("intake", each) for each in record.ticket_facts("old-5")]
    finally:
        record.close()
    assert sum(counts) == 1_500
    assert [each.fact.row for each in told] == [n + 1 for n in range(1_500) if n % 97 == 5]
    assert [each.version for each in told] == list(range(1, len(told) + 1))
