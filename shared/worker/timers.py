"""时钟 (timers): rows of a view that fall due; each is fired once.

Firing does not change the view. It appends the facts of the command and notes the timer as fired,
in one transaction. The row leaves when the view folds a fact that ends it. A rebuild fires nothing.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from sqlalchemy import Engine

from shared.consumers import dead_letters
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind
from shared.document import Recurring, Timer
from shared.handle import Handler
from shared.policy.book import PolicyInForce
from shared.record.transaction import DatabaseTransaction, transaction
from shared.view import View, ViewRow
from shared.views import versions
from shared.views.table import PARTITION, view_table
from shared.worker.commands_owed import no_policy
from shared.worker.recurring_timers import RecurringTimer
from shared.worker.scheduler import AT_ONCE, CONSUMER, DueTimer, Scheduler


class Timers:
    """时钟: the timers of a room, including the recurring ones."""

    def __init__(
        self,
        engine: Engine,
        handler: Handler,
        timers: Sequence[Timer | Recurring],
        *,
        appended: Callable[[], None] = lambda: None,
        policy: PolicyInForce = no_policy,
    ) -> None:
        self._engine = engine
        self._trigger = Scheduler(engine, handler, appended, policy)
        self._timers = [timer for timer in timers if isinstance(timer, Timer)]
        self._rounds = [
            RecurringTimer(engine, handler, timer, self._trigger, policy)
            for timer in timers
            if isinstance(timer, Recurring)
        ]

    def fire(self, partitions: Collection[int]) -> int:
        """Fire what is due on these partitions, AT_ONCE rows of each timer at most; how many."""
        once = sum(self._fire(timer, partitions) for timer in self._timers)
        return once + sum(rounds.fire(partitions) for rounds in self._rounds)

    def again(self, parked: DeadLetter) -> None:
        """重试: fire again what was refused. What is not due any more leaves the list."""
        for rounds in self._rounds:
            if rounds.name == parked.details["timer"]:
                rounds.again(parked)
                return
        with transaction(self._engine) as db:
            due = [
                firing
                for timer in self._timers
                for partition, row in _of_stream(db, timer, parked)
                if (firing := _firing(timer, partition, row)).key == parked.key
            ]
            if not due:
                dead_letters.unpark(
                    db, CONSUMER, parked.partition, [(DeadLetterKind.TIMER, parked.key)]
                )
        for firing in due:
            self._trigger.pull(firing, first=False)

    def _fire(self, timer: Timer, partitions: Collection[int]) -> int:
        with transaction(self._engine) as db:
            if not all(versions.is_active(db, each) for each in (timer.view, *timer.looks_at)):
                return 0
            values = (timer.good_for, timer.good_for, sorted(partitions), timer.name, AT_ONCE)
            found = _rows(db, timer.view, _DUE, values)
        for partition, row in found:
            self._trigger.pull(_firing(timer, partition, row))
        return len(found)


_DUE = f"""
t.due <= (SELECT record.now())
AND (%s::interval IS NULL OR t.due > (SELECT record.now()) - %s::interval)
AND t.{PARTITION} = ANY (%s) AND NOT EXISTS (
    SELECT FROM worker.fired AS f WHERE f.timer = %s AND f.stream = t.stream AND f.due = t.due
) ORDER BY t.due LIMIT %s
"""  # noqa: S608


def _rows(
    db: DatabaseTransaction, view: View, condition: str, values: Sequence[object]
) -> list[tuple[int, ViewRow]]:
    table = view_table(view)
    asked = f"SELECT {table.selected_placed} FROM {table.full_name} AS t WHERE {condition}"  # noqa: S608
    return [(place[0], row) for place, row in map(table.placed, db.query(asked, values))]


def _of_stream(
    db: DatabaseTransaction, timer: Timer, parked: DeadLetter
) -> list[tuple[int, ViewRow]]:
    values = (parked.stream, parked.partition)
    same = f"t.stream = %s AND t.{PARTITION} = %s AND t.due IS NOT NULL"
    return _rows(db, timer.view, same, values)


def _firing(timer: Timer, partition: int, row: ViewRow) -> DueTimer:
    return DueTimer(
        timer=timer.name,
        partition=partition,
        row=row,
        entered=row.due,
        key=f"{timer.name}/{row.stream}/{row.due.isoformat()}",
        id=timer.command_id(row.stream, row.due),
        owes=partial(timer.owed, row),
        details={"timer": timer.name, "due": row.due.isoformat()},
        looks_around=bool(timer.looks_at),
    )
