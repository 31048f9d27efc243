"""岔路 (the detours): what people do where a repair leaves the straight line, to its true end."""

from collections.abc import Iterator
from typing import TypeAlias

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Act, Case
from guiyi.play.evidence import drawn
from guiyi.play.exceptions import missing_of
from guiyi.play.note import NOTE, notes_of, settle
from guiyi.play.order import ORDER, records, sign_as_customer, used_of
from guiyi.play.people import APPROVER, Person
from guiyi.play.report import REPORT, approve
from guiyi.play.visit import end_visit, visit_step

Drawn: TypeAlias = tuple[str, JsonObject, int]
"""The number of a note, a line of it that was drawn, and how many pieces of it were received."""


def received(case: Case) -> Iterator[Drawn]:
    """Every drawn line, without what was missing from its parcel."""
    for number, shown in notes_of(case).items():
        for line in shown["note"]["lines"]:
            if line["issued"]:
                there = line["issued"]["quantity"] - missing_of(shown, line["part"])
                yield number, line, max(0, there)


def record_with_one_kept(case: Case, who: Person) -> httpx.Response:
    """维修记录: all that was received was used; the customer keeps one old part."""
    used: list[JsonObject] = [used_of(*each) for each in received(case)]
    first = used[0]
    because = case.said["kept_because"]
    taken = first["old_taken"] - 1
    kept = {"old_taken": taken, "old_left": 1, "old_left_because": because}
    kept["old_serials"] = first["old_serials"][:taken]
    return records(case, who, [{**first, **kept}, *used[1:]])


def name_the_rest(case: Case, who: Person) -> httpx.Response | None:
    """追加出库单: what was approved and is not here, to be carried this time."""
    if (order := case.ordered()) is None:
        return None
    wanted = {e["part"]: e["quantity"] for e in order["approved"]["diagnosis"]["parts_to_bring"]}
    for _, line, there in received(case):
        wanted[line["part"]] -= there
    lines = [{"part": part, "quantity": pieces} for part, pieces in wanted.items() if pieces > 0]
    body = {"delivery": "carried", "lines": lines, "because": case.said["rest_because"]}
    return _of_order(case, who, "further-notes", body)


def go_for_parts(case: Case, who: Person) -> httpx.Response | None:
    """上门结束: parts are missing; another visit brings them."""
    return end_visit("parts_missing", **case.said["unfinished"])(case, who)


def settle_as_shown(case: Case, who: Person) -> httpx.Response | None:
    """核销: the next drawn line as the store shows it, once it has heard what was done with it."""
    nature = (case.ordered() or {}).get("repair_nature")
    for shown in notes_of(case).values():
        for each in shown["to_sign"]:
            heard = shown["signed_use"] and shown["note"]["repair_nature"] == nature
            if each["step"] == "reconciliations" and heard:
                return settle(case, who, shown, {name: each[name] for name in ("part", "account")})
    return None


def settle_with_damage(case: Case, who: Person) -> httpx.Response | None:
    """核销: as `settle_as_shown`, where what was not used comes home damaged."""
    for shown in notes_of(case).values():
        for each in shown["to_sign"]:
            if each["step"] == "reconciliations" and shown["signed_use"]:
                account = {**each["account"], "condition": "damaged"}
                return settle(case, who, shown, {"part": each["part"], "account": account})
    return None


def refuse_to_sign(case: Case, who: Person) -> httpx.Response | None:
    """用户拒签: the customer was shown the work and does not sign; why, and who saw it."""
    if (seen := case.ordered()) is None or seen["work_content"] is None:
        return None
    body = {**case.said["refusal"], "content": seen["work_content"]}
    return _of_order(case, who, "signature-refusals", body)


def waive_signature(case: Case, who: Person) -> httpx.Response:
    """免签批准: the approver does without the signature."""
    return _of_order(case, who, "signature-waivers", {"because": case.said["waiver"]})


def draft_change(case: Case, who: Person) -> httpx.Response | None:
    """更正草拟: what was found on site, who pays for it, and what the customer agreed to."""
    said = case.said["changed"]
    changed = {**said["diagnosis"], "talked_to_customer_at": case.now}
    consent = {**said["consent"], "at": case.now}
    agreement = {"quote": said["quote"], "customer_consent": consent}
    return draft(case, who, changed, because=said["because"], agreement=agreement)


def draft(case: Case, who: Person, changed: JsonObject, **said: object) -> httpx.Response | None:
    """更正草拟: the diagnosis as it is, with what changes in it, and what else is said."""
    seen = case.seen("intake", f"{REPORT}/{case.ticket}")
    if seen is None or seen["report"]["diagnosis"] is None:
        return None
    diagnosis = {**seen["report"]["diagnosis"], **changed}
    return _of_report(case, who, "amendment-drafts", {"diagnosis": diagnosis, **said})


