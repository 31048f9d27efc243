"""消耗报表: a month agrees to the piece and the fen, whatever moved and was told late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given as tried
from hypothesis import strategies as st

from services.inventory import ledger, worth
from services.inventory.consumption_report import ConsumptionLine, Movement, lines_of, report
from services.inventory.periods import Closed, Order, bounds, following
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


def closings(valuing: Valuing, late_by: Sequence[int] = (2, 3, 4)) -> list[Closed]:
    """Three months, each closed so many days after its end."""
    found = []
    for n, (period, days) in enumerate(zip((FIRST, SECOND, THIRD), late_by, strict=True)):
        start, end = bounds(period, ZONE)
        fact = PeriodClosed(BRANCH, period, start, end, "PD-1", (), valuing, "F-QIAN")
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


@pytest.mark.parametrize("valuing", list(Valuing))
def test_months_agree_to_the_piece_and_the_fen(valuing: Valuing) -> None:
    @tried(books(), st.permutations((1, 5, 12)))
    def agrees(moves: list[Movement], late_by: list[int]) -> None:
        closed = closings(valuing, late_by)
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
def test_what_the_last_month_ends_with_is_what_the_books_have(valuing: Valuing) -> None:
    """A second fold, written apart: all that was recorded before the last closing, and in time."""

    @tried(books())
    def agrees(moves: list[Movement]) -> None:
        closed = closings(valuing)
        last = closed[-1]
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
