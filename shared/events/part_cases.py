"""配件例外的栏目 (parts that go another way): losses, waivers and counts.

Who asks for a loss or a waiver, and who grants it, stands on the facts beside these values.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.events.order_sheet import Pieces
from shared.events.values import (
    Fen,
    Note,
    PartNumber,
    Photo,
    Quantity,
    Ref,
    Serials,
    Text,
)


class LossWhere(StrEnum):
    """报损环节: in whose care the pieces were when they were lost."""

    TECHNICIAN = "technician"
    POST = "post"


class Bearer(StrEnum):
    """承担方: who bears a loss."""

    STORE = "store"
    PERSON = "person"
    CARRIER = "carrier"


class WaiverReason(StrEnum):
    """免交原因: why an old part does not come home."""

    LOST = "lost"
    DESTROYED = "destroyed"
    KEPT_BY_CUSTOMER = "kept_by_customer"
    UNSAFE = "unsafe"
    NOT_REMOVED = "not_removed"


@dataclass(frozen=True, slots=True)
class Loss:
    """报损单: pieces of a line that nobody can bring home, and who bears it."""

    part: PartNumber
    quantity: Quantity
    where: LossWhere
    how: Note
    borne_by: Bearer
    fen: Fen
    person: Ref | None = None
    """Who bears it, if a person does."""
    serials: Serials = ()
    """Of the pieces, where they have serials."""
    fen_because: Text | None = None
    """Why it is not the catalogue's price of the pieces, if it is less or more."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """旧件免交申请: old parts of a line that do not come home, and why."""

    part: PartNumber
    quantity: Quantity
    reason: WaiverReason
    because: Note
    photo: Photo | None = None
    no_photo_because: Text | None = None


@dataclass(frozen=True, slots=True)
class CountedPieces:
    """清点: how many pieces of a part there are, with their serials; none, if all were used."""

    part: PartNumber
    quantity: Pieces
    serials: Serials = ()
