"""What stands still is named in the body of /readyz, with the page that helps, and nothing else."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from threading import Event

import pytest

from guiyi.stack.installation import PROJECT
from shared.consumers.consumer import BatchOutcome
from shared.consumers.cursors import Gap, Source
from shared.http.keys_watch import AWAY, KeysWatch
from shared.ops import Ops
from shared.personal.key_store import KeysUnavailable, Wrapped
from shared.personal.keys import Keys
from shared.record.database import engine
from shared.relay.metrics import RelayMetrics
from shared.worker.fanout import FanOut
from shared.worker.metrics import WorkerMetrics
from tests.memory_keys import MemoryKeyStore, memory_keys
from tests.stack.conftest import until

SOURCE = Source("journal.intake", 3, "intake")


@pytest.fixture
def ops() -> Iterator[Ops]:
    made = Ops(0)
    yield made
    made.stop()


@pytest.fixture
def metrics() -> WorkerMetrics:
    nowhere = engine("postgresql+psycopg2://nobody:x@127.0.0.1:9/none")
    return WorkerMetrics(FanOut(nowhere, "intake", (), Event()))


def pages_exist(lines: list[str]) -> None:
    for line in lines:
        page = line.rpartition("see ")[2]
        assert (PROJECT / Path(page)).is_file(), line


def test_a_worker_that_misses_nothing_names_nothing(metrics: WorkerMetrics) -> None:
    assert metrics.notes() == []


def test_a_worker_names_what_it_waits_for_what_is_parked_and_what_is_garbage(
    metrics: WorkerMetrics,
) -> None:
    metrics.feed.gaps.note("view/tickets@2", BatchOutcome(gaps={SOURCE: Gap(SOURCE, 4, 5)}))
    metrics.feed.gaps.findings["reactions", SOURCE] = 9
    metrics.parked = {"view/tickets@2": 2, "reactions": 0}
    metrics.feed.garbage.counts["journal.intake"] += 3
    lines = [*metrics.notes()]
    assert [line.partition(";")[0] for line in lines] == [
        "view/tickets@2 waits for intake/3/5 on journal.intake",
        "reactions lacks intake/3/9 on journal.intake, also after reading from the beginning",
        "2 parked for view/tickets@2",
        "3 records on journal.intake that no relay wrote",
    ]
    pages_exist(lines)


def test_a_relay_names_records_that_no_relay_wrote(ops: Ops) -> None:
    metrics = RelayMetrics(ops)
    assert metrics.notes() == []
    metrics.strange(2)
    lines = [*metrics.notes()]
    assert [line.partition(";")[0] for line in lines] == [
        "2 records on our topics that no relay wrote"
    ]
    pages_exist(lines)


class KeysOnAndOff(MemoryKeyStore):
    """A key store that can be away."""

    is_away = False

    def load(self, subjects: Collection[str]) -> Mapping[str, Wrapped]:
        if self.is_away:
            raise KeysUnavailable("away")
        return super().load(subjects)


def test_a_web_names_a_key_store_that_does_not_answer() -> None:
    store = KeysOnAndOff()
    watch = KeysWatch(Keys(store, memory_keys().master), pause=0.01)
    watch.begin()
    try:
        assert watch.notes() == ()
        store.is_away = True
        until(lambda: watch.notes() == [AWAY], "it is named")
        pages_exist([AWAY])
        store.is_away = False
        until(lambda: watch.notes() == (), "it is back")
    finally:
        watch.close()
