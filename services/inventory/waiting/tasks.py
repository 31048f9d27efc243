"""配件库的待办 (tasks of inventory): what each paper of the store waits for, and where.

How far a paper has come is said by its own list, of which a row here keeps a copy: what is left of
a parcel no single fact says. A row stays as long as its paper is open, also while nothing waits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.inventory.missent import parcel_of
from services.inventory.old_parts import board as old_lists
from services.inventory.purchase import board as purchases
from services.inventory.replenishment import board as replenishments
from services.inventory.stocktake import board as stocktakes
from services.inventory.transfer import board as transfers
from services.inventory.waiting import paper_waits
from services.inventory.waiting.paper_waits import GRANTERS, of_sending
from shared import tasks
from shared.decider import number_of
from shared.events import (
    closings,
    consignments,
    issue_notes,
    own_use,
)
from shared.events import old_parts as old
from shared.events import replenishments as refills
from shared.events.values import Role
from shared.fields import filled
from shared.tasks import Left, Waits
from shared.view import Key, Recorded, View

NAME = "tasks"
_LISTS = (purchases, transfers, stocktakes, old_lists, replenishments)
VERSION = 4 + sum(each.VERSION for each in _LISTS)
"""Another fold of a list is another fold of this."""
KEY = tasks.KEY
INDEXES = tasks.INDEXES
OWN_USE, REPORT, LATENESS = "own_use", "report ", "lateness"
PURCHASE, TRANSFER, STOCKTAKE, OLD_PARTS = "purchase", "transfer", "stocktake", "old_parts"
REFILL, PARCELS = "replenishment", "parcels"
"""The lines of work; of what is asked for on an issue note the number of the request is one."""
WAITING = {"waiting": True}
"""Which rows are tasks."""
_LINES: Mapping[str, tuple[View, tuple[str, ...]]] = {
    "purchase": (purchases, (PURCHASE,)),
    "transfer": (transfers, (TRANSFER,)),
    "stocktake": (stocktakes, (STOCKTAKE,)),
    "old_parts": (old_lists, (OLD_PARTS,)),
    "replenishment": (replenishments, (REFILL, PARCELS)),
}
"""By paper its list, and its lines of work that follow how far it has come."""


@dataclass(frozen=True, slots=True)
class Uncounted:
    """未点收: a parcel that nobody has counted, and how many pieces left in it."""

    shipment: str
    pieces: int


@dataclass(frozen=True, slots=True)
class Known:
    """单据进度: how far the paper has come, and what of its parcels is not decided."""

    purchase: purchases.Row | None = None
    transfer: transfers.Row | None = None
    stocktake: stocktakes.Row | None = None
    old_parts: old_lists.Row | None = None
    replenishment: replenishments.Row | None = None
    losses: tuple[str, ...] = ()
    """Asked for, and neither granted nor refused."""
    unopened: tuple[Uncounted, ...] = ()
    """Parcels that nobody has counted; of an empty one nothing waits, unless it is told anew."""


@dataclass(frozen=True, slots=True)
class Row(tasks.Row):
    """配件库待办一行."""

    waiting: bool = True
    """Whether something waits just now."""
    known: Known = field(default_factory=Known)


def told(recorded: Recorded) -> Mapping[str, Left]:  # noqa: PLR0911 - one return a fact
    """What a fact alone leaves to be decided."""
    match recorded.fact:
        case own_use.UseAsked():
            return {OWN_USE: Waits("grants", GRANTERS)}
        case own_use.UseApproved() | own_use.UseRefused() | own_use.UseWithdrawn():
            return {OWN_USE: None}
        case refills.ReplenishmentLate():
            return {LATENESS: Waits("lateness-approvals", (Role.GENERAL_MANAGER.value,))}
        case refills.LatenessApproved():
            return {LATENESS: None}
        case closings.PeriodClosed() as closed:
            waits = Waits("reports", (Role.STOREKEEPER.value,), due_at=closed.due_at)
            return {f"{REPORT}{closed.period}": waits}
        case closings.ConsumptionReportSent(period=period):
            return {f"{REPORT}{period}": None}
        case consignments.SendingCorrectionAsked() as sent:
            return {sent.number: of_sending(sent)}
        case (
            consignments.SendingCorrected(number=number)
            | consignments.SendingCorrectionRefused(number=number)
        ):
            return {number: None}
        case fact:
            lines, line_of = _lines_of(recorded), _line_of(recorded)
            return _of_note(fact) or tasks.by_hand(fact, *lines, line_of=line_of)


def _lines_of(recorded: Recorded) -> Sequence[str]:
    """The lines of work of a paper by its stream, as far as they have one name."""
    _, lines = _LINES.get(recorded.stream.partition("-")[0], (None, (OWN_USE,)))
    return lines


def _line_of(recorded: Recorded) -> Callable[[str], str]:
    """The line of one of several things on a paper: of a month its report, else what it is of."""
    return f"{REPORT}{{}}".format if recorded.stream.startswith("closing-") else str


def _of_note(fact: object) -> Mapping[str, Left]:
    """Losses, waivers and corrections, several at once."""
    match fact:
        case issue_notes.LossAsked(number=number):
            return {number: Waits("loss-approvals", GRANTERS)}
        case issue_notes.WaiverAsked(number=number):
            return {number: Waits("waiver-approvals", GRANTERS)}
        case issue_notes.CorrectionAsked(number=number):
            return {number: Waits("correction-approvals", GRANTERS)}
        case (
            issue_notes.LossApproved(number=number)
            | issue_notes.LossRefused(number=number)
            | issue_notes.OldPartWaived(number=number)
            | issue_notes.WaiverRefused(number=number)
            | issue_notes.ReconciliationCorrected(number=number)
            | issue_notes.CorrectionRefused(number=number)
        ):
            return {number: None}
        case _:
            return {}


_told_keys = tasks.keys_of(told)


def keys(recorded: Recorded) -> Iterable[Key]:
    """The lines of work that a fact touches."""
    _, lines = _LINES.get(recorded.stream.partition("-")[0], (None, ()))
    return (*_told_keys(recorded), *((recorded.stream, line) for line in lines))


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    view, lines = _LINES.get(recorded.stream.partition("-")[0], (None, ()))
    if view is not None and key[1] in lines and key[1] not in told(recorded):
        return _of_paper(key, view, row, recorded)
    after = tasks.after(told, key, row, recorded)
    return filled(Row, after) if after is not None else None


def _of_paper(key: Key, view: View, row: Row | None, recorded: Recorded) -> Row | None:
    """The row of a paper that is told by how far it has come."""
    stream, line = key
    before, paper = (row.known if row else Known()), recorded.stream.partition("-")[0]
    list_row = view.project((number_of(stream),), getattr(before, paper), recorded)
    known = replace(_asides(before, recorded.fact), **{paper: list_row})
    waits = _waits(line, known)
    if waits is None:
        return None
    after = tasks.after(lambda _: {line: waits}, key, row, recorded)
    assert after is not None
    same = row is not None and row.waiting and (row.step, row.whom) == (after.step, after.whom)
    waiting = line != PARCELS or paper_waits.travels(list_row)
    since = row.since if row is not None and same else after.since
    urged = row.urged if row is not None and same else None
    return replace(filled(Row, after, waiting=waiting, known=known), since=since, urged=urged)


def _waits(line: str, known: Known) -> Waits | None:  # noqa: PLR0911 - one return a paper
    """What the paper waits for; None: it is over."""
    losses, unopened = bool(known.losses), any(each.pieces for each in known.unopened)
    match line, known:
        case "purchase", Known(purchase=row) if row:
            return paper_waits.of_purchase(row)
        case "transfer", Known(transfer=row) if row:
            return paper_waits.of_transfer(row, losses=losses)
        case "stocktake", Known(stocktake=row) if row:
            return paper_waits.of_stocktake(row)
        case "old_parts", Known(old_parts=row) if row:
            return paper_waits.of_old_parts(row, losses=losses)
        case "replenishment", Known(replenishment=row) if row:
            return paper_waits.of_refill(row)
        case "parcels", Known(replenishment=row) if row:
            return paper_waits.of_parcels(row, unopened=unopened, losses=losses)
        case _:
            return None


def _asides(known: Known, fact: object) -> Known:
    """What is asked of the parcels of the paper, and which of them nobody has counted."""
    match fact:
        case (
            consignments.TransitLossAsked(number=number)
            | refills.StockLossAsked(number=number)
            | old.OldLossAsked(number=number)
        ):
            return replace(known, losses=(*known.losses, number))
        case (
            consignments.TransitLossApproved(number=number)
            | consignments.TransitLossRefused(number=number)
            | refills.StockLossApproved(number=number)
            | refills.StockLossRefused(number=number)
            | old.OldLossApproved(number=number)
            | old.OldLossRefused(number=number)
        ):
            return replace(known, losses=tuple(each for each in known.losses if each != number))
        case refills.StockSent(shipment=number, lines=lines):
            parcel = Uncounted(number, _pieces(lines))
            return replace(known, unopened=(*known.unopened, parcel))
        case consignments.SendingCorrected() as corrected:
            anew = tuple(_corrected(each, corrected) for each in known.unopened)
            return replace(known, unopened=anew)
        case refills.StockReceived(shipment=number):
            left = tuple(each for each in known.unopened if each.shipment != number)
            return replace(known, unopened=left)
        case _:
            return known


def _corrected(parcel: Uncounted, fact: consignments.SendingCorrected) -> Uncounted:
    """The parcel with as many pieces as really left in it."""
    if parcel.shipment != parcel_of(fact.number):
        return parcel
    return replace(parcel, pieces=parcel.pieces - _pieces(fact.was) + _pieces(fact.lines))


def _pieces(lines: Sequence[consignments.SentLine]) -> int:
    return sum(line.quantity for line in lines)
