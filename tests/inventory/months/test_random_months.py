"""Random months of two stores: every book adds up, and says what an auditor says of it."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given as for_all
from hypothesis import strategies as st

from guiyi.recount import books as auditor
from guiyi.recount import purse
from guiyi.recount.facts import Told
from guiyi.recount.facts import told as read
from guiyi.recount.purse import OUTSIDE
from services.inventory import consumption_report as report
from services.inventory import ledger, month_order, part_store, serial_book, worth
from services.inventory.consumption_report import ConsumptionLine
from services.inventory.periods import counted
from services.inventory.views import pieces, stock_value
from services.inventory.worth import Worth
from shared.events.inventory import StockMoved, Valuing
from tests.inventory.desk import FAR
from tests.inventory.example import BRANCH
from tests.inventory.months.counts import monthly_count
from tests.inventory.months.life import PARTS, PUMP, Life, Paper, life
from tests.inventory.months.papers import PAPERS
from tests.shared.http_desk import POLICIES
from tests.tries import tries

METHODS = [each.value for each in Valuing]
ENDS = {
    "2026-11": datetime(2026, 11, 30, 16, tzinfo=UTC),
    "2026-12": datetime(2026, 12, 31, 16, tzinfo=UTC),
}
"""When each month of the story is over, on the calendar of the stores."""
STEPS, AFTER = 50, 12
"""Steps of papers in a month, and between its end and its closing."""
PAPERS_KEPT = 4
"""Of so few papers it is told apart what they took, so that a month has older ones too."""
STORES = (BRANCH, FAR)


@pytest.fixture(scope="module", params=METHODS)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Life]:
    """A desk under a policy that values stock by each method."""
    folder = tmp_path_factory.mktemp(request.param)
    policies = shutil.copytree(POLICIES, folder / "policies")
    core = policies / "core.toml"
    said = f'valuing = "{request.param}"'
    core.write_text(core.read_text("utf-8").replace('valuing = "moving_average"', said), "utf-8")
    with pytest.MonkeyPatch.context() as few, life(folder, policies) as made:
        few.setattr(worth, "RECENT", PAPERS_KEPT)
        few.setattr(purse, "KEPT", PAPERS_KEPT)
        yield made


def lived(told: Life, seed: int) -> None:
    """Two months of all papers, each counted and closed while the papers of the next go on."""
    told.begin(seed)
    papers: list[Paper] = []
    for period, ends in ENDS.items():
        _go_on(told, papers, STEPS)
        told.record.clock = max(told.record.clock, ends)
        _go_on(told, papers, AFTER)
        for store in STORES:
            _closed(told, papers, store, period)
    _go_on(told, papers, STEPS // 2)


def _go_on(told: Life, papers: list[Paper], steps: int) -> None:
    for _ in range(steps):
        if len(papers) < 5 or told.maybe(0.1):
            papers.append(told.random.choice(PAPERS)(told))
        _step(papers, told.random.choice(papers))


def _step(papers: list[Paper], paper: Paper) -> None:
    if next(paper, papers) is papers:
        papers.remove(paper)


def _closed(told: Life, papers: list[Paper], store: str, period: str) -> None:
    """What is being counted is finished first; the month is counted, and closed."""
    for counting in [each for each in papers if getattr(each, "__name__", "") == "spot_count"]:
        while counting in papers:
            _step(papers, counting)
    for _ in range(9):  # some counts come to nothing: by chance a serial is one that lies elsewhere
        monthly_count(told, store, period)
        path = f"/v1/closings/{store}/periods"
        if told.post(path, {"period": period}, told.stores.money, late=False):
            return


def proved(told: Life) -> None:
    """Every property of the books, as the record stands."""
    facts = [*read(stored for _, stored in told.record.tables.lines)]
    accounts_agree(told, facts)
    pieces_agree(told, facts)
    values_agree(told, facts)
    reports_agree(told, facts)


def accounts_agree(told: Life, facts: list[Told]) -> None:
    """Every account is what the movements say; none inside was ever below zero."""
    for (store, part), accounts in auditor.balances(facts).items():
        assert told.held(store, part)[0] == accounts, ("accounts", store, part)


def pieces_agree(told: Life, facts: list[Told]) -> None:
    """Each piece is in one place, by the ledger, by the book of serials and by its life."""
    places = auditor.places(facts)
    inside = {name: place for name, place in places.items() if place[1] not in OUTSIDE}
    by_ledger = {
        (part, serial): (store, account)
        for store in STORES
        for part in PARTS
        for serial, account in told.held(store, part)[1].items()
    }
    assert by_ledger == inside, "ledger"
    book = told.stores.desk.handler.fold
    booked = book(s := serial_book.stream_of(PUMP), told.record.read([s]).streams[s].facts).where
    assert {serial: store for serial, store in booked.items() if store} == {
        serial: store for (_, serial), (store, _) in inside.items()
    }, "book"
    rows = told.stores.views._folded(pieces).values()
    lives = Counter((row.part, row.serial) for row in rows if row.inside)
    assert lives == Counter(inside.keys()), "lives"
    assert {
        (row.part, row.serial): (row.store, row.account) for row in rows if row.inside
    } == inside


def values_agree(told: Life, facts: list[Told]) -> None:
    """Value in is value out and value on hand, to the fen, by each method."""
    shown = {
        (row.store, row.part, row.valuing): row.fen
        for row in told.stores.views._folded(stock_value).values()
    }
    for method in METHODS:
        for (store, part), (into, out, held) in auditor.worths(facts, method).items():
            assert into == out + held, ("value", store, part)
            assert shown[store, part, method] == held, ("value on hand", store, part, method)


def reports_agree(told: Life, facts: list[Told]) -> None:
    """The report of each month is what the auditor says of it, and adds up."""
    for store in STORES:
        before: Counter[tuple[str, str]] = Counter()
        for period in ENDS:
            path = f"/v1/consumption/{store}/{period}"
            lines = told.shown(path, told.stores.keepers(store)[0])["lines"]
            before = _goes_on(lines, before, is_first=period == next(iter(ENDS)))
            told_lines = {
                (line["part"], line["use_nature"]): auditor.columns_of(line) for line in lines
            }
            assert told_lines == auditor.report(facts, store, period), ("report", store, period)


def _goes_on(
    lines: list[dict[str, Any]], before: Counter[tuple[str, str]], *, is_first: bool
) -> Counter[tuple[str, str]]:
    """What came in is what went out and what is left; a month begins with what the last left.

    There is no fen where there are no pieces, and nothing below zero.
    """
    whole: dict[str, Counter[str]] = {}
    for line in lines:
        whole.setdefault(line["part"], Counter()).update(auditor.columns_of(line))
    left: Counter[tuple[str, str]] = Counter()
    for part, sums in whole.items():
        for kind in ("", "_fen"):
            into = sums[f"opening{kind}"] + sums[f"received{kind}"] + (not kind) * sums["old_in"]
            out = sum(sums[f"{each}{kind}"] for each in ("used", "lost", "sent"))
            assert into == out + sums[f"closing{kind}"], ("adds up", part, kind)
            assert sums["closing"] > 0 or not sums[f"closing{kind}"], ("fen without pieces", part)
            left[part, kind] = sums[f"closing{kind}"]
            assert is_first or sums[f"opening{kind}"] == before[part, kind], ("goes on", part)
    return left


seeds = st.integers(0, 2**32)


TWO_WAIT, BOTH_WAIT = 53, 70
"""Seeds with which two corrections of one note wait at once: of two parts, and of one part."""


@tries(5)
@for_all(seeds)
@example(TWO_WAIT)
@example(BOTH_WAIT)
def test_a_few_months_are_as_the_auditor_says(told: Life, seed: int) -> None:
    lived(told, seed)
    proved(told)


@pytest.mark.long
@tries(15)
@for_all(seeds)
def test_many_months_are_as_the_auditor_says(told: Life, seed: int) -> None:
    lived(told, seed)
    proved(told)


def forgotten(right: Any, stock: ledger.Stock, move: StockMoved) -> ledger.Stock:
    """Of what the store used itself, a piece is forgotten."""
    count = move.quantity + (move.target == "consumed")
    found: ledger.Stock = right(stock, replace(move, quantity=count))
    return found


def unused(right: Any, line: ConsumptionLine, move: StockMoved, fen: int) -> ConsumptionLine:
    """What was fitted is in no column."""
    found: ConsumptionLine = line if move.target == "installed" else right(line, move, fen)
    return found


def unknown_papers(_: Any, now: Worth, *_of: Any) -> Worth:
    """What a paper took out is not kept."""
    return now


def recorded(_: Any, moves: Any, closings: Any) -> Iterator[month_order.Counting]:
    """Fen is told in the order of the record."""
    for each in moves:
        counts = counted(each.at, each.order, closings)
        yield month_order.Counting(each, counts)


PLANTED: dict[str, tuple[Any, str, Callable[..., Any], str]] = {
    "a piece is forgotten": (part_store, "moved", forgotten, "accounts"),
    "nothing is too much": (ledger, "_short", lambda right, *of: (False, right(*of)[1]), "below"),
    "every serial is new": (serial_book, "not_new", lambda *_: iter(()), "in one place"),
    "all is inside": (pieces, "project", lambda it, *of: replace(it(*of), inside=True), "lives"),
    "rounded down": (worth, "_share", lambda _, fen, n, of: fen * n // of, "value on hand"),
    "no paper is known": (worth, "_went", unknown_papers, "value on hand|report"),
    "bought is what comes": (report, "_column", lambda *_, **__: "received", "report"),
    "as it was recorded": (month_order, "_by_months", recorded, "report|fen without"),
    "nothing was fitted": (report, "_moved", unused, "adds up"),
}
"""By what is wrong: which function of the product, what it does instead, and what finds it."""


@pytest.mark.long
@pytest.mark.parametrize("told", METHODS[:1], indirect=True)
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(told: Life, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Each property fails where the product is wrong, and says so."""
    place, name, wrong, found = PLANTED[fault]
    monkeypatch.setattr(place, name, partial(wrong, getattr(place, name)))
    with pytest.raises((AssertionError, auditor.Odd), match=found):
        _many(told)


def _many(told: Life) -> None:
    for seed in range(20):
        lived(told, seed)
        proved(told)
