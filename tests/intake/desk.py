"""The intake desk of the stories over HTTP: the room in memory, with whoever works there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from guiyi.rooms import FIRST_OPERATOR
from services.intake.app import room
from services.intake.legacy import ImportLegacyEntry
from shared.decider import Asked
from shared.events.inventory import PartCard, PartDocument
from tests.examples import examples_of
from tests.shared.room_desk import RoomDesk

EXAMPLES = examples_of(room)
CLERK, TECHNICIAN, APPROVER = "K-CHENJING", "T-LIUYANG", "A-ZHAO"
CUSTOMER = "C-1001"
DELEGATIONS = "people/{number}/delegations"
"""Where the example of a delegation stands."""


@dataclass
class Intake(RoomDesk):
    """受理: the room, with whoever works there."""

    def __post_init__(self) -> None:
        self.operator = self.desk.token(FIRST_OPERATOR, ["operator"], ["*"])
        self.clerk = self.desk.token(CLERK, ["clerk"], ["HZ01"])
        self.technician = self.desk.token(TECHNICIAN, ["technician"], ["HZ01"])
        self.approver = self.desk.token(APPROVER, ["approver"], ["HZ01"])
        self.customer = self.desk.token(CUSTOMER, ["customer"], ["HZ01"])

    def staffed(self) -> "Intake":
        """The branch with its people, which has heard of the parts of the catalogue."""
        for part in ("SEAL-32", "VALVE-8"):
            known = PartDocument(PartCard(part, part, value_fen=3_800))
            self.desk.views.documents["inventory", f"part-{part}"] = known
        people = ((TECHNICIAN, "technician"), (CLERK, "clerk"), (APPROVER, "approver"))
        self.done(self.desk.post("/v1/branches", EXAMPLES["branches"], self.operator))
        for person, role in people:
            card = {**EXAMPLES["people"], "id": person, "roles": [role]}
            self.done(self.desk.post("/v1/people", card, self.operator))
        return self

    def opened(self) -> "Intake":
        """The branch with its people, a customer and their machine."""
        self.staffed()
        self.done(self.desk.post("/v1/customers", EXAMPLES["customers"], self.clerk))
        self.done(self.desk.post("/v1/machines", EXAMPLES["machines"], self.clerk))
        return self

    def reported(self, **changed: Any) -> str:
        body = {**EXAMPLES["reports"], **changed}
        taken = self.done(self.desk.post("/v1/reports", body, self.clerk))
        assert taken.headers["location"] == f"/v1/reports/{taken.json()['ticket']}"
        return taken.headers["location"]

    def diagnosed(self) -> str:
        path = self.reported()
        self.give(path, "remote-guidances", self.technician)
        self.give(path, "diagnoses", self.technician)
        return path

    def diagnosed_at(self, fen: int) -> str:
        """A report whose repair is estimated to cost that much."""
        path = self.reported()
        self.give(path, "remote-guidances", self.technician)
        body = {**EXAMPLES["diagnoses"]}
        body["diagnosis"] = {**body["diagnosis"], "estimated_fen": fen}
        self.done(self.desk.post(f"{path}/diagnoses", body, self.technician))
        return path

    def signed(self) -> str:
        path = self.diagnosed()
        self.give(path, "signatures", self.technician)
        return path

    def submitted(self) -> str:
        path = self.signed()
        self.give(path, "submissions", self.clerk)
        return path

    def approved(self) -> str:
        path = self.submitted()
        self.give(path, "approvals", self.approver)
        return path

    def answered(self) -> str:
        """An enquiry that was answered by phone."""
        path = self.reported(kind="inquiry")
        told = {
            "ending": "answered",
            "answer": "滤芯每年换一次",
            "customer_told_at": str(datetime.now(UTC)),
        }
        self.done(self.desk.post(f"{path}/closings", told, self.clerk))
        return path

    def complained(self, ticket: str | None = None, **changed: Any) -> str:
        """A complaint that somebody owns and has resolved."""
        path = self.complaint(ticket, **changed)
        owned = {**EXAMPLES["assignments"], "owner": APPROVER}
        self.done(self.desk.post(f"{path}/assignments", owned, self.clerk))
        body = {**EXAMPLES["resolutions"], "compensation_fen": 5_000}
        del body["customer_told_at"]
        self.done(self.desk.post(f"{path}/resolutions", body, self.approver))
        return path

    def complaint(self, ticket: str | None = None, **changed: Any) -> str:
        """A complaint that nobody owns yet."""
        body = {**EXAMPLES["complaints"], **({"ticket": ticket} if ticket else {}), **changed}
        taken = self.done(self.desk.post("/v1/complaints", body, self.clerk))
        return taken.headers["location"]

    def content(self, path: str) -> str:
        content: str = self.told(path, self.clerk)["report"]["content"]
        return content

    def give(self, path: str, step: str, token: str) -> httpx.Response:
        """The documented example, signed under what is shown where it is signed."""
        body = dict(EXAMPLES[step])
        if "content" in body:
            body["content"] = self.content(path)
        return self.done(self.desk.post(f"{path}/{step}", body, token))

    def delegated(self, **changed: Any) -> str:
        """The approver lets somebody stand in for them, by default from today on."""
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        days = {"from_on": str(today), "until_on": str(today + timedelta(9))}
        path = f"/v1/people/{APPROVER}/delegations"
        body = {**EXAMPLES[DELEGATIONS], **days, **changed}
        self.done(self.desk.post(path, body, self.approver))
        return path

    def hidden(self, branch: str = "HZ01") -> str:
        """The branch travels by air no more."""
        path = f"/v1/branches/{branch}/hidden-values"
        self.done(self.desk.post(path, EXAMPLES["branches/{number}/hidden-values"], self.operator))
        return path

    def imported(self, number: str, *, is_open: bool = True) -> str:
        """A ticket of another desk, as the import writes it."""
        home = f"legacy-old-{number}"
        at = datetime(2013, 5, 1, tzinfo=UTC)
        asked = Asked(home, "import:old", frozenset(), at, "HZ01", f"old-{number}")
        entry = ImportLegacyEntry("old", 1, number, "Accepted/In Progress", is_open)
        self.decided(room, entry, asked)
        return f"/v1/legacy-tickets/old-{number}/continuations"
