"""督促的事实 (facts of urging): who is reminded of an order, by a clock or by somebody."""

from enum import StrEnum

from shared.events import fact
from shared.events.order_sheet import OrderStage
from shared.events.values import At, Fen, Note, Ref, Several

WRITER = ("dispatch",)
WRITERS = ("intake", "dispatch", "inventory", "followup")


class OrderClock(StrEnum):
    """维修单时限: the clocks of a work order."""

    TAKING = "taking"
    NEXT_VISIT = "next_visit"
    HAND_IN = "hand_in"


@fact(writers=WRITER)
class NextVisitUrged:
    """督促安排上门: parts are out for an order, and nobody is to go; its technician is reminded."""

    technician: Ref
    since: At
    """From when on it was so."""
    due_at: At


@fact(writers=WRITER)
class ApproversUrged:
    """督促上报: an order waits though its technician was reminded; the approvers are told."""

    clock: OrderClock
    technician: Ref
    approvers: Several[Ref]
    """Who approved what the order is for."""
    due_at: At
    """By when it should have been done."""
    upward_at: At
    """From when on the approvers are told."""


@fact(writers=WRITER)
class CashUrged:
    """督促交款: what a customer paid is not settled; who took it is told once, then others."""

    technicians: Several[Ref]
    """Who took it."""
    told: Several[Ref]
    fen: Fen
    due_at: At
    """The end of the day on which it was taken."""
    upward_at: At | None = None
    """From when on the approvers are told; None: who took it is."""


@fact(writers=WRITER)
class TechnicianUrged:
    """人工督促: somebody reminds the technician of an order, and says why."""

    by: Ref
    technician: Ref
    stage: OrderStage
    """At which the order stood: what they are reminded of."""
    because: Note


@fact(writers=WRITERS, schema=2)
class PaperUrged:
    """催办: somebody urges by name whoever is to take the next step of a paper, and says why."""

    by: Ref
    whom: Ref
    step: Ref
    """What they are urged to do: the last word of its address."""
    because: Note
    again_at: At
    """Before that nobody urges the same step once more."""
    of: Ref | None = None
    """Which of several things that wait on the paper: a month, a request, a paper that is lent."""
