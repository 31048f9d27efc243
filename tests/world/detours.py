"""岔路 (the detours): what people do when a repair does not go as it was told, and too early."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from guiyi.plain import JsonObject
from guiyi.play import detours as told
from guiyi.play.after import answers_to, survey_step
from guiyi.play.branch import acts, findings
from guiyi.play.case import Act, Case
from guiyi.play.evidence import drawn
from guiyi.play.note import NOTE, account_of, notes_of, posted_step, settle
from guiyi.play.order import ORDER, records, used_of
from guiyi.play.people import SUN, Person
from guiyi.play.report import REPORT
from guiyi.play.visit import visit_step, when_to_go, window
from services.dispatch.work_order.cash import taken_fen
from tests.world import states
from tests.world.people import CLERK_2
from tests.world.world import World

of_draft, void_signature, recall = told.of_draft, told.void_signature, told.recall
refuse_to_sign, waive_signature = told.refuse_to_sign, told.waive_signature
interrupt, cancel, give_up = told.interrupt, told.cancel_visit, told.withdraw
delegate_to, approve_for = acts.stand_in, acts.approve_for
record_in_part, continue_repair, deliver_parcel = acts.record_in_part, acts.go_on, acts.deliver
ask_void = acts.on_undrawn("voiding-requests", because="改派")
void_note = acts.on_undrawn("voidings")
draft_fewer, when_heard = findings.draft_fewer, findings.when_heard
"""Told in the repairs of `guiyi.play` as well."""
FEE = {"kind": "inspection", "fen": 5_000}
MORE = [{"part": "SEAL-32", "quantity": 1}]


def give_back(case: Case, who: Person) -> httpx.Response:
    """退回: the approver does not approve, and says why."""
    body = {"as_what": "approver", "reasons": ["预计费用偏高"], "fields": ["estimated_fen"]}
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/returns", body)


def take_back(case: Case, who: Person) -> httpx.Response:
    """撤回: the clerk takes back what is not yet decided."""
    body = {"because": "客户改了时间"}
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/recalls", body)


def draft_change(case: Case, who: Person) -> httpx.Response | None:
    """更正草拟: it costs more than was approved."""
    seen = case.seen("intake", f"{REPORT}/{case.ticket}")
    said = (seen or {}).get("report", {}).get("diagnosis") or {}
    dearer = {"estimated_fen": (said.get("estimated_fen") or 0) + 1_000}
    return told.draft(case, who, dearer, because="现场查明费用更高")


def reopen(case: Case, who: Person) -> httpx.Response | None:
    """重新开单: what was approved since is copied onto an order that nobody has taken.

    Of a further order, without the parts that an earlier one has used.
    """
    if (seen := case.ordered()) is None:
        return None
    approved = seen["approved"]
    wanted = approved["diagnosis"]
    due = [{"part": e.part, "quantity": e.quantity} for e in states.still_due(states.order(case))]
    form = {
        **case.said.get("form", {"kind": "repair"}),
        "approved": approved["content"],
        "repair_nature": wanted["repair_nature"],
        "parts": due,
        "no_parts": not due,
        "travel": wanted["travel"],
    }
    return _of_order(case, who, "openings", {"form": form})


def correct_contact(case: Case, who: Person) -> httpx.Response:
    """联系方式更正: the phone was misheard."""
    body = {"contact_phone": "0571-8700 4321", "because": "听错一位"}
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/contact-corrections", body)


def further_note(case: Case, who: Person) -> httpx.Response:
    """追加出库单: for all that no note in force speaks for."""
    rest = states.rest_of(states.order(case))
    lines = [{"part": part, "quantity": pieces} for part, pieces in rest.items() if pieces]
    body = {"delivery": case.said["delivery"], "lines": lines, "because": "余下另领"}
    return _of_order(case, who, "further-notes", body)


def ask_travel_change(case: Case, who: Person) -> httpx.Response:
    """旅程变更申请: to leave today."""
    body = {"mode": "company_car", "travel_at": case.now, "because": "用户改到今天"}
    return _of_order(case, who, "travel-changes", body)


def grant_travel_change(case: Case, who: Person) -> httpx.Response:
    """旅程变更批准: what was asked for."""
    waits = states.order(case).travel_asked
    seen = {"mode": waits.wanted.mode, "travel_at": waits.wanted.at.isoformat()} if waits else None
    at = {"mode": "rail", "travel_at": case.now}
    return _of_order(case, who, "travel-change-approvals", seen or at)


def refuse_travel_change(case: Case, who: Person) -> httpx.Response:
    """旅程变更不准."""
    return _of_order(case, who, "travel-change-refusals", {"because": "等一天再去"})


def forgo_parts(case: Case, who: Person) -> httpx.Response | None:
    """缺件先行: without what nobody has; else without everything that is on a note."""
    paper = states.order(case)
    named = {line.part for note in paper.notes for line in note.lines}
    parts = set(states.lacking(paper)) or named
    body = {"parts": sorted(parts), "because": "仓库缺货"}
    return _of_order(case, who, "forgone-parts", body) if parts else None


def ask_fees(case: Case, who: Person) -> httpx.Response:
    """费用申请: a test that nobody quoted."""
    body = {"fees": [FEE], "because": "用户要求加做检测"}
    return _of_order(case, who, "fee-requests", body)


def grant_fees(case: Case, who: Person) -> httpx.Response:
    """费用批准: what was asked for."""
    return _of_order(case, who, "fee-approvals", {"fees": [FEE]})


def refuse_fees(case: Case, who: Person) -> httpx.Response:
    """费用不准."""
    return _of_order(case, who, "fee-refusals", {"because": "在保修期内"})


def record_charged(case: Case, who: Person) -> httpx.Response:
    """维修记录: all that is at hand was used, and the customer paid for a test."""
    paid = {**FEE, "paid_how": "现金", "receipt_no": "SJ-1"}
    return records(case, who, _as_settled(case), fees=[paid], no_fees=False)


def settle_money(case: Case, who: Person) -> httpx.Response | None:
    """款项结清: all that the customer has paid so far, if anything."""
    fen = taken_fen(states.order(case))
    body = {"fen": fen, "receipt_no": "CW-1"}
    return _of_order(case, who, "cash-settlements", body) if fen else None


def ask_supplement(case: Case, who: Person) -> httpx.Response | None:
    """追加配件申请: one more of what was brought, once."""
    if states.order(case).supplements:
        return None
    body = {"delivery": "carried", "lines": MORE, "because": "拆开后发现还缺"}
    return _of_order(case, who, "supplements", body)


def grant_supplement(case: Case, who: Person) -> httpx.Response:
    """追加配件批准: what was asked for."""
    return _of_order(case, who, "supplement-approvals", {"lines": MORE})


def refuse_supplement(case: Case, who: Person) -> httpx.Response:
    """追加配件不准."""
    return _of_order(case, who, "supplement-refusals", {"because": "先试试别的办法"})


def grant_excess(case: Case, who: Person) -> httpx.Response | None:
    """超批准许: of what was used beyond what is approved."""
    return _of_excess(case, who, "excess-grants", {})


def deny_excess(case: Case, who: Person) -> httpx.Response | None:
    """超批不准."""
    return _of_excess(case, who, "excess-denials", {"because": "一只就够"})


def _of_excess(
    case: Case, who: Person, step: str, body: Mapping[str, Any]
) -> httpx.Response | None:
    waits = [*states.excess(states.order(case))]
    lines = [{"part": each.part, "quantity": each.quantity} for each in waits]
    return _of_order(case, who, step, {"lines": lines, **body}) if lines else None


def depart_before(case: Case, who: Person) -> httpx.Response | None:
    """出发: told an hour afterwards, by other means than were approved."""
    told_at = datetime.fromisoformat(case.now)
    assert isinstance(case.rooms, World)
    case.rooms.clock.reach(told_at)
    case.at = told_at - timedelta(hours=1)
    try:
        return visit_step(case, who, "departures", {"mode": "coach"})
    finally:
        case.at = None


def grant_deviation(case: Case, who: Person) -> httpx.Response | None:
    """偏差准许."""
    return visit_step(case, who, "deviation-grants", {})


def deny_deviation(case: Case, who: Person) -> httpx.Response | None:
    """偏差不准."""
    return visit_step(case, who, "deviation-denials", {"because": "没有事先说明"})


def reassign_visit(case: Case, who: Person) -> httpx.Response | None:
    """上门转派: to whoever has the order by now."""
    return visit_step(case, who, "reassignments", {"because": "原派人员生病"})


def make_link(case: Case, who: Person) -> httpx.Response | None:
    """确认链接: for the customer of the visit that is under way."""
    return visit_step(case, who, "appointment-links", {"tell": "sms"})


def ask_code(case: Case, who: Person) -> httpx.Response | None:
    """签字码: for the work as the customer was shown it."""
    if (seen := case.ordered()) is None or seen["work_content"] is None:
        return None
    body = {"content": seen["work_content"]}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/signing-codes", body)


def tell_code(case: Case, who: Person) -> httpx.Response:
    """核对签字码: what comes to somebody's mind."""
    path = f"{ORDER}/{case.order}/signing-code-tries"
    return case.does(who, "dispatch", path, {"digits": "000000"})


