"""盘点待签 (what is signed of a stocktake): counts by who counts, the sheet by the witness.

What differs is signed by the keeper.
A counter signs the count as they made it out: they are shown nothing else. Whoever counts again in
between makes the signature of the witness stale. The hash of the counts gives no figure away: the
moment of each stands in it, which nobody is shown before all is witnessed.
"""

from collections.abc import Iterable, Mapping, Sequence

from services.inventory.signing import Sheet
from services.inventory.stocktake.state import CountedLine, Stocktake
from shared.content import content_hash
from shared.events.stocktakes import PartCounted, StocktakeStage

EXPLAINABLE = (StocktakeStage.COUNTED, StocktakeStage.EXPLAINED, StocktakeStage.RETURNED)
"""When differences are shown and explained."""


def count_content(number: str, part: str, place: str, count: int, serials: Iterable[str]) -> str:
    """SHA-256 (hex) of one count as it was made out; no figure of the books is in it."""
    told = {"number": number, "part": part, "place": place, "counted": count}
    return content_hash({**told, "serials": sorted(serials)})


def counts_content(taking: Stocktake) -> str:
    """SHA-256 (hex) of every line as it was counted last."""
    return content_hash({"opened": taking.opened, "lines": _counts(taking.lines)})


def differences_content(taking: Stocktake) -> str:
    """SHA-256 (hex) of the lines that differ and that nobody has decided."""
    return content_hash({"opened": taking.opened, "lines": _counts(taking.open_lines)})


def to_sign(taking: Stocktake) -> tuple[Sheet, ...]:
    """待签: the counts while they are counted; then what differs."""
    if taking.stage is StocktakeStage.COUNTING and taking.lines:
        return (Sheet("witnesses", counts_content(taking)),)
    if taking.stage in EXPLAINABLE and taking.open_lines:
        return (Sheet("explanations", differences_content(taking)),)
    return ()


def _counts(lines: Mapping[str, CountedLine]) -> Sequence[PartCounted]:
    return [lines[key].counted for key in sorted(lines)]
