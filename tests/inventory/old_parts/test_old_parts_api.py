"""旧件 over HTTP: from a reconciled note to what came of it, step by step and branch by branch."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.inventory.app import room
from shared.events.order_sheet import Work
from tests.inventory.desk import FAR, Inventory
from tests.inventory.example import (
    APPROVER,
    AT,
    BRANCH,
    NUMBER,
    ORDER,
    PUMP,
    RING,
    WORK_ORDER,
    signing,
)
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import codes, web_desk

LIST = f"JJ-{BRANCH}-2026-0001"
PATH = f"/v1/old-parts/{LIST}"
TRAVELS = {
    "carrier": "顺丰",
    "parcel_no": "SF7",
    "sent_at": AT.isoformat(),
    "expected_at": AT.isoformat(),
}
SEND = {"base": FAR, "consignment": TRAVELS}
PUMP_LINE = {"part": PUMP, "issue_note": NUMBER, "condition": "不出水"}


class Olds(Inventory):
    """A store with old parts, and base in another branch."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counter = self.desk.staff("B-LIMING", ["base"], [FAR])
        self.boss = self.desk.staff(APPROVER, ["approver"], [FAR])
        self.money = self.desk.staff("F-QIAN", ["finance"], [BRANCH])
        self.takes = 0
        self.clock = [AT]

    def put_away(self) -> None:
        """A ring that was not used comes home damaged, and quarantine finds nothing good in it."""
        self.reacted(signing(7, ring=2, pump=1))
        rings = {"used": 2, "unused": 1, "condition": "damaged", "fault_nature": "wear"}
        self.done(self.settle({"part": RING, "account": {**rings, "old_returned": 2}}))
        found = {"quantity": 1, "is_good": False, "because": "密封唇开裂"}
        self.post(f"/v1/stock/{BRANCH}/{RING}/judgements", found)

    def counts(self, part: str, place: str, counted: int, **more: Any) -> str:
        """A spot check finds so many old pieces, and finance lets the books follow."""
        self.takes += 1
        path = f"/v1/stocktakes/PD-{BRANCH}-2026-{self.takes:04}"
        self.post("/v1/stocktakes", {"kind": "spot"})
        count = {"part": part, "place": place, "counted": counted}
        for who in (self.keeper, self.liu):
            self.post(f"{path}/shelf-counts", {**count, "serials": more.get("serials", ())}, who)
        self.signs(path, "witnesses", {}, self.clerk)
        line = {"part": part, "place": place}
        why = {"cause": "lost", "explanation": "清点旧件架", "issue_notes": more.get("notes", ())}
        self.signs(path, "explanations", {"lines": [{**line, **why}]})
        follow = {"lines": [{**line, "treatment": "adjust"}]}
        self.post(f"{path}/difference-approvals", follow, self.money)
        return path

    def waiting(self, more: str = "") -> list[Any]:
        rows = self.rows(f"/v1/old-parts-waiting?store={BRANCH}{more}")
        return [(row["part"], row["waiting"]) for row in rows]


@contextmanager
def olds_desk(folder: Path) -> Iterator[Olds]:
    """A store whose technician has drawn parts."""
    record, keys = Memory("inventory"), memory_keys()
    views = MemoryViews(record, keys)
    clock = [AT]
    with web_desk(room, folder, record, views=views, clock=lambda: clock[0]) as desk:
        made = Olds(desk, views)
        made.clock = clock
        made.issued()
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Olds]:
    """A store whose technician has drawn parts."""
    with olds_desk(tmp_path) as made:
        yield made


@pytest.fixture
def store(fresh: Olds) -> Olds:
    """The same once the note is settled and a list is made."""
    fresh.old_listed()
    return fresh


def test_old_parts_go_to_base_and_something_comes_of_each(store: Olds) -> None:
    assert store.waiting() == [(PUMP, 1)]
    store.signs(PATH, "sendings", SEND)
    assert store.accounts(RING).get("old_warranty", 0) == 0
    line = {"part": RING, "received": 1, "difference_because": "少一只"}
    store.signs(PATH, "receipts", {"lines": [line]}, store.counter)
    loss = {"part": RING, "quantity": 1, "how": "无下落", "borne_by": "carrier", "fen": 0}
    store.post(f"{PATH}/losses", {"loss": loss}, store.counter)
    store.post(f"{PATH}/loss-approvals", {"number": f"{LIST}-S1"}, store.boss)
    scrap = {"line": 1, "quantity": 1, "disposition": "scrap"}
    store.post(f"{PATH}/judgements", scrap, store.counter)
    done = {"number": f"{LIST}-J1", "outcome": "scrapped", "case_no": "CJ-1"}
    store.post(f"{PATH}/settlements", done, store.counter)
    (row,) = store.rows("/v1/old-parts?stage=settled")
    assert (row["listed"], row["scrapped"], row["lost"]) == (2, 1, 1)
    shown = store.shown(PATH)
    assert (shown["stage"], shown["old_parts"]["base"]) == ("settled", FAR)
    held = store.told(f"/v1/stock/{FAR}/{RING}", store.counter)["accounts"]
    assert held == {"transfer": -2, "difference": 1, "scrapped": 1}


