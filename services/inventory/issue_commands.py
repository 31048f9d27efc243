"""出库单的命令 (commands of the issue note): what may be asked of it, and by whom.

Signatures of others in the storekeeper's session come with how they signed and the hash of what
they were shown (`issue_sheet.py`); obligations (`standing`) are made by `rules.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from services.inventory import ledger, part_register
from shared.events.inventory import Account, Opened, Parcel, SignedUse
from shared.events.order_sheet import Delivery, Standing
from shared.events.values import (
    At,
    BranchCode,
    ContentHash,
    FileRef,
    Note,
    PartWanted,
    Quantity,
    Ref,
    RepairNature,
    SignedHow,
    Text,
    Ticket,
)


@dataclass(frozen=True, slots=True)
class ReleaseNote:
    """出库单放行: the order that names this note is signed. Owed by the reaction alone."""

    ticket: Ticket
    branch: BranchCode
    order: str
    version: int
    recipient: Ref
    delivery: Delivery
    repair_nature: RepairNature
    lines: tuple[PartWanted, ...]


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """得知用户签字: what the newest document of the order says of this note's parts."""

    version: int
    content: ContentHash | None
    waived: bool
    used: tuple[SignedUse, ...]


@dataclass(frozen=True, slots=True)
class IssuePart:
    """出库: hand a line to its recipient, or post it; once a line."""

    part: Ref
    quantity: Quantity
    recipient: Ref
    """Who stands at the counter, or for whom it is posted."""
    content: ContentHash
    """What was shown: `issue-sheets` says it."""
    how: SignedHow
    """Carried: how the recipient signed, at the storekeeper's desk. Posted: how the keeper did."""
    serials: tuple[Text, ...] = ()
    short_because: Text | None = None
    parcel: Parcel | None = None
    signed_at: At | None = None
    evidence: FileRef | None = None


@dataclass(frozen=True, slots=True)
class AnnounceArrival:
    """到货通知: technician and customer were told when the parcel comes and how to receive it."""

    technician_told_at: At
    customer_told_at: At
    expected_at: At | None = None
    """If it will not come when the parcel's own paper says."""


@dataclass(frozen=True, slots=True)
class DeliverParcel:
    """邮件送达: the parcel has arrived."""

    at: At


@dataclass(frozen=True, slots=True)
class OpenParcel:
    """会同拆验: what technician and customer found when they opened the parcel together."""

    opened: Opened
    missing_serials: tuple[Text, ...] = ()
    """Of what was missing, where the pieces have serials."""


@dataclass(frozen=True, slots=True)
class ReconcilePart:
    """核销: account for every piece of a line; technician and keeper sign what both were shown."""

    part: Ref
    account: Account
    technician: Ref
    """Who accounts for it: the recipient."""
    content: ContentHash
    """What both were shown: `reconciliation-sheets` says it."""
    how: SignedHow
    """How the technician signed, at the storekeeper's desk."""
    signed_at: At | None = None
    evidence: FileRef | None = None


@dataclass(frozen=True, slots=True)
class VoidNote:
    """出库单作废: nothing was drawn and nothing will be; the storekeeper, at the clerk's word."""

    because: Note
    asked_by: Ref
    standing: Standing
    """Of the clerk who asked."""


Command: TypeAlias = (
    ReleaseNote
    | NoteSignature
    | IssuePart
    | AnnounceArrival
    | DeliverParcel
    | OpenParcel
    | ReconcilePart
    | VoidNote
)


def reads(command: Command, stores: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The streams the command is decided on besides the note; `stores`: of each line, and part."""
    match command:
        case IssuePart(part) | ReconcilePart(part):
            stocks = [ledger.stream_of(store, line) for store, line in stores if line == part]
            card = [part_register.stream_of(part)] if isinstance(command, IssuePart) else []
            return (*card, *stocks)
        case OpenParcel():
            return tuple(ledger.stream_of(store, line) for store, line in stores)
        case _:
            return ()
