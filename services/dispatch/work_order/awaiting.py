"""待开单 (awaiting): what was approved and has no work order yet, as the clerk copies it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.dispatch import ApprovalNoted, FurtherOrderNamed, WorkOrderOpened
from shared.events.intake import RepairClosed
from shared.events.values import PartWanted, Personal, Priority, RepairNature, Travel
from shared.view import Key, Recorded

NAME = "awaiting"
VERSION = 3
KEY = ("number",)
INDEXES = (("branch",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待开单一行: one approved report, as the order is to be made out."""

    number: str
    ticket: str
    branch: str
    approved: str
    """The approved content's hash, which the order names."""
    repair_nature: RepairNature | None
    solution: str | None
    on_site: bool | None
    parts: tuple[PartWanted, ...]
    no_parts: bool
    travel: Travel | None
    customer_name: Personal | None
    model: str | None
    fault_description: str
    priority: Priority | None
    since: datetime
    used: tuple[PartWanted, ...] = ()
    """What earlier orders of the ticket have used; it is not drawn again."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """The noted approval, the opening and the end change the row of the order's number."""
    match recorded.fact:
        case ApprovalNoted() | FurtherOrderNamed() | WorkOrderOpened() | RepairClosed():
            return [(recorded.stream.partition("-")[2],)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact: there from the approval to the opening."""
    match recorded.fact:
        case ApprovalNoted() as noted if row is not None or recorded.version == 1:
            since = row.since if row else recorded.recorded_at
            fresh = _row(str(key[0]), noted, since)
            return _less(fresh, row.used if row else ())
        case FurtherOrderNamed(used=used) if row is not None:
            return _less(row, used)
        case _:
            return None


def _less(row: Row, used: tuple[PartWanted, ...]) -> Row:
    """The row with the parts that are still to be drawn."""
    gone = Counter[str]()
    for each in used:
        gone[each.part] += each.quantity
    left = ((each.part, each.quantity - gone[each.part]) for each in row.parts)
    parts = tuple(PartWanted(part, quantity) for part, quantity in left if quantity > 0)
    return replace(row, used=used, parts=parts, no_parts=row.no_parts or (bool(used) and not parts))


def _row(number: str, noted: ApprovalNoted, since: datetime) -> Row:
    report = noted.approved
    wanted = report.diagnosis
    return Row(
        number=number,
        ticket=noted.ticket,
        branch=noted.branch,
        approved=report.content,
        repair_nature=wanted.repair_nature,
        solution=wanted.solution,
        on_site=wanted.on_site,
        parts=wanted.parts_to_bring,
        no_parts=wanted.no_parts,
        travel=wanted.travel,
        customer_name=report.basics.customer_name,
        model=report.equipment.model,
        fault_description=report.fault_description,
        priority=report.circumstances.priority,
        since=since,
    )
