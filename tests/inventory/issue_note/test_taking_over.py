"""在手登记 as stories: what technicians had before the books, and how it is settled."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.inventory import issue_note, ledger, part_store, periods, serial_book
from services.inventory.app import room
from services.inventory.issue_note.document import document_of
from services.inventory.issue_note.sheets import account_content, account_opened_content, to_sign
from services.inventory.issue_note.taking_over import OpenAccount, SignAccount
from services.inventory.ledger import Stock
from services.inventory.periods import Closings
from shared.decider import Asked
from shared.events.closings import PeriodClosed
from shared.events.inventory import Movement, StockMoved, Valuing
from shared.events.issue_notes import (
    Account,
    AccountOpened,
    AccountSigned,
    HeldLine,
    PartReconciled,
)
from shared.events.order_sheet import NoteStage, Standing
from shared.events.values import RepairNature, Role, Signature, SignedHow
from tests.inventory.example import (
    AT,
    BRANCH,
    CARDS,
    CHEN,
    DRAWING,
    KEEPER,
    LIU,
    PUMP,
    RING,
    by,
    draw,
    move,
    opening,
    released,
    settle,
    stock_stream,
)
from tests.reads import with_reads
from tests.spec import given

NUMBER = f"ZS-{BRANCH}-2026-0001"
HOME = f"issue_note-{NUMBER}"
HANDS = ledger.technician(LIU)
AT_WORK = Standing(LIU, True, True, (Role.TECHNICIAN,), (BRANCH,))
RINGS = HeldLine(RING, 2, "旧出库单 0917", fen=7_600)
PUMPS = HeldLine(PUMP, 1, "旧出库单 0917", ("P-7",))
OPEN = OpenAccount(BRANCH, LIU, RepairNature.WARRANTY, (RINGS, PUMPS), AT_WORK)
OPENED = AccountOpened(NUMBER, BRANCH, LIU, RepairNature.WARRANTY, (RINGS, PUMPS), KEEPER)
CONTENT = account_opened_content(given(issue_note, OPENED).state)
SIGN = SignAccount(CONTENT, SignedHow.DRAWN, evidence=DRAWING)
SIGNATURE = Signature(LIU, "technician", SignedHow.DRAWN, AT, CONTENT, DRAWING)
SIGNED = AccountSigned((RINGS, PUMPS), SIGNATURE)


def came(part: str, quantity: int, *serials: str, fen: int | None = None) -> StockMoved:
    out = move(part, "supplier", HANDS, quantity, Movement.TAKEN_OVER, *serials)
    return replace(out, use_nature=None, paper=NUMBER, fen=fen)


RINGS_CAME, PUMPS_CAME = came(RING, 2, fen=7_600), came(PUMP, 1, "P-7")


def stock(*moves: StockMoved) -> Stock:
    state = given(part_store, *moves).state
    assert isinstance(state, Stock)
    return state


def on(
    person: str = KEEPER,
    role: Role = Role.STOREKEEPER,
    *,
    rings: Stock | None = None,
    pumps: Stock | None = None,
    book: Mapping[str, str] | None = None,
    closings: Closings | None = None,
) -> Asked:
    """Asked of the note, with the catalogue, the accounts, the closings and the book of serials."""
    reads: dict[str, Any] = {f"part-{part}": card for part, card in CARDS.items()}
    reads |= {"part-X-1": None, stock_stream("X-1"): Stock()}
    reads |= {stock_stream(RING): rings or Stock(), stock_stream(PUMP): pumps or Stock()}
    reads |= {serial_book.stream_of(part): serial_book.SerialBook(book or {}) for part in CARDS}
    reads[periods.stream_of(BRANCH)] = closings or Closings()
    return by(person, role, home=HOME, reads=reads)


def test_no_account_begins_once_the_store_has_closed_a_month() -> None:
    begins, ends = periods.bounds("2026-10", "Asia/Shanghai")
    closed = PeriodClosed(
        BRANCH, "2026-10", begins, ends, "PD-1", (), Valuing.MOVING_AVERAGE, "F-QIAN"
    )
    late = on(closings=Closings(last=closed, first="2026-10"))
    told = given(issue_note).when(replace(OPEN, lines=(RINGS,)), late)
    told.refused_with("opening-after-closing", store=BRANCH, part=RING, period="2026-10")
    given(issue_note, OPENED).when(OPEN, late).then()


def test_a_keeper_lists_what_a_technician_has_and_they_sign_for_it() -> None:
    given(issue_note).when(OPEN, on()).then(OPENED)
    given(issue_note, OPENED).when(OPEN, on()).then()
    ((book, entered),) = serial_book.entered(BRANCH, PUMP, ("P-7",))
    given(issue_note, OPENED).when(SIGN, on()).then_on(
        (HOME, SIGNED),
        (stock_stream(RING), RINGS_CAME),
        (stock_stream(PUMP), PUMPS_CAME),
        (book, entered),
    )
    given(issue_note, OPENED, SIGNED).when(SIGN, on()).then()
    note = given(issue_note, OPENED, SIGNED).state
    assert (note.stage, document_of(note).ticket, note.recipient) == (NoteStage.ISSUED, "", LIU)


def test_they_sign_in_their_own_session_or_with_their_own_hand() -> None:
    session = replace(SIGN, how=SignedHow.SESSION, evidence=None)
    own = on(LIU, Role.TECHNICIAN)
    signed = replace(SIGNATURE, how=SignedHow.SESSION, evidence=None)
    ((book, entered),) = serial_book.entered(BRANCH, PUMP, ("P-7",))
    given(issue_note, OPENED).when(session, own).then_on(
        (HOME, replace(SIGNED, signature=signed)),
        (stock_stream(RING), RINGS_CAME),
        (stock_stream(PUMP), PUMPS_CAME),
        (book, entered),
    )
    given(issue_note, OPENED).when(session, on()).refused("session-of-another")
    given(issue_note, OPENED).when(SIGN, on(CHEN, Role.TECHNICIAN)).refused("wrong-recipient")
    other = replace(SIGN, content="0" * 64)
    given(issue_note, OPENED).when(other, on()).refused("signature-stale")
    given(issue_note, OPENED, SIGNED).when(other, on()).refused("account-signed", "signature-stale")


def test_once_a_person_and_part_and_before_anything_was_drawn() -> None:
    had = stock(opening(RING, 3), move(RING, "store", HANDS, 1, Movement.ISSUE))
    back = stock(
        opening(RING, 3),
        move(RING, "store", HANDS, 1, Movement.ISSUE),
        move(RING, HANDS, "store", 1, Movement.UNUSED),
    )
    for rings in (had, back, stock(RINGS_CAME)):
        told = given(issue_note).when(OPEN, on(rings=rings))
        told.refused_with("account-begun", part=RING, person=LIU)
        given(issue_note, OPENED).when(SIGN, on(rings=rings)).refused("account-begun")
    others = stock(
        opening(RING, 3), move(RING, "store", ledger.technician(CHEN), 1, Movement.ISSUE)
    )
    given(issue_note).when(OPEN, on(rings=others)).then(OPENED)


def test_a_part_on_two_lines_is_refused_though_one_of_them_names_no_serial() -> None:
    twice = replace(OPEN, lines=(PUMPS, replace(PUMPS, serials=())))
    there = with_reads(room, twice, on().reads, on())
    given(issue_note).when(twice, there).refused("part-twice", "serials-needed")


def test_of_parts_in_the_catalogue_each_on_one_line_by_their_serials() -> None:
    given(issue_note).when(replace(OPEN, lines=()), on()).refused("no-lines")
    odd = replace(OPEN, lines=(RINGS, RINGS, HeldLine("X-1", 1, "旧单")))
    given(issue_note).when(odd, on()).refused("part-twice", "part-unknown")
    bare = replace(OPEN, lines=(replace(PUMPS, serials=()),))
    given(issue_note).when(bare, on()).refused("serials-needed")
    named = replace(OPEN, lines=(replace(RINGS, serials=("R-1",)),))
    given(issue_note).when(named, on()).refused("serials-not-kept")
    known = on(book={"P-7": "NB01"})
    given(issue_note).when(OPEN, known).refused_with("serial-known", part=PUMP, serials=["P-7"])


def test_a_technician_at_work_who_does_not_list_them_themselves() -> None:
    for standing in (None, replace(AT_WORK, active=False), replace(AT_WORK, branches=("NB01",))):
        told = given(issue_note).when(replace(OPEN, standing=standing), on())
        told.refused_with("taker-unfit", person=LIU, branch=BRANCH)
    given(issue_note).when(OPEN, on(LIU)).refused("self-issue")


def test_a_number_is_of_one_note() -> None:
    other = replace(OPEN, lines=(RINGS,))
    given(issue_note, OPENED).when(other, on()).refused("number-taken")


def test_nothing_is_drawn_on_it_from_the_shelves() -> None:
    note = given(issue_note, OPENED).state
    told = given(issue_note, OPENED).when(draw(note, RING, 2), on(rings=stock(opening(RING, 9))))
    told.refused("account-note")
    assert [each.step for each in to_sign(note, None)] == ["account-signatures"]
    assert not any(issue_note.drawing.offered_issues(NUMBER, note))


def test_a_note_of_an_order_is_signed_when_parts_are_drawn() -> None:
    facts = released().facts
    given(issue_note, *facts).when(SIGN, on()).refused("account-not-opened", "signature-stale")


def settled(account: Account) -> Any:
    note = given(issue_note, OPENED, SIGNED).state
    command = settle(note, RING, 0, 2)
    content = account_content(note, RING, account)
    command = replace(command, account=account, content=content)
    asked = on(rings=stock(RINGS_CAME))
    return given(issue_note, OPENED, SIGNED).when(command, asked)


def test_what_was_used_was_signed_for_on_the_old_paper() -> None:
    told = settled(Account(used=2, unused=0)).decision()
    (home, fact), (_, used) = told
    assert (home, type(fact), fact.content) == (HOME, PartReconciled, None)
    assert (used.source, used.target, used.quantity) == (HANDS, "installed", 2)


def test_what_was_not_used_comes_home() -> None:
    told = settled(Account(used=0, unused=2)).decision()
    (_, _), (_, back) = told
    assert (back.source, back.target, back.quantity) == (HANDS, "store", 2)


def test_what_is_gone_is_granted_as_a_loss_first() -> None:
    settled(Account(used=0, unused=1, lost=1)).refused("loss-unapproved")
    settled(Account(used=1, unused=0)).refused("unbalanced")
