"""仓库之月 (a month of the store): in memory, from goods in to the report, begun on any day."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from guiyi.play.case import Case
from guiyi.play.cast import cast
from guiyi.play.days import Weekday
from guiyi.play.people import ONLOOKER, Person
from guiyi.play.player import Done
from guiyi.play.registers import enter_registers, enter_stock, enter_stores
from guiyi.play.store.month import WEEK, first_day, play_month
from guiyi.play.store.papers import ZONE
from guiyi.play.week import spoilt
from tests.world.books import Books
from tests.world.test_told import Bookkeeper
from tests.world.world import World

PARTS = ("BELT-90", "HEAD-350", "RING-32", "SEAL-32")
IN_ORDER = (
    *("PurchaseAsked", "GoodsReceived", "PurchaseEnded"),
    *("ReplenishmentAsked", "ReplenishmentChecked", "StockSent", "PartReconciled"),
    *("StockReceived", "StockFound", "StockLossAsked", "StockLossApproved"),
    "QuarantineJudged",
    *("TransferAsked", "TransferApproved", "TransferSent", "TransferReceived"),
    *("UseAsked", "UseApproved"),
    *("OldPartsListed", "OldPartsSent", "OldPartsReceived", "OldPartJudged", "OldPartSettled"),
    *("StocktakeOpened", "PartCounted", "StocktakeCounted", "DifferencesExplained"),
    *("StocktakeApproved", "PeriodClosed", "ConsumptionReportSent"),
)


class Hearer(Bookkeeper):
    """旁听: keeps the books, and remembers what became true for the first time."""

    def __init__(self, books: Books) -> None:
        super().__init__(books)
        self.facts: dict[str, None] = {}

    def done(self, who: Person, done: Done) -> None:
        """As Watcher.done."""
        super().done(who, done)
        self.facts |= dict.fromkeys(done.facts)


def played(world: World, start: datetime) -> tuple[str, Hearer]:
    """The month that was closed, and what was heard of it."""
    told, hearer = cast(), Hearer(Books(world.pages))
    for enter in (enter_registers, enter_stock, enter_stores):
        enter(world, told)
    world.clock.reach(start)
    world.pace = timedelta(seconds=1)

    def turn_to(moment: datetime, _name: str) -> None:
        world.post.deliver_all()
        world.clock.reach(moment)
        world.fire()

    case = Case(world, told["store_month"])
    period = play_month(case, turn_to, lambda: spoilt(world, told, hearer), hearer)
    world.post.deliver_all()
    assert not world.parked
    return period, hearer


def reported(world: World, period: str) -> dict[str, dict[str, int]]:
    """The report of the month, part by part over its lines."""
    told = world.asks(ONLOOKER, "inventory", f"/v1/consumption/{world.branch}/{period}").json()
    found: dict[str, dict[str, int]] = {part: {} for part in PARTS}
    for line in told["lines"]:
        for name, value in line.items():
            if isinstance(value, int):
                sums = found[line["part"]]
                sums[name] = sums.get(name, 0) + value
    return found


def value_of(world: World, part: str) -> Any:
    """What is there now of a part, and what it has cost."""
    path = f"/v1/stock/values?store={world.branch}&part={part}"
    (row,) = world.asks(ONLOOKER, "inventory", path).json()["rows"]
    return row["quantity"], row["fen"]


def test_the_month_agrees_to_the_piece_and_the_fen() -> None:
    with World() as world:
        period, hearer = played(world, datetime(2026, 11, 23, 9, tzinfo=ZONE))
        assert [each for each in hearer.facts if each in IN_ORDER] == [*IN_ORDER]
        assert period == "2026-12"
        report = reported(world, period)
        seal, ring, belt = (report[part] for part in ("SEAL-32", "RING-32", "BELT-90"))
        assert (seal["opening"], seal["received"], seal["lost"], seal["closing"]) == (10, 4, 2, 12)
        assert (ring["used"], ring["lost"], ring["old_in"], ring["sent"]) == (1, 1, 1, 1)
        assert (belt["received"], belt["received_fen"]) == (2, 21_600)
        assert (belt["used"], belt["used_fen"] > 0) == (1, True)
        for part, line in report.items():
            assert (line["closing"], line["closing_fen"]) == value_of(world, part)
            for fen in ("", "_fen"):
                came = line[f"opening{fen}"] + line[f"received{fen}"] + line.get(f"old_in{fen}", 0)
                went = line[f"used{fen}"] + line[f"lost{fen}"] + line[f"sent{fen}"]
                assert came - went == line[f"closing{fen}"], part
        hearer._books.look()


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 12, 3, 10, tzinfo=ZONE),
        datetime(2026, 12, 4, 0, tzinfo=ZONE),
        datetime(2026, 12, 31, 23, 59, 30, tzinfo=ZONE),
    ],
)
def test_it_is_the_same_whenever_it_begins(start: datetime) -> None:
    with World() as world:
        period, hearer = played(world, start)
        assert [each for each in hearer.facts if each in IN_ORDER] == [*IN_ORDER]
        assert reported(world, period)["SEAL-32"]["closing"] == 12


def test_a_holiday_on_friday_moves_the_draft_and_is_said() -> None:
    with World() as world:
        friday = date(2026, 12, 4)
        calendar = world.policy.calendar
        off = replace(calendar, closed_days=frozenset({*calendar.closed_days, friday}))
        world.policy = replace(world.policy, calendar=off)
        played(world, datetime(2026, 11, 30, 9, tzinfo=ZONE))
        path = f"/v1/replenishments/BK-{world.branch}-2026-0001"
        asked = world.asks(ONLOOKER, "inventory", path).json()["replenishment"]["asked"]
        said = cast()["store_month"]["refilling"]["off_day"]
        assert (asked["asked_on"], asked["because"]) == (friday.isoformat(), said)


def test_it_begins_on_a_thursday_whose_week_ends_in_its_month() -> None:
    moment, last = datetime(2026, 11, 20, 9, 59, tzinfo=ZONE), WEEK[-1].after
    for _ in range(400):
        day = first_day(moment)
        assert day.weekday() == Weekday.THU
        assert (day + timedelta(days=last)).month == day.month
        assert datetime.combine(day, time(10), ZONE) > moment
        assert day - moment.date() < timedelta(days=15)
        moment += timedelta(hours=23)
