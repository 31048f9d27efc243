"""库管逾期上报 as stories: approvers hear of what the keeper was reminded of in vain."""

from dataclasses import replace
from datetime import timedelta
from functools import reduce
from typing import Any

from services.inventory import part_store, reactions, rules
from services.inventory.on_order import OnOrder
from services.inventory.upward import TellOfKeeper
from services.inventory.views import keepers_reminded
from services.inventory.views.keepers_reminded import KeepersReminded
from shared.document import CommandOwed
from shared.events.replenishments import Figures, KeeperDuty, KeeperOverdue
from shared.events.values import Role
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

BOOK = stock_stream(RING)
DRAFTED, URGED, DUE = TestReminding.DRAFTED, TestReminding.URGED, TestReminding.DUE


def rows(view: KeepersReminded, *facts: Any) -> list[Any]:
    told = (
        recorded_on("inventory", BOOK, fact, seq=n, version=n, ticket="", branch=BRANCH, at=AT)
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
        upward = rules.asking_upward(POLICY, row.due)
        assert upward is not None
        assert reactions.asking_upward(POLICY, row, upward - timedelta(seconds=1)) is None
        found = reactions.asking_upward(POLICY, row, upward)
        assert found is not None
        owed = CommandOwed(BOOK, replace(self.TELL, upward_at=upward))
        assert reactions.tell_of_asking(row, found) == owed
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
        assert reactions.listing_upward(POLICY, row, upward - timedelta(seconds=1)) is None
        found = reactions.listing_upward(POLICY, row, upward)
        assert found is not None
        owed = TellOfKeeper(BRANCH, RING, KeeperDuty.LISTING, row.due, upward)
        assert reactions.tell_of_listing(row, found) == CommandOwed(BOOK, owed)
