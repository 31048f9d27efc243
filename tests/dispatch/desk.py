"""派工的受理台 (the desk of dispatch): the whole room in memory, with whoever works there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from guiyi.play.evidence import drawing
from services.dispatch.app import room
from services.dispatch.work_order.notices import NoteApproval, NoteIssueNote
from shared.decider import Asked
from shared.events.cards import BranchCard, BranchDocument, CustomerCard, CustomerDocument
from shared.events.dispatch import ApprovalNoted
from shared.events.inventory import PartCard, PartDocument
from shared.events.order_sheet import ApprovedReport, NotedNote
from shared.events.values import CustomerKind, Role, Sealed, Travel, TravelMode
from shared.personal.seal import seal
from shared.record.store import Append, Conflict, Position, Read
from tests.dispatch.example import AT, BRANCH, CHEN, CLERK, LIU, NUMBER, REPORT, TICKET, TRAVEL_AT
from tests.dispatch.job import ISSUED, LATER, V1, settled
from tests.examples import examples_of
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.room_desk import RoomDesk, know

EXAMPLES = examples_of(room, lambda: LATER)
PATH = f"/v1/work-orders/{NUMBER}"
VISIT_PATH = f"/v1/visits/{V1}"
CLAIM_PATH = f"/v1/claims/{TICKET}-L1"
_OF_TRIP = {"visit": V1, "on": "2026-11-24"}
CLAIM: Mapping[str, Any] = {
    "order": NUMBER,
    "trips": [
        {
            "visit": V1,
            "from_place": "杭州",
            "to_place": "绍兴",
            "back_at": LATER.isoformat(),
        }
    ],
    "lines": [
        {**_OF_TRIP, "kind": "fare", "fen": 4_600, "voucher_no": "E3301-088"},
        {**_OF_TRIP, "kind": "lodging", "fen": 42_000, "voucher_no": "0551-7"},
    ],
}
PLAIN = replace(
    REPORT,
    contact_name="王小明",
    contact_phone="0571-55501234",
    basics=replace(REPORT.basics, customer_name="某厂", address="某路 1 号"),
)
TRIP: Mapping[str, Any] = {
    "mode": "company_car",
    "at": "2026-11-24T09:00:00+08:00",
    "travellers": [LIU],
}
FORM = {
    "approved": REPORT.content,
    "kind": "repair",
    "repair_nature": "warranty",
    "parts": [
        {"part": "MFQ-32", "quantity": 2, "delivery": "carried"},
        {"part": "RHZ-1", "quantity": 1},
    ],
    "travel": TRIP,
}


class Record(Memory):
    """记录: the record of dispatch, on whose clock it is the day of the visit."""

    def __init__(self) -> None:
        super().__init__("dispatch")
        self.read_names: list[str] = []
        """The streams that were read, by name or in a series, in their order."""
        self.meanwhile: Callable[[], object] | None = None
        """What somebody else does, once, right after a series was read."""
        self.conflicts = 0
        """How often an append came too late."""
        self.today = LATER

    def read(
        self, streams: Sequence[str], commands: Sequence[UUID] = (), series: Sequence[str] = ()
    ) -> Read:
        """As Store.read."""
        found = super().read(streams, commands, series)
        self.read_names += found.streams
        if series and (other := self.meanwhile):
            self.meanwhile = None
            other()
        return found

    def append(self, append: Append) -> Sequence[Position]:
        """As Store.append."""
        try:
            return super().append(append)
        except Conflict:
            self.conflicts += 1
            raise

    def now(self) -> datetime:
        """As Store.now."""
        return self.today


@dataclass
class Dispatch(RoomDesk):
    """派工: the room, with whoever works there."""

    views: MemoryViews
    record: Record

    def __post_init__(self) -> None:
        skills = ("filling",)
        self.clerk = self.desk.staff(CLERK, ["clerk"], [BRANCH], skills=skills)
        self.liu = self.desk.staff(LIU, ["technician"], [BRANCH], skills=skills)
        self.boss = self.desk.staff("A-ZHAOLEI", ["approver"], [BRANCH], skills=skills)
        self.chen = self.desk.staff(CHEN, ["technician"], [BRANCH], skills=skills)
        branch = BranchDocument(BranchCard(BRANCH, "杭州"))
        self.views.documents["intake", f"branch-{BRANCH}"] = branch

    def catalogued(self, part: str, **changed: Any) -> None:
        """The newest card of a part has come."""
        card = PartDocument(PartCard(part, part, **changed))
        self.views.documents["inventory", f"part-{part}"] = card

    def mailed(self, email: str) -> Sealed:
        """The card of the customer of the report has come, with an address; as it is sealed."""
        card = CustomerCard("YH-1001", "某厂", CustomerKind.UNIT, email=email)
        sealed = seal(CustomerDocument(card), "customer-YH-1001", self.desk.keys)
        self.views.documents["intake", "customer-YH-1001"] = sealed
        assert isinstance(sealed.card.email, Sealed)
        return sealed.card.email

    def know(self, person: str, role: Role, **changed: Any) -> None:
        """The newest card of a person has come."""
        know(self.views, person, role, BRANCH, **{"skills": ("filling",), **changed})

    def approved(
        self, ticket: str = TICKET, report: ApprovedReport = PLAIN, version: int = 7
    ) -> str:
        """The approval of a report has been noted, as the reaction does it."""
        noted = ApprovalNoted(f"{ticket}-W1", ticket, BRANCH, f"report-{ticket}", version, report)
        self._noted(NoteApproval(noted), ticket)
        return f"/v1/work-orders/{ticket}-W1"

    def heard(self, note: NotedNote) -> None:
        """Inventory's newest word on an issue note has come."""
        self._noted(NoteIssueNote(note), TICKET)

    def _noted(self, command: Any, ticket: str) -> None:
        asked = Asked(f"work_order-{ticket}-W1", "reaction:x", frozenset(), AT, BRANCH, ticket)
        self.decided(room, command, asked)

    def opened(self, ticket: str = TICKET) -> str:
        path = self.approved(ticket)
        self.done(self.desk.post(f"{path}/openings", {"form": FORM}, self.clerk))
        return path

    def assigned(self, ticket: str = TICKET) -> str:
        path = self.opened(ticket)
        self.done(self.desk.post(f"{path}/assignments", {"technician": LIU}, self.clerk))
        return path

    def opened_for_anybody(self) -> str:
        """An order whose approved journey names nobody is opened."""
        travel = Travel(TravelMode.COMPANY_CAR, TRAVEL_AT)
        diagnosis = replace(PLAIN.diagnosis, travel=travel)
        path = self.approved(report=replace(PLAIN, diagnosis=diagnosis))
        form = {**FORM, "travel": dict(TRIP, travellers=[])}
        self.done(self.desk.post(f"{path}/openings", {"form": form}, self.clerk))
        return path

    def signed(self, ticket: str = TICKET) -> str:
        path = self.assigned(ticket)
        body = {"content": self.shown(path)["content"], "how": "session"}
        self.done(self.desk.post(f"{path}/signatures", body, self.liu))
        return path

    def does(self, who: str, path: str, body: Any) -> httpx.Response:
        """Asked by somebody, on the day of the visit: there the desk's clock stands."""
        return self.desk.post(path, body, who)

    def drawn(self) -> str:
        """The order is taken, and its parts are in the technician's hands."""
        path = self.signed()
        self.heard(ISSUED.note)
        return path

    def there(self) -> str:
        """The technician has set out with the parts and has arrived."""
        path = self.drawn()
        for step in ("plans", "appointments", "departures", "arrivals"):
            self.done(self.does(self.liu, f"{VISIT_PATH}/{step}", EXAMPLES[step]))
        return path

    def repaired(self) -> str:
        """What was done is recorded, and the customer has signed it."""
        return self.signed_for(self.there())

    def signed_for(self, path: str) -> str:
        """Of somebody who is there: the same."""
        self.done(self.does(self.liu, f"{path}/work-records", EXAMPLES["work-records"]))
        self.done(self.does(self.liu, f"{VISIT_PATH}/endings", {"outcome": "done"}))
        signing = {
            **EXAMPLES["customer-signatures"],
            "content": self.shown(path)["work_content"],
            **self.drawn_by_hand(),
        }
        self.done(self.does(self.liu, f"{path}/customer-signatures", signing))
        return path

    def away(self) -> str:
        """The technician is on leave."""
        self.know(LIU, Role.TECHNICIAN)
        path = f"/v1/people/{LIU}/leaves"
        self.done(self.desk.post(path, EXAMPLES["people/{number}/leaves"], self.liu))
        return path

    def drawn_by_hand(self) -> Mapping[str, Any]:
        """The signature that the customer drew, brought for the order."""
        kept = self.done(self.desk.bring(NUMBER, drawing(), self.liu)).json()
        return {"evidence": {"name": "签字.png", **kept}}

    def handed_in(self) -> str:
        """Every note is settled against that signature, and the task is brought."""
        return self.brought(self.repaired())

    def brought(self, path: str) -> str:
        """Of what the customer has signed: the same."""
        self.heard(settled(self.shown(path)["work_content"], 2, 0))
        self.done(self.does(self.liu, f"{path}/hand-ins", EXAMPLES["hand-ins"]))
        return path

    def claimed(self) -> str:
        """The task came home, and its technician claims what the journey cost."""
        self.handed_in()
        self.does(self.liu, "/v1/claims", CLAIM)
        return CLAIM_PATH

    def shown(self, path: str, token: str | None = None) -> Mapping[str, Any]:
        return self.told(path, token or self.clerk)

    def rows(self, query: str = "", token: str | None = None) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.shown(f"/v1/work-orders{query}", token)["rows"]
        return found

    def history(self, ticket: str = TICKET) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.shown(f"/v1/tickets/{ticket}/history")["rows"]
        return found
