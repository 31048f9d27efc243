"""配件库, whatever is asked and in whatever order: no piece appears, and none is lost.

Three notes of one store draw from the same shelves, two of them for the same technician. Whatever
is typed at the desk, the book adds up for every account, part and serial, and a note is settled
only when all its pieces are where the account says.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.inventory import issue_note, ledger, part_store, serial_book
from services.inventory.app import room
from services.inventory.issue_note.correction import AskCorrection, CorrectReconciliation
from services.inventory.issue_note.document import document_of
from services.inventory.issue_note.drawing import IssuePart
from services.inventory.issue_note.handing_over import (
    HandOverParts,
    Signing,
    hand_over_content,
    lines_of,
)
from services.inventory.issue_note.opening import OpenParcel
from services.inventory.issue_note.reconciliation import ReconcilePart
from services.inventory.issue_note.release import NoteSignature
from services.inventory.issue_note.requests import ApproveLoss, AskLoss, AskWaiver, WaiveOldPart
from services.inventory.issue_note.sheets import account_content, account_signed_for
from services.inventory.issue_note.state import IssueNote
from services.inventory.part_store import EnterOpening
from services.inventory.views import pieces as life
from shared.decider import Refused
from shared.events.inventory import StockMoved
from shared.events.issue_notes import (
    Account,
    Condition,
    Opening,
    PartIssued,
    PartReconciled,
    SignedUse,
)
from shared.events.order_sheet import NoteStage, Standing
from shared.events.part_cases import Bearer, Loss, LossWhere, Waiver, WaiverReason
from shared.events.values import FaultNature, PartWanted, Role, SignedHow
from shared.view import Recorded
from tests.inventory.example import (
    ANNOUNCE,
    AT,
    BRANCH,
    CARDS,
    CHEN,
    DRAWING,
    GREASE,
    KEEPER,
    LIU,
    OPEN,
    OPENED,
    PARCEL,
    PUMP,
    RELEASE,
    RELEASE_POSTED,
    RING,
    SERIALS,
    SIGNED,
    TICKET,
    VOID,
    balance_of,
    by,
    draw,
    whose,
)
from tests.reads import with_reads
from tests.seen import fold_view, recorded_on
from tests.strategies import commands_of
from tests.tries import tries

NOTES = {
    f"issue_note-{TICKET}-C1": RELEASE,
    f"issue_note-{TICKET}-C2": replace(RELEASE_POSTED, recipient=LIU),
    f"issue_note-{TICKET}-C3": replace(
        RELEASE_POSTED, recipient=CHEN, lines=(PartWanted(GREASE, 2), PartWanted(RING, 2))
    ),
}
STOCKED = (
    EnterOpening(BRANCH, RING, 6),
    EnterOpening(BRANCH, PUMP, 3, SERIALS),
    EnterOpening(BRANCH, GREASE, 1),
)
Make: TypeAlias = Callable[[IssueNote], object]


class Desk:
    """仓库柜台: every note and every account, as a record would hold them."""

    def __init__(self) -> None:
        self.notes: dict[str, IssueNote] = dict.fromkeys(NOTES, issue_note.initial)
        streams = [ledger.stream_of(BRANCH, part) for part in CARDS]
        self.stocks = dict.fromkeys(streams, ledger.Stock())
        self.books = {serial_book.stream_of(part): serial_book.initial for part in CARDS}
        self.moves: list[StockMoved] = []
        for command in STOCKED:
            stream = ledger.stream_of(BRANCH, command.part)
            asked = with_reads(room, command, self.states(), by(KEEPER, home=stream))
            for written, fact in part_store.decide(command, self.stocks[stream], asked):
                self.write(written, fact)

    def states(self) -> dict[str, Any]:
        cards = {f"part-{part}": card for part, card in CARDS.items()}
        return {**cards, **self.stocks, **self.notes, **self.books}

    def write(self, stream: str, fact: Any) -> None:
        if isinstance(fact, StockMoved):
            self.stocks[stream] = part_store.evolve(self.stocks[stream], fact)
            self.moves.append(fact)
        elif stream in self.books:
            self.books[stream] = serial_book.evolve(self.books[stream], fact)
        else:
            self.notes[stream] = issue_note.evolve(self.notes[stream], fact)

    def ask(self, stream: str, command: object, person: str) -> Sequence[tuple[str, Any]]:
        """What becomes true; nothing if it is refused."""
        asked = by(person, Role.STOREKEEPER, home=stream)
        asked = with_reads(room, command, self.states(), asked)
        try:
            decided = issue_note.decide(command, self.notes[stream], asked)
        except Refused:
            return ()
        for written, fact in decided:
            self.write(written, fact)
        return decided


few = st.integers(0, 3)
parts = st.sampled_from([RING, PUMP, GREASE])
hands = st.sampled_from([LIU, LIU, CHEN])
serials = st.lists(st.sampled_from([*SERIALS, "OLD-7"]), max_size=2).map(tuple)
pieces = st.builds(PartWanted, parts, st.integers(1, 2))


often = st.sampled_from([True, True, True, False])


@st.composite
def drawing(typed: st.DrawFn) -> Make:
    """Draw a line as it stands on the note, or anything else; signed as shown."""
    part, quantity, named = typed(parts), typed(st.integers(1, 3)), typed(serials)
    is_honest, which, serial = typed(often), typed(few), typed(st.sampled_from(SERIALS))
    is_posted, person = typed(st.booleans()), typed(hands)

    def make(note: IssueNote) -> IssuePart:
        if not (is_honest and note.open_lines):
            parcel = PARCEL if is_posted else None
            return draw(
                note, part, quantity, *named, recipient=person, short_because="少领", parcel=parcel
            )
        line = note.lines[note.open_lines[which % len(note.open_lines)]]
        return draw(
            note,
            line.part,
            min(quantity, line.permitted),
            *([serial] if line.part == PUMP else []),
            recipient=note.recipient,
            short_because="少领",
            parcel=PARCEL if note.is_posted else None,
        )

    return make


@st.composite
def settling(typed: st.DrawFn) -> Make:
    """Settle a line as the customer signed, or with whatever numbers; signed as shown."""
    part, person = typed(parts), typed(hands)
    told = typed(
        st.builds(
            Account,
            used=few,
            unused=few,
            condition=st.sampled_from(Condition),
            old_returned=few,
            old_serials=serials,
            new_serials=serials,
            fault_nature=st.just(FaultNature.WEAR),
            lost=st.sampled_from([0, 0, 0, 1]),
        )
    )
    is_honest, which = typed(often), typed(few)

    def make(note: IssueNote) -> ReconcilePart:
        account, technician, line = told, person, part
        if is_honest and note.issues:
            line = list(note.issues)[which % len(note.issues)]
            account = as_signed(note, line)
            technician = note.recipient
        content = account_content(note, line, account)
        return ReconcilePart(line, account, technician, content, SignedHow.DRAWN, evidence=DRAWING)

    return make


def as_signed(note: IssueNote, part: str) -> Account:
    """What the customer signed for, with all serials that a part with serials has."""
    account = account_signed_for(note, part, FaultNature.WEAR)
    drawn = note.issues[part].issued.serials
    old = f"OLD-{note.noted_version}"
    named = tuple(f"{old}-{n}" for n in range(account.old_returned)) if drawn else ()
    return replace(account, new_serials=drawn[: account.used], old_serials=named)


@st.composite
def going_wrong(typed: st.DrawFn) -> Make:
    """Something is lost, kept, passed on or booked wrongly; or somebody grants it."""
    part, which, quantity = typed(parts), typed(st.integers(1, 3)), typed(st.integers(1, 2))
    what = typed(st.sampled_from("SMG"))
    where = typed(st.sampled_from(LossWhere))
    kind = typed(st.sampled_from(["loss", "waiver", "correction", "grant", "grant", "over"]))
    taker = typed(hands)

    def make(note: IssueNote) -> object:
        number = note.released.number if note.released else ""
        issue = note.issues.get(part)
        named = issue.issued.serials[:quantity] if issue else ()
        match kind:
            case "loss":
                return AskLoss(Loss(part, quantity, where, "遗失", Bearer.STORE, 1, None, named))
            case "waiver":
                return AskWaiver(Waiver(part, 1, WaiverReason.LOST, "掉了"))
            case "correction":
                account = as_signed(note, part) if issue else Account(0, 0)
                return AskCorrection(part, "更正", account)
            case "grant":
                grants = {"S": ApproveLoss, "M": WaiveOldPart, "G": CorrectReconciliation}
                return grants[what](f"{number}-{what}{which}")
            case _:
                return handed(note, taker)

    return make


def handed(note: IssueNote, taker: str) -> HandOverParts:
    """Everything that the recipient holds goes to somebody; both sign by hand."""
    shown = lines_of(note, (), with_giver=True)
    content = hand_over_content(note, taker, shown)
    standing = Standing(taker, True, True, (Role.TECHNICIAN,), (BRANCH,))
    signing = Signing(SignedHow.DRAWN, DRAWING)
    return HandOverParts(taker, "换人", content, signing, signing, (), standing)


@st.composite
def opening_it(typed: st.DrawFn) -> Make:
    """Open the parcel, whole or not."""
    missing = tuple(typed(st.lists(pieces, max_size=2)))
    kind = Opening.SHORT if missing else Opening.AS_SENT
    named = typed(serials)

    def make(note: IssueNote) -> OpenParcel:
        opener = note.opened.technician if note.opened else note.recipient
        opened = replace(OPENED, technician=opener, opening=kind, missing=missing)
        because = "点错了" if note.opened else None
        gone = named if missing else ()
        return replace(OPEN, opened=opened, missing_serials=gone, because=because)

    return make


@st.composite
def signature(typed: st.DrawFn) -> Make:
    """The order's newest word: somebody signed for so many, or the signature is void."""
    used = tuple(SignedUse(part, typed(st.integers(0, 1))) for part in CARDS)
    content = typed(st.sampled_from([SIGNED, SIGNED, SIGNED, "6" * 64, None]))
    version, waived = typed(st.integers(3, 9)), typed(st.sampled_from([False, False, True]))
    told = NoteSignature(version, content, waived and content is None, used)
    return lambda _: told


