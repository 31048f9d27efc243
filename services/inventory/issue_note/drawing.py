"""出库 (issue): a line leaves the store into the recipient's hands, or by post.

Strictly by the note: no more than it permits, no more than there is, to nobody but its recipient.
The paper's fact and the movement of the ledger are written in one append.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import ledger
from services.inventory.checks import stale
from services.inventory.issue_note.beyond_approval import ApprovedLast, within_approval
from services.inventory.issue_note.checks import (
    in_force,
    not_back,
    not_here,
    recipient_is,
    same_hand,
)
from services.inventory.issue_note.release import notes_of_ticket
from services.inventory.issue_note.sheets import Drawing, issue_content, issued_of
from services.inventory.issue_note.state import IssueNote, holder_of, streams_of
from services.inventory.part_register import card_of
from services.inventory.part_register import stream_of as card_stream
from shared.decider import Asked, Decision, Rule, Series, number_of, reason, refuse_if
from shared.events.inventory import Movement, StockMoved, UseNature
from shared.events.issue_notes import NoteLine, Parcel, PartIssued
from shared.events.order_sheet import NoteStage, Standing
from shared.events.values import (
    ContentHash,
    Evidence,
    PartNumber,
    Past,
    Quantity,
    Ref,
    Role,
    Serials,
    Signature,
    SignedHow,
    Text,
)
from shared.signing import TO_BE_DRAWN, proved
from shared.step import LONG_AGO, WORDS, ticket_of


@dataclass(frozen=True, slots=True)
class Issuing:
    """出库: a line leaves the store into its recipient's hands, or by post; once a line."""

    part: PartNumber
    quantity: Quantity
    recipient: Ref
    """Who stands at the counter, or for whom it is posted."""
    content: ContentHash
    """What was shown: `issue-sheets` says it."""
    how: SignedHow
    """Carried: how the recipient signed, at the storekeeper's desk. Posted: how the keeper did."""
    serials: Serials = ()
    short_because: Text | None = None
    parcel: Parcel | None = None
    signed_at: Past | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class IssuePart(Issuing):
    """出库: a line leaves the store into its recipient's hands, or by post; once a line."""

    standing: Standing | None = None
    """Obligation: what the register of people says of the recipient."""
    approved: ApprovedLast | None = None
    """Obligation: what of the part is approved for the ticket by now, if that was changed."""


