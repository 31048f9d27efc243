"""截帐 (closing): a month that is over and counted is closed, once and in the order of months."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.inventory.periods import Closings, following
from services.inventory.stocktake.state import Stocktake, posted_at
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.closings import ClosingUrged, PeriodClosed
from shared.events.inventory import Valuing
from shared.events.order_sheet import Pieces
from shared.events.stocktakes import StocktakeKind, StocktakeOpened, StocktakeStage
from shared.events.values import At, BranchCode, PartList, Period, Ref, Role

OVER = (StocktakeStage.NONE, StocktakeStage.APPROVED, StocktakeStage.ENDED)
"""Where a stocktake is not open: it was never begun, or nothing of it is to come."""


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    """截帐: close the month of a store."""

    store: BranchCode
    period: Period
    begins_at: At
    ends_at: At
    valuing: Valuing
    counted_since: At
    """Obligation: from when on a count of the month is one of its end, as policy says."""
    stocktakes: tuple[Ref, ...] = ()
    """Obligation: the stocktakes that may be open, and the number that comes next."""
    unsettled: PartList[Ref] = ()
    """Obligation: the first notes that are not settled."""
    unsettled_more: Pieces | None = None
    """Obligation: how many more there are."""
    report_due_at: At | None = None
    """Obligation: by when the report of the month is sent."""


@dataclass(frozen=True, slots=True)
class UrgeClosing:
    """督促盘点: a month has been over for some time, and is not closed; by the timer."""

    period: Period
    due_at: At


def close(command: ClosePeriod, closings: Closings, asked: Asked) -> Decision:
    """截帐: once the month is over, its stocktake approved, and no count up to then is open."""
    period, last = command.period, closings.last
    if last is not None and (last.period, last.closed_by) == (period, asked.actor):
        return []
    taken = list(_taken(command, asked))
    approved = sorted(each.number for each in _approved(taken, command))
    refuse_if(
        *_in_order(period, last),
        (asked.recorded_at < command.ends_at, reason("month-not-over", period=period)),
        _still_open(taken, command),
        _uncounted(approved, command),
    )
    return asked.here(
        PeriodClosed(
            store=command.store,
            period=period,
            begins_at=command.begins_at,
            ends_at=command.ends_at,
            stocktake=approved[-1],
            unsettled=command.unsettled,
            valuing=command.valuing,
            closed_by=asked.actor,
            report_due_at=command.report_due_at,
            unsettled_more=command.unsettled_more,
            by_months=True,
        )
    )


def urge_closing(command: UrgeClosing, closings: Closings, asked: Asked) -> Decision:
    """督促盘点: once for the month that comes next, while it is not closed; once for the first."""
    last, reminded = closings.last, closings.reminded
    waits = following(last.period) == command.period if last else reminded is None
    if not waits or reminded == command.period:
        return []
    store, told = number_of(asked.home), last.closed_by if last else None
    fact = ClosingUrged(store, command.period, command.due_at, Role.STOREKEEPER, told)
    return asked.here(fact)


def reads_stocktakes(command: ClosePeriod, _closings: Closings, _asked: Asked) -> Sequence[str]:
    """The stocktakes of the store."""
    return tuple(_stream(number) for number in command.stocktakes)


def _stream(number: str) -> str:
    return f"stocktake-{number}"


def _taken(command: ClosePeriod, asked: Asked) -> Iterator[Stocktake]:
    for number in command.stocktakes:
        taking = asked.read(_stream(number))
        assert isinstance(taking, Stocktake)
        yield taking


def _approved(taken: Iterable[Stocktake], command: ClosePeriod) -> Iterator[StocktakeOpened]:
    """Of these, the monthly ones of the end of that month that finance has approved."""
    for each in taken:
        opened = each.opened
        if opened is None or each.stage is not StocktakeStage.APPROVED:
            continue
        of_month = (opened.kind, opened.period) == (StocktakeKind.MONTHLY, command.period)
        if of_month and opened.as_of >= command.counted_since:
            yield opened


def _uncounted(approved: Sequence[str], command: ClosePeriod) -> Rule:
    """A rule: it was counted at its end: what moved after an earlier count nobody has looked at."""
    days = round((command.ends_at - command.counted_since) / timedelta(days=1))
    return not approved, reason("month-uncounted", period=command.period, days=days)


def _in_order(period: str, last: PeriodClosed | None) -> Iterator[Rule]:
    """A rule: after the first closing the months follow one another."""
    if last is None:
        return
    wanted = following(last.period)
    yield period <= last.period, reason("month-closed", period=period)
    yield period > wanted, reason("month-before-open", period=period, wanted=wanted)


def _still_open(taken: Iterable[Stocktake], command: ClosePeriod) -> Rule:
    """A rule: no stocktake is open whose postings would count in this month, or before it."""
    waiting = (each.opened for each in taken if each.opened and each.stage not in OVER)
    left = [opened.number for opened in waiting if posted_at(opened) < command.ends_at]
    return bool(left), reason("stocktake-open", numbers=left)
