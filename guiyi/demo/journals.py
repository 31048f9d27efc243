"""日志 (the journals): every fact of every room, as it stands on Kafka."""

import time
from collections.abc import Mapping, Sequence

from kafka import KafkaConsumer, TopicPartition

from guiyi.play.player import NotSo
from guiyi.recount.facts import Told, in_order, told
from guiyi.recount.verdict import HEEDED
from guiyi.speech import say
from shared import envelope
from shared.config import Settings
from shared.topics import journal_topic

SECONDS = 120.0
POLL_MS = 500


def journals(settings: Mapping[str, Settings]) -> Mapping[str, Sequence[Told]]:
    """Of each room its facts in the order in which they were recorded. Raises NotSo."""
    return {room: _journal(room, each) for room, each in settings.items()}


def _journal(room: str, settings: Settings) -> Sequence[Told]:
    """A fact that was sent twice counts once. What nobody counts by is not kept."""
    topic = journal_topic(room)
    places = [TopicPartition(topic, n) for n in range(settings.partitions)]
    consumer = KafkaConsumer(
        **settings.kafka.client,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        consumer.assign(places)
        ends = consumer.end_offsets(places)
        found: dict[tuple[int, int], Told] = {}
        limit = time.monotonic() + SECONDS
        while any(consumer.position(place) < ends[place] for place in places):
            for records in consumer.poll(timeout_ms=POLL_MS).values():
                for record in records:
                    stored = envelope.read_journal(record.value).stored
                    (found[stored.partition, stored.seq],) = told([stored], HEEDED)
            if time.monotonic() > limit:
                raise NotSo(say("demo.journal_unread", room=room))
    finally:
        consumer.close()
    return in_order(found.values())
