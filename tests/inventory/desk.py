"""配件库的柜台 (the desk of inventory): the room over HTTP, with whoever works there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from guiyi.play.evidence import drawing
from services.inventory.app import room
from services.inventory.issue_note.release import ReleaseNote
from services.inventory.refill_draft import DraftRefill
from shared.decider import Asked
from shared.events.cards import BranchCard, BranchDocument
from tests.examples import examples_of
from tests.inventory.example import (
    AT,
    BRANCH,
    CLERK,
    KEEPER,
    LIU,
    NUMBER,
    ORDER,
    PUMP,
    RELEASE,
    RING,
    TICKET,
    WORK_ORDER,
    signing,
    stock_stream,
)
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import web_desk
from tests.shared.room_desk import RoomDesk

EXAMPLES = examples_of(room, lambda: AT)
FAR = "NB01"
"""Another store: that of base, as its card says."""
PATH = f"/v1/issue-notes/{NUMBER}"
DRAWN = {"how": "drawn", "recipient": LIU}
PARCEL = {
    "carrier": "顺丰",
    "parcel_no": "SF1",
    "sent_at": AT.isoformat(),
    "expected_at": (AT + timedelta(days=1)).isoformat(),
    "receiver": "王小明",
}


@dataclass
class Inventory(RoomDesk):
    """配件库: the room, with whoever works there."""

    views: MemoryViews

    def __post_init__(self) -> None:
        self.keeper = self.desk.staff(KEEPER, ["storekeeper"], [BRANCH])
        self.liu = self.desk.staff(LIU, ["technician"], [BRANCH])
        self.clerk = self.desk.staff(CLERK, ["clerk"], [BRANCH])
        self.base = self.desk.staff("B-1", ["base"], [BRANCH])
        self.auditor = self.desk.staff("V-1", ["auditor"], [BRANCH])
        self.is_base(FAR)
        self.views.documents["dispatch", f"work_order-{ORDER}"] = WORK_ORDER

    def is_base(self, store: str) -> None:
        """The card of a store says that it is base's."""
        card = BranchCard(store, "生产基地", is_base=True)
        self.views.documents["intake", f"branch-{store}"] = BranchDocument(card)

    def stocked(self) -> None:
        """A catalogue of two parts, and what the shelves have of them."""
        self.post("/v1/parts", {"id": RING, "name": "密封圈"}, self.base)
        self.post("/v1/parts", {"id": PUMP, "name": "泵", "has_serials": True}, self.base)
        self.post(f"/v1/stock/{BRANCH}/{RING}/openings", {"quantity": 10})
        serials = {"quantity": 2, "serials": ["P-1", "P-2"]}
        self.post(f"/v1/stock/{BRANCH}/{PUMP}/openings", serials)

    def priced(self) -> None:
        """Base gives the price of a ring."""
        card = {"id": RING, "name": "密封圈", "value_fen": 1_200}
        self.done(self.desk.change(f"/v1/parts/{RING}", card, self.base))

    def reacted(self, command: object) -> None:
        """What dispatch's newest document says has come, as the reaction does it."""
        home = f"issue_note-{NUMBER}"
        asked = Asked(home, "reaction:note-order", frozenset(), AT, BRANCH, TICKET)
        self.decided(room, command, asked)

    def drafted(self, part: str) -> None:
        """The day has come on which the store asks base for what it lacks, as the timer does it."""
        home, day = stock_stream(part), AT.date()
        asked = Asked(home, "timer:draft-refill", frozenset(), AT, BRANCH)
        self.decided(room, DraftRefill(BRANCH, part, day), asked)

    def old_listed(self) -> None:
        """A ring is settled, and what it brought home is listed; a pump's old one waits."""
        self.reacted(signing(7, ring=2, pump=1))
        rings = {"used": 2, "unused": 1, "old_returned": 2, "fault_nature": "wear"}
        self.done(self.settle({"part": RING, "account": rings}))
        pump = {"used": 1, "unused": 0, "old_returned": 1, "fault_nature": "wear"}
        named = {"new_serials": ["P-1"], "old_serials": ["OLD-7"]}
        self.done(self.settle({"part": PUMP, "account": {**pump, **named}}))
        lines = [{"part": RING, "issue_note": NUMBER, "condition": "唇口磨损"}]
        self.post("/v1/old-parts", {"old_class": "warranty", "lines": lines})

    def had_before(self, part: str) -> None:
        """The technician had two pieces of a part before the books, and signs for them."""
        path = f"/v1/issue-notes/ZS-{BRANCH}-2026-0001"
        self.post("/v1/parts", {"id": part, "name": "旧账配件"}, self.base)
        line = {"part": part, "quantity": 2, "old_paper": "旧出库单 0917"}
        listed = {"technician": LIU, "repair_nature": "warranty", "lines": [line]}
        self.post("/v1/issue-notes", listed)
        (to_sign,) = self.shown(path)["to_sign"]
        kept = self.done(self.desk.bring(path.rpartition("/")[2], drawing(), self.keeper)).json()
        signed = {"how": "drawn", "content": to_sign["content"]}
        evidence = {"evidence": {"name": "签字.png", **kept}}
        self.post(f"{path}/{to_sign['step']}", {**signed, **evidence})

    def released(self, release: ReleaseNote = RELEASE) -> None:
        self.stocked()
        self.reacted(release)

    def issued(self) -> None:
        """Both lines are in the technician's hands."""
        self.released()
        self.issue({"part": RING, "quantity": 3})
        self.issue({"part": PUMP, "quantity": 1, "serials": ["P-1"]})

    def issue(self, drawing: Mapping[str, Any], **more: Any) -> httpx.Response:
        """Show the sheet, have it signed, hand the line out."""
        sheet = self.post(f"{PATH}/issue-sheets", drawing)
        by_hand = {} if more.get("how") == "session" else self.drawn()
        body = {**drawing, **DRAWN, "content": sheet["content"], **by_hand, **more}
        return self.desk.post(f"{PATH}/issues", body, self.keeper)

    def drawn(self) -> Mapping[str, Any]:
        """The signature that somebody drew, brought for the note."""
        kept = self.done(self.desk.bring(NUMBER, drawing(), self.keeper)).json()
        return {"evidence": {"name": "签字.png", **kept}}

    def settle(self, settling: Mapping[str, Any], **more: Any) -> httpx.Response:
        """Show the sheet, have it signed, take everything home."""
        sheet = self.post(f"{PATH}/reconciliation-sheets", settling)
        signed = {"technician": LIU, "how": "drawn", "content": sheet["content"]}
        body = {**settling, **signed, **self.drawn(), **more}
        return self.desk.post(f"{PATH}/reconciliations", body, self.keeper)

    def post(self, path: str, body: Any, token: str | None = None) -> Mapping[str, Any]:
        told: Mapping[str, Any] = self.done(self.desk.post(path, body, token or self.keeper)).json()
        return told

    def signs(self, path: str, step: str, body: Any, token: str | None = None) -> Mapping[str, Any]:
        """A step that is signed, under what the page of the paper shows."""
        return self.post(f"{path}/{step}", self.under(path, step, body), token)

    def under(self, path: str, step: str, body: Any) -> Mapping[str, Any]:
        """A body with the hash of what is shown to be signed with it."""
        sheets = self.shown(path)["to_sign"]
        about = body.get("shipment")
        fits = (each["content"] for each in sheets if each["step"] == step)
        if about is not None:
            fits = (each["content"] for each in sheets if each["shipment"] == about)
        return {**body, "content": next(fits, "0" * 64)}

    def shown(self, path: str = PATH, token: str | None = None) -> Mapping[str, Any]:
        return self.told(path, token or self.keeper)

    def rows(self, path: str, token: str | None = None) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.shown(path, token)["rows"]
        return found

    def accounts(self, part: str) -> Mapping[str, int]:
        """What every account has, as who does not count is told it."""
        rows = self.rows(f"/v1/stock?part={part}", self.auditor)
        return {row["account"]: row["quantity"] for row in rows}


@contextmanager
def inventory_desk(folder: Path) -> Iterator[Inventory]:
    """The room on a record in memory, at the moment at which all stories stand still."""
    record, keys = Memory("inventory"), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, folder, record, views=views, clock=lambda: AT) as desk:
        yield Inventory(desk, views)
