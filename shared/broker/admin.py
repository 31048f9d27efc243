"""话题管理 (topic administration): topics are made and checked; wrong settings would lose facts.

A topic is kept for ever and keeps its number of partitions. One that is set otherwise is not
mended in silence: whoever set it so has to know that facts may be gone already.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from kafka import KafkaAdminClient
from kafka import TopicPartition as KafkaPartition
from kafka.admin import ACLOperation, ConfigResource, ConfigResourceType
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
)

from shared.kafka_access import KafkaAccess
from shared.topics import TopicPartition, topics_of

BOOTSTRAP_MS = 3_000
REQUEST_MS = 5_000
SPREAD_MS = 30_000
"""Until the broker knows of topics that were made: one that has just begun takes its time."""
LARGEST_RECORD = 8 * 1024 * 1024
"""Bytes. A fact with its public document is far smaller; what can be appended must be sendable."""
_RIGHTS = "; this login may not: see docs/local-stack.md, Who may do what on Kafka"
_FOR_EVER = "9223372036854775807"
SETTINGS: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
}
"""What a topic must be set to."""
_WHEN_MADE: Mapping[str, str] = {
    **SETTINGS,
    "max.message.bytes": str(LARGEST_RECORD),
    # A record carries the database's time; a broker whose clock is behind must not refuse it.
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": _FOR_EVER,
}


class TopicsDiffer(Exception):
    """A topic or the broker is set so that facts could be lost; the message says what to do."""


class BrokerAway(Exception):
    """Kafka cannot be reached or did not answer in time."""


class TopicClosed(BrokerAway):
    """This login may not read or write these topics, or not see how they are set; others it may."""

    def __init__(self, topics: Collection[str], why: str) -> None:
        super().__init__(f"{', '.join(sorted(topics))}: {why}{_RIGHTS}")
        self.topics = frozenset(topics)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the broker has it."""

    name: str
    partitions: int
    settings: Mapping[str, str]


def ensure_topics(
    kafka: KafkaAccess,
    rooms: Iterable[str],
    partitions: int,
    *,
    heard: Iterable[str] = (),
    without: Collection[str] = (),
    written: bool = False,
) -> Sequence[str]:
    """Make the topics of these rooms that are missing; check them, and those that are heard.

    Returns the names of those made. A topic of another room is made by that room. What stands in
    `without` is left alone. Raises TopicsDiffer with everything that is set wrongly, TopicClosed
    if the login may not see some of it, not write what is to be `written`, or not read what is to
    be `heard` or that is not there, BrokerAway if the broker is away.
    """
    names = sorted({name for room in rooms for name in topics_of(room)}.difference(without))
    others = sorted({*heard}.difference(names))
    with translating_kafka_errors(), closing(opened(kafka)) as admin:
        found = {topic["name"] for topic in admin.describe_topics() if not topic["error_code"]}
        missing = [name for name in names if name not in found]
        if missing:
            _make(admin, missing, partitions)
        if awaited := [name for name in others if name not in found]:
            raise TopicClosed(awaited, "not there yet, or closed to this login")
        described = _described(admin, [*names, *others])
        if written and (closed := _forbidden(admin, names, ACLOperation.WRITE)):
            raise TopicClosed(closed, "may not be written")
        if closed := _forbidden(admin, sorted({*heard}), ACLOperation.READ):
            raise TopicClosed(closed, "may not be read")
        wrong = [*_auto_creation(admin), *faults(described, partitions)]
    if wrong:
        raise TopicsDiffer("\n".join(wrong))
    return missing


def delete_before(kafka: KafkaAccess, ends: Mapping[TopicPartition, int]) -> None:
    """Delete from each of these places every record before the offset. Raises BrokerAway."""
    asked = {KafkaPartition(*place): end for place, end in ends.items()}
    with translating_kafka_errors(), closing(opened(kafka)) as admin:
        admin.delete_records(asked, timeout_ms=REQUEST_MS)


