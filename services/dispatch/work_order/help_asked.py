"""基地支援一览 (base's help): what branches ask base for, and what base has answered."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.dispatch import (
    BaseGuided,
    BaseHelpAsked,
    BaseHelpDeclined,
    BaseTechnicianSent,
)
from shared.events.order_sheet import HelpGround
from shared.view import Key, Recorded, first_row

NAME = "help_asked"
VERSION = 1
KEY = ("order",)
INDEXES = (("branch", "waits"),)


@dataclass(frozen=True, slots=True)
class Row:
    """基地支援一行: the newest request of an order, and every answer to it so far."""

    order: str
    ticket: str
    branch: str
    ground: HelpGround
    tried: str
    asked_by: str
    asked_at: datetime
    times: int
    """How often base was asked about this order."""
    waits: bool
    """Whether base has not answered yet."""
    guided_by: str | None
    steps: str | None
    """What base said is to be done."""
    solved: bool | None
    sent_by: str | None
    technician: str | None
    """Whom base has sent."""
    because: str | None
    """Why they were sent, or why base does not help."""
    declined_by: str | None
    version: int
    changed_at: datetime


def keys(recorded: Recorded) -> list[Key]:
    """The order that base is asked about."""
    told = (BaseHelpAsked, BaseGuided, BaseTechnicianSent, BaseHelpDeclined)
    return [(recorded.stream.partition("-")[2],)] if isinstance(recorded.fact, told) else []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after a request or an answer."""
    fact = recorded.fact
    if isinstance(fact, BaseHelpAsked):
        return _asked(str(key[0]), row, fact, recorded)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at, waits=False)
    match fact:
        case BaseGuided(by, steps, solved):
            return replace(row, guided_by=by, steps=steps, solved=solved)
        case BaseTechnicianSent(by, technician, because):
            return replace(row, sent_by=by, technician=technician, because=because)
        case BaseHelpDeclined(by, because):
            return replace(row, declined_by=by, because=because)
        case _:
            return row


def _asked(order: str, row: Row | None, fact: BaseHelpAsked, recorded: Recorded) -> Row:
    return first_row(
        Row,
        order=order,
        ticket=recorded.ticket or "",
        branch=recorded.branch,
        ground=fact.ground,
        tried=fact.tried,
        asked_by=fact.by,
        asked_at=recorded.recorded_at,
        times=row.times + 1 if row else 1,
        waits=True,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )
