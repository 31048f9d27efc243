"""派工 (at dispatch): the work order from the approval to the closed case."""

from collections.abc import Sequence

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Act, Case
from guiyi.play.evidence import drawn
from guiyi.play.note import notes_of, old_serials
from guiyi.play.people import Person

ORDER = "/v1/work-orders"


def open_order(more: int = 0) -> Act:
    """开单: the clerk copies what was approved; with `more` pieces of everything, otherwise."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        page = case.shown(who, "dispatch", f"{ORDER}/awaiting")
        rows = page["rows"] if page else ()
        row = next((each for each in rows if each["ticket"] == case.ticket), None)
        if row is None:
            return None
        delivery = case.said.get("delivery", "carried")
        parts = [
            {"part": part["part"], "quantity": part["quantity"] + more, "delivery": delivery}
            for part in row["parts"]
        ]
        copied = {name: row[name] for name in ("approved", "repair_nature", "travel")}
        own = case.said.get("form", {"kind": "repair"})
        form = {**own, **copied, "parts": parts, "no_parts": not parts}
        return _step(case, who, "openings", {"form": form})

    return act


def assign(technician: Person | None = None) -> Act:
    """派人: the order is given to somebody; nobody named: to the technician of the case."""

    def act(case: Case, who: Person) -> httpx.Response:
        given = {"technician": (technician or case.technician).id}
        return _step(case, who, "assignments", given)

    return act


def take_order(case: Case, who: Person) -> httpx.Response | None:
    """接单签字: the technician signs the order as it stands; to another it is not even shown."""
    seen = case.ordered()
    if seen is None or not seen["content"]:
        return None
    return _step(case, who, "signatures", {"content": seen["content"]})


def decline(case: Case, who: Person) -> httpx.Response:
    """退单: the technician does not take it."""
    return _step(case, who, "declines", {"because": "当天已有两单"})


def record_work(left_over: int = 0) -> Act:
    """维修记录: all that was drawn was used, or all but so many pieces of each part."""

    def act(case: Case, who: Person) -> httpx.Response:
        used = [
            used_of(number, line, max(0, line["issued"]["quantity"] - left_over))
            for number, note in notes_of(case).items()
            for line in note["note"]["lines"]
            if line["issued"]
        ]
        return records(case, who, used)

    return act


def used_of(number: str, line: JsonObject, quantity: int) -> JsonObject:
    """用件: so many pieces of a drawn line, and as many old ones taken out."""
    new, old = line["issued"]["serials"][:quantity], old_serials(line, quantity)
    said = {"note": number, "part": line["part"], "used": quantity, "old_taken": quantity}
    return {**said, "new_serials": new, "old_serials": old}


def records(case: Case, who: Person, used: Sequence[JsonObject], **said: object) -> httpx.Response:
    """维修记录: the work with these parts, and what else is said of it."""
    times = {"arrived_at": case.now, "finished_at": case.now}
    work = {**case.said["work"], **times, **said, "parts_used": used, "no_parts_used": not used}
    return _step(case, who, "work-records", {"work": work})


def ask_bill(case: Case, who: Person) -> httpx.Response:
    """费用申请: to charge what the work cost, which is less than was estimated."""
    return _step(case, who, "fee-requests", {"fees": _bill(case), "because": "少换一件"})


def grant_bill(case: Case, who: Person) -> httpx.Response:
    """费用批准: what the work cost."""
    return _step(case, who, "fee-approvals", {"fees": _bill(case)})


def _bill(case: Case) -> Sequence[JsonObject]:
    fees = case.said["work"]["fees"]
    return [{"kind": each["kind"], "fen": each["fen"]} for each in fees]


def sign_as_customer(case: Case, who: Person) -> httpx.Response | None:
    """用户签字: drawn by the customer on the technician's device, over what is shown there.

    Before work is recorded that is the bare order, and it comes too early.
    """
    if (seen := case.ordered()) is None:
        return None
    if (content := seen["work_content"] or seen["content"]) is None:
        return None
    signed = drawn(case, who, "dispatch", case.order)
    body = {**case.said["signing"], "content": content, **signed}
    return _step(case, who, "customer-signatures", body)


def hand_in(case: Case, who: Person) -> httpx.Response:
    """交销: the signed order and every note are brought home."""
    return _step(case, who, "hand-ins", {})


def close(case: Case, who: Person) -> httpx.Response:
    """结案: the task is taken, the order and every note checked."""
    return _close(case, who, [case.order, *notes_of(case)])


def close_unchecked(case: Case, who: Person) -> httpx.Response:
    """结案: with the order alone checked."""
    return _close(case, who, [case.order])


def close_as(ending: str, because: str) -> Act:
    """结案: a task whose fault is not mended is taken, with all its papers and the reason."""

    def act(case: Case, who: Person) -> httpx.Response:
        papers = [case.order, *notes_of(case)]
        ended = {"ending": ending, "reason": because, "customer_told_at": case.now}
        return _step(case, who, "closings", {**ended, "papers_checked": papers})

    return act


def _close(case: Case, who: Person, papers: Sequence[str]) -> httpx.Response:
    ending = case.said.get("ending", "repaired")
    ended = {"ending": ending, "papers_checked": papers, "customer_told_at": case.now}
    return _step(case, who, "closings", ended)


def _step(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response:
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/{step}", body)