@contextmanager
def translating_kafka_errors() -> Iterator[None]:
    """Tell a broker that is away or refuses (BrokerAway) from a fault of ours."""
    try:
        yield
    except TopicAuthorizationFailedError as error:
        named = error.args[0] if error.args else ""
        topics = named if isinstance(named, set) else {str(named)}
        raise TopicClosed(topics, type(error).__name__) from error
    except KafkaError as error:
        why = _RIGHTS * isinstance(error, AuthorizationError)
        raise BrokerAway(f"{type(error).__name__}: {error}{why}") from error


def faults(topics: Iterable[Topic], partitions: int) -> Sequence[str]:
    """Every setting that could lose facts or move them, each with its mend."""
    found = []
    for topic in topics:
        if topic.partitions != partitions:
            found.append(
                f"topic {topic.name} has {topic.partitions} partitions, this installation"
                f" {partitions}, fixed when it was made: make the topic anew with {partitions},"
                " the relays fill it again"
            )
        found += [
            f"topic {topic.name}: {name} is {topic.settings.get(name)}, it must be {wanted}:"
            f" kafka-configs --alter --entity-type topics --entity-name {topic.name}"
            f" --add-config {name}={wanted}"
            for name, wanted in SETTINGS.items()
            if topic.settings.get(name) != wanted
        ]
    return found


def opened(kafka: KafkaAccess) -> KafkaAdminClient:
    """A client that administers. Whoever opens it closes it. Raises KafkaError."""
    return KafkaAdminClient(
        **kafka.client,
        client_id="guiyi-topics",
        request_timeout_ms=REQUEST_MS,
        bootstrap_timeout_ms=BOOTSTRAP_MS,
    )


def _make(admin: KafkaAdminClient, names: Sequence[str], partitions: int) -> None:
    closed = set[str]()
    for name in names:
        wanted = {name: {"num_partitions": partitions, "configs": dict(_WHEN_MADE)}}
        try:
            admin.create_topics(wanted, timeout_ms=REQUEST_MS)
        except TopicAlreadyExistsError:
            continue  # another relay was faster, or it is hidden; what is seen is checked
        except TopicAuthorizationFailedError:
            closed.add(name)
    hidden = TopicAuthorizationFailedError.errno
    found = admin.describe_topics([*names])
    if closed := closed | {each["name"] for each in found if each["error_code"] == hidden}:
        raise TopicClosed(closed, "cannot be made or described")
    admin.wait_for_topics(list(names), timeout_ms=SPREAD_MS)


def _described(admin: KafkaAdminClient, names: Sequence[str]) -> Sequence[Topic]:
    counts = {
        topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(list(names))
    }
    asked = [
        ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(SETTINGS)) for name in names
    ]
    told = admin.describe_configs(asked, config_filter="all").get("topic", {})
    if closed := {name for name in names if not told.get(name)}:
        raise TopicClosed(closed, "its settings are not shown")
    return [
        Topic(name, counts.get(name, 0), {key: line["value"] for key, line in told[name].items()})
        for name in names
    ]


def _forbidden(admin: KafkaAdminClient, names: Sequence[str], operation: ACLOperation) -> set[str]:
    """Those of the topics with which the broker says this login may not do so."""
    if not names:
        return set()
    told = {
        each["name"]: each.get("authorized_operations") for each in admin.describe_topics([*names])
    }
    # A broker that names none says nothing about it.
    return {name for name, may in told.items() if may and operation.name not in may}


def _auto_creation(admin: KafkaAdminClient) -> Sequence[str]:
    node = str(admin.describe_cluster()["brokers"][0]["broker_id"])
    key = "auto.create.topics.enable"
    asked = [ConfigResource(ConfigResourceType.BROKER, node, {key: None})]
    told = admin.describe_configs(asked, config_filter="all").get("broker", {}).get(node, {})
    if told.get(key, {}).get("value") == "true":
        return [f"the broker makes topics by itself, with settings that forget: set {key}=false"]
    return []
