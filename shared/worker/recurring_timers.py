"""周期 (recurring timers): a command for every row of a view, at most once for each date.

A date is noted in `worker.fired` as its midnight in UTC. So it is not fired again when the policy
gets another hour or another time zone. A date is fired only if it is newer than every date that is
noted for the stream. If the worker was away over several dates, only the newest one is owed.

A note without a stream says since when the timer exists. Nothing was owed before that.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from sqlalchemy import Engine

from shared.consumers import dead_letters
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind, describe
from shared.document import Recurring
from shared.handle import Handler
from shared.policy import Core
from shared.policy.book import PolicyInForce
from shared.policy.clocks import Occurrence
from shared.record.transaction import DatabaseTransaction, transaction
from shared.view import ViewRow
from shared.views import versions
from shared.views.table import PARTITION, view_table
from shared.worker.scheduler import AT_ONCE, CONSUMER, DueTimer, Scheduler, failure

_BEGIN = """
INSERT INTO worker.fired (timer, stream, due, result)
SELECT %(timer)s, '', record.now(), 'begun'
WHERE NOT EXISTS (SELECT FROM worker.fired WHERE timer = %(timer)s AND stream = '')
"""
_BEGUN = "SELECT min(due) FROM worker.fired WHERE timer = %s AND stream = ''"
_PAGE = """
SELECT (SELECT max(f.due) FROM worker.fired AS f WHERE f.timer = %(timer)s AND f.stream = t.stream),
    {selected}
FROM {table} AS t
WHERE t.{partition} = ANY (%(partitions)s) AND (t.stream, t.{partition}) > (%(stream)s, %(after)s)
ORDER BY t.stream, t.{partition} LIMIT %(limit)s
"""
_ONE = "SELECT {selected} FROM {table} AS t WHERE t.stream = %s AND t.{partition} = %s"
_START = ("", -1)


class _Line(NamedTuple):
    """A row, and the newest date that is noted for its stream."""

    entered: datetime | None
    partition: int
    row: ViewRow


class RecurringTimer:
    """周期: one recurring timer. Each call of `fire` looks at the next page of its rows."""

    def __init__(
        self,
        engine: Engine,
        handler: Handler,
        timer: Recurring,
        trigger: Scheduler,
        policy: PolicyInForce,
    ) -> None:
        self.name = timer.name
        self._engine = engine
        self._handler = handler
        self._timer = timer
        self._trigger = trigger
        self._policy = policy
        self._after = _START
        self._failing: set[str] = set()
        """The keys that this process has parked because their schedule failed."""

    def fire(self, partitions: Collection[int]) -> int:
        """Fire what is due among the next page of rows on these partitions; how many were fired."""
        failed: set[str] = set()
        with transaction(self._engine) as db:
            if not versions.is_active(db, self._timer.view):
                return 0
            begun, moment = self._begin(db), db.now()
            page = self._page(db, partitions)
            due = [
                self._firing(line.partition, line.row, found)
                for line in page
                if (found := self._last(db, line, moment, failed)) is not None
                and begun < found.due <= moment
                and (line.entered is None or line.entered < _midnight(found.day))
            ]
        self._failing |= failed
        for firing in due:
            self._trigger.pull(firing)
        whole = len(page) == AT_ONCE
        self._after = (page[-1].row.stream, page[-1].partition) if whole else _START
        return len(due)

    def again(self, parked: DeadLetter) -> None:
        """重试: fire the same date again. If the row is gone, it leaves the list."""
        with transaction(self._engine) as db:
            asked = self._asked(_ONE)
            lines = db.query(asked, (parked.stream, parked.partition))
            found = [view_table(self._timer.view).placed(line)[1] for line in lines]
            is_dated = "day" in parked.details
            # No date: the schedule itself had failed. What it gives now is fired by `fire`.
            if not found or (not is_dated and self._speaks(found, db.now())):
                dead_letters.unpark(
                    db, CONSUMER, parked.partition, [(DeadLetterKind.TIMER, parked.key)]
                )
                return
        if not is_dated:
            return
        day, due = parked.details["day"], parked.details["due"]
        occurrence = Occurrence(date.fromisoformat(day), datetime.fromisoformat(due))
        for row in found:
            self._trigger.pull(self._firing(parked.partition, row, occurrence), first=False)

    def _speaks(self, found: Sequence[ViewRow], moment: datetime) -> bool:
        try:
            for row in found:
                self._timer.last(self._in_force(row, moment), row, moment)
        except Exception:  # noqa: BLE001 - it stays in the list, with its first reason
            return False
        return True

    def _in_force(self, row: ViewRow, moment: datetime) -> Core:
        return self._policy(getattr(row, "branch", ""), moment)

    def _begin(self, db: DatabaseTransaction) -> datetime:
        db.execute(_BEGIN, {"timer": self.name})
        ((begun,),) = db.query(_BEGUN, (self.name,))
        assert isinstance(begun, datetime)
        return begun

    def _page(self, db: DatabaseTransaction, partitions: Collection[int]) -> list[_Line]:
        table = view_table(self._timer.view)
        stream, after = self._after
        values = {
            "timer": self.name,
            "partitions": sorted(partitions),
            "stream": stream,
            "after": after,
            "limit": AT_ONCE,
        }
        return [
            _Line(entered, place[0], row)
            for entered, *line in db.query(self._asked(_PAGE), values)
            for place, row in [table.placed(line)]
        ]

    def _asked(self, statement: str) -> str:
        table = view_table(self._timer.view)
        selected = table.selected_placed
        return statement.format(partition=PARTITION, selected=selected, table=table.full_name)

    def _last(
        self, db: DatabaseTransaction, line: _Line, moment: datetime, failed: set[str]
    ) -> Occurrence | None:
        key = f"{self.name}/{line.row.stream}"
        try:
            found = self._timer.last(self._in_force(line.row, moment), line.row, moment)
        except Exception as error:  # noqa: BLE001 - a schedule that fails parks this row's alone
            if key not in self._failing:
                failed.add(key)  # ours only once the line is committed
                about = {"timer": self.name}
                made = failure(self._handler, line.partition, line.row, key, describe(error), about)
                dead_letters.park(db, CONSUMER, [made])
            return None
        self._failing.discard(key)
        return found

    def _firing(self, partition: int, row: ViewRow, occurrence: Occurrence) -> DueTimer:
        day, due = occurrence.day.isoformat(), occurrence.due.isoformat()
        return DueTimer(
            timer=self.name,
            partition=partition,
            row=row,
            entered=_midnight(occurrence.day),
            key=f"{self.name}/{row.stream}/{day}",
            id=self._timer.command_id(row.stream, occurrence.day),
            owes=lambda _around: self._timer.owes(row, occurrence),
            details={"timer": self.name, "day": day, "due": due},
            replaces=True,
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
