"""权限 (rights): who comes to Kafka by which password, and what each room may do there.

Whoever is not named may do nothing. A room writes its own topics and reads them, reads what it
listens to, and works in its own consumer group. It cannot delete a topic, give it more partitions,
set it otherwise, or cut it: that is the administrator's.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TypeAlias

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    UserScramCredentialUpsertion,
)

from shared.broker.admin import BrokerAway, opened, translating_kafka_errors
from shared.kafka_access import SCRAM, KafkaAccess
from shared.topics import topics_of, worker_group

_CLUSTER = "kafka-cluster"

Right: TypeAlias = tuple[ResourceType, str, ACLOperation]


@dataclass(frozen=True, slots=True)
class RoomRights:
    """权限: what one room may do. Its name is its login's."""

    room: str
    listens: Sequence[str]
    """The milestones that it hears."""

    def all(self) -> frozenset[Right]:
        """Every right, by kind of thing, its name, and what is done to it."""
        own, heard = topics_of(self.room), (*self.listens,)
        asked = (ACLOperation.READ, ACLOperation.DESCRIBE_CONFIGS)
        written = (ACLOperation.WRITE, ACLOperation.CREATE)
        return frozenset(
            {
                *((ResourceType.TOPIC, topic, each) for topic in (*own, *heard) for each in asked),
                *((ResourceType.TOPIC, topic, each) for topic in own for each in written),
                (ResourceType.GROUP, worker_group(self.room), ACLOperation.READ),
                # Whether the broker makes topics by itself: a relay asks before it sends.
                (ResourceType.CLUSTER, _CLUSTER, ACLOperation.DESCRIBE_CONFIGS),
            }
        )


def set_passwords(admin: KafkaAccess, passwords: Mapping[str, str], mechanism: str = SCRAM) -> None:
    """Let these come, each by its password; who comes by another one no longer can.

    Raises BrokerAway.
    """
    asked = [UserScramCredentialUpsertion(name, mechanism, passwords[name]) for name in passwords]
    with translating_kafka_errors(), closing(opened(admin)) as client:
        answers = client.alter_user_scram_credentials(asked)
    if refused := {name: why for name, why in answers.items() if why}:
        raise BrokerAway(f"passwords were not set: {refused}")


def set_rights(admin: KafkaAccess, rooms: Iterable[RoomRights]) -> None:
    """Give each room the rights it has, and take away any others. Raises BrokerAway."""
    with translating_kafka_errors(), closing(opened(admin)) as client:
        for room in rooms:
            found, _ = client.describe_acls(_of(room.room))
            wanted = {_allowed(room.room, right) for right in room.all()}
            if missing := [*wanted.difference(found)]:
                answer = client.create_acls(missing)
                if answer["failed"]:
                    raise BrokerAway(f"rights of {room.room} were not set: {answer['failed']}")
            if surplus := [each for each in found if each not in wanted]:
                client.delete_acls(surplus)


def _allowed(room: str, right: Right) -> ACL:
    kind, name, operation = right
    return ACL(f"User:{room}", "*", operation, ACLPermissionType.ALLOW, ResourcePattern(kind, name))


def _of(room: str) -> ACLFilter:
    return ACLFilter(
        f"User:{room}",
        None,
        ACLOperation.ANY,
        ACLPermissionType.ANY,
        ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
    )
