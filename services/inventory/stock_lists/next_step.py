"""在外的下一步 (what comes next): of pieces that are out, by the paper that took them out.

Who has to do something is said by the paper: a note whose customer has signed is reconciled, a
parcel is counted, and what is missing from it turns up or is borne.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from services.inventory import issue_note, old_parts, replenishment, transfer
from services.inventory.issue_note.state import IssueNote
from services.inventory.old_parts.state import OldPartList
from services.inventory.replenishment.state import Replenishment
from services.inventory.shipment import Shipment
from services.inventory.transfer.state import Transfer
from shared.events.consignments import Consignment
from shared.step import PaperType

Carrying: TypeAlias = IssueNote | Transfer | Replenishment | OldPartList
"""The state of a paper that takes pieces off a shelf."""
PAPERS: Mapping[str, PaperType[Any]] = {  # Any: a state of its own each
    "DB": transfer.PAPER,
    "BK": replenishment.PAPER,
    "JJ": old_parts.PAPER,
    "BX": issue_note.PAPER,
    issue_note.SERIES: issue_note.PAPER,
}
"""By the beginning of their numbers."""
MISSING, COUNTING, SETTLING = "losses", "receipts", "reconciliations"


@dataclass(frozen=True, slots=True)
class Waiting:
    """待办: what is waited for."""

    due: datetime | None
    """When a parcel should be there, by whoever sent it."""
    step: str | None
    """The step of the paper; None: another room's turn, the customer has not signed."""


def stream_of(paper: str) -> str | None:
    """The stream of the paper with this number; None: no paper that takes anything out."""
    found = PAPERS.get(paper.partition("-")[0])
    return found.stream_of(paper) if found else None


def waiting(state: Carrying, parcel: str, *, in_hands: bool) -> Waiting:
    """What the pieces wait for; `parcel`: which one of the paper; `in_hands`: some are."""
    match state:
        case IssueNote():
            return _of_note(state, in_hands=in_hands)
        case Transfer(consignment=how, shipment=sent) | OldPartList(consignment=how, shipment=sent):
            return _of_parcel(how, sent)
        case Replenishment(sent=parcels, shipments=shipments):
            number = _named(shipments, parcel)
            return _of_parcel(parcels[number].consignment, shipments[number])


def _of_note(note: IssueNote, *, in_hands: bool) -> Waiting:
    if in_hands:
        signed = note.taken_over or note.signed_content is not None or note.is_waived
        return Waiting(None, SETTLING if signed else None)
    due = note.parcel.expected_at if note.parcel else None
    if note.opened:
        return Waiting(due, MISSING)
    return Waiting(due, "joint-openings" if note.announced else "announcements")


def _of_parcel(how: Consignment | None, shipment: Shipment | None) -> Waiting:
    counted = shipment is not None and shipment.received is not None
    return Waiting(how.expected_at if how else None, MISSING if counted else COUNTING)


def _named(shipments: Mapping[str, Shipment], parcel: str) -> str:
    """The whole number of a parcel: `BK-…-P1` of `P1`."""
    return next(number for number in shipments if number.endswith(f"-{parcel}"))
