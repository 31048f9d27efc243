"""Delete all topics of a broker, because tests that publish begin without any."""

import time

from kafka import KafkaAdminClient

from shared.kafka_access import KafkaAccess

GONE_SECONDS = 20


def forget_topics(kafka: KafkaAccess) -> None:
    """Delete every topic except the broker's own, and wait until they are gone."""
    admin = KafkaAdminClient(**kafka.client)
    try:
        if left := _topics(admin):
            admin.delete_topics(left)
        until = time.monotonic() + GONE_SECONDS
        while _topics(admin):
            assert time.monotonic() < until, "the broker keeps topics that were deleted"
            time.sleep(0.05)
    finally:
        admin.close()


def _topics(admin: KafkaAdminClient) -> list[str]:
    return [name for name in admin.list_topics() if not name.startswith("__")]


class Misspelt(str):
    """A header's name that is no UTF-8 on the wire."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe"
