"""转发的度量 (metrics of the relay): what /metrics and /readyz say about it."""

from collections.abc import Mapping, Sequence

from prometheus_client import Counter, Gauge

from shared.ops import Ops
from shared.record.backlog import Backlog, waiting_notes
from shared.relay.lease_store import LeaseStatus

UNPROVED_PAGE = "docs/runbooks/unproved.md"


class RelayMetrics:
    """度量: of one relay process."""

    def __init__(self, ops: Ops) -> None:
        self._ops = ops
        self._status: LeaseStatus | None = None
        self._trouble: str | None = "starting"
        self._met = self._forged = 0
        self._taken_over: Sequence[str] = ()
        self._closed: Mapping[str, str] = {}
        registry = ops.registry
        self._unpublished = Gauge(
            "guiyi_unpublished_facts", "facts of the room not on its journal", registry=registry
        )
        self._age = Gauge(
            "guiyi_unpublished_age_seconds", "age of the oldest of these", registry=registry
        )
        self._sent = Counter(
            "guiyi_relay_sent", "records acknowledged by the broker", ["kind"], registry=registry
        )
        self._errors = Counter(
            "guiyi_relay_errors", "sessions ended by an error", ["kind"], registry=registry
        )
        self._strange = Counter(
            "guiyi_relay_strange", "records met on topics that are nobody's", registry=registry
        )
        self._unproved = Counter(
            "guiyi_relay_unproved", "records met on topics without a right proof", registry=registry
        )
        self._leases = Gauge("guiyi_relay_leases", "partitions held", registry=registry)
        self._refused = Gauge(
            "guiyi_relay_refused_partitions",
            "partitions held that wait because a record cannot be sent",
            registry=registry,
        )
        self._topics = Gauge(
            "guiyi_relay_closed_topics",
            "milestone topics that wait because the relay may not read or describe them",
            registry=registry,
        )
        self._gate = Gauge("guiyi_gate_open", "1: the room takes facts", registry=registry)
        ops.ready(self.reasons)
        ops.note(self.notes)

    def beat(self) -> None:
        """The loop ran once more."""
        self._ops.beat()

    def status(self, status: LeaseStatus) -> None:
        """The leases of the room have this state now."""
        self._status, self._trouble = status, None
        self._leases.set(len(status.held))
        self._refused.set(len(status.refused.keys() & status.held.keys()))
        self._gate.set(1 if status.gate_open else 0)

    def taken_over(self, ghosts: Sequence[str]) -> None:
        """These leases were taken over by this relay, though they had not run out."""
        self._taken_over = ghosts

    def closed(self, topics: Mapping[str, str]) -> None:
        """These topics are closed to the relay, and why; their milestones wait."""
        self._closed = {**topics}
        self._topics.set(len(topics))

    def backlog(self, backlog: Backlog) -> None:
        """What the room has not sent yet."""
        self._unpublished.set(backlog.facts)
        self._age.set(backlog.age)

    def arrived(self, facts: int, milestones: int) -> None:
        """So many records were acknowledged."""
        if facts:
            self._sent.labels("journal").inc(facts)
        if milestones:
            self._sent.labels("milestone").inc(milestones)

    def strange(self, count: int) -> None:
        """So many records were found that no relay has written."""
        self._strange.inc(count)
        self._met += count

    def unproved(self, count: int) -> None:
        """So many records were found that look like our facts, but that no key of ours proves."""
        self._unproved.inc(count)
        self._forged += count

    def failed(self, error: Exception) -> None:
        """The session ended with this error."""
        self._status, self._trouble = None, f"{type(error).__name__}: {error}"
        self._errors.labels(type(error).__name__).inc()
        self._leases.set(0)

    def notes(self) -> Sequence[str]:
        """What waits for a person, while the relay does its work for everything else."""
        refused = self._status.refused if self._status is not None else {}
        strange = (
            f"{self._met} records on our topics that no relay wrote; see docs/runbooks/relay.md"
        )
        unproved = f"{self._forged} records on our topics that no key proves; see {UNPROVED_PAGE}"
        return [
            *waiting_notes(refused),
            *(
                f"the milestones of {topic} wait, {why}; see docs/runbooks/relay.md"
                for topic, why in self._closed.items()
            ),
            *(f"{each}; see docs/runbooks/relay.md" for each in self._taken_over),
            *([strange] if self._met else []),
            *([unproved] if self._forged else []),
        ]

    def reasons(self) -> Sequence[str]:
        """Why the relay is not ready. Empty if the room takes facts and they are sent."""
        status = self._status
        if status is None:
            return [self._trouble or "starting"]
        found = [f"stopped: {why}" for why in status.halted.values()]
        if not status.gate_open:
            waiting = ", ".join(str(number) for number in status.unchecked)
            found.append(f"the gate is closed; partitions not compared yet: {waiting or 'none'}")
        return found
