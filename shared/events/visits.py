"""上门的事实 (facts of visits): a visit from plan to end, and the leave of who travels."""

from datetime import date

from shared.events import fact
from shared.events.order_sheet import (
    AgreedBy,
    ContactTried,
    Deviation,
    DoorAttempt,
    LeaveKind,
    VisitCard,
    VisitOutcome,
    Window,
)
from shared.events.values import (
    At,
    BranchCode,
    ContentHash,
    Note,
    PersonalNote,
    Ref,
    Text,
    Ticket,
    TravelMode,
    Warned,
)

WRITER = ("dispatch",)


@fact(writers=WRITER, schema=2)
class VisitPlanned:
    """计划上门: a visit is planned: who goes, how, and when the customer expects them."""

    number: str
    ticket: Ticket
    branch: BranchCode
    order: str
    """The number of the work order."""
    technician: Ref
    window: Window
    travel_mode: TravelMode
    travel_at: At
    window_on: date
    """上门日: the day of the window by the branch's calendar."""
    warnings: tuple[Warned, ...] = ()


@fact(writers=WRITER, schema=3, milestone="visit")
class AppointmentConfirmed:
    """预约确认: the customer agreed to the window, or all attempts to reach them are listed."""

    window: Window
    confirmed: bool
    """Whether they agreed; if not, `attempts` lists every try to reach them."""
    attempts: tuple[ContactTried, ...]
    warnings: tuple[Warned, ...] = ()
    by: AgreedBy = AgreedBy.DESK


@fact(writers=WRITER)
class AppointmentLinkMade:
    """确认链接: made for the customer, to agree to the window or to ask for another time, once."""

    visit: str
    link: ContentHash
    """Of the word in the link; the word itself stands nowhere."""
    until: At
    """When the window begins: then it no longer opens anything."""


@fact(writers=WRITER)
class AnotherTimeAsked:
    """另约时间: by their link the customer asked for another time than the window."""

    window: Window
    note: PersonalNote


@fact(writers=WRITER, schema=2, milestone="visit")
class VisitRescheduled:
    """改约: another window, why, and whether the customer agreed to it after an apology."""

    window: Window
    travel_at: At
    window_on: date
    because: Note
    customer_agreed: bool
    warnings: tuple[Warned, ...] = ()


@fact(writers=WRITER, schema=2, milestone="visit")
class Departed:
    """出发: the technician left, by which means, with the signed order and the parts in hand.

    Told afterwards, it has happened: what was otherwise than it should have been is named.
    """

    mode: TravelMode
    checklist: tuple[Ref, ...]
    deviation: tuple[Deviation, ...] = ()


@fact(writers=WRITER)
class DeviationGranted:
    """偏差准许: the approver agreed afterwards to how the technician had left."""

    by: Ref
    deviation: tuple[Deviation, ...]


@fact(writers=WRITER)
class DeviationDenied:
    """偏差不准: the approver did not agree afterwards to how the technician had left, and why."""

    by: Ref
    deviation: tuple[Deviation, ...]
    because: Note


@fact(writers=WRITER, milestone="visit")
class Arrived:
    """到达: the technician is at the customer's."""

    place: Text | None


@fact(writers=WRITER, schema=2, milestone="visit")
class VisitReassigned:
    """上门转派: whoever has the order now makes the visit; the appointment stands."""

    technician: Ref
    because: Note
    warnings: tuple[Warned, ...] = ()


@fact(writers=WRITER, schema=3, milestone="visit")
class VisitEnded:
    """上门结束: how the visit ended, and what comes next."""

    outcome: VisitOutcome
    because: Note | None
    next_step: Note | None
    door: DoorAttempt | None
    """What was done at a closed door; required for the outcome `no_access`."""
    said_by: Ref | None = None
    """Of one that was interrupted: which of our people said so."""
    approver_told: Ref | None = None
    """Of one that was interrupted: the approver who was told."""
    card: VisitCard | None = None
    """What was left at a closed door."""


@fact(writers=WRITER, schema=2, milestone="visit")
class VisitCancelled:
    """取消上门: the visit will not take place; the customer was told, or nobody reached them."""

    because: Note
    customer_told_at: At | None
    """None: they were not reached, and `attempts` lists every try."""
    attempts: tuple[ContactTried, ...] = ()


@fact(writers=WRITER)
class LeaveRecorded:
    """请假: the person of this stream is away on these days, both named included."""

    number: int
    """Counted from 1 for each person."""
    branch: BranchCode
    """Where it was recorded."""
    kind: LeaveKind
    from_on: date
    until_on: date
    warnings: tuple[Warned, ...]


@fact(writers=WRITER)
class LeaveCancelled:
    """销假: the person is not away, or is back already; the whole leave counts no longer."""

    number: int
    from_on: date
    until_on: date
