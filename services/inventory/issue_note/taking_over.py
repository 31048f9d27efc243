"""在手登记 (parts out at take-over): what a technician had before the books were opened.

A keeper lists the pieces; the technician signs for them, and from then on they are on the
technician's account. A note of the store stands for them, with its lines issued, and is settled as
every other: they come home, are lost as granted, or were used on the old paper that is named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import ledger, periods, serial_book
from services.inventory.checks import stale
from services.inventory.issue_note.checks import in_force, not_here, same_hand
from services.inventory.issue_note.sheets import account_opened_content
from services.inventory.issue_note.state import IssueNote
from services.inventory.part_register import each_once, known_pieces
from services.inventory.part_register import stream_of as card_stream
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import Movement, Outside, StockMoved
from shared.events.issue_notes import AccountOpened, AccountSigned, HeldLine
from shared.events.order_sheet import NoteStage, Standing
from shared.events.values import (
    BranchCode,
    ContentHash,
    Evidence,
    PartList,
    Past,
    Ref,
    RepairNature,
    Role,
    Signature,
    SignedHow,
    covers,
)
from shared.fields import filled
from shared.signing import TO_BE_DRAWN, proved


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """在手登记: the pieces of a technician from before the books, each part on one line."""

    store: BranchCode
    technician: Ref
    repair_nature: RepairNature
    lines: PartList[HeldLine]
    standing: Standing | None = None
    """Obligation: what the register of people says of the technician."""
    stores: tuple[BranchCode, ...] = ()
    """Obligation: the other stores that ever had these parts, if serials are named."""


@dataclass(frozen=True, slots=True)
class SigningAccount:
    """在手签字: the technician has these pieces, and answers for them from now on."""

    content: ContentHash
    """What was shown: `to_sign` of the note says it."""
    how: SignedHow
    """How the technician signed: in a session of their own, or at the storekeeper's desk."""
    signed_at: Past | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class SignAccount(SigningAccount):
    """在手签字: the technician has these pieces, and answers for them from now on."""

    stores: tuple[BranchCode, ...] = ()
    """Obligation: the other stores that ever had these parts, if serials are named."""


def open_account(command: OpenAccount, note: IssueNote, asked: Asked) -> Decision:
    """在手登记: once a person and part, before they drew any of it and a month was closed."""
    number = number_of(asked.home)
    fact = filled(AccountOpened, command, number=number, opened_by=asked.actor)
    if note.taken_over == fact:
        return []
    parts = [line.part for line in command.lines]
    refuse_if(
        (note.released is not None, reason("number-taken", number=number)),
        *each_once(parts),
        *_holder(command, asked),
        *(rule for line in command.lines for rule in known_pieces(line, asked)),
        *(periods.unclosed(asked, command.store, part) for part in parts),
        *_begun(fact, command.stores, asked),
    )
    return asked.here(fact)


def sign(command: SignAccount, note: IssueNote, asked: Asked) -> Decision:
    """在手签字: by the technician; the pieces are on their account in the same append."""
    opened, number = note.taken_over, number_of(asked.home)
    signature = Signature(
        by=note.recipient,
        role=Role.TECHNICIAN.value,
        how=command.how,
        signed_at=command.signed_at or asked.at,
        content=command.content,
        evidence=command.evidence,
    )
    if note.account_sig is not None and same_hand(note.account_sig, signature):
        return []
    other = Role.STOREKEEPER not in asked.roles and asked.actor != note.recipient
    refuse_if(
        *in_force(note, asked),
        (note.released is not None and opened is None, reason("account-not-opened", number=number)),
        (note.account_sig is not None, reason("account-signed", number=number)),
        (other, reason("wrong-recipient", person=asked.actor, recipient=note.recipient)),
        not_here(command.how, note.recipient, asked),
        *proved(command.how, command.evidence),
        *(_begun(opened, command.stores, asked) if opened and not note.issues else ()),
        stale(command.content, account_opened_content(note), asked),
    )
    assert opened is not None
    return [*asked.here(AccountSigned(opened.lines, signature)), *_moved(opened)]


