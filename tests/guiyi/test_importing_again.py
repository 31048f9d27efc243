"""旧单导入 (legacy import), killed, repeated, twice at once: each row is in the record once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest

from guiyi.legacy import imports
from guiyi.legacy.imports import ImportStopped, run
from guiyi.legacy.rows import LegacyFile, open_legacy
from guiyi.legacy.takers import into
from guiyi.legacy.tally import Tally
from services.intake import legacy
from shared import view
from shared.config import Settings
from shared.handle import Handler
from shared.record.postgres import Record
from shared.record.store import Read, Unavailable
from tests.guiyi.legacy_desk import HEADING, MIXED, OLD, Import, environment, killed_after, line
from tests.memory_keys import memory_keys
from tests.memory_record import Memory, MemoryTransaction
from tests.shared.recording import open_gate

PROJECT = Path(__file__).parents[2]
MAPPING = """
source = "old"
branch = "HZ01"
personal = ["who"]
[columns]
case = "id"
activity = "step"
time = "at"
person = "who"
[time]
zone = "UTC"
[states]
open = ["open"]
"""


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test needs several appends."""
    monkeypatch.setattr(imports, "BATCH", 3)
    monkeypatch.setattr(imports, "WINDOW", 6)


def test_an_import_that_was_killed_goes_on(importer: Import) -> None:
    path = importer.file(MIXED)
    for batches in (1, 2, 2):
        with pytest.raises(KeyboardInterrupt):
            importer.of(path, watch=killed_after(batches))
    assert 0 < len(importer.facts()) < 8
    tally = importer.of(path)
    assert tally.added + tally.known == 8
    fresh = Import(importer.folder)
    fresh.of(path)
    assert importer.rows() == fresh.rows()


def test_two_imports_at_once_make_one_of_it(importer: Import) -> None:
    path = importer.file([line(n % 7, n) for n in range(120)])
    tallies: list[Tally] = []

    def once() -> None:
        with open_legacy(path, OLD) as file:
            take = into(importer.desk, OLD)
            tallies.append(run(file, take, None, lambda *_: None, None))

    threads = [Thread(target=once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(tally.added for tally in tallies) == len(importer.facts()) == 120
    assert Counter(each.command for each in importer.facts()).most_common(1)[0][1] == 1


class Away(Memory):
    """A record that sometimes does not answer."""

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
    away = Import(importer.folder, Handler(store, {"legacy": legacy}, memory_keys()))
    store.away = 3
    assert away.of(away.file(MIXED)).added == 8


def test_a_record_that_stays_away_stops_the_import(importer: Import) -> None:
    store = Away()
    away = Import(importer.folder, Handler(store, {"legacy": legacy}, memory_keys()))
    path = away.file(MIXED)
    impatient = into(away.desk, OLD, patience=0.2)

    def goes_away(tally: Tally, _legacy: LegacyFile) -> None:
        store.away = 1_000 if tally.added >= 3 else 0

    with pytest.raises(ImportStopped, match="it is away") as stopped:
        away.of(path, take=impatient, watch=goes_away)
    assert stopped.value.tally.added == len(away.facts()) == 3
    store.away = 0
    assert away.of(path).added == 5


def test_known_rows_are_asked_for_alone_and_new_ones_with_their_tickets(importer: Import) -> None:
    """A first import reads nothing twice. A repeated one reads the history of one ticket."""
    read: list[tuple[int, int]] = []

    class Watched(Memory):
        def read(
            self,
            streams: Sequence[str],
            command_ids: Sequence[UUID] = (),
            series: Sequence[str] = (),
        ) -> Read:
            read.append((len(streams), len(command_ids)))
            return super().read(streams, command_ids, series)

    watched = Import(importer.folder, Handler(Watched(), {"legacy": legacy}, memory_keys()))
    path = watched.file(MIXED)
    watched.of(path)
    assert read == [(0, 3), (0, 1)], "only the row that says what another says is asked for"
    read.clear()
    watched.of(path)
    assert read == [(0, 3), (1, 0), (0, 3), (0, 1), (0, 2)]


def test_a_real_record_takes_a_file_once_and_whole(
    make_database: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_database("intake")
    open_gate(settings)
    monkeypatch.setattr(imports, "BATCH", 200)
    monkeypatch.setattr(imports, "WINDOW", 400)
    path, rejects = tmp_path / "old.csv", tmp_path / "bad.csv"
    rows = [line(n % 97, n % 1_440, who=f"第{n % 5}人") for n in range(1_500)]
    path.write_text(HEADING + "".join([*rows, "1,nowhere,x,never\n"]), "utf-8")
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAPPING, "utf-8")
    with pytest.raises(KeyboardInterrupt):
        imports.import_legacy(settings, path, mapping, rejects, watch=killed_after(3))
    tally = imports.import_legacy(settings, path, mapping, rejects)
    assert (tally.tickets, tally.added, tally.known, tally.rejected) == (97, 900, 600, 1)
    again = imports.import_legacy(settings, path, mapping, rejects)
    assert (again.added, again.known, again.rejected) == (0, 1_500, 1)
    looked = imports.import_legacy(settings, path, mapping, rejects, dry_run=True)
    assert (looked.added, looked.known) == (0, 1_500)
    record = Record(settings.runtime_url, "intake", settings.partitions)
    try:
        counts = [len(record.facts(p, 0, 10_000)) for p in range(settings.partitions)]
        told = [view.recorded("intake", each) for each in record.ticket_facts("old-5", None)]
    finally:
        record.close()
    assert sum(counts) == 1_500
    assert [each.fact.row for each in told] == [n + 1 for n in range(1_500) if n % 97 == 5]
    assert [each.version for each in told] == list(range(1, len(told) + 1))


def test_an_import_that_died_at_once_goes_on(
    make_database: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a kill -9 at any moment, in an append or between two."""
    settings = make_database("intake")
    open_gate(settings)
    path, mapping = tmp_path / "old.csv", tmp_path / "map.toml"
    rows = 20_000
    path.write_text(HEADING + "".join(line(n % 997, n % 1_440) for n in range(rows)), "utf-8")
    mapping.write_text(MAPPING, "utf-8")
    record = Record(settings.runtime_url, "intake", settings.partitions)
    command = [sys.executable, "-c", "from guiyi.cli import main; main()", "import", str(path)]
    dying = subprocess.Popen(
        [*command, "--mapping", str(mapping), "--json"],
        cwd=PROJECT,
        env={**os.environ, **environment(settings)},
        stdout=subprocess.DEVNULL,
    )
    try:
        limit = time.monotonic() + 60
        while not record.facts(0, 100, 1):
            assert dying.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < limit, "it imports nothing"
            time.sleep(0.01)
        dying.kill()
        assert dying.wait(30) == -signal.SIGKILL
        tally = imports.import_legacy(settings, path, mapping, tmp_path / "bad.csv")
        assert 0 < tally.known < rows
        assert tally.added == rows - tally.known
        facts = sum(len(record.facts(p, 0, rows)) for p in range(settings.partitions))
        assert facts == rows
    finally:
        dying.kill()
        dying.wait(30)
        record.close()
