"""配件库的视图: what the store sees is what the facts say, and nothing is left over."""

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType
from typing import Any

from services.inventory.issue_note import board
from services.inventory.issue_note.release import NoteNature
from services.inventory.views import low_stock, parts, stock, stock_value
from shared.events.inventory import (
    Movement,
    PartChanged,
    PartRegistered,
    QuotaSet,
    StockMoved,
)
from shared.events.issue_notes import Opening
from shared.events.order_sheet import NoteStage
from shared.events.values import RepairNature
from shared.view import Recorded
from tests.inventory.example import (
    ANNOUNCE,
    ASK_VOID,
    AT,
    BRANCH,
    CARDS,
    HOME,
    LIU,
    NUMBER,
    OPEN,
    PUMP,
    RING,
    TICKET,
    VOID,
    Store,
    drawn,
    move,
    opening,
    posted,
    released,
    settle,
    signing,
)
from tests.seen import fold_view, recorded_on


def recorded(fact: Any, version: int) -> Recorded:
    match fact:
        case StockMoved() | QuotaSet():
            stream = f"stock-{fact.store}:{fact.part}"
        case PartRegistered(card) | PartChanged(card):
            stream = f"part-{card.id}"
        case _:
            stream = HOME
    return recorded_on(
        "inventory", stream, fact, seq=version, version=version, ticket=TICKET, branch=BRANCH, at=AT
    )


def seen(view: ModuleType, facts: Iterable[Any]) -> dict[Any, Any]:
    """The rows of a view after the facts, by key."""
    return fold_view(view, (recorded(fact, n) for n, fact in enumerate(facts, start=1)))


def note_of(store: Store) -> board.Row:
    [row] = seen(board, store.facts).values()
    assert isinstance(row, board.Row)
    return row


def test_the_list_follows_a_note_to_its_settlement() -> None:
    assert note_of(released()).stage is NoteStage.RELEASED
    store = drawn()
    row = note_of(store)
    assert (row.stage, row.recipient, row.is_signed) == (NoteStage.ISSUED, LIU, False)
    assert [line.issued.quantity for line in row.lines if line.issued] == [3, 1]
    store.do(signing(7, ring=2, pump=1))
    assert note_of(store).is_signed
    store.do(settle(store.note, RING, 2, 1))
    assert note_of(store).stage is NoteStage.ISSUED
    store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",)))
    row = note_of(store)
    assert (row.stage, row.number, row.version) == (NoteStage.SETTLED, NUMBER, len(store.facts))
    assert row.lines == tuple(store.note.lines.values())
    store.do(signing(8, None))
    assert not note_of(store).is_signed


def test_the_list_agrees_with_the_note_at_every_step() -> None:
    store = drawn().do(signing(7))
    store.do(settle(store.note, RING, 0, 3), settle(store.note, PUMP, 0, 1))
    steps = [store, drawn(), posted(), released(), released().do(ASK_VOID, VOID)]
    for each in steps:
        assert note_of(each).stage is each.note.stage


def test_the_list_goes_by_the_nature_that_was_approved_last() -> None:
    row = note_of(drawn().do(NoteNature(9, RepairNature.PAID)))
    assert row.repair_nature is RepairNature.PAID
    assert [line.issued.old_part_due for line in row.lines if line.issued] == [False, False]


def test_the_list_shows_where_a_parcel_is() -> None:
    row = note_of(posted().do(ANNOUNCE, OPEN))
    assert (row.carrier, row.parcel_no, row.announced) == ("顺丰", "SF1", True)
    assert row.opening is Opening.AS_SENT


def test_every_account_has_what_the_book_says() -> None:
    store = drawn().do(signing(7, ring=2, pump=1))
    store.do(settle(store.note, RING, 2, 1))
    rows = seen(stock, store.moves)
    told = {key[2]: row.quantity for key, row in rows.items() if key[1] == RING}
    assert told == dict(store.holds(RING))
    assert sum(row.quantity for row in rows.values()) == 0
    assert [row.part for row in rows.values() if row.technician == LIU] == [PUMP]
    assert rows[BRANCH, PUMP, f"technician:{LIU}"].serials == ("P-1",)
    assert rows[BRANCH, PUMP, "store"].serials == ("P-2", "P-3")
    assert not rows[BRANCH, PUMP, "supplier"].inside


def test_low_is_what_is_below_its_quota() -> None:
    store = drawn()
    facts = [*store.moves, QuotaSet(BRANCH, RING, 8)]
    row = seen(low_stock, facts)[BRANCH, RING]
    assert (row.on_hand, row.quota, row.lacking, row.is_low) == (7, 8, 1, True)
    assert not seen(low_stock, store.moves)[BRANCH, RING].is_low
    store.do(settle(store.note, RING, 0, 3))
    facts = [QuotaSet(BRANCH, RING, 8), *store.moves]
    assert not seen(low_stock, facts)[BRANCH, RING].is_low


def test_the_catalogue_has_the_card_written_last() -> None:
    [row] = seen(parts, [PartRegistered(CARDS[RING]), PartChanged(CARDS[PUMP])][:1]).values()
    assert (row.id, row.name, row.has_serials) == (RING, "密封圈", False)


def test_what_stock_cost_is_told_by_each_method() -> None:
    goods = replace(opening(RING, 2), because=Movement.PURCHASE, paper="CG-1-R1")
    issue = move(RING, "store", f"technician:{LIU}", 3, Movement.ISSUE)
    moves = [opening(RING, 1), replace(goods, fen=100), replace(goods, fen=301), issue]
    rows = seen(stock_value, moves)
    told = {key[2]: (row.fen, row.unknown, row.accounts) for key, row in rows.items()}
    assert told == {
        "moving_average": (
            401,
            1,
            (
                stock_value.AccountValue("store", 2, 200, 0),
                stock_value.AccountValue(f"technician:{LIU}", 3, 201, 1),
            ),
        ),
        "first_in_first_out": (
            401,
            1,
            (
                stock_value.AccountValue("store", 2, 301, 0),
                stock_value.AccountValue(f"technician:{LIU}", 3, 100, 1),
            ),
        ),
    }
