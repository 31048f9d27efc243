"""核销 (reconciling): every piece of a line is accounted for against what the customer signed.

Issued is used plus unused plus approved lost; what was used is what the customer signed for; old
parts come home where they are due and were not waived. The paper's fact and the movements of the
ledger are written in one append. A line that agrees with a newer signature too is reconciled
against that one without moving anything again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.inventory import ledger, serial_book
from services.inventory.checks import stale
from services.inventory.issue_note.accounts import as_signed, books, holds, serials
from services.inventory.issue_note.agreement import under_older
from services.inventory.issue_note.checks import in_force, not_here, recipient_is
from services.inventory.issue_note.places import gone_serials, lost_serials, moves_of
from services.inventory.issue_note.sheets import account_content, account_signed_for, against_of
from services.inventory.issue_note.state import IssueNote, streams_of
from services.inventory.ledger import Stock
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import StockMoved
from shared.events.issue_notes import Account, PartIssued, PartReconciled
from shared.events.values import (
    BranchCode,
    ContentHash,
    Evidence,
    FaultNature,
    PartNumber,
    Past,
    Ref,
    Role,
    Signature,
    SignedHow,
)
from shared.signing import TO_BE_DRAWN, proved


@dataclass(frozen=True, slots=True)
class Reconciling:
    """核销: where every piece of a line went, signed by technician and keeper."""

    part: PartNumber
    account: Account
    technician: Ref
    """Who accounts for it: the recipient."""
    content: ContentHash
    """What both were shown: `reconciliation-sheets` says it."""
    how: SignedHow
    """How the technician signed, at the storekeeper's desk."""
    signed_at: Past | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class ReconcilePart(Reconciling):
    """核销: where every piece of a line went, signed by technician and keeper."""

    stores: tuple[BranchCode, ...] = ()
    """Obligation: the other stores that ever had the part, if old serials come home."""


RECONCILIATION_EXAMPLE = {
    "part": "MFQ-32",
    "account": {"used": 1, "unused": 1, "old_returned": 1, "fault_nature": "wear"},
    "technician": "T-LIUYANG",
    "content": "4b7e" * 16,
    "how": "drawn",
    "evidence": {
        "name": "签字.png",
        "sha256": "5f1d" * 16,
        "media_type": "image/png",
        "size": 1024,
    },
}
"""A body as it comes over the wire."""


def reconcile(command: ReconcilePart, note: IssueNote, asked: Asked) -> Decision:
    """核销: once a line and signed content; technician and keeper sign the same account."""
    part, account = command.part, command.account
    issue, before = note.issues.get(part), note.accounts.get(part)
    against = against_of(note, account)
    if before is not None and (before.account, before.content) == (account, against):
        return []
    again = before is not None and before.account == account
    stock = ledger.stock_of(asked, issue.store, part) if issue else Stock()
    own = (*books(account, note, issue), *serials(account, note, issue))
    number = number_of(asked.home)
    sound = issue is not None and before is None and holds(own)
    said = moves_of(account, note, issue, stock, number) if issue and sound else []
    moves = _from_where_it_was(command, said, stock, asked)
    refuse_if(
        *in_force(note, asked),
        (note.released is not None and issue is None, reason("not-issued", part=part)),
        (before is not None and not again, reason("reconciled-already", part=part)),
        *_hands(command, note, asked),
        *as_signed(part, account, note),
        *own,
        *(() if before else (_received(command, note, asked),)),
        *(() if before else _elsewhere(command, issue, asked)),
        *ledger.broken(stock, moves),
        stale(command.content, account_content(note, part, account), asked),
    )
    assert issue is not None
    fact = PartReconciled(part, account, against, *_signatures(command, asked))
    stream = ledger.stream_of(issue.store, part)
    followed = _followed(account, note, issue) if moves else []
    return [(asked.home, fact), *((stream, move) for move in moves), *followed]


