"""What the relay promises, with a broker that loses answers and records, and with old producers.

Whatever happens, a reader who keeps the rule (`prev` = cursor: on) has every fact at the end, in
order, and every copy is the same.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from shared import envelope
from shared.broker.reader import FetchedRecord, OffsetRange
from shared.envelope import ZERO_HASH, Stored
from shared.relay.check import TopicScan, begun, check_result
from shared.relay.lease_store import BATCH, Checkpoint
from shared.relay.partition import Partition
from shared.relay.producer_record import FactToSend, ProducerRecord
from shared.relay.window import InFlightWindow, Promise, SendFailed, TailLost
from tests.shared.test_relay_lane import Sent
from tests.tries import tries

JOURNAL, MILESTONES = "journal.intake", ("RepairApproved", "RepairReported")
TOPICS = (JOURNAL, *MILESTONES)
AT = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class Shelf:
    """The facts of one partition, with the queries of a relay."""

    all: list[Stored] = field(default_factory=list)

    def add(self, milestone: str | None) -> None:
        seq = len(self.all) + 1
        shown = envelope.canonical({"at": seq}) if milestone else None
        body = envelope.canonical(
            {
                "id": UUID(int=seq),
                "type": milestone or "DiagnosisNoted",
                "schema": 1,
                "stream": "report-1",
                "version": seq,
                "ticket": None,
                "branch": "HZ01",
                "actor": "wang",
                "command": UUID(int=seq),
                "n": 0,
                "correlation": "x",
                "causation": None,
                "occurred_at": AT,
                "policy": None,
                "traceparent": None,
                "public": envelope.sha256(shown).hex() if shown else None,
                "data": {},
            }
        )
        previous = self.all[-1].hash if self.all else ZERO_HASH
        own = envelope.fact_hash(previous, 0, seq, AT, body)
        kind = milestone or "DiagnosisNoted"
        self.all.append(Stored(0, seq, AT, previous, own, "report-1", kind, body, shown))

    def facts(self, partition: int, after: int, limit: int = BATCH) -> Sequence[FactToSend]:
        assert partition == 0
        return list(map(FactToSend, self.all[after : after + min(limit, 3)]))

    def milestones(
        self, partition: int, type_: str, after: int, until: int
    ) -> Sequence[FactToSend]:
        assert partition == 0
        return [FactToSend(s) for s in self.own(type_) if after < s.seq <= until][:2]

    def some(self, partition: int, seqs: Sequence[int]) -> Mapping[int, Stored]:
        assert partition == 0
        return {stored.seq: stored for stored in self.all if stored.seq in seqs}

    def own(self, topic: str) -> list[Stored]:
        """The facts that belong on the topic."""
        return [s for s in self.all if topic in (JOURNAL, s.type)]


@dataclass
class Producer:
    """Records that were sent and have not arrived yet, by topic."""

    queues: dict[str, deque[tuple[ProducerRecord, Sent]]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def send(self, topic: str, partition: int, record: ProducerRecord) -> Promise:
        assert partition == 0
        sent = Sent()
        self.queues[topic].append((record, sent))
        return sent

    def ring_for(self, promise: Promise) -> None:
        """Nobody waits here."""


class Relaying(RuleBasedStateMachine):
    """One partition, its relays one after another, and their broker."""

    @initialize()
    def begin(self) -> None:
        self.shelf = Shelf()
        self.broker: dict[str, list[ProducerRecord]] = {topic: [] for topic in TOPICS}
        self.checkpoints = dict.fromkeys(TOPICS, Checkpoint())
        self.producer, self.zombies = Producer(), list[Producer]()
        self.resume()

    @rule(kinds=st.lists(st.sampled_from([None, *MILESTONES]), min_size=1, max_size=8))
    def append(self, kinds: list[str | None]) -> None:
        for milestone in kinds:
            self.shelf.add(milestone)

    @rule(topics=st.sets(st.sampled_from(TOPICS), min_size=1), rounds=st.integers(1, 3))
    def work(self, topics: set[str], rounds: int) -> None:
        """All goes well for a while, on these topics at least."""
        for _ in range(rounds):
            self.load()
            if topics != {JOURNAL}:
                self.pass_on()
            for topic in topics:
                self.land(topic, 100)
            self.settle()
            self.publish()

    @rule()
    def load(self) -> None:
        if len(self.shelf.all) > self.partition.journal.loaded:  # as a session does
            self.partition.load(self.shelf, self.producer)

    @rule()
    def pass_on(self) -> None:
        self.partition.pass_on(self.shelf, self.producer)

    @rule(topic=st.sampled_from(TOPICS), count=st.integers(1, 4))
    def land(self, topic: str, count: int) -> None:
        queue = self.producer.queues[topic]
        for _ in range(min(count, len(queue))):
            record, sent = queue.popleft()
            self.broker[topic].append(record)
            sent.arrive(len(self.broker[topic]) - 1)

    @rule(topic=st.sampled_from(TOPICS), landed=st.booleans(), behind=st.integers(0, 4))
    def fail(self, topic: str, landed: bool, behind: int) -> None:
        """No answer comes. The record has arrived or not, and some records after it arrive."""
        self.load()
        if queue := self.producer.queues[topic]:
            record, sent = queue.popleft()
            if landed:
                self.broker[topic].append(record)
            sent.fail()
            if behind:
                self.land(topic, behind)

    @rule()
    def settle(self) -> None:
        try:
            self.partition.settle()
        except (SendFailed, TailLost):
            self.resume()

    @rule()
    def publish(self) -> None:
        for window in self.partition.windows:
            if window.moved:
                start = self.checkpoints[window.topic].log_start
                self.checkpoints[window.topic] = Checkpoint(
                    window.acked, window.acked_offset, start
                )
                window.published, window.offset = window.acked, window.acked_offset

    @rule(topic=st.sampled_from(TOPICS), to=st.integers(0, 20))
    def rewind(self, topic: str, to: int) -> None:
        if self.checkpoints[topic].seq >= to:
            self.checkpoints[topic] = Checkpoint(to, None)
            self.resume()

    @rule()
    def resume(self) -> None:
        """The relay died or met an error. What it sent may still arrive later."""
        self.zombies.append(self.producer)
        self.producer = Producer()
        self.checkpoints = dict(self.checked())
        windows = {
            topic: InFlightWindow(
                topic, 0, checkpoint.seq, checkpoint.offset, self.before(topic, checkpoint.seq)
            )
            for topic, checkpoint in self.checkpoints.items()
        }
        self.partition = Partition(
            "intake", 1, windows[JOURNAL], {topic: windows[topic] for topic in MILESTONES}
        )

    @precondition(lambda self: any(z.queues for z in self.zombies))
    @rule(topic=st.sampled_from(TOPICS))
    def zombie(self, topic: str) -> None:
        for producer in self.zombies:
            if queue := producer.queues[topic]:
                self.broker[topic].append(queue.popleft()[0])
                return

    @rule(
        topic=st.sampled_from(TOPICS),
        left=st.integers(0, 12),
        copied=st.lists(st.integers(0, 11), max_size=5),
    )
    def lose_the_tail(self, topic: str, left: int, copied: list[int]) -> None:
        """A broker that lost its tail answers no producer that had written to it.

        Another one, that had not, may have sent copies since.
        """
        held = self.broker[topic]
        del held[left:]
        held += [held[n] for n in copied if n < len(held)]
        self.zombies.clear()
        self.resume()

    def before(self, topic: str, seq: int) -> int:
        return max((s.seq for s in self.shelf.own(topic) if s.seq <= seq), default=0)

    def checked(self) -> Mapping[str, Checkpoint]:
        walks = []
        for topic, checkpoint in self.checkpoints.items():
            bounds = OffsetRange(0, len(self.broker[topic]))
            walk = begun("intake", (topic, 0), checkpoint, bounds)
            self.walk(walk)
            if walk.gone:
                walk = begun("intake", (topic, 0), checkpoint, bounds, whole=True)
                self.walk(walk)
            walks.append(walk)
        found = check_result("intake", walks)
        assert found.halt is None
        assert all(
            checkpoint.seq <= self.checkpoints[topic].seq
            for topic, checkpoint in found.checkpoints.items()
        )
        return found.checkpoints

    def walk(self, walk: TopicScan) -> None:
        held = self.broker[walk.place[0]]
        offsets = range(walk.span.begin, walk.span.end)
        walk.take(
            [FetchedRecord(n, dict(held[n].headers), held[n].value) for n in offsets], self.shelf
        )

    def teardown(self) -> None:
        if not hasattr(self, "shelf"):
            return
        self.resume()
        for _ in range(3 * len(self.shelf.all) + 3):
            self.partition.pass_on(self.shelf, self.producer)
            self.load()
            for topic in TOPICS:
                self.land(topic, 1_000)
            self.partition.settle()
        for topic in TOPICS:
            self.everything_is_on(topic)

    def everything_is_on(self, topic: str) -> None:
        cursor, bytes_of = 0, dict[int, ProducerRecord]()
        for record in self.broker[topic]:
            said = dict(record.headers)
            seq, prev = int(said["seq"]), int(said["prev"])
            assert prev == self.before(topic, seq - 1)
            assert bytes_of.setdefault(seq, record) == record
            if prev == cursor:
                cursor = seq
        own = [stored.seq for stored in self.shelf.own(topic)]
        assert cursor == max(own, default=0)
        assert sorted(bytes_of) == own


Relaying.TestCase.settings = settings(tries(200), stateful_step_count=30)
test_whatever_fails_every_reader_has_everything = Relaying.TestCase


def test_a_gap_that_shows_again_when_the_tail_is_lost_is_filled() -> None:
    """A record after a gap is no proof that everything before it was sent."""
    story = Relaying()
    story.begin()
    story.append([None] * 5)
    story.fail(JOURNAL, landed=False, behind=4)
    story.settle()
    story.work({JOURNAL}, 2)
    assert story.checkpoints[JOURNAL].seq == 5
    story.lose_the_tail(JOURNAL, 2, [])
    assert [dict(r.headers)["seq"] for r in story.broker[JOURNAL]] == [b"2", b"3"]
    assert story.checkpoints[JOURNAL].seq == 0
    story.teardown()
