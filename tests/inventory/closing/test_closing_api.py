"""截帐 over HTTP: a month is counted, approved and closed; another one waits for it."""

from datetime import datetime, timedelta

from services.inventory.app import room
from shared.decider import Asked
from shared.events.values import PARTS
from tests.inventory.closing.months import CLOSINGS, ENDS, NOVEMBER, PERIODS, counted
from tests.inventory.desk import Inventory
from tests.inventory.example import AT, BRANCH, NUMBER, RELEASE, RING, TICKET
from tests.shared.http_desk import codes


def test_a_month_is_closed_when_it_is_over_and_counted(
    store: Inventory, clock: list[datetime]
) -> None:
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    early = store.desk.post(PERIODS, NOVEMBER, money)
    assert codes(early) == ["month-not-over", "month-uncounted"]
    store.post("/v1/stocktakes", {"kind": "spot"})
    clock[0] = ENDS + timedelta(hours=1)
    waits = store.desk.post(PERIODS, NOVEMBER, money)
    assert codes(waits) == ["stocktake-open", "month-uncounted"]
    store.post(f"/v1/stocktakes/PD-{BRANCH}-2026-0001/endings", {"because": "开错了"})
    counted(store, 2, "2026-11", money, rings=7)
    store.post(PERIODS, NOVEMBER, money)
    (row,) = store.rows("/v1/closings?period=2026-11")
    assert (row["stocktake"], row["closed_by"]) == (f"PD-{BRANCH}-2026-0002", "F-QIAN")
    assert row["unsettled"] == [NUMBER], "its parts are in the technician's hands"
    assert row["unsettled_more"] == 0
    shown = store.shown(CLOSINGS)
    assert (shown["period"], shown["next"]) == ("2026-11", "2026-12")


def test_a_month_is_counted_at_its_end(store: Inventory, clock: list[datetime]) -> None:
    """One that was counted before its last days is counted once more."""
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    clock[0] = ENDS - timedelta(days=3, seconds=1)
    counted(store, 1, "2026-11", money, rings=7)
    clock[0] = ENDS + timedelta(hours=1)
    assert codes(store.desk.post(PERIODS, NOVEMBER, money)) == ["month-uncounted"]
    counted(store, 2, "2026-11", money, rings=7)
    store.post(PERIODS, NOVEMBER, money)
    assert store.rows("/v1/closings")[0]["stocktake"] == f"PD-{BRANCH}-2026-0002"


def test_a_month_that_is_counted_on_its_last_days_is_closed(
    store: Inventory, clock: list[datetime]
) -> None:
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    clock[0] = ENDS - timedelta(days=3)
    counted(store, 1, "2026-11", money, rings=7)
    clock[0] = ENDS
    store.post(PERIODS, NOVEMBER, money)


def test_of_many_notes_the_first_are_named_and_the_others_counted(
    store: Inventory, clock: list[datetime]
) -> None:
    for n in range(2, PARTS + 2):
        home = f"issue_note-{NUMBER[:-1]}{n}"
        asked = Asked(home, "reaction:note-order", frozenset(), AT, BRANCH, TICKET)
        store.decided(room, RELEASE, asked)
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    clock[0] = ENDS + timedelta(hours=1)
    counted(store, 1, "2026-11", money, rings=7)
    store.post(PERIODS, NOVEMBER, money)
    (row,) = store.rows("/v1/closings?period=2026-11")
    assert (len(row["unsettled"]), row["unsettled_more"]) == (PARTS, 1)


def test_a_closed_month_is_neither_counted_nor_closed_again(
    store: Inventory, clock: list[datetime]
) -> None:
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    other = store.desk.staff("F-ZHOU", ["finance"], [BRANCH])
    clock[0] = ENDS + timedelta(hours=1)
    counted(store, 1, "2026-11", money, rings=7)
    store.post(PERIODS, NOVEMBER, money)
    assert codes(store.desk.post(PERIODS, NOVEMBER, other)) == ["month-closed"]
    again = store.desk.post(
        "/v1/stocktakes", {"kind": "monthly", "period": "2026-11"}, store.keeper
    )
    assert codes(again) == ["month-closed"]
    assert "month-before-open" in codes(store.desk.post(PERIODS, {"period": "2027-01"}, money))


def test_the_report_of_a_month_is_computed_and_signed(
    store: Inventory, clock: list[datetime]
) -> None:
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    report, reports = f"/v1/consumption/{BRANCH}/2026-11", f"{CLOSINGS}/reports"
    clock[0] = ENDS + timedelta(hours=1)
    counted(store, 1, "2026-11", money, rings=7)
    assert store.desk.get(report, store.keeper).status_code == 404, "it is not closed"
    signs = {"period": "2026-11", "digest": "5f" * 32}
    store.post(PERIODS, NOVEMBER, money)
    shown = store.shown(report)
    assert (shown["number"], shown["due_on"]) == (f"XH-{BRANCH}-2026-11", "2026-12-03")
    assert shown["due_after"] == "P3D"
    (waits,) = store.rows(f"/v1/consumption/due?branch={BRANCH}&urged=false")
    assert (waits["period"], waits["owed_by"]) == ("2026-11", "storekeeper")
    rings = [line for line in shown["lines"] if line["part"] == RING]
    told = [
        (line["use_nature"], line["received"], line["issued"], line["closing"]) for line in rings
    ]
    assert told == [(None, 10, 0, 10), ("warranty", 0, 3, 0)]
    assert codes(store.desk.post(reports, signs, store.keeper)) == ["report-differs"]
    early = {**signs, "period": "2026-12"}
    assert codes(store.desk.post(reports, early, store.keeper)) == ["month-open"]
    store.post(reports, {**signs, "digest": shown["digest"]})
    (row,) = store.rows("/v1/closings?period=2026-11")
    assert (row["report"], row["digest"]) == (shown["number"], shown["digest"])
    assert row["sent_by"] == "K-ZHAOLI"
    assert store.rows("/v1/consumption/due") == []
    assert store.shown(report)["digest"] == shown["digest"], "it does not change"


def test_only_finance_of_the_store_closes_it(store: Inventory) -> None:
    assert store.desk.post(PERIODS, NOVEMBER, store.keeper).status_code == 403
    far = store.desk.staff("F-FAR", ["finance"], ["NB01"])
    assert store.desk.post(PERIODS, NOVEMBER, far).status_code in (403, 404)
    assert store.desk.get(CLOSINGS, far).status_code == 404


def test_what_the_stocktake_of_a_month_found_missing_is_lost_in_that_month(
    store: Inventory, clock: list[datetime]
) -> None:
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    clock[0] = ENDS + timedelta(hours=1)
    path = f"/v1/stocktakes/PD-{BRANCH}-2026-0001"
    counted(store, 1, "2026-11", money, rings=5, differing=True)
    line = {"part": RING, "place": "store"}
    words = {"cause": "unknown", "explanation": "少了两只"}
    store.signs(path, "explanations", {"lines": [{**line, **words}]})
    store.post(f"{path}/difference-approvals", {"lines": [{**line, "treatment": "adjust"}]}, money)
    clock[0] += timedelta(minutes=1)
    store.post(PERIODS, NOVEMBER, money)
    lines = store.shown(f"/v1/consumption/{BRANCH}/2026-11")["lines"]
    (told,) = [each for each in lines if each["part"] == RING and each["use_nature"] is None]
    assert (told["lost"], told["closing"]) == (2, 8)
