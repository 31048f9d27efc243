"""盘点 (stocktakes): all that lies in the store is counted, and finance decides what differs."""

from collections.abc import Iterator
from typing import NamedTuple

import httpx

from guiyi.play.case import Act, Case
from guiyi.play.people import Person
from guiyi.play.store.closing import last_month
from guiyi.play.store.papers import begin, go_on, paper, rows, sign

STOCKTAKES = "stocktakes"
SHELVES = ("store", "quarantine", "old_warranty", "old_other")


class Shelf(NamedTuple):
    """货位: so many pieces of a part that lie in a place."""

    part: str
    place: str
    pieces: int


def open_stocktake(case: Case, who: Person) -> httpx.Response:
    """开始盘点: of the month that is over."""
    return begin(case, who, STOCKTAKES, {"kind": "monthly", "period": last_month(case)})


def count_shelf(shelf: Shelf) -> Act:
    """点数: what lies there."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        said = {"part": shelf.part, "place": shelf.place, "counted": shelf.pieces}
        return go_on(case, who, STOCKTAKES, "shelf-counts", said)

    return act


def witness(case: Case, who: Person) -> httpx.Response | None:
    """监盘: that all was counted."""
    return sign(case, who, STOCKTAKES, "witnesses", {})


def explain(case: Case, who: Person) -> httpx.Response | None:
    """差异说明: why the part is short."""
    counting = case.said["counting"]
    lines = [{"part": counting["part"], "place": "store", **counting["lost"]}]
    return sign(case, who, STOCKTAKES, "explanations", {"lines": lines})


def approve_stocktake(case: Case, who: Person) -> httpx.Response | None:
    """盘点批准: the books follow the count in all that differs."""
    if (shown := paper(case, who, STOCKTAKES)) is None:
        return None
    lines = [
        {"part": line["part"], "place": line["place"], "treatment": "adjust"}
        for line in shown["lines"]
        if line["difference"]
    ]
    return go_on(case, who, STOCKTAKES, "difference-approvals", {"lines": lines})


def lying(case: Case, who: Person) -> Iterator[Shelf]:
    """What lies in the store: as the books have it, but one piece that is not found.

    The story looks into the books as somebody who does not count.
    """
    short = case.said["counting"]["part"]
    for row in rows(case, who, f"/v1/stock?store={case.rooms.branch}&inside=true"):
        part, place = row["part"], row["account"]
        if place in SHELVES and row["quantity"]:
            gone = (part, place) == (short, "store")
            yield Shelf(part, place, row["quantity"] - gone)
