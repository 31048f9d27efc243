"""受理 (at the front desk): registers, and a report from the call to its approval or its end."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from guiyi.demo.desk import Cast, Desk, Person
from guiyi.demo.stories.clock import now, tomorrow

MODE = "company_car"


def enter_registers(desk: Desk, cast: Cast) -> None:
    """登记: the operator makes the branch and its people, the clerk customers and machines."""
    operator, clerk = cast.people["operator"], cast.people["clerk"]
    desk.does(operator, "intake", "/v1/branches", {"code": desk.branch, **cast["branch"]})
    for card in cast["people"].values():
        desk.does(operator, "intake", "/v1/people", {**card, "branches": [desk.branch]})
    for name in ("customers", "machines"):
        for card in cast[name]:
            desk.does(clerk, "intake", f"/v1/{name}", card)


class Report:
    """报修单: a report on the desk."""

    def __init__(self, desk: Desk, ticket: str | None) -> None:
        assert ticket is not None
        self.ticket, self.path = ticket, f"/v1/reports/{ticket}"
        self._desk = desk

    def does(self, who: Person, step: str, body: Mapping[str, Any]) -> None:
        """A step that is accepted."""
        self._desk.does(who, "intake", f"{self.path}/{step}", body)

    def is_refused(self, who: Person, step: str, body: Mapping[str, Any], *codes: str) -> None:
        """A step that breaks exactly these rules."""
        self._desk.is_refused(who, "intake", f"{self.path}/{step}", body, *codes)

    def content(self, who: Person) -> str:
        """The hash of what he is shown now; he signs that and nothing else."""
        return str(self._desk.asks(who, "intake", self.path)["report"]["content"])

    def signed(self, who: Person) -> None:
        """诊断签字: the technician signs what he is shown."""
        self.does(who, "signatures", {"content": self.content(who), "how": "session"})

    def submitted(self, who: Person) -> None:
        """提交: the clerk asks for approval."""
        self.does(who, "submissions", {"content": self.content(who)})

    def approved(self, who: Person, as_what: str) -> None:
        """批准: one approver."""
        self.does(who, "approvals", {"as_what": as_what, "content": self.content(who)})


def reported(desk: Desk, who: Person, said: Mapping[str, Any]) -> Report:
    """报修: a new ticket."""
    return Report(desk, desk.does(who, "intake", "/v1/reports", said["report"]).ticket)


def left_for_approval(desk: Desk, cast: Cast) -> Report:
    """待批: a report that is complete, signed and submitted, and that nobody has decided."""
    clerk, liu, said = cast.people["clerk"], cast.people["liu"], cast["leaking"]
    report = reported(desk, clerk, said)
    report.does(liu, "remote-guidances", said["guidance"])
    diagnosis = said["diagnosis"] | said["further"]
    report.does(liu, "diagnoses", {"diagnosis": travelling(diagnosis, liu)})
    report.does(clerk, "basics", {"basics": said["basics"]})
    report.signed(liu)
    report.submitted(clerk)
    return report


def called(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the clerk fills in after his own call to the customer."""
    agreement = said["agreement"]
    consent = {**agreement["customer_consent"], "at": now()}
    return {
        "basics": said["basics"],
        "equipment": said["equipment"],
        "agreement": {**agreement, "customer_consent": consent},
        "called_customer_at": now(),
    }


def travelling(diagnosis: Mapping[str, Any], *who: Person) -> Mapping[str, Any]:
    """A diagnosis that says when he talked to the customer, and who travels when and how."""
    travel = {"mode": MODE, "at": tomorrow(), "travellers": [person.id for person in who]}
    return {**diagnosis, "talked_to_customer_at": now(), "travel": travel}


def continued(desk: Desk, cast: Cast, legacy: str) -> str:
    """旧单续办: an open ticket of the old desk gets a number of ours and goes on."""
    clerk, sun, said = cast.people["clerk"], cast.people["sun"], cast["continued"]
    path = f"/v1/legacy-tickets/{quote(legacy, safe='')}/continuations"
    report = Report(desk, desk.does(clerk, "intake", path, said["report"]).ticket)
    report.does(sun, "diagnoses", {"diagnosis": said["diagnosis"]})
    return report.ticket
