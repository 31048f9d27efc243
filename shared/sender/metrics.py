"""发件指标 (the metrics of the sender): see docs/metrics.md."""

from prometheus_client import Counter

from shared.ops import NAMESPACE, Ops


class SenderMetrics:
    """发件指标: how often something was tried."""

    def __init__(self, ops: Ops) -> None:
        self._tries = Counter(f"{NAMESPACE}_notice_tries", "tries made", registry=ops.registry)

    def tried(self, tries: int) -> None:
        """So many more tries were made."""
        self._tries.inc(tries)
