"""A month of a store over HTTP: it is counted, approved and closed."""

from datetime import UTC, datetime

from tests.inventory.desk import Inventory
from tests.inventory.example import BRANCH, PUMP, RING
from tests.memory_record import Memory

ENDS = datetime(2026, 11, 30, 16, tzinfo=UTC)
CLOSINGS = f"/v1/closings/{BRANCH}"
PERIODS, REPORTS = f"{CLOSINGS}/periods", f"{CLOSINGS}/reports"
REPORT = f"/v1/consumption/{BRANCH}/2026-11"
NOVEMBER, DECEMBER = {"period": "2026-11"}, {"period": "2026-12"}


class Clocked(Memory):
    """A record whose clock the story turns."""

    def __init__(self, clock: list[datetime]) -> None:
        super().__init__("inventory")
        self.clock = clock

    def now(self) -> datetime:
        return self.clock[0]


def counted(
    store: Inventory, number: int, period: str, money: str, rings: int, *, differing: bool = False
) -> None:
    """The stocktake of a month, to its approval; one that differs waits for words."""
    path = f"/v1/stocktakes/PD-{BRANCH}-2026-{number:04}"
    store.post("/v1/stocktakes", {"kind": "monthly", "period": period})
    for who in (store.keeper, store.liu):
        store.post(f"{path}/shelf-counts", {"part": RING, "counted": rings}, who)
    pumps = {"part": PUMP, "counted": 1, "serials": ["P-2"]}
    store.post(f"{path}/shelf-counts", pumps)
    store.signs(path, "witnesses", {}, store.clerk)
    if not differing:
        store.post(f"{path}/difference-approvals", {"lines": []}, money)


def november_closed(store: Inventory) -> str:
    """November is counted and closed; the token of finance."""
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    counted(store, 1, "2026-11", money, rings=7)
    store.post(PERIODS, NOVEMBER, money)
    return money
