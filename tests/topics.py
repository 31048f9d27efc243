"""Topics of a broker: delete them all, because tests that publish begin without any; forbid one."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

from shared.broker.admin import opened
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


@contextmanager
def forbidden(
    kafka: KafkaAccess, login: str, topic: str, operations: Sequence[ACLOperation]
) -> Iterator[None]:
    """Forbid a login this on the topic for the time of the block. `kafka` is the administrator."""
    who, thing = f"User:{login}", ResourcePattern(ResourceType.TOPIC, topic)
    acls = [ACL(who, "*", each, ACLPermissionType.DENY, thing) for each in operations]
    with closing(opened(kafka)) as admin:
        assert not admin.create_acls(acls)["failed"]
        try:
            yield
        finally:
            admin.delete_acls(acls)


def _topics(admin: KafkaAdminClient) -> list[str]:
    return [name for name in admin.list_topics() if not name.startswith("__")]


class Misspelt(str):
    """A header's name that is no UTF-8 on the wire."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe"
