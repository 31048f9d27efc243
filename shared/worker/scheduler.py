"""调度 (the scheduler): a row that fell due becomes a command, once.

The command's facts and the note that the timer has fired are written in one transaction. So a
process that dies has done both or neither. A refused command is parked; the note stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Engine

from shared.consumers import dead_letters, documents
from shared.consumers.dead_letters import DeadLetterKind, Failure, describe
from shared.decider import Refused
from shared.document import Around, CommandOwed, NewTicket
from shared.events.actors import ServiceActor
from shared.handle import Answer, Handler
from shared.policy.book import PolicyInForce
from shared.record.transaction import DatabaseTransaction, transaction
from shared.view import ViewRow
from shared.views.asking import first_rows
from shared.worker.commands_owed import CommandContext, decide, order_of
from shared.worker.settlement import Settlement

CONSUMER = "timers"
AT_ONCE = 100
"""Of each timer, how many rows are looked at in one go."""

_FIRE = """
INSERT INTO worker.fired (timer, stream, due, result) VALUES (%s, %s, %s, '')
ON CONFLICT DO NOTHING
"""
_RESULT = """
UPDATE worker.fired SET result = %s, fired_at = clock_timestamp()
WHERE timer = %s AND stream = %s AND due = %s
"""
_FORGET = """
DELETE FROM worker.parked
WHERE consumer = %s AND partition = %s AND kind = 'timer' AND stream = %s
AND details ->> 'timer' = %s AND discarded_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A row that fell due, and the command that is owed for it."""

    timer: str
    partition: int
    row: ViewRow
    entered: datetime
    """Noted as its moment: when a timer was due; for a recurring one, midnight of its date."""
    key: str
    """Its key in the list of what is parked."""
    id: UUID
    owes: Callable[[Around | None], CommandOwed | NewTicket | None]
    details: Mapping[str, str]
    looks_around: bool = False
    """Whether it is told the policy, and may look at other views."""
    replaces: bool = False
    """Whether it replaces what the same timer had parked for the stream before."""

    @property
    def place(self) -> tuple[str, str, datetime]:
        """The key of its note in `worker.fired`."""
        return self.timer, self.row.stream, self.entered


class Scheduler:
    """调度: fires what fell due."""

    def __init__(
        self, engine: Engine, handler: Handler, appended: Callable[[], None], policy: PolicyInForce
    ) -> None:
        self._engine = engine
        self._handler = handler
        self._settlement = Settlement(engine, handler)
        self._appended = appended
        self._policy = policy

    def pull(self, firing: DueTimer, *, first: bool = True) -> None:
        """Fire. `first`: only if it is not noted as fired yet."""
        self._settlement.settle(partial(self._once, firing, first=first))
        self._appended()

    def _once(self, firing: DueTimer, broken: Mapping[UUID, str], *, first: bool) -> None:
        with transaction(self._engine) as db:
            made = db.execute(_FIRE, firing.place)
            if first and not made:
                return  # another worker was faster
            result, reason = self._outcome(db, firing, broken)
            db.execute(_RESULT, (result, *firing.place))
            if firing.replaces:
                of = (CONSUMER, firing.partition, firing.row.stream, firing.timer)
                db.execute(_FORGET, of)
            dead_letters.unpark(
                db, CONSUMER, firing.partition, [(DeadLetterKind.TIMER, firing.key)]
            )
            if reason is not None:
                about = (firing.partition, firing.row, firing.key, reason, firing.details)
                dead_letters.park(db, CONSUMER, [failure(self._handler, *about)])

    def _outcome(
        self, db: DatabaseTransaction, firing: DueTimer, broken: Mapping[UUID, str]
    ) -> tuple[str, str | None]:
        """What is entered as its result, and why it is parked, if it is."""
        if firing.id in broken:
            return broken[firing.id], broken[firing.id]
        try:
            around = self._around(db, firing)
            asking = _asking(db, firing, around)
            if (owed := firing.owes(around)) is None:
                return "nothing", None
            order = order_of(firing.id, owed, asking, self._policy)
        except Exception as error:  # noqa: BLE001 - a timer that fails parks this row's firing
            return describe(error), describe(error)
        (outcome,) = decide(db, self._handler, [order])
        match outcome:
            case Refused():
                return describe(outcome), describe(outcome)
            case Answer():
                return "done", None

    def _around(self, db: DatabaseTransaction, firing: DueTimer) -> Around | None:
        """What it may look at beside its row, if it does. Raises whatever the policy raises."""
        if not firing.looks_around:
            return None
        policy = self._policy(_branch(firing), db.now())
        return Around(policy, partial(first_rows, db), partial(documents.kept, db))


def _asking(db: DatabaseTransaction, firing: DueTimer, around: Around | None) -> CommandContext:
    ticket = getattr(firing.row, "ticket", None)
    actor, causation = ServiceActor.TIMER.named(firing.timer), f"timer/{firing.key}"
    label = around.policy.label if around else None
    return CommandContext(actor, db.now(), _branch(firing), ticket, causation, policy=label)


def _branch(firing: DueTimer) -> str:
    branch: str = getattr(firing.row, "branch", "")
    return branch


def failure(
    handler: Handler,
    partition: int,
    row: ViewRow,
    key: str,
    reason: str,
    details: Mapping[str, str],
) -> Failure:
    """A line for the list of what is parked."""
    room, kind = handler.store.room, DeadLetterKind.TIMER
    return Failure(kind, key, partition, 0, room, row.stream, reason, details)
