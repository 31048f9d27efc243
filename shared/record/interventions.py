"""干预 (interventions): what people made of a record by hand; who, when, what and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.record.transaction import DatabaseTransaction

_NOTE = "SELECT record.intervene(%s, %s, %s, %s)"
_LAST = "SELECT at, actor, verb, what, reason FROM record.interventions ORDER BY at DESC LIMIT 20"


@dataclass(frozen=True, slots=True)
class Because:
    """缘由: who uses a verb, and why."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Intervention:
    """干预: one use of a verb."""

    at: datetime
    actor: str
    verb: str
    what: str
    """What was done, in words."""
    reason: str


def note(db: DatabaseTransaction, verb: str, what: str, because: Because) -> None:
    """Enter it in the ledger, in the transaction of what it does."""
    db.query(_NOTE, (because.actor, verb, what, because.reason))


def last(db: DatabaseTransaction) -> Sequence[Intervention]:
    """The last 20 of the room, the newest first."""
    return [Intervention(*row) for row in db.query(_LAST)]