def always(command: object) -> st.SearchStrategy[Make]:
    return st.just(lambda _: command)


FEW, MANY = 60, 300
"""Examples in `make check` and in `make test`."""
steps: st.SearchStrategy[Make] = st.one_of(
    *(drawing() for _ in range(5)),
    *(settling() for _ in range(5)),
    *(opening_it() for _ in range(2)),
    *(going_wrong() for _ in range(4)),
    *(signature() for _ in range(3)),
    always(ANNOUNCE),
    always(VOID),
    commands_of(issue_note).map(lambda command: lambda _: command),
)
asks = st.tuples(st.sampled_from(list(NOTES)), steps, st.sampled_from([KEEPER] * 5 + [LIU]))


whatever = st.lists(asks, max_size=60) | st.lists(asks, min_size=25, max_size=60)


@tries(FEW)
@for_all(whatever)
def test_whatever_is_asked_the_book_adds_up(asked: list[tuple[str, Make, str]]) -> None:
    add_up(asked)


@pytest.mark.long
@tries(MANY)
@for_all(whatever)
def test_whatever_else_is_asked_the_book_adds_up(asked: list[tuple[str, Make, str]]) -> None:
    add_up(asked)


def add_up(asked: list[tuple[str, Make, str]]) -> None:
    desk = Desk()
    for stream, release in NOTES.items():
        assert desk.ask(stream, release, "reaction:note-order")
    for stream, make, person in asked:
        command = make(desk.notes[stream])
        actor = whose(command) if person == KEEPER else person
        facts = desk.ask(stream, command, actor)
        _moved_with_its_paper(stream, [fact for _, fact in facts])
        assert desk.ask(stream, command, actor) == [] or not facts, "asking twice did something"
        if facts:
            _adds_up(desk)
    for note in desk.notes.values():
        _is_settled_in_balance(note)
    _nothing_is_out(desk)
    _each_piece_is_in_one_place(desk)


