"""配件库 (at the store): the catalogue and the opening stock; an issue note to its settlement."""

from collections.abc import Mapping
from typing import Any

from guiyi.demo.desk import Cast, Desk, Person
from guiyi.demo.stories.clock import later, now


def enter_stock(desk: Desk, cast: Cast) -> None:
    """期初: the storekeeper enters the catalogue, what is on the shelves, and the quotas."""
    keeper, stock = cast.people["keeper"], f"/v1/stock/{desk.branch}"
    for card in cast["parts"]:
        desk.does(keeper, "inventory", "/v1/parts", card)
    for each in cast["stock"]:
        path, quantity, quota = f"{stock}/{each['part']}", each["quantity"], each["quota"]
        desk.does(keeper, "inventory", f"{path}/openings", {"quantity": quantity})
        desk.does(keeper, "inventory", f"{path}/quotas", {"quota": quota})


class Note:
    """出库单: the first issue note of a ticket, as soon as the store has heard of the order."""

    def __init__(self, desk: Desk, ticket: str, keeper: Person, recipient: Person) -> None:
        self._desk, self.keeper, self.recipient = desk, keeper, recipient
        self.number = f"{ticket}-C1"
        self.path = f"/v1/issue-notes/{self.number}"
        shown = desk.waits(keeper, "inventory", self.path, lambda found: found)
        self.lines: Mapping[str, int] = {
            line["part"]: line["permitted"] for line in shown["note"]["lines"]
        }

    def does(self, who: Person, step: str, body: Mapping[str, Any]) -> None:
        """A step that is accepted."""
        self._desk.does(who, "inventory", f"{self.path}/{step}", body)

    def is_refused(self, who: Person, step: str, body: Mapping[str, Any], *codes: str) -> None:
        """A step that breaks exactly these rules."""
        self._desk.is_refused(who, "inventory", f"{self.path}/{step}", body, *codes)

    def drawing(self, part: str, *, more: int = 0, **posted: Any) -> Mapping[str, Any]:
        """领料: a line in full (or more than that), signed over the sheet that shows it."""
        drawn = {"part": part, "quantity": self.lines[part] + more, **posted}
        how = "session" if posted else "drawn"  # posted parts are signed for by the keeper himself
        content = self._sheet("issue-sheets", drawn)
        return {**drawn, "recipient": self.recipient.id, "how": how, "content": content}

    def drawn(self) -> None:
        """领料: every line into the recipient's hands."""
        for part in self.lines:
            self.does(self.keeper, "issues", self.drawing(part))

    def posted(self, parcel: Mapping[str, Any]) -> None:
        """邮寄: every line in one parcel, whose arrival both are told of."""
        sent = now()
        parcel = {**parcel, "sent_at": sent, "expected_at": later(sent, hours=12)}
        for part in self.lines:
            self.does(self.keeper, "issues", self.drawing(part, parcel=parcel))
        told = {"technician_told_at": now(), "customer_told_at": now()}
        self.does(self.keeper, "announcements", told)

    def opened_together(self, customer: str) -> None:
        """会同拆验: as it was sent."""
        found = {"at": now(), "technician": self.recipient.id, "opening": "as_sent"}
        self.does(self.recipient, "joint-openings", {"opened": {**found, "customer": customer}})

    def settling(self, account: Mapping[str, Any]) -> Mapping[str, Any]:
        """核销: the account of a line, signed by the technician at the keeper's desk."""
        told = dict(account)
        part = told.pop("part")
        content = self._sheet("reconciliation-sheets", {"part": part, "account": told})
        said = {"part": part, "account": told, "content": content}
        return {**said, "technician": self.recipient.id, "how": "drawn"}

    def settled(self, *accounts: Mapping[str, Any]) -> None:
        """核销: every line, as soon as the store has heard of the customer's signature."""
        asked = self._desk.waits
        asked(self.keeper, "inventory", self.path, lambda found: found["signed_content"])
        for account in accounts:
            self.does(self.keeper, "reconciliations", self.settling(account))

    def _sheet(self, which: str, body: Mapping[str, Any]) -> str:
        """The hash of what is shown to be signed."""
        shown = self._desk.asks_with(self.keeper, "inventory", f"{self.path}/{which}", body)
        return str(shown["content"])