def take_leave(case: Case, who: Person) -> httpx.Response:
    """请假: whoever it is, for today."""
    body = {"kind": "absence", "from_on": case.now[:10], "until_on": case.now[:10]}
    return case.does(who, "dispatch", f"/v1/people/{who.id}/leaves", body)


def come_back(case: Case, who: Person) -> httpx.Response:
    """销假: the first leave."""
    return case.does(who, "dispatch", f"/v1/people/{who.id}/leaves/1/revocations", {})


def ask_base_help(case: Case, who: Person) -> httpx.Response:
    """基地支援报请."""
    body = {"ground": "technical", "tried": "按手册检查三遍"}
    return _of_order(case, who, "base-help-requests", body)


def guide_from_base(case: Case, who: Person) -> httpx.Response:
    """基地指导: from afar, and it was not enough."""
    body = {"steps": "按图逐级测量，仍漏水", "solved": False}
    return _of_order(case, who, "base-guidances", body)


def send_from_base(case: Case, who: Person) -> httpx.Response:
    """基地派员: one of its technicians goes there."""
    body = {"technician": SUN.id, "because": "现场人手不足"}
    return _of_order(case, who, "base-technicians", body)


def decline_base_help(case: Case, who: Person) -> httpx.Response:
    """基地支援不予."""
    return _of_order(case, who, "base-help-declines", {"because": "本周无人可派"})


