"""签字所见 (what is shown to be signed): a line as it is drawn, and its account as it is settled.

Who draws parts signs the line with what he gets and whether the old part is due; who settles them,
the account and the customer-signed content it rests on. A client shows the sheet and sends its hash
back with the signature; what has changed since then makes the signature stale.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from services.inventory.issue_state import IssueNote
from shared.events.inventory import Account, Issued, Parcel, PartCard
from shared.events.values import Quantity, Ref, Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """领料: what is to leave the store on one line."""

    part: Ref
    quantity: Quantity
    serials: tuple[Text, ...] = ()
    short_because: Text | None = None
    parcel: Parcel | None = None


def issued_of(note: IssueNote, drawing: Drawing, card: PartCard | None) -> Issued:
    """实发: the line as it leaves; the old part is due where card and repair nature say so."""
    nature = note.released.repair_nature if note.released else None
    return Issued(
        quantity=drawing.quantity,
        old_part_due=card is not None and nature in card.old_part_due,
        serials=tuple(sorted(drawing.serials)),
        short_because=drawing.short_because,
    )


def issue_content(note: IssueNote, part: str, issued: Issued, parcel: Parcel | None) -> str:
    """SHA-256 (hex) of the line as it is drawn, as JSON with sorted keys.

    Who receives a parcel is personal and stands beside it.
    """
    posted = None
    if parcel is not None:
        posted = {
            "carrier": parcel.carrier,
            "parcel_no": parcel.parcel_no,
            "sent_at": parcel.sent_at,
            "expected_at": parcel.expected_at,
        }
    return _hashed({**_head(note, part), "issued": asdict(issued), "parcel": posted})


def account_content(note: IssueNote, part: str, account: Account) -> str:
    """SHA-256 (hex) of the line's account and of what the customer had signed."""
    issue = note.issues.get(part)
    drawn = asdict(issue.issued) if issue else None
    against = against_of(note, account)
    return _hashed(
        {**_head(note, part), "issued": drawn, "account": asdict(account), "against": against}
    )


def against_of(note: IssueNote, account: Account) -> str | None:
    """The customer-signed content an account rests on; None where nothing was used."""
    return note.signed_content if account.used else None


def _head(note: IssueNote, part: str) -> Mapping[str, Any]:
    released, line = note.released, note.lines.get(part)
    return {
        "number": released.number if released else None,
        "order": released.order if released else None,
        "recipient": note.recipient,
        "delivery": released.delivery if released else None,
        "repair_nature": released.repair_nature if released else None,
        "part": part,
        "permitted": line.permitted if line else None,
        "store": line.store if line else None,
    }


def _hashed(shown: Mapping[str, Any]) -> str:
    text = json.dumps(
        shown, default=_iso, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(at: datetime) -> str:
    return at.isoformat()
