"""旧件来源 (where an old part comes from): the machine that it was in, and when it was taken out.

The order of its note says it, as this room heard of it last; the list keeps what it said then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from shared.events.order_sheet import WorkOrderDocument
from shared.events.values import Ref, Text


@dataclass(frozen=True, slots=True)
class Origin:
    """旧件来源: what the order of an issue note says of the old parts that it brought home."""

    issue_note: Ref
    machine_serial: Text | None = None
    """机号; None: it is unknown, or nobody recorded it."""
    removed_on: date | None = None
    """拆下日期: when the work was finished, by the calendar of the branch."""


def origin_of(number: str, order: WorkOrderDocument, time_zone: str) -> Origin:
    """The origin of what a note brought home, by its order."""
    finished = order.work.finished_at if order.work else None
    day = finished.astimezone(ZoneInfo(time_zone)).date() if finished else None
    return Origin(number, order.approved.equipment.serial_no, day)


def origin_among(origins: Iterable[Origin], note: str | None) -> Origin:
    """What is known of a note; nothing of what stands on none."""
    return next((each for each in origins if each.issue_note == note), Origin(note or ""))