def urge(case: Case, who: Person) -> httpx.Response:
    """人工督促: the customer called again."""
    return _of_order(case, who, "urgings", {"because": "用户又来电催，请今天联系"})


def agree_on_site(case: Case, who: Person) -> httpx.Response:
    """用户同意: the customer agrees on site to what they are quoted."""
    consent = {"by": case.said["signing"]["signer"], "how": "当面签字", "at": case.now}
    return _of_order(case, who, "consents", {"consent": consent, "fen": 20_000})


def entrust_hand_in(case: Case, who: Person) -> httpx.Response:
    """代为交销: by the other clerk."""
    body = {"clerk": CLERK_2.id, "because": "售后人员住院"}
    return _of_order(case, who, "hand-in-grants", body)


def return_hand_in(case: Case, who: Person) -> httpx.Response:
    """交销退回: something is wrong with it."""
    return _of_order(case, who, "hand-in-returns", {"reasons": ["旧件少一只"]})


def record_unmended(case: Case, who: Person) -> httpx.Response:
    """维修记录: the parts are in, and the fault is not mended."""
    return records(case, who, _as_settled(case), result="not_fixed", tested=False)


def record_as_settled(case: Case, who: Person) -> httpx.Response:
    """维修记录: of what is accounted for already just that, all the rest as it is at hand."""
    return records(case, who, _as_settled(case))


def _as_settled(case: Case) -> list[JsonObject]:
    return [
        used_of(number, line, _at_hand(shown["note"], line))
        for number, shown in notes_of(case).items()
        for line in shown["note"]["lines"]
        if line["issued"]
    ]


def reschedule(case: Case, who: Person) -> httpx.Response | None:
    """改约: another window that can be kept; the customer agrees."""
    if (when := when_to_go(case)) is None:
        return None
    body = {**when, "because": "用户改时间", "customer_agreed": True}
    return visit_step(case, who, "reschedulings", body)


