"""近况 (standing): whether the room's record is open, and how much of it is not sent yet."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from shared.record.database import Connections, told
from shared.record.store import Unavailable
from shared.views.rows import Line, Rows
from shared.worker.incoming import journal

_GATE = """
SELECT EXISTS (
    SELECT FROM record.gate AS g
    WHERE g.started_at = pg_postmaster_start_time() AND g.table_oid = g.tableoid
)
"""
_UNSENT = """
SELECT coalesce(sum(c.seq - coalesce(p.seq, 0)), 0),
    coalesce(extract(epoch FROM clock_timestamp() - min(f.recorded_at)), 0)
FROM record.counters AS c
LEFT JOIN record.published AS p ON p.partition = c.partition AND p.topic = %s
LEFT JOIN record.facts AS f ON f.partition = c.partition AND f.seq = coalesce(p.seq, 0) + 1
"""


class Standing(Collector):
    """近况: asked of the database each time /readyz or /metrics is."""

    def __init__(self, url: str, room: str) -> None:
        self._connections, self._journal = Connections(url, 1), journal(room)

    def close(self) -> None:
        """Ask no more."""
        self._connections.close()

    def unready(self) -> Sequence[str]:
        """Why the room takes no commands now, if it does not."""
        try:
            ((is_open,),) = self._ask(_GATE)
        except Unavailable:
            return ["the database does not answer"]
        return [] if is_open else ["the record is being compared with its journal"]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """As the registry asks it; nothing while the database is away."""
        try:
            ((facts, age),) = self._ask(_UNSENT, (self._journal,))
        except Unavailable:
            return
        yield GaugeMetricFamily(
            "guiyi_unpublished_facts", "facts not on the journal yet", float(facts)
        )
        yield GaugeMetricFamily(
            "guiyi_unpublished_age_seconds", "age of the oldest fact not on the journal", float(age)
        )

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: registering must not ask the database."""
        return ()

    def _ask(self, statement: str, values: Sequence[object] = ()) -> list[Line]:
        with told():
            connection = self._connections.take()
            try:
                return Rows(connection).all(statement, values)
            finally:
                self._connections.give(connection)
