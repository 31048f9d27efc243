"""就绪 (readiness): whether the record takes commands, and how much of it is not published yet."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from shared.record import branch_wall
from shared.record.backlog import UNSENT, WAITING, backlog, waiting, waiting_notes
from shared.record.database import Connections
from shared.record.statements import ResultRow
from shared.record.store import Unavailable
from shared.record.transaction import each_committed
from shared.topics import journal_topic


class Readiness(Collector):
    """就绪: asks the database whenever /readyz or /metrics is asked."""

    def __init__(self, url: str, room: str) -> None:
        self._connections, self._journal = Connections(url, 1), journal_topic(room)

    def close(self) -> None:
        """Close the connection."""
        self._connections.close()

    def unready(self) -> Sequence[str]:
        """Why the room takes no commands now, if it does not."""
        try:
            ((is_open,),) = self._ask("SELECT record.is_open()")
        except Unavailable:
            return ["the database does not answer"]
        return [] if is_open else ["the record is being compared with its journal"]

    def notes(self) -> Sequence[str]:
        """What waits for a person, while the room does its work for everything else."""
        try:
            return waiting_notes(waiting(self._ask(WAITING)))
        except Unavailable:
            return []  # a reason of its own

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauges of the registry; none while the database is away."""
        try:
            unsent = backlog(self._ask(UNSENT, (self._journal,)))
        except Unavailable:
            return
        yield GaugeMetricFamily(
            "guiyi_unpublished_facts", "facts not on the journal yet", unsent.facts
        )
        yield GaugeMetricFamily(
            "guiyi_unpublished_age_seconds", "age of the oldest fact not on the journal", unsent.age
        )

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: registering must not ask the database."""
        return ()

    def _ask(self, statement: str, values: Sequence[object] = ()) -> list[ResultRow]:
        with each_committed(self._connections) as db:
            # Of all branches: numbers and ages alone.
            return branch_wall.shown(db.connection, None).query(statement, values)