def _each_piece_is_in_one_place(desk: Desk) -> None:
    """What the life of each piece says is what the ledger has and what the book of serials says."""
    lives = fold_view(life, (_told(n, move) for n, move in enumerate(desk.moves, 1))).values()
    inside = {(row.part, row.serial): row.account for row in lives if row.inside}
    assert len(inside) == sum(row.inside for row in lives), "a piece is in two places"
    assert inside == {
        (part, serial): account
        for part in CARDS
        for serial, account in desk.stocks[ledger.stream_of(BRANCH, part)].serials.items()
    }
    booked = {
        (part, serial)
        for part in CARDS
        for serial, store in desk.books[serial_book.stream_of(part)].where.items()
        if store == BRANCH
    }
    assert booked == inside.keys()


def _told(n: int, move: StockMoved) -> Recorded:
    stream = ledger.stream_of(move.store, move.part)
    return recorded_on(
        "inventory", stream, move, seq=n, version=n, ticket=TICKET, branch=BRANCH, at=AT
    )


def _moved_with_its_paper(stream: str, facts: Sequence[Any]) -> None:
    """No movement without its paper, in the same append."""
    moves = [fact for fact in facts if isinstance(fact, StockMoved)]
    assert all(each.paper == stream.partition("-")[2] for each in moves)
    for issue in (fact for fact in facts if isinstance(fact, PartIssued)):
        assert [each.quantity for each in moves] == [issue.issued.quantity]
        assert issue.recipient != issue.issued_by
    for done in (fact for fact in facts if isinstance(fact, PartReconciled)):
        assert done.keeper_sig.by != done.technician_sig.by
        assert done.keeper_sig.content == done.technician_sig.content