def test_a_line_says_which_machine_it_was_in_and_when_it_was_taken_out(fresh: Olds) -> None:
    equipment = replace(WORK_ORDER.approved.equipment, serial_no="SN-77")
    approved = replace(WORK_ORDER.approved, equipment=equipment)
    late = datetime(2026, 11, 20, 17, tzinfo=UTC)
    done = replace(WORK_ORDER, approved=approved, work=Work(finished_at=late))
    fresh.views.documents["dispatch", f"work_order-{ORDER}"] = done
    fresh.old_listed()
    (line,) = fresh.shown(PATH)["old_parts"]["listed"]["lines"]
    assert (line["machine_serial"], line["removed_on"]) == ("SN-77", "2026-11-21")


def test_each_step_is_of_the_branch_whose_turn_it_is(store: Olds) -> None:
    assert store.desk.get(PATH, store.counter).status_code == 404
    store.signs(PATH, "sendings", SEND)
    receive = {"lines": [{"part": RING, "received": 2}]}
    assert (
        store.desk.post(
            f"{PATH}/receipts", store.under(PATH, "receipts", receive), store.base
        ).status_code
        == 403
    )
    store.signs(PATH, "receipts", receive, store.counter)
    third = store.desk.staff("B-THIRD", ["base"], ["SH01"])
    assert store.desk.get(PATH, third).status_code == 404
    assert store.rows("/v1/old-parts", third) == []


def test_what_never_left_lies_at_the_store_and_is_sent_then(store: Olds) -> None:
    """By who sent it and an approver of the store; the pieces stay on the list."""
    store.signs(PATH, "sendings", SEND)
    never = {
        "shipment": f"{LIST}-P1",
        "lines": [{"part": RING, "quantity": 0}],
        "because": "未揽收",
    }
    store.post(f"{PATH}/sending-corrections", never)
    approver = store.desk.staff("A-HERE", ["approver"], [BRANCH])
    (task,) = store.rows("/v1/tasks?mine=true", approver)
    assert task["step"] == "sending-correction-approvals"
    grant = {"number": f"{LIST}-P1-G1"}
    wrong = store.desk.post(f"{PATH}/sending-correction-approvals", grant, store.boss)
    assert wrong.status_code == 403, "of base's branch they grant nothing of the store's"
    store.post(f"{PATH}/sending-correction-approvals", grant, approver)
    assert store.rows("/v1/tasks?mine=true", approver) == []
    assert store.accounts(RING)["old_warranty"] == 2
    (row,) = store.rows("/v1/old-parts")
    assert (row["stage"], row["base"], row["parcel_no"]) == ("listed", None, None)
    assert store.waiting() == [(PUMP, 1)], "what is on the list is still on it"
    store.signs(PATH, "sendings", SEND)
    store.signs(PATH, "receipts", {"lines": [{"part": RING, "received": 2}]}, store.counter)
    assert store.shown(PATH)["stage"] == "received"


def test_base_is_a_branch_of_the_register(store: Olds) -> None:
    told = store.desk.post(
        f"{PATH}/sendings", store.under(PATH, "sendings", {**SEND, "base": "XX99"}), store.keeper
    )
    assert codes(told) == ["branch-unknown"]


def test_two_keepers_do_not_list_the_same_piece(store: Olds) -> None:
    body = {"old_class": "warranty", "lines": [PUMP_LINE]}
    second = store.desk.staff("K-SECOND", ["storekeeper"], [BRANCH])
    store.post("/v1/old-parts", body)
    told = store.desk.post("/v1/old-parts", body, second)
    assert codes(told) == ["old-listed"]
    assert store.waiting() == []
    store.post(f"/v1/old-parts/JJ-{BRANCH}-2026-0002/endings", {"because": "重列"})
    assert store.waiting() == [(PUMP, 1)]
    store.post("/v1/old-parts", body, second)


