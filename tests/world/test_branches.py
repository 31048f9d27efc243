"""各店 (several branches): at once, in memory, each with people of its own, by one clock."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from threading import RLock

import httpx
import pytest

from guiyi.plain import JsonObject
from guiyi.play.branch.branches import Branch, cast_of, code_of
from guiyi.play.branch.crowd import crowd, stocked
from guiyi.play.branch.evenings import BEFORE_REPAIRS, ByEvening, is_for_stores
from guiyi.play.branch.month import BranchMonth, Waits
from guiyi.play.branch.months import first_of_next, with_a_holiday
from guiyi.play.branch.people import staffed
from guiyi.play.branch.plan import Begun, crowd_for, plan
from guiyi.play.branch.together import Stopped, Together
from guiyi.play.case import Rooms
from guiyi.play.cast import cast
from guiyi.play.days import ZONE
from guiyi.play.people import Person
from guiyi.play.player import A_DAY, Done, Watcher
from guiyi.play.registers import catalogue, customers, enter, enter_registers, people, stock, stores
from guiyi.play.repairs import remote
from guiyi.recount import verdict
from guiyi.recount.endings import tickets, unfinished
from guiyi.recount.facts import told
from tests.world.test_branch_month import half_day
from tests.world.world import World

TICKETS, BRANCHES, MONTHS, HANDS = 60, 2, 1, 3
SEEDS = (10, 13)
"""With these, parts come to lack between the draft that a holiday moved and the refill."""
CALLERS = 100
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class There(Person):
    """Somebody whose token has these branches."""

    places: tuple[str, ...] = ()

    def branches(self, branch: str) -> list[str]:  # noqa: ARG002 - wherever they are asked
        """As Person.branches."""
        return [*self.places]


class Place(Rooms):
    """一处: the world as it is asked from a branch; one asks at a time."""

    def __init__(self, world: World, branch: str, one: RLock) -> None:
        self.branch, self._world, self._one = branch, world, one

    @property
    def now(self) -> datetime:
        """As Rooms.now."""
        return self._world.now

    def moments(self) -> Iterator[None]:
        """As Rooms.moments."""
        yield
        waits = True
        while waits:
            with self._one:
                if waits := bool(self._world.post.waiting):
                    self._world.post.deliver()
            yield  # once more, for somebody else may have let it arrive

    def call(
        self,
        who: Person,
        room: str,
        method: str,
        path: str,
        body: JsonObject | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """As Rooms.call."""
        known = There(who.id, who.name, who.roles, places=(*who.branches(self.branch),))
        with self._one:
            self._world.tokens[who.id] = known
            answer = self._world.call(who, room, method, path, body, headers)
            self._world.post.collect()
        return answer

    def opens(self, room: str, path: str, body: JsonObject) -> httpx.Response:
        """As Rooms.opens."""
        with self._one:
            return self._world.opens(room, path, body)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_two_branches_play_a_month_at_once() -> None:
    with World() as world:
        one = RLock()
        first = with_a_holiday(world.now)

        def go_on(moment: datetime) -> None:
            before = half_day(world.now)
            world.post.deliver_all()
            world.clock.reach(moment)
            if half_day(world.now) > before:  # looking at all that may be due takes long
                world.fire()

        world.clock.reach(first - A_DAY)
        together = Together(BRANCHES, lambda: world.now, go_on)
        whole = staffed(stocked(cast(), times=TICKETS // 8 * BRANCHES))
        codes = [code_of(nth) for nth in range(BRANCHES)]
        places = [Place(world, code, one) for code in codes]
        enter(places[0], (*people(whole, codes[0]), *catalogue(whole, codes[0])))
        casts = [cast_of(whole, nth) for nth in range(BRANCHES)]
        at = [places[0], *map(Branch, places[1:], casts[1:])]
        for rooms, here in zip(at[1:], casts[1:], strict=True):
            enter(rooms, people(here, rooms.branch))
        enter(places[0], stores(whole, *codes))

        def branch(nth: int) -> None:
            try:
                months_of(nth)
            except Stopped:
                return  # what failed is told by whoever it happened to
            except BaseException:
                together.stop()
                raise
            together.leave()

        def months_of(nth: int) -> None:
            rooms, here = at[nth], casts[nth]
            enter(rooms, stock(here, rooms.branch))
            begins = first
            for month in range(MONTHS):
                begun = plan(TICKETS, SEEDS[nth], first=(nth * MONTHS + month) * CALLERS)
                said = crowd(here, crowd_for(begun))
                enter(rooms, customers(said))
                played = BranchMonth(rooms, said, begun, ByEvening(together), hands=hands)
                played.play(begins, opens=not month)
                begins = first_of_next(begins)

        with ThreadPoolExecutor(HANDS * BRANCHES) as hands, ThreadPoolExecutor(BRANCHES) as pool:
            for each in [pool.submit(branch, nth) for nth in range(BRANCHES)]:
                each.result()
        world.post.deliver_all()
        records = {room: told(page.whole, verdict.HEEDED) for room, page in world.pages.items()}
        facts = [*chain.from_iterable(records.values())]
        assert not world.parked
        assert len(tickets(facts)) == TICKETS * BRANCHES * MONTHS
        assert unfinished(facts) == []
        assert [*verdict.unbalanced(records)] == [*verdict.stocktake_differs(records)] == []
        assert {each.branch for each in facts if each.ticket} == {*codes}


def test_of_several_at_once_each_goes_on_so_long_after_they_began() -> None:
    with World() as world:
        one, asked = RLock(), list[datetime]()
        first = first_of_next(world.now)

        class Slow(Watcher):
            def done(self, who: Person, done: Done) -> None:  # noqa: ARG002 - whatever they did
                with one:
                    world.clock.reach(world.now + timedelta(minutes=20))

        class TwoDays(Waits):
            def turn_to(self, moment: datetime) -> None:
                asked.append(moment)
                if moment > first + 2 * A_DAY:
                    raise Stopped
                world.post.deliver_all()
                world.clock.reach(moment + A_SECOND)

        said = crowd(cast(), range(HANDS))
        enter_registers(world, said)
        world.post.deliver_all()
        begun = [Begun(remote, timedelta(hours=9), nth) for nth in range(HANDS)]
        place = Place(world, world.branch, one)
        with ThreadPoolExecutor(HANDS) as hands:
            month = BranchMonth(place, said, begun, TwoDays(), Slow(), hands=hands)
            with pytest.raises(Stopped):
                month.play(first, opens=False)
        nine = first.replace(hour=9)
        assert asked[:3] == [first, nine, nine + A_SECOND + A_DAY]
        assert len(month.told) == HANDS


@pytest.mark.parametrize("players", [1, 3])
def test_time_goes_on_once_everybody_waits_and_to_the_first_moment(players: int) -> None:
    now = [datetime(2026, 12, 1)]  # noqa: DTZ001 - a moment of a story
    reached: list[datetime] = []

    def go_on(moment: datetime) -> None:
        now[0] = moment
        reached.append(moment)

    together = Together(players, lambda: now[0], go_on)

    def player(nth: int) -> None:
        for hours in range(1, 4):
            together.reach(datetime(2026, 12, 1) + timedelta(hours=hours * (nth + 1)))  # noqa: DTZ001
        together.leave()

    with ThreadPoolExecutor(players) as pool:
        for each in [pool.submit(player, nth) for nth in range(players)]:
            each.result()
    assert reached == sorted({*reached})
    assert now[0] == datetime(2026, 12, 1) + timedelta(hours=3 * players)  # noqa: DTZ001


def test_who_waits_is_told_to_stop() -> None:
    moment = datetime(2026, 12, 1)  # noqa: DTZ001 - a moment of a story
    together = Together(2, lambda: moment, lambda _: None)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(together.reach, moment + A_DAY)
        together.stop()
        with pytest.raises(Stopped):
            waits.result()


def test_what_falls_due_on_a_day_is_done_in_its_evening_and_by_the_stores_before_repairs() -> None:
    waits = ByEvening(Together(1, lambda: evening, lambda _: None))
    first = datetime(2026, 12, 1, 8, tzinfo=ZONE)
    evening = first.replace(hour=18)
    stores = evening - BEFORE_REPAIRS
    for hour in (9, 14):
        due = first.replace(hour=hour)
        assert waits.hour_of(due, is_store=True) == stores
        assert waits.hour_of(due, is_store=False) == evening
    assert [is_for_stores(hour) for hour in (stores, evening)] == [True, False]
    assert waits.hour_of(stores, is_store=True) == stores
    for due in (stores + A_SECOND, evening):
        assert waits.hour_of(due, is_store=True) == stores + A_DAY, "not before it falls due"
        assert waits.hour_of(due, is_store=False) == evening
    for since in (waits.since(hour + A_SECOND) for hour in (stores, evening)):
        assert waits.hour_of(since + A_DAY, is_store=True) == stores + A_DAY
        assert waits.hour_of(since + A_DAY, is_store=False) == evening + A_DAY
        assert waits.hour_of(since + timedelta(hours=2), is_store=False) == evening + A_DAY
