"""库管逾期上报 as stories: approvers hear of what the keeper was reminded of in vain."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import pytest

from services.inventory import closing, part_store, rules
from services.inventory.app import room
from services.inventory.closing.upward import TellOfMonth
from services.inventory.on_order import OnOrder
from services.inventory.periods import stream_of
from services.inventory.upward import TellOfKeeper
from services.inventory.views import keepers_reminded
from services.inventory.views.keepers_reminded import KeepersReminded
from services.inventory.views.keepers_reminded import Row as Reminded
from shared.document import CommandOwed, NewTicket, Recurring
from shared.events.closings import MonthDuty, MonthOverdue
from shared.events.replenishments import Figures, KeeperDuty, KeeperOverdue
from shared.events.values import Role
from tests.inventory.closing import test_closing
from tests.inventory.closing.test_closing import CLOSED, reminded, sent
from tests.inventory.example import AT, BRANCH, RING, by, stock_stream
from tests.inventory.old_parts.test_old_reminder import ALL, CAME, DECEMBER
from tests.inventory.old_parts.test_old_reminder import URGED as REMINDED
from tests.inventory.replenishment.test_replenishment import (
    FRIDAY,
    NUMBER,
    POLICY,
    RINGS,
    TestReminding,
    held,
    on,
)
from tests.seen import fold_view, recorded_on
from tests.told import tell

BOOK, CLOSINGS = stock_stream(RING), stream_of(BRANCH)
DRAFTED, URGED, DUE = TestReminding.DRAFTED, TestReminding.URGED, TestReminding.DUE


def owed(view: KeepersReminded, row: Reminded, until: datetime) -> CommandOwed | None:
    """What the clock of the approvers owes by then."""
    (timer,) = (each for each in room.timers if each.view is view)
    assert isinstance(timer, Recurring)
    on = timer.last(POLICY, row, until)
    found = timer.owes(row, on) if on else None
    assert not isinstance(found, NewTicket)
    return found


def rows(view: KeepersReminded, *facts: Any, of: str = BOOK) -> list[Any]:
    told = (
        recorded_on("inventory", of, fact, seq=n, version=n, ticket="", branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    return [*fold_view(view, told).values()]


class TestAsking:
    """Of a draft that nobody asked base for."""

    TELL = TellOfKeeper(BRANCH, RING, KeeperDuty.ASKING, DUE, DUE + timedelta(hours=9))
    OVERDUE = KeeperOverdue(BRANCH, RING, TELL.duty, DUE, TELL.upward_at, Role.APPROVER)

    def tells(self, *facts: Any, rings: Figures = RINGS, **more: Any) -> Any:
        book = reduce(part_store.evolve, facts, held(rings))
        asked = replace(on("timer:asking-overdue", **more), home=BOOK)
        return part_store.decide(self.TELL, book, asked)

    def test_the_approvers_are_told_once_while_it_still_waits(self) -> None:
        urged = (DRAFTED, URGED)
        assert self.tells(*urged) == [(BOOK, self.OVERDUE)]
        tell("KeeperOverdue")
        assert self.tells(*urged, self.OVERDUE) == []
        assert self.tells(DRAFTED) == [], "nobody was reminded of it"
        newer = replace(DRAFTED, drafted_on=FRIDAY + timedelta(days=7))
        assert self.tells(*urged, newer) == []
        part = OnOrder({"BK-HZ01-2026-0009": {RING: 1}, NUMBER: {RING: 1}})
        assert self.tells(*urged, book=part) == [], "somebody has asked meanwhile"
        assert self.tells(*urged, rings=replace(RINGS, on_hand=8)) == []

    def test_their_time_runs_from_when_the_keeper_was_due(self) -> None:
        view = keepers_reminded.ASKING
        (row,) = rows(view, DRAFTED, URGED)
        upward = rules.upward(POLICY, KeeperDuty.ASKING, row.due)
        assert upward is not None
        assert owed(view, row, upward - timedelta(seconds=1)) is None
        told = CommandOwed(BOOK, replace(self.TELL, upward_at=upward))
        assert owed(view, row, upward) == told
        assert rows(view, DRAFTED, URGED, self.OVERDUE) == []
        assert rows(view, DRAFTED, URGED, DRAFTED) == []
        listing = replace(self.OVERDUE, duty=KeeperDuty.LISTING)
        assert rows(view, DRAFTED, URGED, listing) == [row]


class TestListing:
    """Of old parts that stand on no list."""

    LATER = DECEMBER + timedelta(days=7)
    TELL = TellOfKeeper(BRANCH, RING, KeeperDuty.LISTING, DECEMBER, LATER)
    OVERDUE = KeeperOverdue(BRANCH, RING, TELL.duty, DECEMBER, LATER, Role.APPROVER)

    def tells(self, command: TellOfKeeper, *facts: Any) -> Any:
        book = reduce(part_store.evolve, facts, part_store.initial)
        return part_store.decide(command, book, by("timer:listing-overdue", home=BOOK))

    def test_the_approvers_are_told_once_a_reminder(self) -> None:
        assert self.tells(self.TELL, CAME, REMINDED) == [(BOOK, self.OVERDUE)]
        for past in ((CAME,), (CAME, REMINDED, ALL), (CAME, REMINDED, self.OVERDUE)):
            assert self.tells(self.TELL, *past) == []
        month = timedelta(days=31)
        again = replace(self.TELL, due_at=DECEMBER + month, upward_at=self.LATER + month)
        january = replace(REMINDED, period="2027-01")
        assert self.tells(again, CAME, REMINDED, self.OVERDUE, january) != []

    def test_their_time_runs_from_the_reminder(self) -> None:
        (row,) = rows(keepers_reminded.LISTING, CAME, REMINDED)
        upward = row.due + timedelta(days=7)
        assert owed(keepers_reminded.LISTING, row, upward - timedelta(seconds=1)) is None
        told = TellOfKeeper(BRANCH, RING, KeeperDuty.LISTING, row.due, upward)
        assert owed(keepers_reminded.LISTING, row, upward) == CommandOwed(BOOK, told)


class TestMonth:
    """Of a month that is neither counted nor closed, or whose report nobody has sent."""

    DUE = test_closing.TestUrging.DUE
    THEN = DUE + timedelta(days=2)
    NOVEMBER = "2026-11"
    COUNTING = TellOfMonth(BRANCH, NOVEMBER, MonthDuty.CLOSING, DUE, THEN)
    REPORTING = TellOfMonth(BRANCH, NOVEMBER, MonthDuty.REPORTING, DUE, THEN)
    URGED = test_closing.TestUrging.URGED
    REMINDED = reminded(NOVEMBER, DUE, None)

    def overdue(self, duty: MonthDuty) -> MonthOverdue:
        return MonthOverdue(BRANCH, self.NOVEMBER, duty, self.DUE, self.THEN, Role.APPROVER)

    def tells(self, command: TellOfMonth, *facts: Any) -> Any:
        paper = reduce(closing.evolve, facts, closing.initial)
        return closing.decide(command, paper, by("timer:closing-overdue", home=CLOSINGS))

    def test_of_one_that_is_not_closed_the_approvers_are_told_once(self) -> None:
        overdue = self.overdue(MonthDuty.CLOSING)
        assert self.tells(self.COUNTING, self.REMINDED) == [(CLOSINGS, overdue)]
        tell("MonthOverdue")
        for past in ((), (self.REMINDED, overdue), (self.REMINDED, CLOSED)):
            assert self.tells(self.COUNTING, *past) == []

    def test_of_a_report_that_is_not_sent_the_approvers_are_told_once(self) -> None:
        overdue, urged = self.overdue(MonthDuty.REPORTING), (CLOSED, self.URGED)
        assert self.tells(self.REPORTING, *urged) == [(CLOSINGS, overdue)]
        for past in ((CLOSED,), (*urged, overdue), (*urged, sent())):
            assert self.tells(self.REPORTING, *past) == []
        assert self.tells(self.REPORTING, *urged, self.overdue(MonthDuty.CLOSING)) != []

    @pytest.mark.parametrize(
        ("view", "command", "urged", "done"),
        [
            (keepers_reminded.CLOSING, COUNTING, REMINDED, CLOSED),
            (keepers_reminded.REPORTING, REPORTING, URGED, sent()),
        ],
    )
    def test_their_time_runs_from_when_the_keeper_was_due(
        self, view: KeepersReminded, command: TellOfMonth, urged: Any, done: Any
    ) -> None:
        (row,) = rows(view, urged, of=CLOSINGS)
        assert owed(view, row, self.THEN - timedelta(seconds=1)) is None
        assert owed(view, row, self.THEN) == CommandOwed(CLOSINGS, command)
        assert rows(view, urged, replace(done, period="2026-10"), of=CLOSINGS) == [row]
        for over in (done, self.overdue(command.duty)):
            assert rows(view, urged, over, of=CLOSINGS) == []
