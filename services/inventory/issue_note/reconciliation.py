"""核销 (reconciling): every piece of a line is accounted for against what the customer signed.

Issued is used plus unused; what was used is what the customer signed for; old parts come home where
they are due. The paper's fact and the movements of the ledger are written in one append. A line
that agrees with a newer signature too is reconciled against that one without moving anything again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from services.inventory import ledger, serial_book
from services.inventory.issue_note.checks import in_force, not_here, recipient_is, stale
from services.inventory.issue_note.sheets import account_content, against_of, as_signed
from services.inventory.issue_note.state import IssueNote, holder_of, streams_of
from services.inventory.ledger import Stock
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import (
    Account,
    Condition,
    Movement,
    Outside,
    PartIssued,
    PartReconciled,
    StockMoved,
    UseNature,
)
from shared.events.values import (
    ContentHash,
    Evidence,
    FaultNature,
    PartNumber,
    Past,
    Ref,
    RepairNature,
    Role,
    Signature,
    SignedHow,
)
from shared.signing import TO_BE_DRAWN, proved


@dataclass(frozen=True, slots=True)
class ReconcilePart:
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
    stock = ledger.stock_of(asked, issue.store, part) if issue else ledger.Stock()
    own = (*_books(account, note, issue), *_serials(account, issue))
    sound = before is None and not any(is_broken for is_broken, _ in own)
    moves = _moves(account, note, issue, stock, number_of(asked.home)) if sound else []
    refuse_if(
        *in_force(note, asked),
        (note.released is not None and issue is None, reason("not-issued", part=part)),
        (before is not None and not again, reason("reconciled-already", part=part)),
        *_hands(command, note, asked),
        *_as_signed(part, account, note),
        *own,
        *ledger.broken(stock, moves),
        *_elsewhere(account, issue, asked),
        stale(command.content, account_content(note, part, account), asked),
    )
    assert issue is not None
    fact = PartReconciled(part, account, against, *_signatures(command, asked))
    stream = ledger.stream_of(issue.store, part)
    followed = _followed(account, issue) if moves else []
    return [(asked.home, fact), *((stream, move) for move in moves), *followed]


def _elsewhere(account: Account, issue: PartIssued | None, asked: Asked) -> Iterator[Rule]:
    """A rule: an old part that comes home is not on the shelves of another store."""
    if issue is not None:
        yield from serial_book.not_elsewhere(asked, issue.part, issue.store, account.old_serials)


def _followed(account: Account, issue: PartIssued) -> Decision:
    """What was fitted is in no store any more, and an old part is in this one."""
    return [
        *serial_book.left(issue.store, issue.part, account.new_serials),
        *serial_book.entered(issue.store, issue.part, account.old_serials),
    ]


def _hands(command: ReconcilePart, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: whoever drew the parts accounts for them, to a keeper who is another person."""
    yield recipient_is(note, command.technician)
    yield asked.actor == note.recipient, reason("self-reconciliation", person=asked.actor)
    yield not_here(command.how, command.technician, asked)
    yield from proved(command.how, command.evidence)


def _as_signed(part: str, account: Account, note: IssueNote) -> Iterator[Rule]:
    """A rule: what was used is what the customer signed for; nothing used needs no signature."""
    number = note.released.number if note.released else ""
    in_force = note.signed_content is not None or note.is_waived
    used = account.used or any(done.account.used for done in note.accounts.values())
    yield bool(used) and not in_force, reason("no-customer-signature", number=number)
    signed = note.signed_use(part)
    told = reason("differs-from-signed", part=part, signed=signed, used=account.used)
    yield in_force and account.used != signed, told