def reads_of_opening(command: OpenAccount, _note: IssueNote, _asked: Asked) -> Sequence[str]:
    """The cards and the stock of the parts, the closings, and where their serials are."""
    cards = (card_stream(line.part) for line in command.lines)
    closings = periods.stream_of(command.store)
    books = _books(command.store, command.lines, command.stores)
    return (*dict.fromkeys(cards), closings, *books)


def reads_of_signing(command: SignAccount, note: IssueNote, _asked: Asked) -> Sequence[str]:
    """The stock of the parts, and where their serials are."""
    opened = note.taken_over
    return tuple(_books(opened.store, opened.lines, command.stores)) if opened else ()


def offered_signing(_number: str, note: IssueNote) -> Iterator[SignAccount]:
    """Of a list that nobody has signed."""
    if note.taken_over is not None and note.stage is NoteStage.RELEASED:
        yield SignAccount(account_opened_content(note), SignedHow.DRAWN, evidence=TO_BE_DRAWN)


def _books(store: str, lines: Sequence[HeldLine], stores: Sequence[str]) -> Iterator[str]:
    named = {line.part for line in lines if line.serials}
    for part in dict.fromkeys(line.part for line in lines):
        yield ledger.stream_of(store, part)
        if part in named:
            yield serial_book.stream_of(part)
            yield from (ledger.stream_of(each, part) for each in stores)


def _moves(opened: AccountOpened) -> Iterator[StockMoved]:
    for line in opened.lines:
        yield StockMoved(
            store=opened.store,
            part=line.part,
            source=Outside.SUPPLIER.value,
            target=ledger.technician(opened.technician),
            quantity=line.quantity,
            serials=tuple(sorted(line.serials)),
            because=Movement.TAKEN_OVER,
            use_nature=None,
            paper=opened.number,
            fen=line.fen,
        )


def _moved(opened: AccountOpened) -> Decision:
    """The movements, and the serials that this store has from now on."""
    moves = list(_moves(opened))
    return [
        *((ledger.stream_of(move.store, move.part), move) for move in moves),
        *(
            each
            for move in moves
            for each in serial_book.entered(move.store, move.part, move.serials)
        ),
    ]


def _holder(command: OpenAccount, asked: Asked) -> Iterator[Rule]:
    """A rule: a technician at work in the branch, who is not the keeper that lists the pieces."""
    person, standing = command.technician, command.standing
    fit = (
        standing is not None
        and standing.active
        and Role.TECHNICIAN in standing.roles
        and covers(standing.branches, command.store)
    )
    yield not fit, reason("taker-unfit", person=person, branch=command.store)
    yield asked.actor == person, reason("self-issue", person=person)


def _begun(opened: AccountOpened, stores: Sequence[str], asked: Asked) -> Iterator[Rule]:
    """A rule: the person never had the part by the books, and no serial of it was anywhere."""
    for move in _moves(opened):
        stock = ledger.stock_of(asked, move.store, move.part)
        begun = opened.technician in stock.holders
        told = reason("account-begun", part=move.part, person=opened.technician)
        yield begun, told
        yield from ledger.broken(stock, [move])
        others = [ledger.stock_of(asked, each, move.part) for each in stores if move.serials]
        yield from serial_book.not_new(asked, move.part, move.serials, [stock, *others])


OPENING_EXAMPLE = {
    "technician": "T-LIUYANG",
    "repair_nature": "warranty",
    "lines": [{"part": "MFQ-32", "quantity": 2, "old_paper": "旧出库单 2026-0917"}],
}
SIGNING_EXAMPLE = {
    "content": "4b7e" * 16,
    "how": "drawn",
    "evidence": {
        "name": "签字.png",
        "sha256": "5f1d" * 16,
        "media_type": "image/png",
        "size": 1024,
    },
}
"""Bodies as they come over the wire."""
