"""网点之月 (a month of a branch): in memory, many repairs at once beside the month of the store."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from hashlib import sha256
from itertools import chain
from typing import Any

import pytest

from guiyi.play.branch.crowd import crowd, stocked
from guiyi.play.branch.month import BranchMonth, Waits
from guiyi.play.branch.months import with_a_holiday
from guiyi.play.branch.people import MORE, staffed
from guiyi.play.branch.plan import TOLD, crowd_for, plan, tickets_of
from guiyi.play.cast import cast
from guiyi.play.days import ZONE
from guiyi.play.people import ONLOOKER
from guiyi.play.player import A_DAY
from guiyi.play.registers import enter_registers, enter_stock, enter_stores
from guiyi.recount import books, notices, verdict
from guiyi.recount.clocks import CLOCKS, OF_STORES, clocks
from guiyi.recount.endings import exceptions, tickets, unfinished
from guiyi.recount.facts import Told, told
from tests.world.world import World

pytestmark = pytest.mark.timeout(900)  # the first test waits for the whole month
TICKETS = 60
DRAFTED = time(9)


def half_day(moment: datetime) -> tuple[date, bool]:
    """The day at the branch, and whether what the store lacks is drafted on it by then."""
    here = moment.astimezone(ZONE)
    return here.date(), here.time() >= DRAFTED


class WorldWaits(Waits):
    """The clock of the world, and its post."""

    def __init__(self, world: World) -> None:
        self._world = world

    def turn_to(self, moment: datetime) -> None:
        """As Waits.turn_to."""
        before = half_day(self._world.now)
        self._world.post.deliver_all()
        self._world.clock.reach(moment)
        if half_day(self._world.now) > before:  # looking at all that may be due takes long
            self._world.fire()


@dataclass(frozen=True)
class Played:
    """What was played, and what the records say of it."""

    world: World
    period: str
    stories: Mapping[str, str]
    facts: Mapping[str, Sequence[Told]]


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    with played_once() as once:
        yield once


@contextmanager
def played_once() -> Iterator[Played]:
    """The month, in a world of its own."""
    begun = plan(TICKETS, seed=7)
    with World() as world:
        world.tokens |= {person.id: person for person in MORE}
        told_ = staffed(stocked(crowd(cast(), crowd_for(begun)), times=6))
        first = with_a_holiday(world.now)
        world.clock.reach(first - A_DAY)
        for enter in (enter_registers, enter_stock, enter_stores):
            enter(world, told_)
        world.post.deliver_all()
        month = BranchMonth(world, told_, begun, WorldWaits(world))
        period = month.play(first)
        world.post.deliver_all()
        facts = {
            room: told(stored for _, stored in page.tables.lines)
            for room, page in world.pages.items()
        }
        yield Played(world, period, month.told, facts)


def report_of(played: Played) -> Any:
    """The report of the month, as it is shown."""
    path = f"/v1/consumption/{played.world.branch}/{played.period}"
    return played.world.asks(ONLOOKER, "inventory", path).json()


def everything(played: Played) -> list[Told]:
    return [fact for facts in played.facts.values() for fact in facts]


def test_every_repair_of_the_month_comes_to_its_end(played: Played) -> None:
    facts = everything(played)
    assert len(tickets(facts)) == len(played.stories) == TICKETS
    assert unfinished(facts) == []
    assert {*played.stories.values()} >= {
        *(story.name for story in TOLD),
        *("ordinary", "spoilt", "taken_up"),
    }
    assert [name for name, n in exceptions(facts).items() if not n] == []
    assert min(clocks(facts).values()) > 0
    assert not played.world.parked


def test_counted_again_everything_agrees(played: Played) -> None:
    assert [*verdict.unbalanced(played.facts)] == []
    assert [*verdict.report_differs(played.facts, report_of(played))] == []
    assert [*verdict.stocktake_differs(played.facts)] == []
    assert [*verdict.claims_differ(played.facts)] == []


def changed(facts: Sequence[Told], type_: str, **data: Any) -> list[Told]:
    """The facts with another value in the last one of a type."""
    nth = max(n for n, fact in enumerate(facts) if fact.type == type_)
    fact = facts[nth]
    return [*facts[:nth], replace(fact, data={**fact.data, **data}), *facts[nth + 1 :]]


@pytest.mark.parametrize(
    ("count", "room", "type_", "data"),
    [
        (verdict.unbalanced, "inventory", "StockMoved", {"quantity": 1_000}),
        (verdict.stocktake_differs, "inventory", "PartCounted", {"counted": 1_000}),
        (verdict.stocktake_differs, "inventory", "PartCounted", {"book": 1_000}),
        (verdict.claims_differ, "dispatch", "ClaimSubmitted", {"total_fen": 1}),
        (verdict.claims_differ, "dispatch", "ClaimReviewed", {"allowed_fen": 1}),
        (verdict.claims_differ, "dispatch", "ClaimApproved", {"allowed_fen": 1}),
        (verdict.claims_differ, "dispatch", "ClaimPaid", {"fen": 1}),
    ],
)
def test_one_fact_that_is_changed_in_a_copy_is_noticed(
    played: Played, count: Any, room: str, type_: str, data: Mapping[str, Any]
) -> None:
    copy = {**played.facts, room: changed(played.facts[room], type_, **data)}
    assert [*count(copy)]


def test_a_movement_that_is_changed_in_a_copy_is_missed_in_the_report(played: Played) -> None:
    for data in ({"quantity": 1_000}, {"use_nature": "goodwill"}, {"part": "BELT-90"}):
        copy = {"inventory": changed(played.facts["inventory"], "StockMoved", **data)}
        assert [*verdict.report_differs(copy, report_of(played))]


def outcome(facts: Mapping[str, Sequence[Told]]) -> Any:
    """What became of every ticket and every part."""
    said: dict[str, Counter[str]] = {}
    for each in chain.from_iterable(facts.values()):
        if each.ticket is not None:
            said.setdefault(each.ticket, Counter())[each.type] += 1
    ended = [each for each in [*facts["dispatch"], *facts["intake"]] if each.type == "RepairClosed"]
    endings = sorted((each.stream, each.data["ending"]) for each in ended)
    return said, endings, books.balances(facts["inventory"])


@pytest.mark.long
def test_the_same_seed_has_the_same_outcome(played: Played) -> None:
    with played_once() as again:
        assert again.stories == played.stories
        assert outcome(again.facts) == outcome(played.facts)


def test_what_nobody_counts_by_need_not_be_kept(played: Played) -> None:
    kept = {
        room: [
            replace(fact, data=fact.data if fact.type in verdict.HEEDED else None) for fact in each
        ]
        for room, each in played.facts.items()
    }
    facts = [*chain.from_iterable(kept.values())]
    assert exceptions(facts) == exceptions(everything(played))
    assert clocks(facts) == clocks(everything(played))
    for count in (verdict.unbalanced, verdict.stocktake_differs, verdict.claims_differ):
        assert [*count(kept)] == []
    assert [*verdict.report_differs(kept, report_of(played))] == []
    asked = [*notices.differing(everything(played), [])]
    assert [*notices.differing(facts, [])] == asked
    assert asked


def test_the_same_seed_is_the_same_month() -> None:
    assert plan(200, seed=7) == plan(200, seed=7)
    assert plan(200, seed=7) != plan(200, seed=8)


@pytest.mark.parametrize("tickets", [60, 200, 333])
def test_a_month_has_as_many_tickets_as_are_asked_for(tickets: int) -> None:
    begun = plan(tickets, seed=3)
    assert sum(tickets_of(each.story) for each in begun) == tickets - len({"spoilt"})
    assert {each.story.name for each in begun} >= {story.name for story in TOLD}
    assert [each.after for each in begun] == sorted(each.after for each in begun)


def notice(word: str, *types: str) -> list[Told]:
    """What is told of a notice that carries a word."""
    at = datetime(2026, 12, 1, tzinfo=UTC)
    data = {"word": sha256(word.encode()).hexdigest()}
    stream = f"notice-{word[:4]}"
    return [Told(each, data, stream, None, "HZ01", "c", at, (at, 0, 1)) for each in types]


def of(stream: str, *types: str, ticket: str | None = None, data: Any = None) -> list[Told]:
    """Facts of a stream, one after another."""
    at = datetime(2026, 12, 1, tzinfo=UTC)
    return [Told(each, data, stream, ticket, "HZ01", "c", at, (at, 0, 1)) for each in types]


def of_month(period: str, *types: str) -> list[Told]:
    """Facts of a month in the book of a store."""
    return of("closing-HZ01", *types, data={"period": period})


CLOSED_IN_TIME = of_month("2026-11", "PeriodClosed", "ConsumptionReportSent")
CLOSING_URGED, REPORT_URGED = (OF_STORES[each].reminds for each in ("closing", "report"))


@pytest.mark.parametrize(
    ("facts", "met", "missed"),
    [
        (of("dossier-BX-1", "PaperLent", "PaperReturned", ticket="BX-1"), 1, 0),
        (of("dossier-BX-1", "PaperLent", "PaperReturnUrged", ticket="BX-1"), 0, 1),
        (of("issue_note-BX-1-C1", "VisitPlanned", "PartIssued", ticket="BX-1"), 1, 0),
        (of("work_order-BX-1-W1", "PartIssued", CLOCKS["next_visit"].reminds, ticket="BX-1"), 0, 1),
        (of("replenishment-1", "ReplenishmentAsked"), 0, 0),
        (of("replenishment-1", "ReplenishmentAsked", "StockSent"), 1, 0),
        (of("replenishment-1", "ReplenishmentAsked", "ReplenishmentLate", "StockSent"), 0, 1),
        (CLOSED_IN_TIME, 2, 0),
        (of_month("2026-11", "PeriodClosed", REPORT_URGED), 1, 1),
        ([*CLOSED_IN_TIME, *of_month("2026-12", "PeriodClosed", REPORT_URGED)], 3, 1),
        ([*CLOSED_IN_TIME, *of_month("2026-12", CLOSING_URGED)], 2, 1),
        ([*CLOSED_IN_TIME, *of_month("2026-12", CLOSING_URGED, "PeriodClosed")], 2, 1),
        (
            [
                each
                for period in ("2026-11", "2026-12")
                for each in of_month(period, CLOSING_URGED, "PeriodClosed", "ConsumptionReportSent")
            ],
            2,
            2,
        ),
    ],
)
def test_clocks_of_returns_of_visits_and_of_stores_are_counted(
    facts: Sequence[Told], met: int, missed: int
) -> None:
    assert clocks(facts) == {"met": met, "missed": missed}


def test_a_letter_that_is_lost_or_comes_twice_is_noticed() -> None:
    one, two = "A" * 43, "B" * 43
    facts = [*notice(one, "NoticeAsked", "NoticeSent"), *notice(two, "NoticeAsked", "NoticeSent")]
    letters = [f"请确认：{one}（有效）", f"请评价：{two}"]
    assert [*notices.differing(facts, letters)] == []
    assert [*notices.differing(facts, letters[:1])] == [
        "notice-BBBB came 0 times",
        "1 letters, 2 notices",
    ]
    assert "notice-AAAA came 2 times" in [*notices.differing(facts, [letters[0], *letters])]
    other = changed(facts, "NoticeAsked", word="0" * 64)
    assert [*notices.differing(other, letters)] == ["notice-BBBB came 0 times"]
    unsent = [*facts, *notice("C" * 43, "NoticeAsked")]
    assert [*notices.differing(unsent, letters)] == ["notice-CCCC was not sent"]