def _books(account: Account, note: IssueNote, issue: PartIssued | None) -> Iterator[Rule]:
    """A rule: issued = used + unused; old parts as due; nothing is lost or waived unapproved."""
    if issue is None:
        return
    part, issued = issue.part, issue.issued.quantity
    used, unused = account.used, account.unused
    balanced = issued == used + unused
    hands = issued - note.in_parcel(part)
    due = used if issue.issued.old_part_due else 0
    returned = account.old_returned
    yield (
        not balanced,
        reason("unbalanced", part=part, issued=issued, used=used, unused=unused),
    )
    yield used > hands, reason("used-from-parcel", part=part, used=used, opened=hands)
    yield bool(account.lost or account.loss), reason("loss-unapproved", part=part)
    yield bool(account.waived or account.waiver), reason("waiver-unapproved", part=part)
    yield (
        not due <= returned <= used,
        reason("old-parts", part=part, due=due, returned=returned, used=used),
    )
    unsaid = returned > 0 and account.fault_nature is None
    yield unsaid, reason("fault-nature-missing", part=part)


def _serials(account: Account, issue: PartIssued | None) -> Iterator[Rule]:
    """A rule: serials fitted are serials drawn, one a piece; old ones are of what came home."""
    if issue is None:
        return
    drawn, fitted = set(issue.issued.serials), account.new_serials
    strange = sorted(set(fitted) - drawn)
    unnamed = bool(drawn) and len(set(fitted)) != account.used
    old, returned = len(account.old_serials), account.old_returned
    told = reason("serials-needed", part=issue.part, named=len(set(fitted)), asked=account.used)
    same = sorted(set(fitted) & set(account.old_serials))
    yield bool(same), reason("old-is-new", part=issue.part, serials=same)
    yield bool(strange), reason("serials-not-issued", serials=strange)
    yield unnamed and not strange, told
    yield (
        old > 0 and not returned,
        reason("serials-too-many", part=issue.part, named=old, asked=returned),
    )


def _moves(
    account: Account, note: IssueNote, issue: PartIssued | None, stock: Stock, number: str
) -> list[StockMoved]:
    if issue is None or note.released is None:
        return []
    nature, parcel, hands = note.released.repair_nature, ledger.parcel(number), holder_of(note)
    home = ledger.STORE if account.condition is Condition.GOOD else ledger.QUARANTINE
    old = ledger.OLD_WARRANTY if nature is RepairNature.WARRANTY else ledger.OLD_OTHER
    installed = Outside.INSTALLED.value
    carried = max(0, issue.issued.quantity - note.in_parcel(issue.part) - account.used)
    from_hands = min(account.unused, carried)
    left = tuple(s for s in issue.issued.serials if s not in account.new_serials)
    in_parcel = tuple(s for s in left if stock.serials.get(s) == parcel)
    in_hands = tuple(s for s in left if s not in in_parcel)
    wanted = (
        (hands, installed, account.used, tuple(sorted(account.new_serials)), Movement.USED),
        (hands, home, from_hands, in_hands, Movement.UNUSED),
        (parcel, home, account.unused - from_hands, in_parcel, Movement.UNUSED),
        (installed, old, account.old_returned, tuple(account.old_serials), Movement.OLD_PART),
    )
    return [
        StockMoved(
            store=issue.store,
            part=issue.part,
            source=source,
            target=target,
            quantity=quantity,
            serials=serials,
            because=because,
            use_nature=UseNature(nature.value),
            paper=number,
        )
        for source, target, quantity, serials, because in wanted
        if quantity > 0
    ]


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
    """The stock of the part where the line was drawn from, and where its serials are."""
    account = command.account
    named = serial_book.streams_of(command.part, account.new_serials, account.old_serials)
    return (*streams_of(note, command.part), *named)


def offered_reconciliations(_number: str, note: IssueNote) -> Iterator[ReconcilePart]:
    """Every line that was issued and is not accounted for, settled as the customer signed."""
    for part in note.issues:
        if part not in note.accounts:
            account = as_signed(note, part, FaultNature.NONE_FOUND)
            issued = note.issues[part].issued
            account = replace(account, new_serials=issued.serials[: account.used])
            content = account_content(note, part, account)
            how, drawn = SignedHow.DRAWN, TO_BE_DRAWN
            yield ReconcilePart(part, account, note.recipient, content, how, evidence=drawn)
