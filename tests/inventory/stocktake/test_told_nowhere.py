"""盲盘 over every route: whoever may count is told nowhere what the shelves should hold.

The figures are numbers that stand nowhere else, so that an answer that has one of them has it from
the books.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.inventory.desk import FAR, Inventory, inventory_desk
from tests.inventory.example import APPROVER, BRANCH, PUMP, RING
from tests.shared.http_desk import codes

ON_HAND, QUOTA = 7_919, 9_000
LACKING, COST = QUOTA - ON_HAND, 1_299_709
PLACES = {"old_warranty": 6_151, "quarantine": 5_003}
"""How many lie beside the shelf."""
_NUMBERS = "|".join(map(str, (ON_HAND, LACKING, COST, *PLACES.values())))
FIGURES = re.compile(rf"(?<![\da-f])-?(?:{_NUMBERS})(?![\da-f])")
"""As a number, and not as a part of a hash."""
COUNTERS = ("keeper", "clerk", "liu", "base")
TAKE = f"PD-{BRANCH}-2026-0003"
REFILL = f"BK-{BRANCH}-2026-0001"
BUY = {
    "supplier": "上海",
    "lines": [{"part": RING, "quantity": 1, "fen": 1}],
    "due_on": "2026-12-01",
}
GIVEN = {
    "store": (BRANCH, FAR),
    "part": (RING, PUMP),
    "serial": ("P-1",),
    "period": ("2026-10", "2026-11"),
    "ticket": (RING, TAKE, REFILL, f"{BRANCH}:{RING}"),
    "number": (RING, TAKE, REFILL, f"DB-{BRANCH}-2026-0001", f"CG-{BRANCH}-2026-0001"),
}
"""What the routes may be asked for, by the name of the parameter."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Inventory]:
    """A store with papers of every kind that carry figures, and a count that has begun."""
    with inventory_desk(tmp_path) as made:
        made.post("/v1/parts", {"id": RING, "name": "密封圈"}, made.base)
        made.post("/v1/parts", {"id": PUMP, "name": "泵", "has_serials": True}, made.base)
        shelf = f"/v1/stock/{BRANCH}/{RING}"
        made.post(f"{shelf}/openings", {"quantity": ON_HAND, "fen": COST})
        pumps = {"quantity": 1, "serials": ["P-1"]}
        made.post(f"/v1/stock/{BRANCH}/{PUMP}/openings", pumps)
        approver = made.desk.staff(APPROVER, ["approver"], [BRANCH])
        made.post(f"{shelf}/quotas", {"quota": QUOTA}, approver)
        made.drafted(RING)
        made.post("/v1/purchases", {**BUY, "because": "急修"})
        made.post("/v1/transfers", {"sender": FAR, "because": "急修", "lines": _lines(1)})
        asks = {"lines": [{"part": RING, "asked": 1, "because": "少要"}], "because": "停电"}
        made.post("/v1/replenishments", asks)
        finance = made.desk.staff("F-QIAN", ["finance"], [BRANCH])
        _found(made, "old_warranty", finance)
        _found(made, "quarantine", finance)
        made.post("/v1/stocktakes", {"kind": "spot"})
        yield made


def _found(store: Inventory, place: str, finance: str) -> None:
    """A stocktake finds so many rings in a place that nobody else has so many of."""
    path = store.done(store.desk.post("/v1/stocktakes", {"kind": "spot"}, store.keeper)).headers[
        "Location"
    ]
    line = {"part": RING, "place": place}
    for who in (store.keeper, store.liu):
        store.post(f"{path}/shelf-counts", {**line, "counted": PLACES[place]}, who)
    store.signs(path, "witnesses", {}, store.clerk)
    why = {**line, "cause": "unknown", "explanation": "不明"}
    store.signs(path, "explanations", {"lines": [why]})
    adjust = {"lines": [{**line, "treatment": "adjust"}]}
    store.post(f"{path}/difference-approvals", adjust, finance)


def _lines(count: int) -> list[dict[str, Any]]:
    return [{"part": RING, "quantity": count}]


def routes(store: Inventory) -> Iterator[str]:
    """Every address of the room that shows something, with all that may stand in it."""
    described = store.desk.client.request("GET", "/openapi.json").json()["paths"]
    for path, ways in described.items():
        if "get" not in ways:
            continue
        found = [path]
        for name in re.findall(r"\{(\w+)(?::path)?\}", path):
            written = re.compile(rf"\{{{name}(?::path)?\}}")
            found = [written.sub(each, one) for one in found for each in GIVEN.get(name, ("X-1",))]
        yield from found


def told(answer: httpx.Response) -> str:
    return answer.text if answer.headers["content-type"].startswith(("application", "text")) else ""


@pytest.mark.parametrize("who", COUNTERS)
def test_no_route_tells_a_figure_of_the_shelves(store: Inventory, who: str) -> None:
    token: str = getattr(store, who)
    asked = {path: store.desk.get(path, token) for path in routes(store)}
    assert len([each for each in asked.values() if each.is_success]) > 10
    assert {path for path, each in asked.items() if FIGURES.search(told(each))} == set()


REFUSED: tuple[tuple[str, Any, str], ...] = (
    (f"/v1/stock/{BRANCH}/{RING}/openings", {"quantity": 1}, "opening-entered"),
    (
        f"/v1/stock/{BRANCH}/{RING}/judgements",
        {"quantity": 8_000, "is_good": True, "because": "完好"},
        "not-in-quarantine",
    ),
    (
        "/v1/own-uses",
        {"use_nature": "internal", "used_by": "展厅", "because": "展会", "lines": _lines(8_000)},
        "beyond-stock",
    ),
)


@pytest.mark.parametrize(("path", "body", "code"), REFUSED, ids=[each[2] for each in REFUSED])
def test_no_refusal_tells_one(store: Inventory, path: str, body: Any, code: str) -> None:
    answer = store.desk.post(path, body, store.keeper)
    assert code in codes(answer)
    assert not FIGURES.search(answer.text)


def test_what_a_shelf_lacks_is_not_found_by_asking_base(store: Inventory) -> None:
    """Whether the figure is right or wrong, it says why, and is refused without a number."""
    store.post(f"/v1/replenishments/{REFILL}/endings", {"because": "改日再要"})
    for count in (LACKING, LACKING + 1):
        asks = {"lines": [{"part": RING, "asked": count}], "because": "停电"}
        answer = store.desk.post("/v1/replenishments", asks, store.keeper)
        assert codes(answer) == ["figure-while-counting"]
        assert "lacking" not in answer.json()["reasons"][0]["numbers"]
    said = {"lines": [{"part": RING, "asked": 3, "because": "急修"}], "because": "停电"}
    store.post("/v1/replenishments", said)
    (line,) = store.shown(f"/v1/replenishments/{REFILL[:-1]}2")["replenishment"]["asked"]["lines"]
    assert (line["asked"], line["figures"], line["counting"]) == (3, None, True)


def test_who_only_decides_is_told(store: Inventory) -> None:
    auditor = store.shown(f"/v1/replenishments/{REFILL}", store.auditor)["replenishment"]
    (line,) = auditor["asked"]["lines"]
    assert (line["figures"]["on_hand"], line["counting"]) == (ON_HAND, False)
    assert auditor["asked"]["keeper_sig"] is not None
    rows = store.rows("/v1/old-parts-waiting", store.auditor)
    assert [row["waiting"] for row in rows] == [PLACES["old_warranty"]]
    (hidden,) = store.rows("/v1/old-parts-waiting")
    assert (hidden["waiting"], hidden["counting"]) == (None, True)
