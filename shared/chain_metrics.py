"""断链的度量 (metrics of broken chains): how often something was refused because of one."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.chain import ChainFindings


class ChainMetrics(Collector):
    """断链度量: of one process; streams are named in its log and at `/readyz`, not here."""

    def __init__(self, findings: ChainFindings) -> None:
        self._findings = findings

    def collect(self) -> Iterable[Metric]:
        """Both metrics, now."""
        met, streams = self._findings.met, self._findings.streams
        yield CounterMetricFamily("guiyi_broken_chains", "refused for a broken chain", value=met)
        yield GaugeMetricFamily("guiyi_broken_chain_streams", "streams with one", value=streams)
