"""派工 (at dispatch): a work order from the approval to the end, and the visits made for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from guiyi.demo.desk import Desk, Done, Person
from guiyi.demo.stories.clock import later, now


class Order:
    """维修单: the work order of a ticket, as soon as dispatch has heard of the approval."""

    def __init__(self, desk: Desk, clerk: Person, ticket: str) -> None:
        self._desk, self.ticket = desk, ticket

        def heard(page: Any) -> Any:
            return next((row for row in page["rows"] if row["ticket"] == ticket), None)

        self.row = desk.waits(clerk, "dispatch", "/v1/work-orders/awaiting", heard)
        self.number = str(self.row["number"])
        self.path = f"/v1/work-orders/{self.number}"

    def does(self, who: Person, step: str, body: Mapping[str, Any]) -> Done:
        """A step that is accepted."""
        return self._desk.does(who, "dispatch", f"{self.path}/{step}", body)

    def is_refused(self, who: Person, step: str, body: Mapping[str, Any], *codes: str) -> None:
        """A step that breaks exactly these rules."""
        self._desk.is_refused(who, "dispatch", f"{self.path}/{step}", body, *codes)

    def shown(self, who: Person) -> Any:
        """The order as he is shown it."""
        return self._desk.asks(who, "dispatch", self.path)

    def form(self, delivery: str, *, more: int = 0) -> Mapping[str, Any]:
        """The order made out as approved; with `more` pieces of everything, otherwise."""
        row = self.row
        parts = [
            {"part": part["part"], "quantity": part["quantity"] + more, "delivery": delivery}
            for part in row["parts"]
        ]
        named = {"parts": parts} if parts else {"no_parts": True}
        copied = {name: row[name] for name in ("approved", "repair_nature", "travel")}
        return {"form": {"kind": "repair", **copied, **named}}

    def opened(self, clerk: Person, delivery: str = "carried") -> None:
        """开单: the clerk copies what was approved."""
        self.does(clerk, "openings", self.form(delivery))

    def assigned(self, clerk: Person, technician: Person) -> None:
        """派人."""
        self.does(clerk, "assignments", {"technician": technician.id})

    def taken(self, technician: Person) -> None:
        """接单签字: he signs the order as it is shown to him."""
        self.does(technician, "signatures", {"content": self.shown(technician)["content"]})

    def visit(self, which: int) -> "Visit":
        """One of the visits of the ticket."""
        return Visit(self._desk, self, which)

    def work(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was done, as he writes it down: now, with parts drawn on the first issue note."""
        used = [{"note": f"{self.ticket}-C1", **each} for each in said.get("parts_used", ())]
        return {"work": {**said, "arrived_at": now(), "finished_at": now(), "parts_used": used}}

    def recorded(self, technician: Person, said: Mapping[str, Any]) -> None:
        """维修记录."""
        self.does(technician, "work-records", self.work(said))

    def customer_signed(self, technician: Person, said: Mapping[str, Any]) -> None:
        """用户签字: drawn on the technician's device, over the work as it is shown there."""
        content = self.shown(technician)["work_content"]
        body = {**said, "content": content, "how": "drawn"}
        self.does(technician, "customer-signatures", body)

    def handed_in(self, technician: Person) -> None:
        """交销: as soon as dispatch has heard that every note is settled."""
        codes = ("not-reconciled", "reconciled-against-old-signature")
        self._desk.does_once_heard(technician, "dispatch", f"{self.path}/hand-ins", {}, *codes)

    def closing(self, *papers: str) -> Mapping[str, Any]:
        """结案: what the clerk says who has checked these papers."""
        return {"ending": "repaired", "papers_checked": papers, "customer_told_at": now()}

    def closed(self, clerk: Person, notes: Sequence[str]) -> None:
        """结案: the order and every note checked."""
        self.does(clerk, "closings", self.closing(self.number, *notes))


class Visit:
    """上门: a visit for an order."""

    def __init__(self, desk: Desk, order: Order, which: int) -> None:
        self._desk, self._order, self._which = desk, order, which
        self.number = f"{order.ticket}-V{which}"
        self.path = f"/v1/visits/{self.number}"

    def does(self, who: Person, step: str, body: Mapping[str, Any]) -> Done:
        """A step that is accepted."""
        return self._desk.does(who, "dispatch", f"{self.path}/{step}", body)

    def is_refused(self, who: Person, step: str, body: Mapping[str, Any], *codes: str) -> None:
        """A step that breaks exactly these rules."""
        self._desk.is_refused(who, "dispatch", f"{self.path}/{step}", body, *codes)

    def agreed(self, who: Person) -> None:
        """计划、预约: the first at the approved time, each further one a day later; agreed."""
        travel = self._order.row["travel"]
        at = later(travel["at"], days=self._which - 1)
        plan = {
            "order": self._order.number,
            "window": {"start_at": later(at, hours=1), "end_at": later(at, hours=3)},
            "travel_mode": travel["mode"],
            "travel_at": at,
        }
        self.does(who, "plans", plan)
        self.does(who, "appointments", {"confirmed": True})

    @property
    def departure(self) -> Mapping[str, Any]:
        """出发: by the approved means."""
        return {"mode": self._order.row["travel"]["mode"], "checklist": ["tools", "order"]}

    def made(self, technician: Person) -> None:
        """出发、到达: as soon as dispatch has heard that the parts are in hand."""
        path = f"{self.path}/departures"
        codes = ("parts-not-in-hand",)
        self._desk.does_once_heard(technician, "dispatch", path, self.departure, *codes)
        self.does(technician, "arrivals", {})

    def ended(self, technician: Person, **said: Any) -> None:
        """上门结束; nothing else said: done."""
        self.does(technician, "endings", {"outcome": "done", **said})
