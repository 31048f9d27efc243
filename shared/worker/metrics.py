"""度量 (metrics) of a worker: what it took, what it left, how far it is behind."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.worker.fanout import FanOut
from shared.worker.lag import Lag


@dataclass(eq=False)
class WorkerMetrics(Collector):
    """度量: read when somebody asks; what needs the database is refreshed by the worker's ticks."""

    feed: FanOut
    lags: Sequence[Lag] = ()
    parked: dict[str, int] = field(default_factory=dict)
    fired: int = 0
    stopped: Counter[str] = field(default_factory=Counter)

    def collect(self) -> Iterable[Metric]:
        """Every metric, now."""
        feed = self.feed
        for name, what, counts, label in (
            ("applied", "facts taken", feed.applied, "consumer"),
            ("copies", "facts that were taken before", feed.copies, "consumer"),
            ("unknown", "facts of a type this program does not know", feed.unknown, "consumer"),
            ("garbage", "records that no relay wrote", feed.garbage.counts, "topic"),
            ("unproved", "of these, not proved by a key", feed.garbage.unproved, "topic"),
            ("differing", "copies that differ from the fact", feed.differing, "topic"),
        ):
            yield _counter(name, what, counts, label)
        yield CounterMetricFamily("guiyi_worker_timers_fired", "timers fired", value=self.fired)
        yield _gauge("parked", "parked and not discarded", "consumer", self.parked)
        waiting = Counter(name for name, _ in list(feed.gaps.open))
        yield _gauge("open_holes", "sources that wait for what lacks", "consumer", waiting)
        lacking = Counter(name for name, _ in list(feed.gaps.findings))
        yield _gauge("findings", "gaps that reading from 0 did not close", "consumer", lacking)
        yield _gauge("stopped", "sources whose cursor is not believed", "consumer", self.stopped)
        behind = {lag.consumer: float(lag.facts) for lag in self.lags}
        yield _gauge("lag_facts", "facts not taken yet", "consumer", behind)
        seconds = {lag.consumer: lag.seconds for lag in self.lags}
        yield _gauge("lag_seconds", "age of the oldest fact not taken", "consumer", seconds)

    def notes(self) -> Sequence[str]:
        """What waits for a person, while the worker does its work for everything else."""
        gaps = dict(self.feed.gaps.open)
        return [
            *(
                f"{name} waits for {source.room}/{source.partition}/{each.gap.wanted} on"
                f" {source.topic}; see docs/runbooks/lag.md"
                for (name, source), each in sorted(gaps.items())
            ),
            *(
                f"{name} lacks {source.room}/{source.partition}/{wanted} on {source.topic},"
                " also after reading from the beginning; see docs/runbooks/lag.md"
                for (name, source), wanted in sorted(dict(self.feed.gaps.findings).items())
            ),
            *(
                f"{count} parked for {name}; see docs/runbooks/parked.md"
                for name, count in sorted(dict(self.parked).items())
                if count
            ),
            *self.feed.garbage.notes(),
        ]


def _counter(name: str, what: str, counts: Counter[str], label: str) -> CounterMetricFamily:
    family = CounterMetricFamily(f"guiyi_worker_{name}", what, labels=[label])
    for key, value in sorted(counts.items()):
        family.add_metric([key], value)
    return family


def _gauge(
    name: str, what: str, label: str, values: "dict[str, int] | dict[str, float] | Counter[str]"
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"guiyi_worker_{name}", what, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
