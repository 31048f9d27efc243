"""得知 (notices): what the newest documents of other rooms say, noted on the order.

A notice refuses nothing: it says what has become true elsewhere. An older one changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from services.dispatch.work_order.signed_work import signed_alike
from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked, Decision, Series, number_of
from shared.events.dispatch import (
    AmendmentNoted,
    ApprovalNoted,
    HandInReturned,
    IssueNoteNoted,
    SignatureVoided,
)
from shared.events.order_sheet import NotedNote, OrderStage

CHANGING = "批准的内容正在更正，定后再交销 a change waits to be decided; hand in after that"
CHANGED = "批准的内容已更正，请用户重新签字 what was approved has changed; the customer signs again"
SIGNED = (OrderStage.SIGNED,)
Noticed: TypeAlias = ApprovalNoted | HandInReturned | SignatureVoided


@dataclass(frozen=True, slots=True)
class NoteApproval:
    """得知批准: what intake's newest document of the report says was approved."""

    noted: ApprovalNoted


@dataclass(frozen=True, slots=True)
class NoteAmendment:
    """得知更正: what intake's newest document says of a change that waits to be approved."""

    noted: AmendmentNoted


@dataclass(frozen=True, slots=True)
class NoteIssueNote:
    """得知出库: what inventory's newest document says of an issue note of this order."""

    note: NotedNote


def note_approval(command: NoteApproval, order: WorkOrder, asked: Asked) -> Decision:
    """得知批准: unless something newer was noted.

    If it changes what the customer signed, their signature is void; a task that was handed in
    goes back first.
    """
    own = asked.here(*_approved(command.noted, order, asked))
    if order.continued is None:
        return own
    stream, further = _newest(asked)
    noted = replace(command.noted, number=number_of(stream))
    return [*own, *((stream, fact) for fact in _approved(noted, further, asked))]


def _approved(noted: ApprovalNoted, order: WorkOrder, asked: Asked) -> Sequence[Noticed]:
    before = order.noted
    if before is not None and before.version >= noted.version:
        return []
    if before is None or signed_alike(before.approved, noted.approved):
        return [noted]
    home = HandInReturned(asked.actor, (CHANGED,)) if order.stage is OrderStage.HANDED_IN else None
    void = SignatureVoided(CHANGED) if order.stage in (*SIGNED, OrderStage.HANDED_IN) else None
    return [noted, *(each for each in (home, void) if each is not None)]


def reads_further(_command: object, order: WorkOrder, asked: Asked) -> Sequence[Series]:
    """The orders of the ticket, once the first is over: what is heard concerns the newest."""
    return (_orders(asked),) if order.continued else ()


def _orders(asked: Asked) -> Series:
    return Series(f"{asked.home.rpartition('-W')[0]}-W")


def _newest(asked: Asked) -> tuple[str, WorkOrder]:
    """The order of the ticket that is not over, or was the last."""
    orders = asked.read_series(_orders(asked).prefix)
    stream = max(orders, key=lambda each: int(each.rpartition("-W")[2]))
    return stream, orders[stream]


def note_amendment(command: NoteAmendment, order: WorkOrder, asked: Asked) -> Decision:
    """得知更正: unless one is noted already, or was decided since.

    A task that was handed in meanwhile goes back: it is brought again once that is decided.
    """
    own = asked.here(*_amended(command.noted, order, asked))
    if order.continued is None:
        return own
    stream, further = _newest(asked)
    return [*own, *((stream, fact) for fact in _amended(command.noted, further, asked))]


def _amended(
    noted: AmendmentNoted, order: WorkOrder, asked: Asked
) -> Sequence[AmendmentNoted | HandInReturned]:
    decided = order.noted is not None and order.noted.version >= noted.version
    known = order.amendment is not None and order.amendment.version >= noted.version
    if order.held or decided or known:
        return []
    crossed = order.stage is OrderStage.HANDED_IN
    return [noted, *([HandInReturned(asked.actor, (CHANGING,))] if crossed else ())]


def note_issue_note(command: NoteIssueNote, order: WorkOrder, asked: Asked) -> Decision:
    """得知出库: unless something newer was noted of that note."""
    known = order.issue_notes.get(command.note.number)
    if known is not None and known.version >= command.note.version:
        return []
    return asked.here(IssueNoteNoted(command.note))
