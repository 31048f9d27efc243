"""待补单据: what finance left to a paper is listed until something moves there."""

from datetime import datetime, timedelta

from tests.inventory.desk import Inventory
from tests.inventory.example import BRANCH, RING

FIRST = f"/v1/stocktakes/PD-{BRANCH}-2026-0001"
WHY = {"part": RING, "place": "store", "cause": "unposted", "explanation": "展厅拿走两只"}
LEFT = {"part": RING, "place": "store", "treatment": "correct_entry", "because": "展厅领用未办单"}


def test_what_is_left_to_a_paper_stays_open_until_something_moves_there(
    store: Inventory, clock: list[datetime]
) -> None:
    clock[0] += timedelta(days=1)
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    store.post("/v1/stocktakes", {"kind": "spot"})
    for who in (store.keeper, store.liu):
        store.post(f"{FIRST}/shelf-counts", {"part": RING, "counted": 5}, who)
    store.signs(FIRST, "witnesses", {}, store.clerk)
    store.signs(FIRST, "explanations", {"lines": [WHY]})
    store.post(f"{FIRST}/difference-approvals", {"lines": [LEFT]}, money)
    (row,) = store.rows("/v1/stocktakes?stage=approved")
    assert (row["to_papers"], row["awaits_papers"]) == (1, 1)
    assert [line["awaits_paper"] for line in store.shown(FIRST)["lines"]] == [True]

    clock[0] += timedelta(days=1)
    approver = store.desk.staff("A-1", ["approver"], [BRANCH])
    use = {"part": RING, "quantity": 2}
    body = {"use_nature": "internal", "lines": [use], "used_by": "展厅", "because": "展会"}
    made = store.done(store.desk.post("/v1/own-uses", body, store.keeper))
    store.post(f"{made.headers['Location']}/grants", {}, approver)
    (row,) = store.rows("/v1/stocktakes?stage=approved")
    assert (row["to_papers"], row["awaits_papers"]) == (1, 0)
    assert [line["awaits_paper"] for line in store.shown(FIRST)["lines"]] == [False]