def _received(command: ReconcilePart, note: IssueNote, asked: Asked) -> Rule:
    """A rule: nothing comes home out of a parcel that is still with the post."""
    unused = command.account.unused > 0 and note.is_under_way
    return unused, reason("parcel-not-received", number=number_of(asked.home), part=command.part)


def _elsewhere(command: ReconcilePart, issue: PartIssued | None, asked: Asked) -> Iterator[Rule]:
    """A rule: an old part that comes home is not on the shelves of another store."""
    if issue is not None:
        others = [ledger.stock_of(asked, store, command.part) for store in command.stores]
        old = command.account.old_serials
        yield from serial_book.not_elsewhere(asked, issue.part, issue.store, old, others)


def _from_where_it_was(
    command: ReconcilePart, said: Sequence[StockMoved], stock: Stock, asked: Asked
) -> Sequence[StockMoved]:
    """An old part comes from where the books have it, which may not be the machine: as lost."""
    came = serial_book.coming(said)
    if not came:
        return said
    own = said[0].store
    stocks = {each: ledger.stock_of(asked, each, command.part) for each in command.stores}
    at = serial_book.put_by(asked, command.part, came, {own: stock, **stocks}, own)
    return [each for move in said for each in serial_book.from_there(move, at)]


def _followed(account: Account, note: IssueNote, issue: PartIssued) -> Decision:
    """What was fitted or lost is in no store any more, and an old part is in this one."""
    return [
        *serial_book.left(issue.store, issue.part, gone_serials(account, note, issue)),
        *serial_book.entered(issue.store, issue.part, account.old_serials),
    ]


def _hands(command: ReconcilePart, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: whoever has the parts accounts for them, to a keeper who never had them."""
    yield recipient_is(note, command.technician)
    yield asked.actor in note.crew, reason("self-reconciliation", person=asked.actor)
    yield not_here(command.how, command.technician, asked)
    yield from proved(command.how, command.evidence)
    unsigned = command.evidence == TO_BE_DRAWN
    yield unsigned, reason("technician-unsigned", person=command.technician)


def _signatures(command: ReconcilePart, asked: Asked) -> tuple[Signature, Signature]:
    """核销签字: the technician's, given at the keeper's desk, and the keeper's own."""
    technician = Signature(
        by=command.technician,
        role=Role.TECHNICIAN.value,
        how=command.how,
        signed_at=command.signed_at or asked.at,
        content=command.content,
        evidence=command.evidence,
    )
    keeper = Signature(
        by=asked.actor,
        role=Role.STOREKEEPER.value,
        how=SignedHow.SESSION,
        signed_at=asked.at,
        content=command.content,
    )
    return technician, keeper


def reads_of_reconciliation(
    command: ReconcilePart, note: IssueNote, _asked: Asked
) -> tuple[str, ...]:
    """The stock of the part where the line was drawn from, and where its serials are.

    The book says it, and for what is older than the book the other stores.
    """
    account = command.account
    lost = lost_serials(note, command.part)
    named = serial_book.streams_of(command.part, account.new_serials, account.old_serials, lost)
    others = (ledger.stream_of(store, command.part) for store in command.stores)
    return (*streams_of(note, command.part), *named, *others)


def offered_reconciliations(_number: str, note: IssueNote) -> Iterator[ReconcilePart]:
    """Every line that was issued and is not accounted for, settled as the customer signed.

    A line that is accounted for under an older signature is put under the newer one as it is.
    """
    for part in note.issues:
        if part not in note.accounts:
            account = account_signed_for(note, part, FaultNature.NONE_FOUND)
            issued = note.issues[part].issued
            new = account.new_serials or issued.serials[: account.used]
            yield _offered(note, part, replace(account, new_serials=new))
    for part in under_older(note):
        yield _offered(note, part, note.accounts[part].account)


def _offered(note: IssueNote, part: str, account: Account) -> ReconcilePart:
    content, how = account_content(note, part, account), SignedHow.DRAWN
    return ReconcilePart(part, account, note.recipient, content, how, evidence=TO_BE_DRAWN)