def of_draft(step: str) -> Act:
    """更正: the technician signs what is drafted, or the clerk asks for its approval."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        seen = case.seen("intake", f"{REPORT}/{case.ticket}")
        if seen is None or seen["report"]["draft"] is None:
            return None
        content = seen["report"]["draft"]["content"]
        return _of_report(case, who, step, {"content": content})

    return act


def approve_change(case: Case, who: Person) -> httpx.Response | None:
    """批准: the change, as it is shown once it was asked for."""
    seen = case.shown(who, "intake", f"{REPORT}/{case.ticket}")
    if seen is None or seen["report"]["stage"] != "submitted":
        return None
    return approve(case, who)


def sign_the_change(case: Case, who: Person) -> httpx.Response | None:
    """用户签字: as soon as dispatch has heard that the change was approved."""
    seen = case.ordered()
    wanted = case.said["changed"]["diagnosis"]["repair_nature"]
    if seen is None or seen["repair_nature"] != wanted:
        return None
    return sign_as_customer(case, who)


def cancel_visit(case: Case, who: Person) -> httpx.Response | None:
    """取消上门: the customer called it off."""
    body = {"because": case.said["withdrawn"], "customer_told_at": case.now}
    return visit_step(case, who, "cancellations", body)


def withdraw(case: Case, who: Person) -> httpx.Response:
    """结案: the customer wants no repair any more."""
    body = {
        "ending": "withdrawn",
        "reason": case.said["withdrawn"],
        "customer_told_at": case.now,
    }
    return _of_order(case, who, "closings", body)


def interrupt(case: Case, who: Person) -> httpx.Response | None:
    """上门中断: the technician is taken ill; a clerk says who said so, and which approver knows."""
    said = case.said["taken_ill"]
    told = {"said_by": case.technician.id, "approver_told": APPROVER.id}
    return end_visit("interrupted", **said, **told)(case, who)


def count(case: Case, who: Person) -> httpx.Response | None:
    """清点: all that was received on the first note of which something is out."""
    if (number := _out_on(case)) is None:
        return None
    lines = [
        {"part": line["part"], "quantity": there, "serials": line["issued"]["serials"][:there]}
        for note, line, there in received(case)
        if note == number and not line["account"]
    ]
    return case.does(who, "inventory", f"{NOTE}/{number}/counts", {"lines": lines})


def take_over(taker: Person) -> Act:
    """转交: what two people counted; the approver signs in the place of who cannot."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        if (number := _out_on(case)) is None:
            return None
        path, named = f"{NOTE}/{number}", {"recipient": taker.id}
        wanted = {**named, "without_giver": True}
        told = case.rooms.looks(who, "inventory", f"{path}/hand-over-sheets", wanted)
        if not told.is_success:
            return None
        content, signed = told.json()["content"], drawn(case, who, "inventory", number, hand=1)
        because = case.said["taken_ill"]["because"]
        body = {**named, "because": because, "content": content, "taker": signed}
        return case.does(who, "inventory", f"{path}/hand-overs", body)

    return act


def recall(case: Case, who: Person) -> httpx.Response:
    """收回派单: so that somebody else can have it."""
    return _of_order(case, who, "recalls", {"because": case.said["taken_ill"]["because"]})


def ask_supplement(case: Case, who: Person) -> httpx.Response:
    """追加配件申请: opened, it lacks something else than what was diagnosed."""
    return _of_order(case, who, "supplements", case.said["supplement"])


def grant_supplement(case: Case, who: Person) -> httpx.Response:
    """追加配件批准: what was asked for."""
    lines = case.said["supplement"]["lines"]
    return _of_order(case, who, "supplement-approvals", {"lines": lines})


def record_instead(case: Case, who: Person) -> httpx.Response:
    """维修记录: what the supplement brought was used, and nothing of what was diagnosed."""
    wanted = {each["part"] for each in case.said["supplement"]["lines"]}
    return records(case, who, [used_of(*e) for e in received(case) if e[1]["part"] in wanted])


def record_what_is_out(case: Case, who: Person) -> httpx.Response:
    """维修记录: all that is at hand was used; what came home or was lost is not."""
    return records(case, who, [used_of(*e) for e in received(case) if not e[1]["account"]])


def void_signature(case: Case, who: Person) -> httpx.Response:
    """签字作废: what the customer signed has to change."""
    return _of_order(case, who, "signature-voidings", {"because": "用量写错"})


def forgo_parts(case: Case, who: Person) -> httpx.Response:
    """缺件先行: without what is out of stock."""
    return _of_order(case, who, "forgone-parts", case.said["out_of_stock"])


def lose_parcel(case: Case, who: Person) -> httpx.Response | None:
    """报损申请: of a whole line that went by post and never came."""
    for number, line, there in received(case):
        loss = {"part": line["part"], "quantity": there, "serials": line["issued"]["serials"]}
        body = {"loss": {**case.said["lost"], **loss}}
        return case.does(who, "inventory", f"{NOTE}/{number}/losses", body)
    return None


def send_another(case: Case, who: Person) -> httpx.Response | None:
    """追加出库单: for all that was diagnosed, once nothing of it is out or used."""
    if (order := case.ordered()) is None:
        return None
    lines = order["approved"]["diagnosis"]["parts_to_bring"]
    body = {"delivery": "carried", "lines": lines, "because": case.said["rest_because"]}
    return _of_order(case, who, "further-notes", body)


def _out_on(case: Case) -> str | None:
    """The first note of which something is out."""
    return next((note for note, line, _ in received(case) if not line["account"]), None)


def _of_order(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response:
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/{step}", body)


def _of_report(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response:
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/{step}", body)
