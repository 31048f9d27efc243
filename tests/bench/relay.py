"""The relay beside a bare kafka-python producer: the same records, settings and broker, in turn.

Beside producing, the relay reads the record, builds the bytes, holds milestones back until the
journal has them, watches every acknowledgement and moves `published`.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from statistics import median

from kafka import KafkaProducer

from shared.broker.admin import ensure_topics
from shared.config import Settings
from shared.ops import Ops
from shared.record.postgres import Record as FactRecord
from shared.relay.metrics import RelayMetrics
from shared.relay.producer_record import ProducerRecord, journal_record, milestone_record
from shared.relay.sender import SETTINGS
from shared.relay.session import Session
from shared.serving import spare_collections
from tests.bench.row import Row
from tests.relaying import Writer, ask, unpublished
from tests.servers import PARTITIONS, Servers, throw_away
from tests.shared.recording import MILESTONE
from tests.topics import forget_topics

BOUND = 0.5
JOURNAL = "journal.intake"
Sent = tuple[str, int, ProducerRecord]


def run(quick: bool) -> list[Row]:
    """Facts a second, a third of them milestones: 1.33 records a fact on 2 topics."""
    count, rounds = (24_000, 3) if quick else (60_000, 5)
    with throw_away() as servers:
        assert servers.kafka.bootstrap
        settings = servers.make_database("intake")
        write(settings, count)
        records = built(settings)
        spare_collections()
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(count / relayed(servers, settings))
            bare.append(count / produced(servers, records))
    ratio = median(a / b for a, b in zip(ours, bare, strict=True))
    return [
        Row(
            name="relay, one process",
            ours=median(ours),
            baseline=median(bare),
            unit="facts/s",
            ratio=ratio,
            bound=f">= {BOUND}",
            holds=ratio >= BOUND,
            note=f"bare kafka-python producer, {len(records) / count:.2f} records a fact,"
            f" {sum(len(r.value) for _, _, r in records) // len(records)} bytes each",
        )
    ]


def write(settings: Settings, count: int) -> None:
    """Write the facts, many in one append."""
    opened = "INSERT INTO record.gate VALUES (pg_postmaster_start_time(), 'record.gate'::regclass)"
    ask(settings, opened, owner=True)
    writer = Writer(settings)
    for n in range(count // 500):
        writer.write_many(n % PARTITIONS, 500)
    writer.record.close()


def built(settings: Settings) -> Sequence[Sent]:
    """All records that the relay would send; in each stretch the journal comes first."""
    record = FactRecord(settings.runtime_url, "intake", PARTITIONS)
    found: list[Sent] = []
    for partition in range(PARTITIONS):
        after, before = 0, 0
        while facts := record.facts(partition, after, 500):
            found += [(JOURNAL, partition, journal_record("intake", one)) for one in facts]
            for one in facts:
                if one.public is not None:
                    found.append((MILESTONE, partition, milestone_record("intake", one, before)))
                    before = one.seq
            after = facts[-1].seq
    record.close()
    return found


def fresh(servers: Servers) -> None:
    """Delete all topics and make them again."""
    forget_topics(servers.kafka)
    ensure_topics(servers.kafka, ["intake"], PARTITIONS)


def relayed(servers: Servers, settings: Settings) -> float:
    """Seconds from the first record until the last one is in `published`."""
    fresh(servers)
    ask(settings, "DELETE FROM record.published", owner=True)
    ops = Ops(0)
    with closing(Session(settings, "bench", RelayMetrics(ops))) as session:
        begun = time.perf_counter()
        session.run(lambda: unsent(session) == 0)
        took = time.perf_counter() - begun
    ops.stop()
    assert unpublished(settings) == 0
    return took


def unsent(session: Session) -> int:
    """How many records the session has not seen acknowledged and published."""
    if len(session.partitions) < PARTITIONS:
        return 1
    counters = session.lease_store.counters()
    return sum(counters[n] - p.journal.published for n, p in session.partitions.items()) + sum(
        not partition.still or bool(partition.waiting) for partition in session.partitions.values()
    )


def produced(servers: Servers, records: Sequence[Sent]) -> float:
    """Seconds from the first record until the last one is acknowledged."""
    fresh(servers)
    producer = KafkaProducer(**servers.kafka.client, **SETTINGS)
    begun = time.perf_counter()
    for topic, partition, record in records:
        producer.send(
            topic,
            partition=partition,
            key=record.key,
            value=record.value,
            headers=record.headers,
            timestamp_ms=record.timestamp_ms,
        )
    producer.flush()
    took = time.perf_counter() - begun
    producer.close()
    return took
