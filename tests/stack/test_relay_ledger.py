"""转发账 (published): what the database lets a relay do, and what it refuses to a late one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import pytest

from shared import envelope
from shared.config import Settings
from shared.envelope import ZERO_HASH
from shared.relay import operations
from shared.relay.lease_store import Checkpoint, LeaseStore
from shared.relay.operations import rewind
from shared.relay.window import InFlightWindow
from tests.relaying import Writer, ask, gate_is_open, new_fact

JOURNAL = "journal.intake"


@dataclass
class Scene:
    settings: Settings
    made: list[LeaseStore] = field(default_factory=list)

    def relay(self, name: str) -> LeaseStore:
        self.made.append(LeaseStore(self.settings.relay_url, name))
        self.made[-1].beat()
        return self.made[-1]

    def checked(
        self, lease_store: LeaseStore, checkpoints: dict[str, Checkpoint] | None = None
    ) -> None:
        for partition, epoch in lease_store.beat().held.items():
            assert lease_store.checked(partition, epoch, checkpoints or {JOURNAL: Checkpoint()})

    def lapse(self, *partitions: int) -> None:
        """Let the leases of these partitions run out."""
        ask(
            self.settings,
            "UPDATE record.leases SET until = clock_timestamp() WHERE partition = ANY (%s)",
            (list(partitions),),
            owner=True,
        )

    def published(self, partition: int) -> Any:
        statement = "SELECT seq, kafka_offset FROM record.published WHERE partition = %s"
        return ask(self.settings, statement, (partition,))


@pytest.fixture
def scene(make_database: Callable[..., Settings]) -> Iterator[Scene]:
    made = Scene(make_database("intake"))
    yield made
    for lease_store in made.made:
        lease_store.close()


def acked(partition: int, seq: int, offset: int) -> InFlightWindow:
    window = InFlightWindow(JOURNAL, partition, 0, None, 0)
    window.acked, window.acked_offset = seq, offset
    return window


def test_the_first_takes_all_and_nobody_more_than_a_fair_share(scene: Scene) -> None:
    first = scene.relay("first")
    assert first.take() == 6
    assert first.beat().held == dict.fromkeys(range(6), 1)
    second = scene.relay("second")
    assert second.take() == 0
    first.release([4, 5])
    assert second.take() == 2
    assert second.beat().held == {4: 2, 5: 2}
    assert first.take() == 0
    first.leave()
    assert second.take() == 4


def test_the_gate_opens_when_every_partition_was_compared(scene: Scene) -> None:
    lease_store = scene.relay("one")
    lease_store.take()
    for partition in range(6):
        assert not gate_is_open(scene.settings)
        assert lease_store.checked(partition, 1, {JOURNAL: Checkpoint()})
    assert gate_is_open(scene.settings)
    assert lease_store.halt(3, 1, "the journal is ahead")
    assert not gate_is_open(scene.settings)
    assert lease_store.beat().halted == {3: "the journal is ahead"}
    assert lease_store.checked(3, 1, {JOURNAL: Checkpoint()})
    assert gate_is_open(scene.settings)


def test_published_moves_for_the_holder_of_this_epoch_alone(scene: Scene) -> None:
    late = scene.relay("late")
    late.take()
    scene.checked(late)
    scene.lapse(0, 1, 2)
    # An epoch that ran out is not held any more, though nobody else has it yet.
    assert late.beat().held.keys() == {3, 4, 5}
    heir = scene.relay("heir")
    assert heir.take() == 3
    scene.checked(heir)
    windows = [acked(0, 9, 8), acked(5, 7, 6)]
    assert late.publish({0: 1, 5: 1}, windows) == [0]
    assert scene.published(0) == [(0, None)]
    assert scene.published(5) == [(7, 6)]
    assert not late.checked(0, 1, {JOURNAL: Checkpoint(9, 8)})
    assert not late.halt(0, 1, "too late")
    assert heir.publish({0: 2}, [acked(0, 9, 8)]) == []
    assert heir.publish({0: 2}, [acked(0, 4, 3)]) == []
    assert scene.published(0) == [(9, 8)]


def test_nothing_moves_before_the_topics_were_compared(scene: Scene) -> None:
    lease_store = scene.relay("one")
    lease_store.take()
    assert lease_store.publish({0: 1}, [acked(0, 9, 8)]) == [0]
    assert scene.published(0) == []


def test_a_rewind_fences_the_holder_in_the_same_statement(scene: Scene) -> None:
    lease_store = scene.relay("one")
    lease_store.take()
    scene.checked(lease_store)
    assert lease_store.publish({2: 1}, [acked(2, 9, 8)]) == []
    assert rewind(scene.settings, topic=JOURNAL, partition=2, to=3) == 9
    assert lease_store.publish({2: 1}, [acked(2, 12, 11)]) == [2]
    assert scene.published(2) == [(3, None)]
    assert 2 not in lease_store.beat().held
    assert lease_store.take() == 1
    assert lease_store.beat().held[2] == 3


GHOST = """
INSERT INTO record.relays (holder, until) VALUES ('ghost', {0});
UPDATE record.leases SET holder = 'ghost', until = {0} WHERE partition < 4;
SELECT 1
"""


def test_a_lease_that_outlives_everybody_is_taken_over_and_told(scene: Scene) -> None:
    """Whoever wrote it: to the leases, to the list of relays, or to both."""
    for far in ("infinity", "2099-01-01", "now() + interval '20 seconds'"):
        until = far if "(" in far else f"timestamptz '{far}'"
        ask(scene.settings, GHOST.format(until), owner=True)
        heir = scene.relay("heir")
        assert heir.take() in {4, 6}
        assert heir.beat().held.keys() == set(range(6))
        told = heir.taken_over()
        assert all("a lease of ghost until " in each for each in told)
        assert {each[:11] for each in told} == {f"partition {n}" for n in range(4)}
        assert operations.status(scene.settings).relays == ["heir"]
    assert len(operations.status(scene.settings).taken_over) == 12


def test_a_lease_that_runs_out_soon_is_waited_for(scene: Scene) -> None:
    scene.relay("other")
    order = "UPDATE record.leases SET holder = 'other', until = now() + interval '9 seconds'"
    ask(scene.settings, f"{order}; SELECT 1", owner=True)
    heir = scene.relay("heir")
    assert (heir.take(), heir.taken_over()) == (0, [])


@pytest.mark.parametrize("table", ["relays", "leases", "published", "gate", "taken_over"])
def test_no_process_of_a_room_writes_the_ledger_by_itself(scene: Scene, table: str) -> None:
    for order in ("DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"):
        for url in (
            scene.settings.runtime_url,
            scene.settings.relay_url,
            scene.settings.worker_url,
        ):
            refused(url, order.format(f"record.{table}"))


def refused(url: str, statement: str, values: Sequence[Any] = ()) -> None:
    with (
        closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute(statement, values)


RESTORE = (
    "SELECT record.restore_facts(%s, %s::int8[], %s::timestamptz[], %s, %s::int8[], %s::uuid[],"
    " %s::uuid[], %s::int4[], %s, %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[])"
)


def lost(seq: int, *, body: bytes | None = None, previous: bytes = ZERO_HASH) -> list[Any]:
    """One fact as read from the journal, with other bytes than its hash is of if a test asks so."""
    fact = new_fact("report-lost", seq, 0)
    own = envelope.fact_hash(previous, 0, seq, fact.occurred_at, fact.body)
    return [
        0,
        [seq],
        [fact.occurred_at],
        [fact.stream],
        [seq],
        [str(fact.fact_id)],
        [str(fact.command_id)],
        [0],
        [fact.type],
        [fact.ticket],
        [previous],
        [own],
        [body or fact.body],
        [None],
    ]


def test_only_the_owner_puts_facts_back(scene: Scene) -> None:
    refused(scene.settings.runtime_url, RESTORE, lost(1))
    refused(scene.settings.relay_url, RESTORE, lost(1))
    refused(scene.settings.worker_url, RESTORE, lost(1))
    assert ask(scene.settings, RESTORE, lost(1), owner=True) == [(1,)]


def test_what_does_not_follow_or_was_changed_is_not_put_back(scene: Scene) -> None:
    with pytest.raises(psycopg2.errors.RaiseException, match="seq 2 does not follow 0"):
        ask(scene.settings, RESTORE, lost(2), owner=True)
    with pytest.raises(psycopg2.errors.RaiseException, match="not that of the bytes"):
        ask(scene.settings, RESTORE, lost(1, body=b"{}"), owner=True)
    with pytest.raises(psycopg2.errors.RaiseException, match="does not follow 0 of stream"):
        ask(scene.settings, RESTORE, lost(1, previous=b"\x01" * 32), owner=True)
    assert ask(scene.settings, "SELECT count(*) FROM record.facts") == [(0,)]
    assert ask(scene.settings, "SELECT max(seq) FROM record.counters") == [(0,)]


def test_putting_facts_back_closes_the_gate(scene: Scene) -> None:
    lease_store = scene.relay("one")
    lease_store.take()
    scene.checked(lease_store)
    Writer(scene.settings).write(1, [3])
    ask(scene.settings, RESTORE, lost(1), owner=True)
    assert not gate_is_open(scene.settings)