def test_what_waits_longer_than_the_period_is_late(store: Olds) -> None:
    assert store.waiting("&late=true") == []
    store.clock[0] = AT + timedelta(days=31)
    assert store.waiting("&late=true") == [(PUMP, 1)]


def test_what_the_maker_gives_is_on_the_shelf_of_base(store: Olds) -> None:
    store.post("/v1/old-parts", {"old_class": "warranty", "lines": [PUMP_LINE]})
    path = f"/v1/old-parts/JJ-{BRANCH}-2026-0002"
    store.signs(path, "sendings", SEND)
    came = {"part": PUMP, "received": 1, "serials": ["OLD-7"]}
    store.signs(path, "receipts", {"lines": [came]}, store.counter)
    ways = {"line": 1, "quantity": 1, "disposition": "exchange", "serials": ["OLD-7"]}
    store.post(f"{path}/judgements", {**ways, "because": "三包期内"}, store.counter)
    number = f"JJ-{BRANCH}-2026-0002-J1"
    back = {"number": number, "outcome": "part_back", "case_no": "CJ-2"}
    told = store.desk.post(f"{path}/settlements", {**back, "serials": ["P-2"]}, store.counter)
    assert codes(told) == ["serial-known"], "it lies in the store that sent the old one"
    store.post(f"{path}/settlements", {**back, "serials": ["N-9"]}, store.counter)
    (piece,) = store.rows(f"/v1/serials?serial=N-9&store={FAR}", store.counter)
    assert piece["account"] == "store"


def test_what_quarantine_put_with_the_old_parts_ends_as_the_others_do(fresh: Olds) -> None:
    fresh.put_away()
    waits = fresh.rows("/v1/old-parts-waiting?old_class=other")
    assert [(row["source"], row["waiting"]) for row in waits] == [("quarantine", 1)]
    line = {"part": RING, "condition": "密封唇开裂"}
    body = {"old_class": "other", "lines": [line]}
    wrong = fresh.desk.post("/v1/old-parts", {**body, "old_class": "warranty"}, fresh.keeper)
    assert codes(wrong) == ["nothing-put-away"], "none of warranty"
    twice = fresh.desk.post("/v1/old-parts", {**body, "lines": [line, line]}, fresh.keeper)
    assert codes(twice) == ["old-line-twice"]
    fresh.post("/v1/old-parts", body)
    second = fresh.desk.staff("K-SECOND", ["storekeeper"], [BRANCH])
    assert codes(fresh.desk.post("/v1/old-parts", body, second)) == ["nothing-put-away"]
    assert fresh.rows("/v1/old-parts-waiting?old_class=other&store=HZ01") == []
    fresh.post(f"{PATH}/endings", {"because": "重列"})
    fresh.post("/v1/old-parts", body, second)
    path = f"/v1/old-parts/JJ-{BRANCH}-2026-0002"
    fresh.signs(path, "sendings", SEND)
    fresh.signs(path, "receipts", {"lines": [{"part": RING, "received": 1}]}, fresh.counter)
    bare = {"line": 1, "quantity": 1, "disposition": "scrap"}
    told = fresh.desk.post(f"{path}/judgements", bare, fresh.counter)
    assert codes(told) == ["disposition-unexplained"], "no fault nature says what to do with it"
    fresh.post(f"{path}/judgements", {**bare, "because": "唇口开裂"}, fresh.counter)
    done = {"number": f"JJ-{BRANCH}-2026-0002-J1", "outcome": "scrapped"}
    fresh.post(f"{path}/settlements", done, fresh.counter)
    assert fresh.shown(path)["stage"] == "settled"
    assert fresh.accounts(RING).get("old_other", 0) == 0
    assert fresh.told(f"/v1/stock/{FAR}/{RING}", fresh.counter)["accounts"]["scrapped"] == 1


def test_a_write_off_is_the_end_of_what_waits_and_a_find_begins_it_again(store: Olds) -> None:
    store.counts(PUMP, "old_warranty", 0)
    assert store.waiting() == []
    told = store.desk.post(
        "/v1/old-parts", {"old_class": "warranty", "lines": [PUMP_LINE]}, store.keeper
    )
    assert codes(told) == ["old-not-there"]
    store.counts(PUMP, "old_warranty", 1, serials=["OLD-7"])
    (row,) = store.rows("/v1/old-parts-waiting")
    assert (row["source"], row["waiting"], row["written_off"]) == (NUMBER, 1, 0)
    store.post("/v1/old-parts", {"old_class": "warranty", "lines": [PUMP_LINE]})
    (line,) = store.shown(f"/v1/old-parts/JJ-{BRANCH}-2026-0002")["old_parts"]["listed"]["lines"]
    assert line["serials"] == ["OLD-7"]


