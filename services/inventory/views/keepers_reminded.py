"""已提醒库管 (keepers reminded): of what part or month, until approvers are told; feeds clocks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.events.closings import (
    ClosingUrged,
    ConsumptionReportSent,
    ConsumptionReportUrged,
    MonthDuty,
    MonthOverdue,
    PeriodClosed,
)
from shared.events.old_parts import OldPartsUrged
from shared.events.replenishments import KeeperDuty, KeeperOverdue, RefillDrafted, RefillUrged
from shared.view import Key, Recorded


@dataclass(frozen=True, slots=True)
class Row:
    """已提醒一行: a part or a month of a store, and since when its keeper has been late."""

    stream: str
    """Of the book of the part, or of the closings of the store."""
    branch: str
    """The store's."""
    about: str
    """The part, or the month; of several the last of which the keeper was reminded."""
    due: datetime
    """By when it was to be done; of old parts, when the keeper was reminded."""


@dataclass(eq=False, slots=True)
class KeepersReminded:
    """已提醒库管: the view of one duty."""

    duty: KeeperDuty | MonthDuty
    NAME: str
    keys: Callable[[Recorded], Iterable[Key]]
    project: Callable[[Key, Row | None, Recorded], Row | None]
    VERSION: int = 2
    KEY: tuple[str, ...] = ("stream",)
    INDEXES: tuple[tuple[str, ...], ...] = (("branch",),)
    Row: type[Row] = Row


def _of(duty: KeeperDuty | MonthDuty, *touched: type) -> KeepersReminded:
    def keys(recorded: Recorded) -> Iterable[Key]:
        fact = recorded.fact
        over = isinstance(fact, KeeperOverdue | MonthOverdue) and fact.duty is duty
        return [(recorded.stream,)] if over or isinstance(fact, touched) else []

    return KeepersReminded(duty, f"keepers_reminded_{duty.value}", keys, _after)


def _after(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from a reminder on, until approvers are told, it is done, or there is a newer draft."""
    stream = str(key[0])
    match recorded.fact:
        case RefillUrged(store=store, part=part, due_at=due_at):
            return Row(stream, store, part, due_at)
        case OldPartsUrged(store=store, part=part):
            return Row(stream, store, part, recorded.recorded_at)
        case (
            ClosingUrged(store=store, period=period, due_at=due_at)
            | ConsumptionReportUrged(store=store, period=period, due_at=due_at)
        ):
            return Row(stream, store, period, due_at)
        case PeriodClosed(period=period) if row is not None and row.about > period:
            return row
        case ConsumptionReportSent(period=period) if row is not None and row.about != period:
            return row
        case _:
            return None


ASKING = _of(KeeperDuty.ASKING, RefillDrafted, RefillUrged)
LISTING = _of(KeeperDuty.LISTING, OldPartsUrged)
CLOSING = _of(MonthDuty.CLOSING, ClosingUrged, PeriodClosed)
REPORTING = _of(MonthDuty.REPORTING, ConsumptionReportUrged, ConsumptionReportSent)
VIEWS = (ASKING, LISTING, CLOSING, REPORTING)
