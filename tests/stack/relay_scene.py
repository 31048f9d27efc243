"""The scene of tests of relays, on real servers: a database, a broker and relays to start."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.config import Settings
from shared.kafka_access import KafkaAccess
from tests.relaying import (
    Relay,
    ask,
    gate_is_open,
    header,
    on_topic,
    relays,
    unpublished,
    wait_until,
)
from tests.shared.recording import MILESTONE


@dataclass
class Scene:
    """A room's database, a broker without topics, and a function that starts relays."""

    settings: Settings
    start: Callable[[], Relay]

    @property
    def kafka(self) -> KafkaAccess:
        """Kafka as its administrator, for tests that forge, cut and delete."""
        return self.settings.kafka_admin

    def begun(self) -> Relay:
        """Start a relay and wait until it has opened the gate."""
        relay = self.start()
        wait_until(lambda: gate_is_open(self.settings), what="the gate opens")
        return relay

    def all_sent(self, seconds: float = 60) -> float:
        """Wait until every fact is published; the seconds that took."""
        return wait_until(lambda: unpublished(self.settings) == 0, seconds, "everything is sent")

    def holders(self) -> list[str]:
        """The holder of each partition now."""
        statement = (
            "SELECT holder FROM record.leases WHERE until > clock_timestamp() ORDER BY partition"
        )
        return [row[0] for row in ask(self.settings, statement)]

    def every_reader_has_everything(self) -> None:
        """Check that each topic has all of its facts in order, and that copies are equal."""
        statement = (
            "SELECT partition, seq, type, public IS NOT NULL FROM record.facts"
            " ORDER BY partition, seq"
        )
        facts = ask(self.settings, statement)
        journal = f"journal.{self.settings.room}"
        for topic in (journal, MILESTONE):
            read = on_topic(self.kafka, topic)
            for number in range(self.settings.partitions):
                own = [
                    seq
                    for partition, seq, type_, shown in facts
                    if partition == number and (topic == journal or (shown and type_ == topic))
                ]
                _complete(topic, own, read.get(number, []))


def _complete(topic: str, own: list[int], records: Sequence[Any]) -> None:
    before = dict(zip(own, [0, *own], strict=False))
    cursor, first = 0, dict[int, Any]()
    for record in records:
        seq, prev = int(header(record, "seq")), int(header(record, "prev"))
        assert prev == before[seq], (topic, seq, prev)
        copy = (record.key, record.value, record.headers, record.timestamp)
        assert first.setdefault(seq, copy) == copy, (topic, seq)
        if prev == cursor:
            cursor = seq
    assert cursor == max(own, default=0), topic
    assert sorted(first) == own, topic


@pytest.fixture
def scene(
    clean_kafka: KafkaAccess, make_database: Callable[..., Settings], tmp_path: Path
) -> Iterator[Scene]:
    settings = make_database("intake")
    assert settings.kafka_admin == clean_kafka
    with relays(settings, tmp_path) as start:
        yield Scene(settings, start)