def _adds_up(desk: Desk) -> None:
    """Added up apart from the state: all accounts together are zero, none inside is below."""
    book = balance_of(desk.moves)
    whole: Counter[tuple[str, str | None]] = Counter()
    for (part, account, serial), sum_ in book.items():
        whole[part, serial] += sum_
        inside = ledger.is_inside(account)
        assert sum_ >= 0 or not inside, (part, account, serial)
        assert sum_ <= 1 or not inside or serial is None, (part, account, serial)
    assert set(whole.values()) == {0}
    for part in CARDS:
        stock = desk.stocks[ledger.stream_of(BRANCH, part)]
        told = {(part, account, None): sum_ for account, sum_ in stock.balances.items()}
        named = {(part, account, serial): 1 for serial, account in stock.serials.items()}
        mine = {place: sum_ for place, sum_ in book.items() if place[0] == part and sum_}
        assert told == {place: sum_ for place, sum_ in mine.items() if place[2] is None}
        assert named == {
            place: sum_
            for place, sum_ in mine.items()
            if place[2] is not None and ledger.is_inside(place[1])
        }
        assert all(
            len(stock.serials_in(account)) <= pieces
            for account, pieces in stock.balances.items()
            if ledger.is_inside(account)
        )


def _is_settled_in_balance(note: IssueNote) -> None:
    for part, done in note.accounts.items():
        issued, account = note.issues[part].issued, done.account
        assert account.used + account.unused + account.lost == issued.quantity
        assert account.old_returned <= account.used
        due = account.used - account.waived
        assert account.old_returned >= due or not issued.old_part_due
        assert account.lost <= note.lost(part)
        assert account.waived <= note.waived(part)
    if note.stage is NoteStage.VOID:
        assert not note.issues
    if note.stage is NoteStage.SETTLED and (content := document_of(note).content):
        used = {part: done.account.used for part, done in note.accounts.items()}
        if content == note.signed_content:
            assert used == {part: note.signed_use(part) for part in used}


def _nothing_is_out(desk: Desk) -> None:
    """What the open lines of all notes hold is what hands and parcels hold: no more, no less."""
    out = Counter(
        part
        for note in desk.notes.values()
        for part, issue in note.issues.items()
        if part not in note.accounts
        for _ in range(issue.issued.quantity)
    )
    for part in CARDS:
        balances = desk.stocks[ledger.stream_of(BRANCH, part)].balances
        held = sum(
            pieces
            for account, pieces in balances.items()
            if account.startswith(("technician:", "parcel:"))
        )
        assert held == out[part]
