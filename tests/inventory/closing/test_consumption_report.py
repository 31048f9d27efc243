"""消耗报表: a month agrees to the piece and the fen, whatever moved and was told late."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given as tried
from hypothesis import strategies as st

from guiyi.recount import books as auditor
from guiyi.recount.facts import Told
from services.inventory import ledger, worth
from services.inventory.consumption_report import ConsumptionLine, lines_of, report
from services.inventory.month_order import Movement, in_order
from services.inventory.periods import Closed, Order, bounds, counted, following
from services.inventory.worth import Worth
from shared.content import content_hash
from shared.events.closings import PeriodClosed
from shared.events.inventory import Movement as Why
from shared.events.inventory import StockMoved, UseNature, Valuing
from tests.inventory.example import BRANCH, LIU, RING

ZONE = "Asia/Shanghai"
FIRST, SECOND, THIRD = "2026-09", "2026-10", "2026-11"
DAY = timedelta(days=1)
HAND = ledger.technician(LIU)
FOUND_SHORT = ("store", "difference", Why.STOCKTAKE, None)
WAYS = (
    ("supplier", "store", Why.PURCHASE, None),
    ("transfer", "in_transit", Why.TRANSFER, None),
    ("in_transit", "store", Why.TRANSFER, None),
    ("store", "transfer", Why.TRANSFER, None),
    ("store", HAND, Why.ISSUE, UseNature.WARRANTY),
    (HAND, "installed", Why.USED, UseNature.WARRANTY),
    (HAND, "installed", Why.USED, UseNature.PAID),
    (HAND, "store", Why.UNUSED, UseNature.WARRANTY),
    (HAND, "quarantine", Why.UNUSED, UseNature.PAID),
    (HAND, "difference", Why.LOST, UseNature.LOSS),
    ("installed", HAND, Why.CORRECTION, UseNature.WARRANTY),
    ("installed", "old_warranty", Why.OLD_PART, UseNature.WARRANTY),
    ("old_warranty", "maker", Why.OLD_LIST, None),
    ("quarantine", "scrapped", Why.JUDGED, None),
    ("quarantine", "old_other", Why.JUDGED, None),
    ("installed", "old_other", Why.OLD_PART, UseNature.PAID),
    ("old_other", "installed", Why.CORRECTION, UseNature.PAID),
    FOUND_SHORT,
    ("difference", "store", Why.STOCKTAKE, None),
    ("store", "consumed", Why.OWN_USE, UseNature.SAMPLE),
)


def closings(
    valuing: Valuing, late_by: Sequence[int] = (2, 3, 4), *, by_months: bool = True
) -> list[Closed]:
    """Three months, each closed so many days after its end."""
    found = []
    for n, (period, days) in enumerate(zip((FIRST, SECOND, THIRD), late_by, strict=True)):
        start, end = bounds(period, ZONE)
        fact = PeriodClosed(
            BRANCH, period, start, end, "PD-1", (), valuing, "F-QIAN", by_months=by_months
        )
        found.append(Closed(fact, Order(end + days * DAY, 7, n)))
    return found


def moved(
    n: int,
    at: datetime,
    told: datetime,
    way: tuple[str, str, Why, UseNature | None],
    quantity: int,
    fen: int | None = None,
) -> Movement:
    source, target, because, nature = way
    fact = StockMoved(
        BRANCH, RING, source, target, quantity, (), because, nature, f"P-{n % 5}", fen
    )
    return Movement(fact, at, Order(told, 3, n))


def of_month(moves: Sequence[Movement], closed: Sequence[Closed], n: int) -> list[ConsumptionLine]:
    return list(lines_of(moves, closed, closed[n]))


def whole(lines: Sequence[ConsumptionLine], name: str) -> int:
    return sum(getattr(line, name) for line in lines)


@st.composite
def books(draw: st.DrawFn) -> list[Movement]:
    """Any movements of a book in their order, some recorded long after they happened."""
    random = Random(draw(st.integers(0, 2**32)))
    now = bounds(FIRST, ZONE)[0] - 20 * DAY
    moves: list[Movement] = []
    holds: dict[str, int] = {}
    for n in range(draw(st.integers(0, 60))):
        now += timedelta(hours=random.randint(0, 100))
        way = random.choice(WAYS)
        source, target, *_ = way
        most = holds.get(source, 0) if ledger.is_inside(source) else 9
        if not most:
            continue
        quantity = random.randint(1, most)
        brings = source in ("supplier", "transfer") and random.random() < 0.8
        fen = random.randint(0, 9_999) if brings else None
        at = now - timedelta(hours=random.choice((0, 0, 5, 400, 1_500)))
        moves.append(moved(n, at, now, way, quantity, fen))
        holds[source] = holds.get(source, 0) - quantity
        holds[target] = holds.get(target, 0) + quantity
    return moves


@pytest.mark.parametrize("by_months", [True, False])
@pytest.mark.parametrize("valuing", list(Valuing))
def test_months_agree_to_the_piece_and_the_fen(valuing: Valuing, *, by_months: bool) -> None:
    @tried(books(), st.permutations((1, 5, 28)))
    def agrees(moves: list[Movement], late_by: list[int]) -> None:
        closed = closings(valuing, late_by, by_months=by_months)
        before: list[ConsumptionLine] = []
        for n in range(3):
            lines = of_month(moves, closed, n)
            for pieces in ("", "_fen"):
                old = whole(lines, "old_in") if not pieces else 0
                into = whole(lines, f"opening{pieces}") + whole(lines, f"received{pieces}") + old
                out = sum(whole(lines, f"{each}{pieces}") for each in ("used", "lost", "sent"))
                assert into - out == whole(lines, f"closing{pieces}")
                if n:
                    assert whole(lines, f"opening{pieces}") == whole(before, f"closing{pieces}")
            before = lines

    agrees()


@pytest.mark.parametrize("valuing", list(Valuing))
def test_no_month_ends_with_fen_where_there_are_no_pieces(valuing: Valuing) -> None:
    """Nor has any account fewer than none, at whatever it is told late and of whatever month."""

    @tried(books(), st.permutations((1, 5, 28)))
    def ends(moves: list[Movement], late_by: list[int]) -> None:
        closed = closings(valuing, late_by)
        for n in range(3):
            now, holds = Worth(), Counter[str]()
            for each, _ in in_order(moves, closed, closed[n]):
                now, _ = worth.moved(now, each.fact, valuing)
                holds[each.fact.source] -= each.fact.quantity
                holds[each.fact.target] += each.fact.quantity
            inside = {name: many for name, many in holds.items() if ledger.is_inside(name) and many}
            assert min(inside.values(), default=1) > 0
            assert inside == {
                name: sum(layer.quantity for layer in layers)
                for name, layers in now.accounts.items()
            }
            lines = of_month(moves, closed, n)
            held = [layer for layers in now.accounts.values() for layer in layers]
            assert whole(lines, "closing") == sum(inside.values())
            assert whole(lines, "closing_fen") == worth.fen_of(held)
            assert whole(lines, "unknown") == worth.unknown_in(held)

    ends()


def told(moves: Sequence[Movement], closed: Sequence[Closed]) -> list[Told]:
    """The facts as an auditor has them: each count is a paper of its own."""
    found = list[Told]()

    def add(name: str, data: object, at: datetime, order: Order) -> None:
        found.append(Told(name, data, "", None, BRANCH, "", at, (*order,)))

    for n, each in enumerate(moves):
        move = asdict(each.fact)
        if each.fact.because is Why.STOCKTAKE:
            move["paper"] = f"PD-{n}"
            cut = {"number": f"PD-{n}", "as_of": each.at.isoformat(), "kind": "spot"}
            add("StocktakeOpened", cut, each.at, each.order)
        add("StockMoved", move, each.at, each.order)
    for fact, order in closed:
        ends = {"begins_at": fact.begins_at.isoformat(), "ends_at": fact.ends_at.isoformat()}
        add("PeriodClosed", {**asdict(fact), **ends}, fact.ends_at, order)
    return found


@pytest.mark.parametrize("by_months", [True, False])
@pytest.mark.parametrize("valuing", list(Valuing))
def test_a_second_fold_says_the_same_of_each_month(valuing: Valuing, *, by_months: bool) -> None:
    @tried(books(), st.permutations((1, 5, 28)))
    def agrees(moves: list[Movement], late_by: list[int]) -> None:
        closed = closings(valuing, late_by, by_months=by_months)
        facts = told(moves, closed)
        papers = [each.data["paper"] for each in facts if each.type == "StockMoved"]
        named = [
            each._replace(fact=replace(each.fact, paper=paper))
            for each, paper in zip(moves, papers, strict=True)
        ]
        for n, period in enumerate((FIRST, SECOND, THIRD)):
            lines = {
                (line.part, line.use_nature): auditor.columns_of(asdict(line))
                for line in of_month(named, closed, n)
            }
            assert auditor.report(facts, BRANCH, period) == lines

    agrees()


def test_what_is_told_late_has_no_part_in_goods_of_the_next_month() -> None:
    """The fen of a month follows its pieces; both follow from when it happened."""
    start, end = bounds(FIRST, ZONE)
    moves = [
        moved(0, start, start, WAYS[0], 4, 400),
        moved(1, end + DAY, end + DAY, WAYS[0], 4, 4_000),
        moved(2, end - DAY, end + 2 * DAY, WAYS[4], 4),
        moved(3, end - DAY, end + 2 * DAY, WAYS[5], 4),
    ]
    closed = closings(Valuing.MOVING_AVERAGE, (5, 6, 7))
    lines = of_month(moves, closed, 0)
    assert (whole(lines, "used"), whole(lines, "used_fen")) == (4, 400)
    assert (whole(lines, "closing"), whole(lines, "closing_fen")) == (0, 0)
    lines = of_month(moves, closed, 1)
    assert (whole(lines, "opening_fen"), whole(lines, "closing_fen")) == (0, 4_000)
    before = closings(Valuing.MOVING_AVERAGE, (5, 6, 7), by_months=False)
    assert whole(of_month(moves, before, 0), "closing_fen") == -1_800, "as it was closed then"


@pytest.mark.parametrize("valuing", list(Valuing))
def test_what_takes_pieces_of_the_next_month_counts_there(valuing: Valuing) -> None:
    start, end = bounds(FIRST, ZONE)
    moves = [
        moved(0, start, start, WAYS[0], 1, 100),
        moved(1, end + DAY, end + DAY, WAYS[0], 3, 900),
        moved(2, end - DAY, end + 2 * DAY, WAYS[4], 4),
        moved(3, end - DAY, end + 2 * DAY, WAYS[5], 4),
        moved(4, end - DAY, end + 3 * DAY, WAYS[0], 3, 30),
    ]
    closed = closings(valuing, (5, 6, 7))
    lines = of_month(moves, closed, 0)
    assert [whole(lines, each) for each in ("used", "closing", "closing_fen")] == [4, 0, 0]
    assert (whole(lines, "used_fen"), whole(lines, "late")) == (130, 0), "what came late is there"
    lines = of_month(moves[:-1], closed, 0)
    assert [whole(lines, each) for each in ("used", "closing", "closing_fen")] == [0, 1, 100]
    lines = of_month(moves[:-1], closed, 1)
    assert [whole(lines, each) for each in ("used", "used_fen", "closing")] == [4, 1_000, 0]
    assert whole(lines, "late") == 2


def test_two_that_wait_for_one_another_wait_for_more() -> None:
    """What was told of a month takes what a later one moved to and fro."""
    start, end = bounds(FIRST, ZONE)
    moves = [
        moved(0, start, start, WAYS[0], 2, 200),
        moved(1, end + DAY, end + DAY, WAYS[4], 2),
        moved(2, end + DAY, end + 2 * DAY, WAYS[7], 2),
        moved(3, end - DAY, end + 3 * DAY, WAYS[-1], 2),
        moved(4, end + 40 * DAY, end + 40 * DAY, WAYS[0], 2, 600),
    ]
    closed = closings(Valuing.MOVING_AVERAGE, (5, 6, 7))
    assert [whole(of_month(moves, closed, n), "issued") for n in range(3)] == [0, 0, 2]
    assert [whole(of_month(moves, closed, n), "closing_fen") for n in range(3)] == [0, 0, 600]


@pytest.mark.parametrize("by_months", [True, False])
@pytest.mark.parametrize("valuing", list(Valuing))
def test_what_the_last_month_ends_with_is_what_the_books_have(
    valuing: Valuing, *, by_months: bool
) -> None:
    """A second fold, written apart: all that was recorded before the last closing, and in time."""

    @tried(books())
    def agrees(moves: list[Movement]) -> None:
        closed = closings(valuing, by_months=by_months)
        last = closed[-1]
        months = [counted(each.at, each.order, closed).period or "9" for each in moves]
        if by_months and months != sorted(months):
            return  # the books of now are in the order of the record
        ended = [each for each in moves if each.order < last.order and each.at < last.fact.ends_at]
        if any(each.at >= last.fact.ends_at for each in moves[: len(ended)]):
            return  # what came after the month stands between: the next story
        now = Worth()
        for each in ended:
            now, _ = worth.moved(now, each.fact, valuing)
        layers = [layer for account in now.accounts.values() for layer in account]
        lines = of_month(moves, closed, 2)
        assert whole(lines, "closing_fen") == worth.fen_of(layers)
        assert whole(lines, "closing") == sum(layer.quantity for layer in layers)
        assert whole(lines, "unknown") == worth.unknown_in(layers)

    agrees()


@tried(books(), st.integers(0, 60))
def test_what_is_recorded_after_a_closing_changes_no_closed_month(
    moves: list[Movement], n: int
) -> None:
    closed = closings(Valuing.MOVING_AVERAGE)
    known = [each for each in moves if each.order < closed[1].order]
    later = known + [each for each in moves if each.order > closed[1].order][:n]
    for month in (0, 1):
        assert of_month(later, closed, month) == of_month(known, closed[:2], month)


def test_a_month_by_part_and_use_nature() -> None:
    start, end = bounds(SECOND, ZONE)
    told = [
        (start - DAY, WAYS[0], 10, 1_000),
        (start, WAYS[4], 4, None),
        (start + DAY, WAYS[5], 2, None),
        (start + DAY, WAYS[6], 1, None),
        (start + DAY, WAYS[7], 1, None),
        (start + DAY, WAYS[11], 2, None),
        (end - DAY, FOUND_SHORT, 1, None),
        (end, WAYS[0], 5, 700),
    ]
    moves = [moved(n, at, at, way, many, fen) for n, (at, way, many, fen) in enumerate(told)]
    shelf, paid, warranty = of_month(moves, closings(Valuing.MOVING_AVERAGE), 1)
    assert shelf == ConsumptionLine(
        RING, None, opening=10, lost=1, closing=8, opening_fen=1_000, lost_fen=100, closing_fen=600
    )
    assert paid == ConsumptionLine(RING, UseNature.PAID, used=1, used_fen=100)
    assert warranty == ConsumptionLine(
        RING, UseNature.WARRANTY, issued=4, used=2, handed_back=1, old_in=2, used_fen=200
    )


@pytest.mark.parametrize("valuing", list(Valuing))
def test_an_old_part_that_goes_back_takes_its_share_along(valuing: Valuing) -> None:
    """A damaged new piece lies with the old parts, and by the mean they all have a cost."""
    start, _ = bounds(SECOND, ZONE)
    judged, home, back = (WAYS[n] for n in (14, 15, 16))
    told = [
        (WAYS[0], 1, 1_000),
        (WAYS[4], 1, None),
        (WAYS[8], 1, None),
        (judged, 1, None),
        (home, 1, None),
        (back, 1, None),
    ]
    moves = [moved(n, start, start, way, many, fen) for n, (way, many, fen) in enumerate(told)]
    lines = of_month(moves, closings(valuing), 1)
    assert whole(lines, "old_in") == 0
    assert whole(lines, "closing_fen") + whole(lines, "used_fen") == 1_000


def test_what_is_told_late_is_in_the_next_month_marked() -> None:
    start, end = bounds(SECOND, ZONE)
    moves = [
        moved(0, start - DAY, start - DAY, WAYS[0], 10, 1_000),
        moved(1, start, start, WAYS[4], 4),
        moved(2, end - DAY, end + 20 * DAY, WAYS[5], 4),
    ]
    closed = closings(Valuing.MOVING_AVERAGE)
    assert whole(of_month(moves, closed, 1), "used") == 0
    (_, warranty) = of_month(moves, closed, 2)
    assert (warranty.used, warranty.used_fen, warranty.late) == (4, 400, 1)


def test_the_same_month_has_the_same_digest() -> None:
    start, _ = bounds(FIRST, ZONE)
    moves = [moved(0, start, start, WAYS[0], 10, 1_000)]
    closed = closings(Valuing.MOVING_AVERAGE)
    made = report(closed[0], of_month(moves, closed, 0))
    assert (made.number, made.due_on - made.closing_on) == (f"XH-{BRANCH}-{FIRST}", 3 * DAY)
    assert (made.closing_on.isoformat(), following(FIRST)) == ("2026-09-30", SECOND)
    again = report(closed[0], of_month([*moves], closed[:1], 0))
    assert content_hash({"report": made}) == content_hash({"report": again})
    other = report(closed[0], of_month([moves[0]._replace(at=start - DAY)], closed, 0))
    assert content_hash({"report": made}) != content_hash({"report": other})
