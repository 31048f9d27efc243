"""Tools for tests of the check at a start: end relays, make topics again, see why a room stops."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer

from shared.broker.admin import ensure_topics
from shared.relay.operations import status
from tests.relaying import Relay, wait_until
from tests.stack.relay_scene import Scene

JOURNAL = "journal.intake"


def remake(scene: Scene, topic: str, kept: Sequence[Any]) -> None:
    """Make the topic again with these of its records, as if the broker had lost the others."""
    with closing(KafkaAdminClient(**scene.kafka.client)) as admin:
        admin.delete_topics([topic])
        wait_until(lambda: topic not in admin.list_topics(), what="the topic is gone")
    ensured(scene)
    with closing(KafkaProducer(**scene.kafka.client)) as producer:
        for record in kept:
            producer.send(
                topic,
                partition=record.partition,
                key=record.key,
                value=record.value,
                headers=record.headers,
                timestamp_ms=record.timestamp,
            )
        producer.flush()


def ensured(scene: Scene) -> Sequence[str]:
    return ensure_topics(scene.kafka, ["intake"], scene.settings.partitions)


def end(relay: Relay) -> None:
    relay.child.terminate()
    assert relay.child.wait(30) == 0


def stopped(scene: Scene) -> str:
    """Wait until the room stops; the reason."""

    def why() -> list[str]:
        return [one.halted for one in status(scene.settings).partitions if one.halted is not None]

    wait_until(lambda: bool(why()), what="the room stops")
    return " ".join(why())
