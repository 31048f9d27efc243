"""Who may come to Kafka, and what they may do there: tried at a real broker, with real clients."""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from string import Template

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourceType,
    UserScramCredentialUpsertion,
)
from kafka.errors import (
    AuthorizationError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from guiyi.rooms import ROOMS, wiring
from guiyi.stack import jars, kafka
from guiyi.stack.kafka import ADMIN, Node
from guiyi.stack.program import own_folder
from guiyi.stack.told import open_doors
from shared.broker.admin import BrokerAway, delete_before, ensure_topics, opened
from shared.broker.rights import RoomRights, set_rights
from shared.events import BOOK
from shared.kafka_access import KafkaAccess
from shared.topics import worker_group
from shared.worker.offsets import BrokerSilent, ends
from tests.relaying import on_topic
from tests.servers import PARTITIONS, Servers, throw_away
from tests.topics import forget_topics

# A client of kafka-python whose making fails leaves its own pair of sockets to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

PATIENCE = 60
"""Seconds that a group may take to let a member in on a machine with much else to do."""
IMPATIENT = {"bootstrap_timeout_ms": 1_500, "request_timeout_ms": 5_000}
MILESTONES = sorted(line.name for line in BOOK.values() if line.milestone)
TOPICS = (*(f"journal.{room}" for room in ROOMS), *MILESTONES)
WRITERS = {line.name: {*line.writers} for line in BOOK.values() if line.milestone} | {
    f"journal.{room}": {room} for room in ROOMS
}
READERS = {
    topic: WRITERS[topic] | {room for room in ROOMS if topic in wiring(room).listens}
    for topic in TOPICS
}


@pytest.fixture(scope="module")
def broker(servers: Servers) -> Node:
    """The broker, with every topic, and rights as the installation gives them."""
    forget_topics(servers.kafka)
    set_rights(servers.kafka, [RoomRights(room, wiring(room).listens) for room in ROOMS])
    ensure_topics(servers.kafka, ROOMS, PARTITIONS)
    return servers.node


@pytest.fixture
def inventory(broker: Node) -> Iterator[KafkaAdminClient]:
    with closing(opened(broker.access("inventory"))) as client:
        yield client


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What such a client has left is collected where its warning is awaited."""
    yield
    gc.collect()


def writes(access: KafkaAccess, topics: tuple[str, ...]) -> set[str]:
    """Those of the topics to which a relay with this login could send."""
    done = set()
    for topic in topics:  # after a refusal a producer is of no use any more
        with (
            closing(KafkaProducer(**access.client, max_block_ms=5_000, **IMPATIENT)) as producer,
            suppress(TopicAuthorizationFailedError),
        ):
            producer.send(topic, b"x", partition=0).get(10)
            done.add(topic)
    return done


def lengths(broker: Node) -> dict[str, int]:
    """How many records were ever sent to partition 0 of each topic."""
    places = [(topic, 0) for topic in TOPICS]
    found = asyncio.run(ends(broker.access(ADMIN), places))
    return {topic: end for (topic, _), end in found.items()}


def reads(access: KafkaAccess, topic: str) -> bool:
    """Whether somebody with this login is given what is on the topic."""
    with closing(KafkaConsumer(**access.client, group_id=None, **IMPATIENT)) as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        try:
            consumer.seek_to_beginning()
            return bool(consumer.poll(timeout_ms=3_000))
        except TopicAuthorizationFailedError:
            return False


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_writes_its_own_topics_and_no_others(broker: Node, room: str) -> None:
    own, before = {topic for topic in TOPICS if room in WRITERS[topic]}, lengths(broker)
    assert writes(broker.access(room), TOPICS) == own
    assert lengths(broker) == {topic: n + (topic in own) for topic, n in before.items()}


def test_a_room_reads_its_own_topics_and_what_it_listens_to(broker: Node) -> None:
    assert writes(broker.access(ADMIN), TOPICS) == {*TOPICS}
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda topic: reads(broker.access("inventory"), topic), TOPICS)
    allowed = ["inventory" in READERS[topic] for topic in TOPICS]
    assert dict(zip(TOPICS, found, strict=True)) == dict(zip(TOPICS, allowed, strict=True))


def test_nobody_joins_the_group_of_another_room(broker: Node) -> None:
    def join(room: str, group: str) -> None:
        access = broker.access(room)
        with closing(KafkaConsumer(**access.client, group_id=group, **IMPATIENT)) as consumer:
            consumer.subscribe(["PersonChanged"])
            limit = time.monotonic() + PATIENCE
            while time.monotonic() < limit:
                consumer.poll(timeout_ms=200)
                if consumer.assignment():
                    return
            raise AssertionError("neither let in nor refused")

    join("inventory", worker_group("inventory"))
    for group in (worker_group("intake"), "a-stranger's"):
        with pytest.raises(GroupAuthorizationFailedError):
            join("inventory", group)


def _allowed_all(at: KafkaAdminClient) -> None:
    thing = ResourcePattern(ResourceType.TOPIC, "*")
    acl = ACL("User:inventory", "*", ACLOperation.ALL, ACLPermissionType.ALLOW, thing)
    for error in at.create_acls([acl])["failed"]:
        raise error


def _retains_less(at: KafkaAdminClient) -> None:
    topic = ConfigResource(ConfigResourceType.TOPIC, "journal.inventory", {"retention.ms": "1"})
    answer = at.alter_configs([topic])["topic"]["journal.inventory"]
    if "AuthorizationFailed" in str(answer):
        raise TopicAuthorizationFailedError(answer)


FORBIDDEN: dict[str, Callable[[KafkaAdminClient], object]] = {
    "delete its own topic": lambda at: at.delete_topics(["journal.inventory"]),
    "delete a topic of another": lambda at: at.delete_topics(["journal.intake"]),
    "more partitions": lambda at: at.create_partitions({"journal.inventory": 9}),
    "another topic": lambda at: at.create_topics({"journal.stranger": {"num_partitions": 1}}),
    "another retention": _retains_less,
    "cut its own topic": lambda at: at.delete_records({TopicPartition("journal.inventory", 0): 1}),
    "more rights": _allowed_all,
    "the group of another": lambda at: at.list_group_offsets([worker_group("intake")]),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_room_does_not_administer(broker: Node, inventory: KafkaAdminClient, what: str) -> None:
    assert writes(broker.access("inventory"), ("journal.inventory",))
    kept = on_topic(broker.access(ADMIN), "journal.inventory")
    with pytest.raises(AuthorizationError):
        FORBIDDEN[what](inventory)
    assert on_topic(broker.access(ADMIN), "journal.inventory") == kept


def test_a_room_sets_no_password(inventory: KafkaAdminClient) -> None:
    for name in (ADMIN, "inventory", "stranger"):
        with pytest.raises(ClusterAuthorizationFailedError):
            _refused(inventory, UserScramCredentialUpsertion(name, "SCRAM-SHA-512", "guessed"))


def test_no_command_of_a_room_cuts_a_topic(broker: Node) -> None:
    with pytest.raises(BrokerAway, match="this login may not: see docs/local-stack"):
        delete_before(broker.access("inventory"), {("journal.inventory", 0): 1})


def test_a_topic_of_another_room_is_waited_for_and_not_made(broker: Node) -> None:
    room = broker.access("inventory")
    with closing(opened(broker.access(ADMIN))) as admin:
        admin.delete_topics(["PersonChanged", "PartIssued"])
    with pytest.raises(BrokerAway, match="PersonChanged: not there yet, or closed to this login"):
        ensure_topics(room, ["inventory"], PARTITIONS, heard=["PersonChanged"])
    assert "PersonChanged" not in _topics(broker)
    assert "PartIssued" in _topics(broker)  # its own it makes again
    ensure_topics(broker.access(ADMIN), ROOMS, PARTITIONS)


def strangers(known: KafkaAccess) -> dict[str, KafkaAccess]:
    return {
        "without a login": KafkaAccess(known.bootstrap),
        "a wrong password": replace(known, password="guessed"),
        "an unknown name": replace(known, username="stranger"),
        "the administrator's name": replace(known, username=ADMIN),
        "in clear": replace(known, username=ADMIN, mechanism="PLAIN"),
        "the database's password": replace(known, mechanism="PLAIN"),
        "the other SCRAM": replace(known, mechanism="SCRAM-SHA-256"),
    }


@pytest.mark.parametrize("who", strangers(KafkaAccess("")))
def test_a_stranger_does_not_come_in(broker: Node, who: str) -> None:
    access = strangers(broker.access("intake"))[who]
    for client in (KafkaConsumer, KafkaProducer, KafkaAdminClient):
        with pytest.raises(KafkaError):
            client(**access.client, **IMPATIENT)
    with pytest.raises(BrokerSilent):
        asyncio.run(ends(access, [("journal.intake", 0)]))


def test_the_controller_is_closed_as_well(broker: Node) -> None:
    at = f"127.0.0.1:{broker.controller_port}"
    for login in (
        KafkaAccess(at),
        replace(broker.access("intake"), bootstrap=at),
        replace(broker.access("intake"), bootstrap=at, mechanism="PLAIN"),
        replace(broker.first_access, bootstrap=at, password="guessed"),
    ):
        with pytest.raises(KafkaError):
            KafkaAdminClient(**login.client, **IMPATIENT)


def test_what_a_room_no_longer_hears_is_closed_to_it(broker: Node) -> None:
    admin, room = broker.access(ADMIN), broker.access("inventory")
    assert writes(admin, ("PersonChanged",))
    assert reads(room, "PersonChanged")
    set_rights(admin, [RoomRights("inventory", ())])
    assert not reads(room, "PersonChanged")
    set_rights(admin, [RoomRights("inventory", wiring("inventory").listens)])
    assert reads(room, "PersonChanged")


def test_storage_of_before_comes_up_with_passwords_and_keeps_what_it_has(tmp_path: Path) -> None:
    with throw_away(tmp_path) as servers:
        open_ = _without_passwords(servers)
        ensure_topics(open_, ["intake"], PARTITIONS)
        with closing(KafkaProducer(**open_.client)) as producer:
            producer.send("journal.intake", b"of before", partition=3).get(10)
        servers.end()
        kept = on_topic(servers.kafka, "journal.intake")
        assert [record.value for record in kept[3]] == [b"of before"]
        assert writes(servers.node.access("intake"), TOPICS[:2]) == {"journal.intake"}
        with pytest.raises(KafkaError):
            KafkaAdminClient(bootstrap_servers=servers.kafka.bootstrap, **IMPATIENT)


def test_an_administrator_whose_password_is_another_is_let_in_again(tmp_path: Path) -> None:
    with throw_away(tmp_path) as servers:
        lost = replace(servers.node, passwords={**servers.node.passwords, ADMIN: "another"})
        with pytest.raises(BrokerAway):
            ensure_topics(lost.access(ADMIN), [], PARTITIONS)
        open_doors(lost, ROOMS)
        ensure_topics(lost.access(ADMIN), [], PARTITIONS)
        with pytest.raises(KafkaError):
            KafkaAdminClient(**servers.kafka.client, **IMPATIENT)


def test_no_password_stands_in_a_command_line_or_stays_in_a_file_for_all(broker: Node) -> None:
    argv = " ".join(broker.prepared(PARTITIONS).argv)
    assert not any(secret in argv for secret in broker.passwords.values())
    for file in broker.folder.iterdir():
        if file.is_file() and any(s in file.read_text("utf-8") for s in broker.passwords.values()):
            assert file.name == "broker.properties"
            assert file.stat().st_mode & 0o077 == 0


def _without_passwords(servers: Servers) -> KafkaAccess:
    """A broker as an installation of before had it: anybody may come and do anything."""
    node = Node(
        servers.installation.folder / "kafka",
        servers.installation.logs / "kafka.log",
        servers.installation.port("kafka"),
        servers.installation.port("kafka-controller"),
        servers.installation.kafka_passwords(),
    )
    lines = (jars.LOCAL / "broker.properties").read_text("utf-8").splitlines()
    closed = ("sasl.", "listener.name.", "authorizer.", "allow.everyone", "super.users", "$tls")
    template = Template("\n".join(line for line in lines if not line.startswith(closed)))
    folder = node.folder
    own_folder(folder)
    own_folder(folder / "log")
    told = template.substitute(
        protocol="PLAINTEXT",
        folder=folder / "log",
        port=node.port,
        controller_port=node.controller_port,
        partitions=PARTITIONS,
    )
    settings = node._written("broker.properties", told)
    node._run("kafka.tools.StorageTool", "format", "-t", kafka._cluster_id(), "-c", str(settings))
    program = node.prepared(PARTITIONS)
    node._written("broker.properties", told)
    servers._start(program)
    return KafkaAccess(f"127.0.0.1:{node.port}")


def _topics(broker: Node) -> list[str]:
    with closing(opened(broker.access(ADMIN))) as admin:
        return list(admin.list_topics())


def _refused(at: KafkaAdminClient, asked: UserScramCredentialUpsertion) -> None:
    if why := at.alter_user_scram_credentials([asked])[asked.user]:
        raise ClusterAuthorizationFailedError(why)