def put_off(case: Case, who: Person) -> httpx.Response | None:
    """改约: for days, and the customer has not agreed to it."""
    start = datetime.fromisoformat(case.now) + timedelta(days=3)
    body = {**window(start, start), "because": "人手不足", "customer_agreed": False}
    return visit_step(case, who, "reschedulings", body)


def return_parcel(case: Case, who: Person) -> httpx.Response | None:
    """邮件退回."""
    return posted_step(case, who, "parcel-returns", {"at": case.now, "because": "无人签收"})


def open_again(case: Case, who: Person) -> httpx.Response | None:
    """会同拆验: told again: what was missing is there."""
    for number, paper in states.notes(case).items():
        if paper.opened is None or not paper.opened.missing:
            continue
        opened = {
            "at": paper.opened.at.isoformat(),
            "technician": paper.opened.technician,
            "customer": case.said["signing"]["signer"],
            "opening": "as_sent",
        }
        signed = drawn(case, who, "inventory", number)
        body = {"opened": opened, "because": "缺的一只夹在衬垫里", **signed}
        return case.does(who, "inventory", f"{NOTE}/{number}/joint-openings", body)
    return None


def not_so(word: str) -> Act:
    """邮件登记撤回: it was another parcel."""
    body = {"word": word, "because": "登错了包裹"}
    return lambda case, who: posted_step(case, who, "parcel-withdrawals", body)


def settle_returned(case: Case, who: Person) -> httpx.Response | None:
    """核销: what came back in its parcel comes home whole."""
    for number, paper in states.notes(case).items():
        if paper.came_back is None:
            continue
        shown = case.seen("inventory", f"{NOTE}/{number}")
        assert shown is not None
        for line in shown["note"]["lines"]:
            if line["issued"] and not line["account"]:
                return settle(case, who, shown, account_of(shown, line, 0))
    return None


def reconcile_again(case: Case, who: Person) -> httpx.Response | None:
    """重新核销: a line accounted for against a signature that is no longer in force."""
    for number, note in states.notes(case).items():
        for part in stale_lines(note):
            shown = case.seen("inventory", f"{NOTE}/{number}")
            assert shown is not None
            (line,) = (each for each in shown["note"]["lines"] if each["part"] == part)
            return settle(case, who, shown, {"part": part, "account": line["account"]})
    return None


def reconcile_by_paper(then: Act) -> Act:
    """核销: once the store has heard of what lies signed before the keeper."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        order = case.ordered()
        assert order is not None
        signed = order["customer"]["content"] if order["customer"] else None
        if any(note["signed_content"] != signed for note in notes_of(case).values()):
            return None
        return then(case, who)

    return act


def answer_no(case: Case, who: Person) -> httpx.Response:
    """回访应答: the customer is not satisfied."""
    body = {**answers_to(case), "satisfied": "no", "action": "new_report"}
    return survey_step(case, who, "answers", body)


def attempt(case: Case, who: Person) -> httpx.Response:
    """回访尝试: nobody answers."""
    return survey_step(case, who, "attempts", {"channel": "phone", "result": "no_answer"})


def end_call_back(ending: str) -> Act:
    """回访终结: the customer is given up, or will not answer."""

    def act(case: Case, who: Person) -> httpx.Response:
        body = {"ending": ending, "because": "多次无人接听", "channel": "phone"}
        return survey_step(case, who, "endings", body)

    return act


def stale_lines(note: states.IssueNote) -> list[str]:
    """Lines accounted for against another signature than the one in force."""
    return [
        part
        for part, done in note.accounts.items()
        if done.account.used and done.content != note.signed_content and not note.is_waived
    ]


def _at_hand(note: Mapping[str, Any], line: Mapping[str, Any]) -> int:
    if line["account"]:
        return int(line["account"]["used"])
    if note["delivery"] == "posted" and not note["opened"]:
        return 0
    missing = note["opened"]["missing"] if note["opened"] else ()
    lost = sum(each["quantity"] for each in missing if each["part"] == line["part"])
    return int(line["issued"]["quantity"] - lost)


def _of_order(case: Case, who: Person, step: str, body: Mapping[str, Any]) -> httpx.Response:
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/{step}", body)