def test_part_of_a_line_is_written_off_and_the_rest_is_listed(store: Olds) -> None:
    store.post(f"{PATH}/endings", {"because": "重列"})
    store.counts(RING, "old_warranty", 1)
    assert store.waiting() == [(PUMP, 1), (RING, 1)]
    line = {"part": RING, "issue_note": NUMBER, "condition": "唇口磨损"}
    store.post("/v1/old-parts", {"old_class": "warranty", "lines": [line]})
    path = f"/v1/old-parts/JJ-{BRANCH}-2026-0002"
    assert store.shown(path)["old_parts"]["listed"]["lines"][0]["quantity"] == 1
    store.post(f"{path}/endings", {"because": "重列"})
    assert store.waiting() == [(PUMP, 1), (RING, 1)]


def test_what_a_stocktake_wrote_off_of_a_list_ends_with_it(store: Olds) -> None:
    """Two rings stand on a list that was not sent; one of them is gone."""
    store.counts(RING, "old_warranty", 1)
    told = store.desk.post(f"{PATH}/sendings", store.under(PATH, "sendings", SEND), store.keeper)
    assert codes(told) == ["listed-not-there"]
    store.post(f"{PATH}/endings", {"because": "少一只"})
    assert store.waiting() == [(PUMP, 1), (RING, 1)]


def test_old_pieces_that_no_note_knows_are_listed_without_one(store: Olds) -> None:
    for place, old_class, source in (
        ("old_warranty", "warranty", "stocktake"),
        ("old_other", "other", "quarantine"),
    ):
        lies = store.accounts(RING).get(place, 0)
        store.counts(RING, place, lies + 1)
        rows = store.rows(f"/v1/old-parts-waiting?old_class={old_class}")
        assert {"source": source, "issue_note": None, "waiting": 1}.items() <= rows[-1].items()
        line = {"part": RING, "condition": "来历不明"}
        store.post("/v1/old-parts", {"old_class": old_class, "lines": [line]})
    assert store.waiting() == [(PUMP, 1)]
    store.signs(f"/v1/old-parts/JJ-{BRANCH}-2026-0002", "sendings", SEND)


def test_the_explanation_names_a_note_that_is_known_there(store: Olds) -> None:
    store.post("/v1/stocktakes", {"kind": "spot"})
    path = f"/v1/stocktakes/PD-{BRANCH}-2026-0001"
    count = {"part": PUMP, "place": "old_warranty", "counted": 0}
    for who in (store.keeper, store.liu):
        store.post(f"{path}/shelf-counts", count, who)
    store.signs(path, "witnesses", {}, store.clerk)
    line = {"part": PUMP, "place": "old_warranty", "cause": "lost", "explanation": "不见了"}
    told = store.desk.post(
        f"{path}/explanations",
        store.under(path, "explanations", {"lines": [{**line, "issue_notes": ["BX-1"]}]}),
        store.keeper,
    )
    assert codes(told) == ["old-note-unknown"]
    store.signs(path, "explanations", {"lines": [{**line, "issue_notes": [NUMBER]}]})


def test_an_old_piece_whose_serial_nobody_can_read_is_counted(store: Olds) -> None:
    """Of a part with serials; the piece with the number is missing, another lies there."""
    store.counts(PUMP, "old_warranty", 1)
    rows = store.rows("/v1/old-parts-waiting?old_class=warranty")
    assert [(row["part"], row["source"], row["waiting"]) for row in rows] == [
        (PUMP, "stocktake", 1)
    ]


def test_old_parts_are_sent_to_a_store_that_its_card_says_is_base_s(store: Olds) -> None:
    store.desk.staff("K-SH", ["storekeeper"], ["SH01"])
    elsewhere = store.under(PATH, "sendings", {**SEND, "base": "SH01"})
    told = store.desk.post(f"{PATH}/sendings", elsewhere, store.keeper)
    assert codes(told) == ["not-base"]
    store.is_base("SH01")
    store.post(f"{PATH}/sendings", elsewhere)
