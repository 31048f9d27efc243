"""序列号经历 over two stores: from goods in to the machine, off it again, and judged by base."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guiyi.play.evidence import drawing
from services.inventory.app import room
from shared.decider import Asked
from shared.events.values import PartWanted
from tests.inventory.desk import FAR, PARCEL
from tests.inventory.example import (
    APPROVER,
    AT,
    BRANCH,
    LIU,
    NUMBER,
    PUMP,
    RELEASE,
    TICKET,
    WORK_ORDER,
    signing,
)
from tests.inventory.old_parts.test_old_parts_api import SEND, Olds
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import web_desk

PIECE = "P-9"
LATER = "BX-HZ01-20261123-0002"
"""The ticket of the repair at which the piece comes off the machine again."""
WARRANTY = {"fault_nature": "wear", "unused": 0}

HANDS = f"technician:{LIU}"
BOUGHT = [("supplier", "store", "purchase")]
SENT = ("store", "transfer", "transfer")
DRAWN = [
    ("transfer", "in_transit", "transfer"),
    ("in_transit", "store", "transfer"),
    ("store", HANDS, "issue"),
]
USED = (HANDS, "installed", "used")
REMOVED = ("installed", "old_warranty", "old_part")
JUDGED = [
    ("transfer", "old_in_transit", "old_list"),
    ("old_in_transit", "old_warranty", "old_list"),
    ("old_warranty", "scrapped", "old_list"),
]


class Life(Olds):
    """The stores through which one pump goes, act by act."""

    def bought(self) -> None:
        """Goods in at the other store, by its purchase."""
        self.post("/v1/parts", {"id": PUMP, "name": "泵", "has_serials": True}, self.base)
        self.sender = self.desk.staff("K-NINGBO", ["storekeeper"], [FAR])
        boss = self.desk.staff(APPROVER, ["approver"], [FAR])
        asks = {
            "supplier": "上海",
            "lines": [{"part": PUMP, "quantity": 1, "fen": 90_000}],
            "due_on": AT.date().isoformat(),
            "because": "缺料",
        }
        made = self.done(self.desk.post("/v1/purchases", asks, self.sender))
        at = made.headers["Location"]
        self.post(f"{at}/approvals", {"fen": 90_000, "because": "急修缺料"}, boss)
        came = {"part": PUMP, "announced": 1, "received": 1, "fen": 90_000, "serials": [PIECE]}
        self.post(f"{at}/receipts", {"delivery_note": "SH-1", "lines": [came]}, self.sender)

    def transferred(self) -> None:
        line = {"part": PUMP, "quantity": 1}
        asks = {"sender": FAR, "lines": [line], "because": "急修缺料"}
        at = self.done(self.desk.post("/v1/transfers", asks, self.keeper)).headers["Location"]
        self.post(f"{at}/approvals", {}, self.desk.staff("A-NB", ["approver"], [FAR]))
        named = {**line, "serials": [PIECE]}
        parcel = {key: PARCEL[key] for key in ("carrier", "parcel_no", "sent_at", "expected_at")}
        self.post(f"{at}/sendings", {"lines": [named], "consignment": parcel}, self.sender)
        came = {"part": PUMP, "received": 1, "serials": [PIECE]}
        self.post(f"{at}/receipts", {"lines": [came]})

    def drawn_on(self, number: str, ticket: str, serial: str) -> None:
        """A note of a ticket names one pump, and the technician signs for it."""
        order = f"{ticket}-W1"
        known = replace(WORK_ORDER, number=order, ticket=ticket, notes=())
        self.views.documents["dispatch", f"work_order-{order}"] = known
        release = replace(RELEASE, ticket=ticket, order=order, lines=(PartWanted(PUMP, 1),))
        self.heard(number, ticket, release)
        path, line = f"/v1/issue-notes/{number}", {"part": PUMP, "quantity": 1, "serials": [serial]}
        sheet = self.post(f"{path}/issue-sheets", line)
        signed = {"recipient": LIU, "content": sheet["content"], "how": "drawn"}
        self.post(f"{path}/issues", {**line, **signed, **self.drawn_for(number)})

    def heard(self, number: str, ticket: str, command: object) -> None:
        home = f"issue_note-{number}"
        asked = Asked(home, "reaction:note-order", frozenset(), AT, BRANCH, ticket)
        self.decided(room, command, asked)

    def settled(self, number: str, ticket: str, new: str, old: Sequence[str]) -> None:
        """One pump went into the machine, and the one that was in it came home."""
        self.heard(number, ticket, signing(7, pump=1))
        account = {**WARRANTY, "used": 1, "old_returned": len(old)}
        settling = {"part": PUMP, "account": {**account, "new_serials": [new], "old_serials": old}}
        path = f"/v1/issue-notes/{number}"
        sheet = self.post(f"{path}/reconciliation-sheets", settling)
        signed = {"technician": LIU, "how": "drawn", "content": sheet["content"]}
        self.post(f"{path}/reconciliations", {**settling, **signed, **self.drawn_for(number)})

    def drawn_for(self, number: str) -> dict[str, Any]:
        """What somebody drew, brought for this note."""
        kept = self.done(self.desk.bring(number, drawing(), self.keeper)).json()
        return {"evidence": {"name": "签字.png", **kept}}

    def judged(self) -> None:
        """The old pump is listed, goes to base, and is worth nothing any more."""
        line = {"part": PUMP, "issue_note": f"{LATER}-C1", "condition": "不出水"}
        asks = {"old_class": "warranty", "lines": [line]}
        at = self.done(self.desk.post("/v1/old-parts", asks, self.keeper)).headers["Location"]
        self.signs(at, "sendings", SEND)
        came = {"part": PUMP, "received": 1, "serials": [PIECE]}
        self.signs(at, "receipts", {"lines": [came]}, self.counter)
        way = {"line": 1, "quantity": 1, "disposition": "scrap", "serials": [PIECE]}
        self.post(f"{at}/judgements", way, self.counter)
        number = f"{at.rpartition('/')[2]}-J1"
        done = {"number": number, "outcome": "scrapped", "case_no": "CJ-1"}
        self.post(f"{at}/settlements", done, self.counter)

    def life(self, store: str) -> tuple[str, bool, list[tuple[str, str, str]]]:
        """Where it is by the books of a store, whether they answer for it, and its moves."""
        token = self.keeper if store == BRANCH else self.sender
        (row,) = self.rows(f"/v1/serials/{PUMP}/{PIECE}", token)
        assert row["store"] == store
        moves = [(each["source"], each["target"], each["because"]) for each in row["moves"]]
        return row["account"], row["inside"], moves


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Life]:
    """Two stores with empty shelves."""
    record, keys = Memory("inventory"), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, tmp_path, record, views=views, clock=lambda: AT) as desk:
        yield Life(desk, views)


def test_a_piece_lives_in_two_stores_and_a_machine(stores: Life) -> None:
    """Each store tells its own part; at every moment at most one of them answers for the piece."""
    stores.bought()
    assert stores.life(FAR) == ("store", True, BOUGHT)
    stores.post(f"/v1/stock/{BRANCH}/{PUMP}/openings", {"quantity": 1, "serials": ["P-10"]})
    stores.transferred()
    assert stores.life(FAR) == ("transfer", False, [*BOUGHT, SENT])
    stores.drawn_on(NUMBER, TICKET, PIECE)
    assert stores.life(BRANCH) == (HANDS, True, DRAWN)
    stores.settled(NUMBER, TICKET, PIECE, ["OLD-7"])
    assert stores.life(BRANCH) == ("installed", False, [*DRAWN, USED])
    stores.drawn_on(f"{LATER}-C1", LATER, "P-10")
    stores.settled(f"{LATER}-C1", LATER, "P-10", [PIECE])
    assert stores.life(BRANCH) == ("old_warranty", True, [*DRAWN, USED, REMOVED])
    stores.judged()
    there = [*DRAWN, USED, REMOVED, ("old_warranty", "transfer", "old_list")]
    assert stores.life(BRANCH) == ("transfer", False, there)
    assert stores.life(FAR) == ("scrapped", False, [*BOUGHT, SENT, *JUDGED])


def test_the_sending_store_reads_on_its_list_what_became_of_the_piece(stores: Life) -> None:
    stores.bought()
    stores.post(f"/v1/stock/{BRANCH}/{PUMP}/openings", {"quantity": 1, "serials": ["P-10"]})
    stores.transferred()
    stores.drawn_on(NUMBER, TICKET, PIECE)
    stores.settled(NUMBER, TICKET, PIECE, ["OLD-7"])
    stores.drawn_on(f"{LATER}-C1", LATER, "P-10")
    stores.settled(f"{LATER}-C1", LATER, "P-10", [PIECE])
    stores.judged()
    (row,) = stores.rows(f"/v1/serials/{PUMP}/{PIECE}")
    left_with = row["moves"][-1]["paper"].removesuffix("-P1")
    told = stores.shown(f"/v1/old-parts/{left_with}", stores.keeper)["old_parts"]
    (judged,), (settled,) = told["judged"].values(), told["settled"].values()
    assert (judged["serials"], judged["disposition"]) == ([PIECE], "scrap")
    assert (settled["number"], settled["outcome"]) == (judged["number"], "scrapped")
