"""受理 (at the front desk): a report from the call to its approval or its end."""

from datetime import datetime
from urllib.parse import quote

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Act, Case
from guiyi.play.people import Person

REPORT = "/v1/reports"
MODE = "company_car"


def report(case: Case, who: Person) -> httpx.Response:
    """报修: somebody calls; a report is registered, and the case has its ticket."""
    return _begun(case, case.does(who, "intake", REPORT, case.said["report"]))


def continue_legacy(number: str) -> Act:
    """旧单续办: an open ticket of the old desk gets a number of ours and goes on."""

    def act(case: Case, who: Person) -> httpx.Response:
        path = f"/v1/legacy-tickets/{quote(number, safe='')}/continuations"
        return _begun(case, case.does(who, "intake", path, case.said["report"]))

    return act


def complete(case: Case, who: Person) -> httpx.Response:
    """补充: the clerk has learned what nobody could say at first."""
    return _step(case, who, "basics", {"basics": case.said["basics"]})


def call_customer(case: Case, who: Person) -> httpx.Response:
    """致电用户: the clerk calls the customer and fills in what an employee could not know."""
    said, agreement = case.said, case.said["agreement"]
    consent = {**agreement["customer_consent"], "at": case.now}
    body = {
        "basics": said["basics"],
        "equipment": said["equipment"],
        "agreement": {**agreement, "customer_consent": consent},
        "called_customer_at": case.now,
    }
    return _step(case, who, "basics", body)


def guide(result: str | None = None) -> Act:
    """远程指导: tried by telephone, and what came of it; nothing given: what is said of it."""

    def act(case: Case, who: Person) -> httpx.Response:
        said = case.said["guidance"]
        return _step(case, who, "remote-guidances", {**said, "result": result or said["result"]})

    return act


def diagnose(case: Case, who: Person) -> httpx.Response:
    """诊断: what is broken, what it takes, and who travels when and how."""
    return _diagnosis(case, who, "diagnosis", "further")


def diagnose_in_part(case: Case, who: Person) -> httpx.Response:
    """诊断: with something left out."""
    return _step(case, who, "diagnoses", {"diagnosis": case.said["diagnosis"]})


def diagnose_anew(case: Case, who: Person) -> httpx.Response:
    """诊断更正: as the approver wishes."""
    return _diagnosis(case, who, "diagnosis", "further", "corrected")


def _signed(step: str, **said: str) -> Act:
    """A step that names the hash of the report as it is shown. Who is shown none cannot take it."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        seen = case.shown(who, "intake", f"{REPORT}/{case.ticket}")
        if seen is None or "content" not in seen["report"]:
            return None
        return _step(case, who, step, {**said, "content": seen["report"]["content"]})

    return act


sign_report = _signed("signatures", how="session")
"""诊断签字: the technician signs what they are shown."""
submit = _signed("submissions")
"""提交: the clerk asks for approval."""
approve = _signed("approvals", as_what="approver")
"""批准."""
approve_as_deputy = _signed("approvals", as_what="cost_deputy")
"""批准: by whoever answers for the costs."""


def give_back(case: Case, who: Person) -> httpx.Response:
    """退回: the approver does not approve, and says why."""
    return _step(case, who, "returns", case.said["return"])


def close_report(ending: str, reason: str | None = None) -> Act:
    """结案: before there is an approval."""

    def act(case: Case, who: Person) -> httpx.Response:
        body = {"ending": ending, "customer_told_at": case.now}
        return _step(case, who, "closings", body | ({"reason": reason} if reason else {}))

    return act


def _step(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response:
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/{step}", body)


def _begun(case: Case, answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        case.ticket = answer.json()["ticket"]
    return answer


def _diagnosis(case: Case, who: Person, *sections: str) -> httpx.Response:
    """Whoever travels does so on the same day."""
    said = [case.said.get(section, {}) for section in sections]
    at = datetime.fromisoformat(case.now).replace(microsecond=0)
    travellers = case.said.get("travellers", [case.technician.id])
    travel = {"mode": MODE, "at": at.isoformat(), "travellers": travellers}
    whole = {"talked_to_customer_at": case.now, "travel": travel}
    for each in said:
        whole |= each
    return _step(case, who, "diagnoses", {"diagnosis": whole})
