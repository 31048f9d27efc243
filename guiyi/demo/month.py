"""月结的证明 (the proof of the month): the report is what the record and the views add up to.

To the piece and the fen: what it says is left is what lies there, and what came, went and is left
agrees, part by part.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guiyi.access import Access
from guiyi.demo.proof import Gauges
from guiyi.plain import JsonObject
from guiyi.play.player import NotSo
from guiyi.speech import say
from shared.events.inventory import Outside

COLUMNS = ("opening", "received", "old_in", "used", "lost", "sent", "closing")
CAME, WENT = ("opening", "received", "old_in"), ("used", "lost", "sent")
OUTSIDE = frozenset(each.value for each in Outside)


@dataclass(frozen=True, slots=True)
class Month:
    """月: what a closed month ended with."""

    period: str
    report: str
    due_on: str
    pieces: int
    fen: int
    differing: int
    """How many lines of its stocktake differed from the books."""


def proved(access: Access, gauges: Gauges, store: str, period: str) -> tuple[Month, JsonObject]:
    """The month, and its report as it is shown. Raises NotSo."""
    token = access.token()
    told = access.get("inventory", f"/v1/consumption/{store}/{period}", token)
    sums, odd = by_part(told), [*_unequal(access, gauges, store, told)]
    (closed,) = access.rows("inventory", "/v1/closings", branch=store, period=period)
    if (closed["report"], closed["digest"]) != (told["number"], told["digest"]):
        odd.append(told["number"])
    (taking,) = access.rows("inventory", "/v1/stocktakes", branch=store, period=period)
    if odd or not taking["differing"]:
        raise NotSo(say("demo.month_differs", period=period, parts=", ".join(odd)))
    month = Month(
        period=period,
        report=told["number"],
        due_on=told["due_on"],
        pieces=sum(line["closing"] for line in sums.values()),
        fen=sum(line["closing_fen"] for line in sums.values()),
        differing=taking["differing"],
    )
    return month, told


def by_part(report: JsonObject) -> Mapping[str, Mapping[str, int]]:
    """The figures of each part, over its lines."""
    found: dict[str, Counter[str]] = {}
    for line in report["lines"]:
        sums = found.setdefault(line["part"], Counter())
        sums.update({name: n for name, n in line.items() if isinstance(n, int)})
    return found


def _unequal(access: Access, gauges: Gauges, store: str, report: JsonObject) -> Iterator[str]:
    """The parts of which the report says other than the record, the view of values, or itself."""
    recorded = Counter[str]()
    for (place, part, account), pieces in gauges.accounts().items():
        if place == store and account not in OUTSIDE:
            recorded[part] += pieces
    rows = access.rows("inventory", "/v1/stock/values", store=store)
    values = {row["part"]: (row["quantity"], row["fen"]) for row in rows}
    sums = by_part(report)
    for part in sorted({*recorded, *values, *sums}):
        line = sums.get(part, {})
        left = line.get("closing", 0), line.get("closing_fen", 0)
        if (
            left != values.get(part, (0, 0))
            or left[0] != recorded[part]
            or any(_moved(line, kind) != line.get(f"closing{kind}", 0) for kind in ("", "_fen"))
        ):
            yield part


def _moved(line: Mapping[str, int], kind: str) -> int:
    """What should be left: of pieces, or of fen; an old part has cost nothing."""
    came = sum(line.get(f"{name}{kind}", 0) for name in CAME)
    return came - sum(line.get(f"{name}{kind}", 0) for name in WENT)