ISSUE_EXAMPLE = {
    "part": "MFQ-32",
    "quantity": 2,
    "recipient": "T-LIUYANG",
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
_PARCEL = Parcel(WORDS, WORDS, sent_at=LONG_AGO, expected_at=LONG_AGO, receiver=WORDS)


def issue(command: IssuePart, note: IssueNote, asked: Asked) -> Decision:
    """出库: once a line; whether its old part is due is fixed from here."""
    part, card = command.part, card_of(asked, command.part)
    drawing = Drawing(
        part, command.quantity, command.serials, command.short_because, command.parcel
    )
    line, before = note.lines.get(part), note.issues.get(part)
    signature = _signature(command, note, asked)
    if before is not None and _same(before, drawing, signature):
        return []
    issued = issued_of(note, drawing, card)
    move = _move(command, note, line, asked)
    settled = note.stage is NoteStage.SETTLED
    refuse_if(
        *in_force(note, asked),
        (note.held, reason("amendment-open", ticket=ticket_of(number_of(asked.home)))),
        (note.taken_over is not None, reason("account-note", number=number_of(asked.home))),
        (card is None, reason("part-unknown", part=part)),
        (before is not None, reason("issued-already", part=part)),
        (part in note.dropped, reason("line-dropped", part=part)),
        (settled, reason("note-settled", number=number_of(asked.home))),
        not_back(note, asked),
        *_within(command, line),
        *within_approval(part, command.quantity, command.approved, _of_ticket(note, asked)),
        *_hands(command, note, asked),
        *_by_post(command, note, asked),
        *(ledger.broken(ledger.stock_of(asked, move.store, part), [move]) if move else ()),
        stale(command.content, issue_content(note, drawing), asked),
    )
    assert line is not None
    assert move is not None
    fact = PartIssued(
        part=part,
        issued=issued,
        store=line.store,
        recipient=note.recipient,
        signature=signature,
        parcel=command.parcel,
        issued_by=asked.actor,
    )
    return [(asked.home, fact), (ledger.stream_of(line.store, part), move)]


def _same(before: PartIssued, drawing: Drawing, signature: Signature) -> bool:
    issued = before.issued
    said = (issued.quantity, issued.serials, issued.short_because, before.parcel)
    asked = (
        drawing.quantity,
        tuple(sorted(drawing.serials)),
        drawing.short_because,
        drawing.parcel,
    )
    return said == asked and same_hand(before.signature, signature)


def _within(command: IssuePart, line: NoteLine | None) -> Iterator[Rule]:
    """A rule: no more than the note permits; if less, it says why."""
    permitted, asked = line.permitted if line else 0, command.quantity
    told = reason("beyond-note", part=command.part, permitted=permitted, asked=asked)
    yield asked > permitted, told
    short = asked < permitted and not command.short_because
    yield short, reason("short-unexplained", part=command.part, permitted=permitted, asked=asked)


def _of_ticket(note: IssueNote, asked: Asked) -> Sequence[IssueNote]:
    """This and the other notes of its ticket; a note from before the books has no ticket."""
    if note.taken_over:
        return ()
    return [note, *asked.read_series(notes_of_ticket(asked.home).prefix).values()]


def _hands(command: IssuePart, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: from a keeper who never had parts of it, to the recipient, under the right hand."""
    yield recipient_is(note, command.recipient)
    standing = command.standing
    left = standing is not None and standing.known and not standing.active
    yield left, reason("recipient-inactive", person=command.recipient)
    yield asked.actor in note.crew, reason("self-issue", person=asked.actor)
    yield from proved(command.how, command.evidence)
    if not note.is_posted:
        yield not_here(command.how, command.recipient, asked)


def _by_post(command: IssuePart, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: what is posted goes in one parcel a note, sent before it is told of."""
    number, parcel = number_of(asked.home), command.parcel
    yield note.is_posted and parcel is None, reason("parcel-missing", number=number)
    carried = not note.is_posted and note.released is not None
    yield carried and parcel is not None, reason("not-posted", number=number)
    if parcel is None:
        return
    other = note.parcel is not None and note.parcel != parcel
    backwards = parcel.expected_at < parcel.sent_at
    yield other, reason("parcel-differs", number=number)
    yield backwards, reason("arrival-before-sending", number=number)
    yield note.opened is not None, reason("parcel-opened", number=number)


def _signature(command: IssuePart, note: IssueNote, asked: Asked) -> Signature:
    """领料签字: the recipient signs; for posted parts the keeper signs instead."""
    by, role = (
        (asked.actor, Role.STOREKEEPER) if note.is_posted else (command.recipient, Role.TECHNICIAN)
    )
    at = command.signed_at or asked.at
    return Signature(by, role.value, command.how, at, command.content, command.evidence)


def _move(
    command: IssuePart, note: IssueNote, line: NoteLine | None, asked: Asked
) -> StockMoved | None:
    if line is None or note.nature is None:
        return None
    number = number_of(asked.home)
    return StockMoved(
        store=line.store,
        part=line.part,
        source=ledger.STORE,
        target=ledger.parcel(number) if note.is_posted else holder_of(note),
        quantity=command.quantity,
        serials=tuple(sorted(command.serials)),
        because=Movement.ISSUE,
        use_nature=UseNature(note.nature.value),
        paper=number,
    )


def reads_of_issue(command: IssuePart, note: IssueNote, asked: Asked) -> tuple[str | Series, ...]:
    """The card of the part, its stock where it is drawn from, and the other notes of the ticket."""
    others = () if note.taken_over else (notes_of_ticket(asked.home),)
    return (card_stream(command.part), *streams_of(note, command.part), *others)


def offered_issues(_number: str, note: IssueNote) -> Iterator[Issuing]:
    """Every line that is open, drawn in full."""
    for part in () if note.taken_over else note.open_lines:
        parcel = (note.parcel or _PARCEL) if note.is_posted else None
        drawing = Drawing(part, note.lines[part].permitted, parcel=parcel)
        yield Issuing(
            part=part,
            quantity=drawing.quantity,
            recipient=note.recipient,
            content=issue_content(note, drawing),
            how=SignedHow.DRAWN,
            parcel=parcel,
            evidence=TO_BE_DRAWN,
        )
