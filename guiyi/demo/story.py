"""故事 (the stories): what people of one branch do in a day, as calls to the rooms' APIs.

Each story ends with the number of its ticket. What is said in them stands in demo.toml.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from guiyi.demo.desk import Cast, Desk, Person


def enter_registers(desk: Desk, cast: Cast) -> None:
    """登记: the operator makes the branch and its people, the clerk customers and machines."""
    operator, clerk = cast.people["operator"], cast.people["clerk"]
    desk.does(operator, "intake", "/v1/branches", {"code": desk.branch, **cast["branch"]})
    for card in cast["people"].values():
        desk.does(operator, "intake", "/v1/people", {**card, "branches": [desk.branch]})
    for name in ("customers", "machines"):
        for card in cast[name]:
            desk.does(clerk, "intake", f"/v1/{name}", card)


def way_a(desk: Desk, cast: Cast) -> str:
    """途径 A: the customer calls the clerk; asked for too early, then straight to the signature."""
    clerk, liu, approver = (cast.people[name] for name in ("clerk", "liu", "approver"))
    said = cast["leaking"]
    paper = _Paper(desk, desk.does(clerk, *_new(said)).ticket)
    paper.does(liu, "diagnoses", {"diagnosis": said["diagnosis"]})
    early = {"content": paper.content(clerk)}
    codes = ("report-incomplete", "remote-not-tried", "unsigned")
    desk.is_refused(clerk, "intake", f"{paper.path}/submissions", early, *codes)
    paper.does(liu, "remote-guidances", said["guidance"])
    whole = said["diagnosis"] | said["further"]
    paper.does(liu, "diagnoses", {"diagnosis": _travelling(whole, liu)})
    paper.does(clerk, "basics", {"basics": said["basics"]})
    paper.signed(liu)
    paper.submitted(clerk)
    paper.approved(approver, "approver")
    number = _opened(desk, clerk, paper.ticket)
    _assigned(desk, clerk, number, liu)
    _taken(desk, liu, number)
    return paper.ticket


def way_b(desk: Desk, cast: Cast) -> str:
    """途径 B: an employee reports; returned once, approved by two, declined, signed by another."""
    clerk, liu, sun = (cast.people[name] for name in ("clerk", "liu", "sun"))
    said = cast["filling"]
    paper = _Paper(desk, desk.does(sun, *_new(said)).ticket)
    paper.does(clerk, "basics", _called(said))
    paper.does(liu, "remote-guidances", said["guidance"])
    paper.does(liu, "diagnoses", {"diagnosis": _travelling(said["diagnosis"], liu, sun)})
    paper.signed(liu)
    paper.submitted(clerk)
    paper.does(cast.people["deputy"], "returns", said["return"])
    corrected = said["diagnosis"] | said["corrected"]
    paper.does(liu, "diagnoses", {"diagnosis": _travelling(corrected, liu, sun)})
    paper.signed(liu)
    paper.submitted(clerk)
    paper.approved(cast.people["approver"], "approver")
    paper.approved(cast.people["deputy"], "cost_deputy")
    number = _opened(desk, clerk, paper.ticket)
    _assigned(desk, clerk, number, liu)
    desk.does(liu, "dispatch", f"/v1/work-orders/{number}/declines", said["decline"])
    _assigned(desk, clerk, number, sun)
    _taken(desk, sun, number)
    return paper.ticket


def solved_remotely(desk: Desk, cast: Cast) -> str:
    """远程解决: nobody travels; the technician closes the case when the customer says it works."""
    clerk, liu, said = cast.people["clerk"], cast.people["liu"], cast["tripped"]
    paper = _Paper(desk, desk.does(clerk, *_new(said)).ticket)
    paper.does(liu, "remote-guidances", said["guidance"])
    ending = {"ending": "solved_remotely", "customer_told_at": _now()}
    paper.does(liu, "closings", ending)
    return paper.ticket


def continued(desk: Desk, cast: Cast, legacy: str) -> str:
    """旧单续办: an open ticket of the old desk gets a number of ours and goes on."""
    clerk, sun, said = cast.people["clerk"], cast.people["sun"], cast["continued"]
    path = f"/v1/legacy-tickets/{quote(legacy, safe='')}/continuations"
    begun = desk.does(clerk, "intake", path, said["report"])
    paper = _Paper(desk, begun.ticket)
    paper.does(sun, "diagnoses", {"diagnosis": said["diagnosis"]})
    return paper.ticket


class _Paper:
    """A report on the desk."""

    def __init__(self, desk: Desk, ticket: str | None) -> None:
        assert ticket is not None
        self.ticket, self.path = ticket, f"/v1/reports/{ticket}"
        self._desk = desk

    def does(self, who: Person, step: str, body: Mapping[str, Any]) -> None:
        self._desk.does(who, "intake", f"{self.path}/{step}", body)

    def content(self, who: Person) -> str:
        """The hash of what he is shown now; he signs that and nothing else."""
        return str(self._desk.asks(who, "intake", self.path)["report"]["content"])

    def signed(self, who: Person) -> None:
        self.does(who, "signatures", {"content": self.content(who), "how": "session"})

    def submitted(self, who: Person) -> None:
        self.does(who, "submissions", {"content": self.content(who)})

    def approved(self, who: Person, as_what: str) -> None:
        self.does(who, "approvals", {"as_what": as_what, "content": self.content(who)})


def _new(said: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    return "intake", "/v1/reports", said["report"]


def _called(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the clerk fills in after his own call to the customer."""
    agreement = said["agreement"]
    consent = {**agreement["customer_consent"], "at": _now()}
    return {
        "basics": said["basics"],
        "equipment": said["equipment"],
        "agreement": {**agreement, "customer_consent": consent},
        "called_customer_at": _now(),
    }


def _travelling(diagnosis: Mapping[str, Any], *who: Person) -> Mapping[str, Any]:
    """A diagnosis that says when he talked to the customer, and who travels when and how."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    travel = {
        "mode": "company_car",
        "at": tomorrow.isoformat(),
        "travellers": [person.id for person in who],
    }
    return {**diagnosis, "talked_to_customer_at": _now(), "travel": travel}


def _opened(desk: Desk, clerk: Person, ticket: str) -> str:
    """The clerk copies what was approved into a work order, as soon as dispatch has heard of it."""

    def heard(page: Any) -> Any:
        return next((row for row in page["rows"] if row["ticket"] == ticket), None)

    row = desk.waits(clerk, "dispatch", "/v1/work-orders/awaiting", heard)
    parts = [{**part, "delivery": "carried"} for part in row["parts"]]
    form = {
        "approved": row["approved"],
        "kind": "repair",
        "repair_nature": row["repair_nature"],
        "parts": parts,
        "travel": row["travel"],
    }
    desk.does(clerk, "dispatch", f"/v1/work-orders/{row['number']}/openings", {"form": form})
    return str(row["number"])


def _assigned(desk: Desk, clerk: Person, number: str, technician: Person) -> None:
    body = {"technician": technician.id}
    desk.does(clerk, "dispatch", f"/v1/work-orders/{number}/assignments", body)


def _taken(desk: Desk, technician: Person, number: str) -> None:
    """He signs the order as it is shown to him."""
    path = f"/v1/work-orders/{number}"
    content = desk.asks(technician, "dispatch", path)["content"]
    desk.does(technician, "dispatch", f"{path}/signatures", {"content": content})


def _now() -> str:
    return datetime.now(UTC).isoformat()
