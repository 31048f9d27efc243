"""签字所见 (what is shown to be signed): a line as it is drawn, and its account as it is settled.

Whoever draws parts signs the line with what they get of it. Whoever settles them signs the account
and the content that the customer signed. A client shows the sheet, and sends its hash back with the
signature. If anything has changed since then, the signature is stale.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from services.inventory.issue_note.agreement import under_older
from services.inventory.issue_note.state import IssueNote
from shared.content import content_hash
from shared.events.inventory import PartCard
from shared.events.issue_notes import Account, Issued, Parcel
from shared.events.order_sheet import NoteStage
from shared.events.values import FaultNature, PartNumber, Quantity, Serials, Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """领料: what is to leave the store on one line."""

    part: PartNumber
    quantity: Quantity
    serials: Serials = ()
    short_because: Text | None = None
    parcel: Parcel | None = None


@dataclass(frozen=True, slots=True)
class ToSign:
    """待签: the next signature of a line as it would be if nothing is out of the ordinary."""

    part: str
    """Empty: all of the note."""
    step: str
    """The route that takes it: `issues`, `reconciliations` or `account-signatures`."""
    drawing: Drawing | None
    account: Account | None
    content: str


def issued_of(note: IssueNote, drawing: Drawing, card: PartCard | None) -> Issued:
    """实发: the line as it leaves; the old part is due where card and repair nature say so."""
    due = card.old_part_due if card else ()
    return Issued(
        quantity=drawing.quantity,
        old_part_due=note.nature in due,
        serials=tuple(sorted(drawing.serials)),
        short_because=drawing.short_because,
        old_due_by=due,
    )


def issue_content(note: IssueNote, drawing: Drawing) -> str:
    """SHA-256 (hex) of the line as it is drawn, as JSON with sorted keys.

    Who receives a parcel is personal and stands beside it.
    """
    parcel, posted = drawing.parcel, None
    if parcel is not None:
        posted = {
            "carrier": parcel.carrier,
            "parcel_no": parcel.parcel_no,
            "sent_at": parcel.sent_at,
            "expected_at": parcel.expected_at,
        }
    drawn = {
        "quantity": drawing.quantity,
        "serials": sorted(drawing.serials),
        "short_because": drawing.short_because,
    }
    return content_hash({**_head(note, drawing.part), "drawn": drawn, "parcel": posted})


def account_opened_content(note: IssueNote) -> str:
    """SHA-256 (hex) of what a technician had before the books, as they sign for it."""
    return content_hash({"taken_over": asdict(note.taken_over) if note.taken_over else None})


def account_content(note: IssueNote, part: str, account: Account) -> str:
    """SHA-256 (hex) of the line's account and of what the customer had signed."""
    issue = note.issues.get(part)
    drawn = asdict(issue.issued) if issue else None
    against = against_of(note, account)
    return content_hash(
        {**_head(note, part), "issued": drawn, "account": asdict(account), "against": against}
    )


def against_of(note: IssueNote, account: Account) -> str | None:
    """The customer-signed content an account rests on; None where nothing was used."""
    return note.signed_content if account.used else None


def to_sign(note: IssueNote, fault: FaultNature | None) -> tuple[ToSign, ...]:
    """待签: of carried lines that are open, drawn in full; of drawn ones, settled as signed.

    What is settled under an older signature is signed again as it is.
    Whatever differs from that, and what has serials, is asked for by its own sheet.
    """
    if note.stage is NoteStage.VOID:
        return ()
    if note.taken_over is not None and note.stage is NoteStage.RELEASED:
        content = account_opened_content(note)
        return (ToSign("", "account-signatures", None, None, content),)
    drawings = [Drawing(part, note.lines[part].permitted) for part in note.open_lines]
    open_ = [
        ToSign(each.part, "issues", each, None, issue_content(note, each))
        for each in drawings
        if not note.is_posted and note.stage is not NoteStage.SETTLED
    ]
    waiting = [part for part in note.issues if part not in note.accounts]
    return (
        *open_,
        *(_settling(note, part, account_signed_for(note, part, fault)) for part in waiting),
        *(_settling(note, part, note.accounts[part].account) for part in under_older(note)),
    )


def account_signed_for(note: IssueNote, part: str, fault: FaultNature | None) -> Account:
    """照签字核销: what the customer signed for is used; the rest is lost as granted, or home."""
    issued, signed = note.issues[part].issued, note.signed_for(part)
    used, due = signed.used, issued.old_part_due
    lost = min(note.lost(part), max(0, issued.quantity - used))
    waived = min(note.waived(part), used)
    taken = signed.old_taken if signed.old_taken or signed.old_left else None
    returned = max(0, (used if due else 0) - waived) if taken is None else taken
    named = signed.new_serials or (issued.serials if used == issued.quantity else ())
    return Account(
        used=used,
        unused=max(0, issued.quantity - used - lost),
        old_returned=returned,
        old_serials=signed.old_serials or (),
        new_serials=named,
        fault_nature=fault if returned else None,
        lost=lost,
        waived=waived if due else 0,
    )


def _settling(note: IssueNote, part: str, account: Account) -> ToSign:
    return ToSign(part, "reconciliations", None, account, account_content(note, part, account))


def _head(note: IssueNote, part: str) -> Mapping[str, object]:
    released, line = note.released, note.lines.get(part)
    return {
        "number": released.number if released else None,
        "order": released.order if released else None,
        "recipient": note.recipient,
        "delivery": released.delivery if released else None,
        "repair_nature": note.nature,
        "part": part,
        "permitted": line.permitted if line else None,
        "store": line.store if line else None,
    }
