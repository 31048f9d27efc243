"""盘点 (stocktakes): what was counted against the movements, and what the books made of it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from guiyi.recount.facts import Told

Place: TypeAlias = tuple[str, str]
"""A part, and the account of the store where it lies."""
ADJUST = "adjust"


def differing(facts: Sequence[Told]) -> Iterator[str]:
    """Where a count does not say what the books had, or its posting does not make up for it."""
    store: dict[str, str] = {}
    held: Counter[tuple[str, Place]] = Counter()
    counts: dict[str, dict[Place, Mapping[str, Any]]] = defaultdict(dict)
    posted: Counter[tuple[str, Place]] = Counter()
    approved: list[tuple[str, Sequence[Mapping[str, Any]]]] = []
    for fact in facts:
        data = fact.data
        match fact.type:
            case "StockMoved":
                _move(held, posted, data)
            case "StocktakeOpened":
                store[fact.stream] = data["store"]
            case "PartCounted":
                place = data["part"], data["place"]
                counts[fact.stream][place] = data
                if data["book"] != held[store[fact.stream], place]:
                    yield f"{fact.stream} {place}: not what the books had"
            case "StocktakeApproved":
                approved.append((fact.stream, data["lines"]))
            case _:
                pass
    for stream, lines in approved:
        yield from _unposted(stream, counts[stream], lines, posted)


def _move(
    held: Counter[tuple[str, Place]], posted: Counter[tuple[str, Place]], move: Mapping[str, Any]
) -> None:
    for account, sign in ((move["source"], -1), (move["target"], 1)):
        place = move["part"], account
        held[move["store"], place] += sign * move["quantity"]
        if move["because"] == "stocktake":
            posted[f"stocktake-{move['paper']}", place] += sign * move["quantity"]


def _unposted(
    stream: str,
    counts: Mapping[Place, Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]],
    posted: Counter[tuple[str, Place]],
) -> Iterator[str]:
    """The lines of which the books did not follow what finance decided."""
    for line in lines:
        place = line["part"], line["place"]
        count = counts[place]
        wanted = (count["counted"] - count["book"]) * (line["treatment"] == ADJUST)
        if posted[stream, place] != wanted:
            yield f"{stream} {place}: {posted[stream, place]} posted, not {wanted}"
