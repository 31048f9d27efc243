"""截帐 as stories: a month is closed once, in order, when it is over, counted and approved."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given as tried
from hypothesis import strategies as st

from services.inventory import closing, reactions, stocktake
from services.inventory.closing import first_months, months_due, reports_due
from services.inventory.closing.closing import ClosePeriod, UrgeClosing
from services.inventory.closing.sending import SendConsumption, UrgeConsumption
from services.inventory.consumption_report import report
from services.inventory.periods import (
    Closed,
    Closings,
    Counted,
    Order,
    bounds,
    counted,
    following,
    last_days,
    stream_of,
)
from services.inventory.stocktake.state import Fact, Stocktake
from shared.decider import Asked, Happened
from shared.document import CommandOwed
from shared.events.closings import (
    ClosingUrged,
    ConsumptionReportSent,
    ConsumptionReportUrged,
    PeriodClosed,
)
from shared.events.inventory import Valuing
from shared.events.stocktakes import (
    StocktakeApproved,
    StocktakeCounted,
    StocktakeEnded,
    StocktakeKind,
    StocktakeOpened,
)
from shared.events.values import Role, Signature, SignedHow
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.inventory.example import BRANCH, CLERK, KEEPER, PUMP, RING, by, opening
from tests.seen import fold_view, recorded_on
from tests.shared.http_desk import POLICIES
from tests.spec import given

ZONE = "Asia/Shanghai"
MONEY = "F-QIAN"
POLICY = read(POLICIES / CORE, Core)
AVERAGE = Valuing.MOVING_AVERAGE
FIRST, SECOND = f"PD-{BRANCH}-2026-0001", f"PD-{BRANCH}-2026-0002"
BEGINS, ENDS = bounds("2026-11", ZONE)
AT = ENDS + timedelta(days=2)
SINCE = last_days("2026-11", ZONE, POLICY.closing.last_days)
CLOSE = ClosePeriod(BRANCH, "2026-11", BEGINS, ENDS, AVERAGE, SINCE, (FIRST, SECOND))
CLOSED = PeriodClosed(BRANCH, "2026-11", BEGINS, ENDS, FIRST, (), AVERAGE, MONEY, by_months=True)
OPENED = StocktakeOpened(FIRST, BRANCH, StocktakeKind.MONTHLY, "2026-11", ENDS, KEEPER)
APPROVED = StocktakeApproved((), 0, "F-ZHOU")


def taking(*facts: Fact) -> Stocktake:
    """A stocktake to which this has happened."""
    state = stocktake.initial
    for fact in facts:
        state = stocktake.evolve(state, fact)
    return state


COUNTED = taking(OPENED, StocktakeCounted(1, 0, 0, CLERK), APPROVED)
NEVER = stocktake.initial


def money(first: Stocktake = COUNTED, second: Stocktake = NEVER, person: str = MONEY) -> Asked:
    """Asked by finance after the month, with the stocktakes of the store."""
    reads = {f"stocktake-{FIRST}": first, f"stocktake-{SECOND}": second}
    asked = by(person, Role.FINANCE, home=stream_of(BRANCH), reads=reads)
    happened = {f"stocktake-{FIRST}": [Happened(APPROVED, ENDS, ENDS)]}
    return replace(asked, at=AT, ticket=None, happened=happened)


class TestClosing:
    def test_a_month_that_is_over_and_counted_is_closed_once(self) -> None:
        given(closing).when(CLOSE, money()).then(CLOSED)
        given(closing, CLOSED).when(CLOSE, money()).then()
        again = money(person="F-ZHOU")
        given(closing, CLOSED).when(CLOSE, again).refused_with("month-closed", period="2026-11")

    def test_notes_that_are_not_settled_are_told_and_hold_nothing_up(self) -> None:
        notes = ("BX-HZ01-20261123-0001-C1",)
        warned = replace(CLOSE, unsettled=notes, unsettled_more=1)
        told = replace(CLOSED, unsettled=notes, unsettled_more=1)
        given(closing).when(warned, money()).then(told)

    def test_it_is_over_on_the_calendar_of_the_store(self) -> None:
        assert datetime(2026, 11, 30, 16, tzinfo=UTC) == ENDS, "midnight in Hangzhou"
        just = replace(money(), at=ENDS - timedelta(seconds=1))
        given(closing).when(CLOSE, just).refused_with("month-not-over", period="2026-11")
        given(closing).when(CLOSE, replace(just, at=ENDS)).then(CLOSED)
        fast = replace(money(), now=ENDS - timedelta(seconds=1), at=ENDS)
        given(closing).when(CLOSE, fast).refused("month-not-over")

    def test_it_waits_for_every_stocktake_of_the_store(self) -> None:
        spot = replace(OPENED, number=SECOND, kind=StocktakeKind.SPOT, period=None, as_of=BEGINS)
        is_open = money(second=taking(spot))
        given(closing).when(CLOSE, is_open).refused_with("stocktake-open", numbers=[SECOND])
        ended = money(second=taking(spot, StocktakeEnded("开错了", KEEPER)))
        given(closing).when(CLOSE, ended).then(CLOSED)

    def test_a_count_whose_differences_are_of_a_later_month_holds_nothing_up(self) -> None:
        spot = replace(OPENED, number=SECOND, kind=StocktakeKind.SPOT, period=None)
        given(closing).when(CLOSE, money(second=taking(spot))).then(CLOSED)
        december = replace(OPENED, number=SECOND, period="2026-12", as_of=AT)
        given(closing).when(CLOSE, money(second=taking(december))).then(CLOSED)

    def test_the_stocktake_of_that_very_month_is_approved(self) -> None:
        for others in (
            {"kind": StocktakeKind.SPOT, "period": None},
            {"period": "2026-10"},
        ):
            other = taking(replace(OPENED, **others), APPROVED)
            given(closing).when(CLOSE, money(other)).refused("month-uncounted")
        ended = taking(OPENED, StocktakeEnded("开错了", KEEPER))
        told = given(closing).when(CLOSE, money(ended))
        told.refused_with("month-uncounted", period="2026-11", days=3)
        given(closing).when(CLOSE, money(taking(OPENED))).refused(
            "stocktake-open", "month-uncounted"
        )

    def test_a_count_before_the_last_days_of_the_month_does_not_let_it_be_closed(self) -> None:
        """What moved after it nobody has looked at; a count of the end is taken, and closes it."""
        assert datetime(2026, 11, 27, 16, tzinfo=UTC) == SINCE, "the 28th begins in Hangzhou"
        early = taking(replace(OPENED, as_of=SINCE - timedelta(seconds=1)), APPROVED)
        for at in (early, taking(replace(OPENED, as_of=BEGINS), APPROVED)):
            told = given(closing).when(CLOSE, money(at))
            told.refused_with("month-uncounted", period="2026-11", days=3)
        again = taking(replace(OPENED, number=SECOND), APPROVED)
        fact = replace(CLOSED, stocktake=SECOND)
        given(closing).when(CLOSE, money(early, again)).then(fact)
        given(closing).when(CLOSE, money(taking(replace(OPENED, as_of=SINCE), APPROVED))).then(
            CLOSED
        )

    def test_after_the_first_the_months_follow_one_another(self) -> None:
        september = replace(CLOSED, period="2026-09")
        told = given(closing, september).when(CLOSE, money())
        told.refused_with("month-before-open", period="2026-11", wanted="2026-10")
        october = replace(CLOSED, period="2026-10")
        given(closing, october).when(CLOSE, money()).then(CLOSED)
        december = replace(CLOSED, period="2026-12")
        given(closing, december).when(CLOSE, money()).refused("month-closed")


DIGEST = "5f" * 32
SEND = SendConsumption(BRANCH, "2026-11", DIGEST, DIGEST)


def keeper(person: str = KEEPER) -> Asked:
    """Asked by a storekeeper after the closing."""
    return replace(by(person, Role.STOREKEEPER, home=stream_of(BRANCH)), at=AT, ticket=None)


def sent(person: str = KEEPER) -> ConsumptionReportSent:
    signed = Signature(person, "storekeeper", SignedHow.SESSION, AT, DIGEST)
    return ConsumptionReportSent(f"XH-{BRANCH}-2026-11", BRANCH, "2026-11", DIGEST, signed)


def reminded(month: str, due: datetime, told: str | None) -> ClosingUrged:
    """The keeper is reminded that the month is over."""
    return ClosingUrged(BRANCH, month, due, Role.STOREKEEPER, told)


class TestSending:
    def test_the_keeper_signs_the_report_by_its_digest(self) -> None:
        given(closing, CLOSED).when(SEND, keeper()).then(sent())
        given(closing, CLOSED, sent()).when(SEND, keeper()).then()
        told = given(closing, CLOSED, sent()).when(SEND, keeper("K-2"))
        told.refused_with("report-sent", number=f"XH-{BRANCH}-2026-11")

    def test_it_is_the_one_that_was_shown(self) -> None:
        other = replace(SEND, computed="0" * 64)
        told = given(closing, CLOSED).when(other, keeper())
        told.refused_with("report-differs", number=f"XH-{BRANCH}-2026-11")

    def test_only_of_a_month_that_is_closed(self) -> None:
        is_open = replace(SEND, computed=None)
        given(closing).when(is_open, keeper()).refused_with("month-open", period="2026-11")
        before = replace(is_open, period="2026-10")
        given(closing, CLOSED).when(before, keeper()).refused("month-open")


def folded(*facts: Any, view: Any = reports_due) -> list[Any]:
    """The rows of the reports that are due, or of another view, after these facts."""
    stream = stream_of(BRANCH)
    told = (
        recorded_on("inventory", stream, fact, seq=n, version=n, ticket="", branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, 1)
    )
    return [*fold_view(view, told).values()]


def months(*facts: Any) -> list[Any]:
    """The stores that close a month next, after these facts."""
    return folded(*facts, view=months_due)


class TestUrging:
    """The timer, where nobody has signed the report of a month in time."""

    DUE = ENDS + timedelta(days=3)
    URGE = UrgeConsumption(BRANCH, "2026-11", DUE, MONEY)
    URGED = ConsumptionReportUrged(BRANCH, "2026-11", DUE, Role.STOREKEEPER, MONEY)

    def test_a_report_that_is_late_is_urged_once(self) -> None:
        timer = replace(keeper(), actor="timer:urge-consumption", roles=frozenset())
        given(closing, CLOSED).when(self.URGE, timer).then(self.URGED)
        given(closing, CLOSED, self.URGED).when(self.URGE, timer).then()
        given(closing, CLOSED, sent()).when(self.URGE, timer).then()
        given(closing).when(self.URGE, timer).then()

    def test_a_month_that_is_over_and_not_closed_is_urged_once(self) -> None:
        timer = replace(keeper(), actor="timer:urge-closing", roles=frozenset())
        due = bounds("2026-12", ZONE)[1] + timedelta(days=2)
        urge = UrgeClosing("2026-12", due)
        urged = reminded("2026-12", due, MONEY)
        later = replace(CLOSED, period="2026-12")
        given(closing, CLOSED).when(urge, timer).then(urged)
        for past in ((CLOSED, urged), (CLOSED, later)):
            given(closing, *past).when(urge, timer).then()
        (row,) = months(CLOSED)
        assert reactions.closing_due(POLICY, row, due - timedelta(seconds=1)) is None
        found = reactions.closing_due(POLICY, row, due)
        assert found is not None
        assert reactions.urge_closing(row, found) == CommandOwed(stream_of(BRANCH), urge)
        assert months(CLOSED, urged) == []
        (after,) = months(CLOSED, urged, later)
        assert after.closed == "2026-12"
        nobody = msgspec.structs.replace(POLICY, stocktaking=None)
        assert reactions.closing_due(nobody, row, due) is None

    def test_a_store_that_has_never_closed_a_month_is_reminded_of_its_first_once(self) -> None:
        timer = replace(keeper(), actor="timer:urge-first-closing", roles=frozenset())
        (row,) = folded(opening(RING, 10), opening(PUMP, 2, ("P-1", "P-2")), view=first_months)
        month = f"{AT:%Y-%m}"
        due = bounds(month, ZONE)[1] + timedelta(days=2)
        assert reactions.first_closing_due(POLICY, row, due - timedelta(seconds=1)) is None
        found = reactions.first_closing_due(POLICY, row, due)
        assert found is not None
        urge = UrgeClosing(month, due)
        assert reactions.urge_first_closing(row, found) == CommandOwed(stream_of(BRANCH), urge)
        urged = reminded(month, due, None)
        given(closing).when(urge, timer).then(urged)
        for past in ((urged,), (replace(CLOSED, period=month),)):
            given(closing, *past).when(urge, timer).then()
        given(closing, urged).when(UrgeClosing("2027-01", due), timer).then()

    def test_it_is_sent_all_the_same(self) -> None:
        given(closing, CLOSED, self.URGED).when(SEND, keeper()).then(sent())

    def test_the_list_says_by_when_and_by_whom(self) -> None:
        (row,) = folded(CLOSED)
        assert (row.due, row.owed_by, row.told) == (self.DUE, "storekeeper", MONEY)
        (timer,) = closing.TIMERS
        assert timer.owes(row) == CommandOwed(stream_of(BRANCH), self.URGE)
        (late,) = folded(CLOSED, self.URGED)
        assert late.urged
        assert not folded(CLOSED, self.URGED, sent())

    def test_by_when_is_policy_and_stands_on_the_closing(self) -> None:
        later = replace(CLOSED, report_due_at=ENDS + timedelta(days=4, hours=-8))
        (row,) = folded(later)
        assert row.due == ENDS + timedelta(days=4, hours=-8)
        made = report(Closed(later, order(AT)), [])
        assert made.due_on - made.closing_on == timedelta(days=4), "a day that has begun counts"
        assert report(NOVEMBER, []).due_on == date(2026, 12, 3)


def order(at: datetime, seq: int = 1) -> Order:
    return Order(at, 1, seq)


NOVEMBER = Closed(CLOSED, order(AT, 5))
DECEMBER = Closed(
    PeriodClosed(
        BRANCH,
        "2026-12",
        ENDS,
        bounds("2026-12", ZONE)[1],
        SECOND,
        (),
        AVERAGE,
        MONEY,
        by_months=True,
    ),
    order(AT + timedelta(days=31)),
)
DAY = timedelta(days=1)


class TestWhereItCounts:
    def test_what_is_recorded_before_the_closing_counts_in_its_month(self) -> None:
        within = counted(ENDS - DAY, order(ENDS), [NOVEMBER, DECEMBER])
        assert within == Counted("2026-11", late=False)
        assert counted(ENDS, order(ENDS), [NOVEMBER, DECEMBER]) == Counted("2026-12", late=False)
        assert counted(ENDS, order(ENDS), [NOVEMBER]) == Counted(None, late=False)

    def test_what_is_recorded_after_it_counts_in_the_next_that_is_open_marked(self) -> None:
        late = counted(ENDS - DAY, order(AT + DAY), [NOVEMBER, DECEMBER])
        assert late == Counted("2026-12", late=True)
        assert counted(ENDS - DAY, order(AT + 99 * DAY), [NOVEMBER, DECEMBER]) == Counted(
            None, late=True
        )

    def test_what_was_before_the_first_month_is_what_it_begins_with(self) -> None:
        assert counted(BEGINS - DAY, order(ENDS), [NOVEMBER, DECEMBER]) == Counted("", late=False)
        assert counted(BEGINS, order(ENDS), [NOVEMBER]) == Counted("2026-11", late=False)
        late = counted(BEGINS - DAY, order(AT + DAY), [NOVEMBER, DECEMBER])
        assert late == Counted("2026-12", late=True)

    def test_of_the_same_moment_the_place_in_the_record_decides(self) -> None:
        assert counted(ENDS - DAY, order(AT, 4), [NOVEMBER]) == Counted("2026-11", late=False)
        assert counted(ENDS - DAY, order(AT, 6), [NOVEMBER]) == Counted(None, late=True)
        lower, higher = Order(AT, 0, 99), Order(AT, 2, 1)
        assert counted(ENDS - DAY, lower, [NOVEMBER]) == Counted("2026-11", late=False)
        assert counted(ENDS - DAY, higher, [NOVEMBER]) == Counted(None, late=True)


@tried(st.integers(2020, 2098), st.integers(1, 12))
def test_months_follow_without_a_gap(year: int, month: int) -> None:
    period = f"{year}-{month:02}"
    after = following(period)
    assert bounds(period, ZONE)[1] == bounds(after, ZONE)[0]
    assert after > period


@tried(st.lists(st.tuples(st.integers(0, 150), st.integers(0, 150)), max_size=30))
def test_a_closing_changes_nothing_that_was_closed_before(told: list[tuple[int, int]]) -> None:
    """Whatever is recorded later, what counted in a month counts there for ever."""
    periods = ["2026-09", "2026-10", "2026-11", "2026-12"]
    begin = bounds(periods[0], ZONE)[0]
    closings = []
    for n, period in enumerate(periods):
        start, end = bounds(period, ZONE)
        fact = PeriodClosed(BRANCH, period, start, end, FIRST, (), AVERAGE, MONEY)
        closings.append(Closed(fact, order(end + (n % 3) * DAY)))
    for happened, after in told:
        at, recorded = begin + happened * DAY, order(begin + (happened + after) * DAY)
        seen = [counted(at, recorded, closings[:n]).period for n in range(5)]
        for earlier, later in pairwise(seen):
            assert earlier in (None, later)
        found = counted(at, recorded, closings)
        if found.period is not None:
            closed = next(each for each in closings if each.fact.period == found.period)
            assert at < closed.fact.ends_at
            assert recorded < closed.order
            assert found.late == (at < closed.fact.begins_at and found.period != periods[0])


def test_a_closing_knows_the_months_it_ends() -> None:
    assert not Closings().has("2026-11")
    closed = Closings(CLOSED, "2026-11")
    assert [closed.has(each) for each in ("2026-10", "2026-11", "2026-12")] == [True, True, False]
    assert [closed.closes(each) for each in ("2026-10", "2026-11", "2026-12")] == [
        False,
        True,
        False,
    ]
