"""补库单页 (a request as its page shows it): to whoever counts without the figures of the shelf.

The signature of the keeper goes with them: it is a hash over small numbers, which are soon found.
"""

from dataclasses import dataclass
from datetime import date, datetime

from services.inventory.ledger import STORE
from services.inventory.replenishment.state import Replenishment
from services.inventory.stocktake.blind.http import Hides
from shared.events.replenishments import Figures, ReplenishmentAsked
from shared.events.values import Signature
from shared.fields import filled


@dataclass(frozen=True, slots=True)
class RefillLineShown:
    """补库行: how many of a part are asked for, and the figures that say so."""

    part: str
    asked: int
    figures: Figures | None
    """None: the shelf is counted just now, by a count that is blind."""
    because: str | None
    counting: bool
    """在盘: whether the figures are hidden from whoever may count the shelf."""


@dataclass(frozen=True, slots=True)
class RefillAskedShown:
    """补库申请: as it was made out."""

    number: str
    store: str
    asked_on: date
    lines: tuple[RefillLineShown, ...]
    because: str | None
    due_at: datetime | None
    asked_by: str
    within: str | None
    keeper_sig: Signature | None


@dataclass(frozen=True, slots=True)
class RefillShown(Replenishment):
    """补库单: as it stands, with what may be told of it."""

    asked: RefillAskedShown | None = None  # type: ignore[assignment]  # shown, never folded


def shown_of(request: Replenishment, hides: Hides) -> RefillShown:
    """The request with the figures that may be told."""
    asked = _asked(request.asked, hides) if request.asked else None
    return filled(RefillShown, request, asked=asked)


def _asked(asked: ReplenishmentAsked, hides: Hides) -> RefillAskedShown:
    hidden = {line.part for line in asked.lines if hides(asked.store, line.part, STORE)}
    lines = tuple(
        filled(RefillLineShown, line, counting=True, figures=None)
        if line.part in hidden
        else filled(RefillLineShown, line, counting=False)
        for line in asked.lines
    )
    signature = None if hidden else asked.keeper_sig
    return filled(RefillAskedShown, asked, lines=lines, keeper_sig=signature)
