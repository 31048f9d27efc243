"""时钟 (timers): rows of a view that fall due, each fired once.

Firing never touches the view: it appends what the command makes true and notes the timer as fired,
in one transaction. The row leaves when the view folds a fact that ends it. A rebuild fires nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from shared.decider import Refused
from shared.document import Timer
from shared.handle import Answer, Desk
from shared.views import versions
from shared.views.rows import Rows, transaction
from shared.views.table import PARTITION, ViewTable, view_table
from shared.worker import parking
from shared.worker.documents import now
from shared.worker.owing import asked_by, decide, order_of, settle
from shared.worker.parking import Failure, Kind, Parked, why

CONSUMER = "timers"
AT_ONCE = 100

_FIRE = """
INSERT INTO worker.fired (timer, stream, due, result) VALUES (%s, %s, %s, '')
ON CONFLICT DO NOTHING
"""
_RESULT = """
UPDATE worker.fired SET result = %s, fired_at = clock_timestamp()
WHERE timer = %s AND stream = %s AND due = %s
"""


class Timers:
    """时钟: the timers of a room."""

    def __init__(
        self,
        engine: Engine,
        desk: Desk,
        timers: Sequence[Timer],
        *,
        appended: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._desk = desk
        self._timers = timers
        self._appended = appended

    def fire(self, partitions: Collection[int]) -> int:
        """Fire what is due on these partitions, at most a hundred of each timer. How many were."""
        return sum(self._fire(timer, partitions) for timer in self._timers)

    def again(self, parked: Parked) -> None:
        """重试: fire once more what was refused; what is due no more leaves the list."""
        with transaction(self._engine) as rows:
            due = [
                (timer, partition, row)
                for timer in self._timers
                for partition, row in _of_stream(rows, timer, parked)
                if _key(timer, row) == parked.key
            ]
            if not due:
                parking.unpark(rows, CONSUMER, parked.partition, [(Kind.TIMER, parked.key)])
        for timer, partition, row in due:
            attempt = partial(self._once, timer, partition, row, first=False)
            settle(self._engine, self._desk, attempt)
            self._appended()

    def _fire(self, timer: Timer, partitions: Collection[int]) -> int:
        table = view_table(timer.view)
        with transaction(self._engine) as rows:
            if not versions.is_active(rows, timer.view):
                return 0
            found = _rows(rows, table, _DUE, (sorted(partitions), timer.name, AT_ONCE))
        for partition, row in found:
            attempt = partial(self._once, timer, partition, row, first=True)
            settle(self._engine, self._desk, attempt)
            self._appended()
        return len(found)

    def _once(
        self, timer: Timer, partition: int, row: Any, broken: Mapping[UUID, str], *, first: bool
    ) -> Sequence[Failure]:
        with transaction(self._engine) as rows:
            made = rows.do(_FIRE, (timer.name, row.stream, row.due))
            if first and not made:
                return ()  # another worker was faster
            failures = self._outcome(rows, timer, partition, row, broken)
            result = failures[0].reason if failures else "done"
            rows.do(_RESULT, (result, timer.name, row.stream, row.due))
            parking.unpark(rows, CONSUMER, partition, [(Kind.TIMER, _key(timer, row))])
            parking.park(rows, CONSUMER, failures)
            return failures

    def _outcome(
        self, rows: Rows, timer: Timer, partition: int, row: Any, broken: Mapping[UUID, str]
    ) -> Sequence[Failure]:
        named = timer.command_id(row.stream, row.due)
        if named in broken:
            return [_failure(timer, partition, row, self._desk, broken[named])]
        try:
            owed = timer.owes(row)
        except Exception as error:  # noqa: BLE001 - a timer that fails parks this row's firing
            return [_failure(timer, partition, row, self._desk, why(error))]
        asked = asked_by(
            f"timer:{timer.name}",
            owed,
            now(rows),
            getattr(row, "branch", ""),
            getattr(row, "ticket", None),
        )
        (outcome,) = decide(
            rows, self._desk, [order_of(named, owed, asked, f"timer/{_key(timer, row)}")]
        )
        match outcome:
            case Refused():
                return [_failure(timer, partition, row, self._desk, why(outcome))]
            case Answer():
                return []


_DUE = f"""
t.due <= clock_timestamp() AND t.{PARTITION} = ANY (%s) AND NOT EXISTS (
    SELECT FROM worker.fired AS f WHERE f.timer = %s AND f.stream = t.stream AND f.due = t.due
) ORDER BY t.due LIMIT %s
"""


def _rows(
    rows: Rows, table: ViewTable, condition: str, values: Sequence[Any]
) -> list[tuple[int, Any]]:
    asked = f"SELECT t.{PARTITION}, {table.selected} FROM {table.full_name} AS t WHERE {condition}"  # noqa: S608
    return [(partition, table.read(line)) for partition, *line in rows.all(asked, values)]


def _of_stream(rows: Rows, timer: Timer, parked: Parked) -> list[tuple[int, Any]]:
    values = (parked.stream, parked.partition)
    same = f"t.stream = %s AND t.{PARTITION} = %s AND t.due IS NOT NULL"
    return _rows(rows, view_table(timer.view), same, values)


def _key(timer: Timer, row: Any) -> str:
    return f"{timer.name}/{row.stream}/{row.due.isoformat()}"


def _failure(timer: Timer, partition: int, row: Any, desk: Desk, reason: str) -> Failure:
    return Failure(
        Kind.TIMER,
        _key(timer, row),
        partition,
        0,
        desk.store.room,
        row.stream,
        reason,
        {"timer": timer.name, "due": row.due.isoformat()},
    )
