"""待检 as stories: damaged pieces that came home are found good, put away, or scrapped."""

from dataclasses import replace
from typing import Any

from services.inventory import ledger, part_store, serial_book
from services.inventory.ledger import QUARANTINE
from services.inventory.quarantine import JudgeQuarantine, ScrapQuarantine
from services.inventory.worth import fen_of
from shared.decider import Asked
from shared.events.inventory import Judgement, Movement, QuarantineJudged, StockMoved, Valuing
from shared.events.values import Role
from tests.inventory.example import (
    APPROVER,
    BRANCH,
    KEEPER,
    PUMP,
    RING,
    SERIALS,
    by,
    move,
    opening,
    stock_stream,
)
from tests.spec import given

LIU = "technician:T-LIUYANG"
FOUND = "试装正常"


def home(part: str, quantity: int, *serials: str) -> list[StockMoved]:
    """Pieces that were drawn and came home damaged."""
    named = SERIALS if serials else ()
    return [
        replace(opening(part, 3, named), fen=3_000),
        move(part, "store", LIU, quantity, Movement.ISSUE, *serials),
        move(part, LIU, QUARANTINE, quantity, Movement.UNUSED, *serials),
    ]


def at(part: str, person: str = KEEPER, role: Role = Role.STOREKEEPER) -> Asked:
    reads: dict[str, Any] = {serial_book.stream_of(part): serial_book.initial}
    return by(person, role, home=stock_stream(part), reads=reads)


def judged(part: str, found: Judgement, n: int = 1, *serials: str, by: str) -> QuarantineJudged:
    number = f"{BRANCH}:{part}-J{n}"
    return QuarantineJudged(number, BRANCH, part, found, 1, serials, FOUND, by)


def moved(part: str, target: str, n: int = 1, *serials: str) -> StockMoved:
    out = move(part, QUARANTINE, target, 1, Movement.JUDGED, *serials)
    return replace(out, use_nature=None, paper=f"{BRANCH}:{part}-J{n}")


def test_a_keeper_finds_a_piece_good_or_puts_it_with_the_old_parts() -> None:
    good, old = JudgeQuarantine(1, is_good=True, because=FOUND), JudgeQuarantine(1, False, FOUND)
    first = (judged(RING, Judgement.GOOD, by=KEEPER), moved(RING, "store"))
    second = (judged(RING, Judgement.OLD_OTHER, 2, by=KEEPER), moved(RING, "old_other", 2))
    given(part_store, *home(RING, 2)).when(good, at(RING)).then(*first)
    given(part_store, *home(RING, 2), *first).when(old, at(RING)).then(*second)
    stock = given(part_store, *home(RING, 2), *first, *second).state
    assert (stock.holds("store"), stock.holds("old_other"), stock.holds(QUARANTINE)) == (2, 1, 0)
    # What they cost goes with them.
    assert fen_of(stock.worth_by(Valuing.MOVING_AVERAGE).of("old_other")) == 1_000


def test_what_is_scrapped_is_in_no_store_any_more() -> None:
    asked = at(PUMP, APPROVER, Role.APPROVER)
    scrap = ScrapQuarantine(1, FOUND, ("P-1",))
    (left,) = serial_book.left(BRANCH, PUMP, ("P-1",))
    given(part_store, *home(PUMP, 1, "P-1")).when(scrap, asked).then_on(
        (stock_stream(PUMP), judged(PUMP, Judgement.SCRAPPED, 1, "P-1", by=APPROVER)),
        (stock_stream(PUMP), moved(PUMP, "scrapped", 1, "P-1")),
        left,
    )


def test_only_what_lies_in_quarantine_is_judged() -> None:
    told = given(part_store, *home(RING, 1)).when(ScrapQuarantine(2, FOUND), at(RING))
    told.refused_with("not-in-quarantine", part=RING, asked=2)
    good = JudgeQuarantine(1, is_good=True, because=FOUND)
    given(part_store, opening(RING, 3)).when(good, at(RING)).refused("not-in-quarantine")


def test_a_piece_with_a_serial_is_judged_by_it() -> None:
    pumps, good = home(PUMP, 1, "P-1"), JudgeQuarantine(1, is_good=True, because=FOUND)
    given(part_store, *pumps).when(good, at(PUMP)).refused("serials-unnamed")
    other = replace(good, serials=("P-2",))
    given(part_store, *pumps).when(other, at(PUMP)).refused("serial-elsewhere", "serials-unnamed")
    given(part_store, *pumps).when(replace(good, serials=("P-1",)), at(PUMP)).then(
        judged(PUMP, Judgement.GOOD, 1, "P-1", by=KEEPER), moved(PUMP, "store", 1, "P-1")
    )


def test_every_account_still_adds_up() -> None:
    facts = [*home(RING, 2), judged(RING, Judgement.SCRAPPED, by=APPROVER), moved(RING, "scrapped")]
    stock = given(part_store, *facts).state
    assert sum(stock.balances.values()) == 0
    assert [account for account in stock.balances if ledger.is_inside(account)] == [
        "store",
        QUARANTINE,
    ]
