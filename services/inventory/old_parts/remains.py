"""旧件所余 (remains): what of judged pieces is still at base, after what stocktakes wrote off."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.inventory import ledger
from services.inventory.old_parts.state import OldPartList
from shared.decider import Asked, Rule, reason
from shared.events.old_parts import OldOutcome, OldPartJudged, OldPartSettled


@dataclass(frozen=True, slots=True)
class Remains:
    """旧件所余: so many of the judged pieces lie there; the others were written off."""

    quantity: int
    written_off: int
    serials: tuple[str, ...]


def remains_of(judged: OldPartJudged, old: OldPartList, asked: Asked) -> Remains:
    """By the books: a piece with a serial is there or not; of the others as many as there are."""
    assert old.listed is not None
    stock = ledger.stock_of(asked, old.base, old.lines[judged.line - 1].part)
    named = stock.serials_in(old.account)
    lost = [each for each in judged.serials if each not in named]
    free = stock.holds(old.account) - stock.old.waiting(old.listed.old_class)
    there = min(judged.quantity - len(lost), max(0, free))
    kept = tuple(each for each in judged.serials if each in named)
    return Remains(there, judged.quantity - there, kept)


def truthful(fact: OldPartSettled, left: Remains) -> Iterator[Rule]:
    """Rules: what is not there is told as written off, and nothing else is."""
    number, gone = fact.number, left.written_off
    told = fact.outcome is OldOutcome.WRITTEN_OFF
    yield told and left.quantity > 0, reason("old-still-there", number=number, left=left.quantity)
    silent = fact.because is None or not left.quantity
    off = reason("old-written-off", number=number, gone=gone, left=left.quantity)
    yield bool(gone) and not told and silent, off
