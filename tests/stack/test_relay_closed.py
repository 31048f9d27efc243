"""关闭的话题 (closed topics): a topic that a relay may not use waits alone, named."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack

from kafka.admin import ACLOperation

from shared.topics import milestone_topics
from tests.relaying import Relay, Writer, on_topic, unpublished, wait_until
from tests.shared.recording import MILESTONE
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture
from tests.stack.relay_topics import JOURNAL, end
from tests.topics import forbidden

CLOSED = r"the milestones of (\w+) wait, \1: .*; see docs/runbooks/relay\.md"
DENIED = [ACLOperation.READ, ACLOperation.DESCRIBE, ACLOperation.DESCRIBE_CONFIGS]


def denied(
    scene: Scene, topic: str, operations: Sequence[ACLOperation]
) -> AbstractContextManager[None]:
    return forbidden(scene.kafka, str(scene.settings.kafka.username), topic, operations)


def waiting(relay: Relay) -> bool:
    return any(line["event"].startswith("a topic is closed") for line in relay.said())


def named(relay: Relay) -> set[str]:
    """The topics that /readyz of the relay names as closed."""
    lines = [re.fullmatch(CLOSED, line) for line in relay.notes()]
    return {line[1] for line in lines if line}


def test_topics_that_are_closed_at_the_start_wait_alone(scene: Scene) -> None:
    writer, others = Writer(scene.settings), [*milestone_topics("intake")]
    others.remove(MILESTONE)
    relay = scene.begun()
    writer.write(36)
    scene.all_sent()
    end(relay)
    with ExitStack() as closed:
        topics = [MILESTONE, *others[:2]]
        for topic, operation in zip(topics, DENIED, strict=True):
            closed.enter_context(denied(scene, topic, [operation]))
        relay = scene.begun()
        wait_until(lambda: named(relay) == {*topics}, what="they are named")
        writer.write(36)
        wait_until(lambda: unpublished(scene.settings) == 12, what="the journal goes on")
        assert sum(map(len, on_topic(scene.kafka, JOURNAL).values())) == 72
        assert sum(map(len, on_topic(scene.kafka, MILESTONE).values())) == 12
    scene.all_sent()
    scene.every_reader_has_everything()
    wait_until(lambda: not named(relay), what="nothing waits any more")
    assert "session ended" not in [line["event"] for line in relay.said()]


def test_a_topic_that_is_closed_to_a_running_relay_waits_alone(scene: Scene) -> None:
    writer = Writer(scene.settings)
    relay = scene.begun()
    writer.write(36)
    scene.all_sent()
    with denied(scene, MILESTONE, [ACLOperation.DESCRIBE, ACLOperation.READ]):
        wait_until(lambda: waiting(relay), what="it is named")
        writer.write(36)
        wait_until(lambda: unpublished(scene.settings) == 12, what="the journal goes on")
    scene.all_sent()
    scene.every_reader_has_everything()
    assert "session ended" not in [line["event"] for line in relay.said()]
    assert relay.child.poll() is None


def test_a_topic_that_may_not_be_written_waits_alone(scene: Scene) -> None:
    writer = Writer(scene.settings)
    relay = scene.begun()
    writer.write(36)
    scene.all_sent()
    with denied(scene, MILESTONE, [ACLOperation.WRITE]):
        writer.write(36)
        wait_until(lambda: named(relay) == {MILESTONE}, what="it is named")
        writer.write(36)
        wait_until(lambda: unpublished(scene.settings) == 24, what="the journal goes on")
        assert not [line for line in relay.notes() if line.startswith("partition")]
        end(relay)
        relay = scene.begun()
        wait_until(lambda: named(relay) == {MILESTONE}, what="it is named at the start")
    scene.all_sent()
    scene.every_reader_has_everything()
    wait_until(lambda: not named(relay), what="nothing waits any more")


def test_a_journal_that_is_closed_is_named_and_waited_for(scene: Scene) -> None:
    writer = Writer(scene.settings)
    relay = scene.begun()
    writer.write(36)
    scene.all_sent()
    with denied(scene, JOURNAL, DENIED):
        wait_until(lambda: any(JOURNAL in line for line in relay.notes()), what="it is named")
        writer.write(36)
    scene.all_sent()
    scene.every_reader_has_everything()
    assert relay.child.poll() is None
