"""实话 (honest acts): what people do who put down what is so, whatever else they could write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import httpx

from guiyi.plain import JsonObject
from guiyi.play import after, note, order, report, visit
from guiyi.play.case import Act, Case
from guiyi.play.commissioning import plan, trial_run
from guiyi.play.detours import draft
from guiyi.play.evidence import drawn
from guiyi.play.note import NOTE
from guiyi.play.order import ORDER
from guiyi.play.people import Person
from services.dispatch.work_order.kinds import FINISHED
from shared.events.order_sheet import NoteStage
from shared.events.values import RepairNature, ReportKind
from tests.world import states
from tests.world.cases import PRICES
from tests.world.detours import stale_lines
from tests.world.serials import Pieces, pieces_of
from tests.world.states import IssueNote
from tests.world.truth import RUNNING, Customer, Line, Truth, at_hand, missing, opening, used_of

ZONE = ZoneInfo("Asia/Shanghai")
LABOUR_FEN = 30_000
Told: TypeAlias = httpx.Response | None
PAYING = {"paid_how": "扫码 by phone", "receipt_no": "SJ-2611-090"}
FEES: Sequence[Mapping[str, Any]] = (
    {"kind": "parts", "fen": 12_000, "quoted_fen": 12_000, **PAYING},
    {"kind": "labour", "fen": 30_000, "quoted_fen": 30_000, **PAYING},
)
"""What is quoted and paid where it was found on site that the customer pays."""


@dataclass(frozen=True, slots=True)
class Papers:
    """单据: where all papers of the case stand."""

    report: states.Report
    order: states.WorkOrder
    visits: Sequence[states.Visit]
    notes: Mapping[str, IssueNote]
    survey: states.Survey
    dossier: states.Dossier
    report_days: int
    """On how many days the customer was tried before an approval, since they were heard last."""
    order_days: int
    """On how many days since there is an order, and since they were heard last."""
    claims: Mapping[str, states.Claim]
    complaints: Mapping[str, states.Complaint]

    @property
    def is_new(self) -> bool:
        """Whether it is a new machine that is commissioned."""
        return self.report.kind is ReportKind.COMMISSIONING

    @property
    def is_tried(self) -> bool:
        """Whether it is no new machine, or it is recorded that it was tried."""
        said = self.order.work.work.commissioned if self.order.work else None
        return not self.is_new or (said is not None and said.trial_run is not None)

    @property
    def visit(self) -> states.Visit | None:
        """The last one."""
        return self.visits[-1] if self.visits else None

    @property
    def technician(self) -> str | None:
        """Who has the order."""
        return self.order.technician


def papers_of(case: Case) -> Papers:
    """As they stand now."""
    return Papers(
        states.report(case),
        states.order(case),
        states.visits(case),
        states.notes(case),
        states.survey(case),
        states.dossier(case),
        len(states.report_tried_on(case)),
        len(states.order_tried_on(case)),
        states.claims(case),
        states.complaints(case),
    )


def fits(papers: Papers, truth: Truth, who: Person) -> Mapping[Line, int]:
    """装件: what whoever is there can fit of what the machine still needs."""
    left, fitted = dict(truth.to_fit), dict[Line, int]()
    if not truth.mendable or truth.customer is Customer.WITHDRAWN or truth.silent:
        return {}
    for number, paper in papers.notes.items():
        if paper.recipient != who.id:
            continue
        for part in paper.issues:
            if part in paper.accounts:
                continue
            pieces = min(left.get(part, 0), at_hand(paper, number, part, truth))
            if pieces > 0:
                fitted[number, part] = pieces
                left[part] -= pieces
    return fitted


def lacking(papers: Papers, truth: Truth) -> dict[str, int]:
    """缺件: what the machine needs and nobody has nor will have."""
    out = _coming(papers, truth)
    lacks = {part: n - out.get(part, 0) for part, n in truth.to_fit.items()}
    return {part: n for part, n in lacks.items() if n > 0}


def _coming(papers: Papers, truth: Truth) -> dict[str, int]:
    """How many pieces of each part somebody has or will have."""
    coming = dict[str, int]()
    for number, paper in papers.notes.items():
        open_ = paper.open_lines if paper.stage in (NoteStage.RELEASED, NoteStage.ISSUED) else ()
        for part, line in paper.lines.items():
            left = line.permitted if part in open_ and part not in truth.sold_out else 0
            if part in paper.issues and part not in paper.accounts:
                here = (number, part)
                left = paper.issues[part].issued.quantity
                left -= truth.used.get(here, 0) + truth.gone(here) + truth.unfit(here)
            if number in truth.came_back:
                left = 0
            coming[part] = coming.get(part, 0) + max(0, left)
    return coming


def is_recorded(papers: Papers, truth: Truth) -> bool:
    """Whether the order says already what is so."""
    if papers.order.work is None:
        return False
    work = papers.order.work.work
    said = {(each.note, each.part): each.used for each in work.parts_used if each.used}
    same = said == used_of(papers.notes, truth)
    paid = sum(fee.fen for fee in work.fees) == sum(fee["fen"] for fee in truth.paid)
    finished = work.result in FINISHED
    whole = not finished or papers.is_tried
    return same and paid and whole and finished is truth.is_finished(papers.report.kind)


def record(truth: Truth) -> Act:
    """维修记录: what is in the machine, what came of it and what was paid."""

    def act(case: Case, who: Person) -> Told:
        used = [
            {**said, **_one_by_one(case, truth, (number, line["part"]), said)}
            for number, line, pieces in _used(case, truth)
            for said in (order.used_of(number, line, pieces),)
        ]
        charged = {"fees": list(truth.paid), "no_fees": not truth.paid}
        return order.records(case, who, used, **_result(case, truth, used), **charged)

    return act


def _result(case: Case, truth: Truth, used: Sequence[JsonObject]) -> JsonObject:
    """维修结果: of a new machine with what the customer accepts, if it runs and they keep it."""
    if states.report(case).kind is not ReportKind.COMMISSIONING:
        return {"result": "fixed" if truth.mended else "not_fixed", "tested": truth.mended}
    why = {"fault_nature": "manufacture"} if used else {}
    if not truth.is_finished(ReportKind.COMMISSIONING):
        return {"result": "not_in_service", "commissioned": {"no_defects": True, **why}}
    shown = {**case.said["work"]["commissioned"], "trial_run": trial_run(case), **why}
    return {"result": "in_service", "commissioned": shown}


def answer(truth: Truth) -> Act:
    """回访应答: who has a fault still says so, and it is reported again."""

    def act(case: Case, who: Person) -> Told:
        said = after.answers_to(case)
        if truth.runs:
            return after.answer(case, who)
        answers = [_if_running(each) for each in said["answers"]]
        unhappy = {"satisfied": "no", "action": "new_report", "answers": answers}
        return after.survey_step(case, who, "answers", {**said, **unhappy})

    return act


def _if_running(answered: JsonObject) -> JsonObject:
    return {**answered, "yes": False} if answered["question"] in RUNNING else answered


def is_less(papers: Papers) -> bool:
    """Whether what is recorded as charged is less than was approved, and nobody granted it."""
    order = papers.order
    if order.work is None or order.noted is None or order.repair_nature is not RepairNature.PAID:
        return False
    charged = {each.kind: each.fen for each in order.work.work.fees}
    granted = order.fees_granted
    known = granted is not None and {each.kind: each.fen for each in granted.fees} == charged
    estimate = order.noted.approved.diagnosis.estimated_fen or 0
    return sum(charged.values()) < estimate and not known


def ask_bill(case: Case, who: Person) -> Told:
    """费用申请: to charge what the work cost, as it is recorded."""
    body = {"fees": _bill(case), "because": "实际费用少于预计"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/fee-requests", body)


def grant_bill(case: Case, who: Person) -> Told:
    """费用批准: what was asked for."""
    asked = states.order(case).fees_asked
    fees = [{"kind": each.kind, "fen": each.fen} for each in asked.fees] if asked else []
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/fee-approvals", {"fees": fees})


def _bill(case: Case) -> list[JsonObject]:
    recorded = states.order(case).work
    assert recorded is not None
    return [{"kind": each.kind, "fen": each.fen} for each in recorded.work.fees]


def fees_of(case: Case, papers: Papers, truth: Truth) -> tuple[Mapping[str, Any], ...]:
    """收费: what the customer has paid once the machine is mended."""
    nature = papers.order.repair_nature
    if truth.paid or not truth.mended or nature is not RepairNature.PAID:
        return truth.paid
    return tuple(case.said["work"].get("fees", () if truth.nature is None else FEES))


def open_parcel(truth: Truth) -> Act:
    """会同拆验: what is in it; a customer who signs nothing is asked why."""

    def act(case: Case, who: Person) -> Told:
        waiting = closed_parcels(states.notes(case), truth)
        if not waiting:
            return None
        (number, *_) = waiting
        return _opening(case, who, number, truth)

    return act


def open_again(number: str, truth: Truth) -> Act:
    """会同拆验: told again as it is, of whoever opened it and when."""

    def act(case: Case, who: Person) -> Told:
        before = states.notes(case)[number].opened
        assert before is not None
        opened = {"at": before.at.isoformat(), "technician": before.technician}
        return _opening(case, who, number, truth, opened, because="拆验时说错了")

    return act


def _opening(
    case: Case,
    who: Person,
    number: str,
    truth: Truth,
    when: JsonObject | None = None,
    **more: str,
) -> Told:
    lacks = {part: n for (_, part), n in missing(number, truth).items() if n}
    opened = {
        **(when or {"at": case.now, "technician": who.id}),
        "customer": case.said["signing"]["signer"],
        "opening": opening(number, truth).value,
        "missing": [{"part": part, "quantity": n} for part, n in lacks.items()],
    }
    by_hand = drawn(case, who, "inventory", number)
    serials = [each for part in lacks for each in pieces_of(case, (number, part), truth).short]
    body = {"opened": opened, "missing_serials": serials, **more}
    if truth.customer is Customer.UNWILLING:
        why = {"unsigned_because": "用户不肯签", "evidence": by_hand["evidence"]}
        return _on_note(case, who, number, "joint-openings", {**body, **why})
    return _on_note(case, who, number, "joint-openings", {**body, **by_hand})


def closed_parcels(notes: Mapping[str, IssueNote], truth: Truth) -> Sequence[str]:
    """The notes whose parcels are on their way, or there and not opened."""
    return [
        number
        for number, paper in notes.items()
        if paper.is_posted and paper.stage is NoteStage.ISSUED and paper.opened is None
        if number not in truth.never_came | truth.came_back
    ]


def receive(number: str, truth: Truth) -> Act:
    """邮件送达, 邮件退回: that the parcel of a note is there, or came back to the store."""
    step, why = "deliveries", {}
    if number in truth.came_back:
        step, why = "parcel-returns", {"because": "无人签收"}

    def act(case: Case, who: Person) -> Told:
        return _on_note(case, who, number, step, {"at": case.now, **why})

    return act


def reconcile(truth: Truth, of: str | None = None) -> Act:
    """核销: where every piece of the next drawn line is; `of`: of this note alone."""

    def act(case: Case, who: Person) -> Told:
        for number, shown, line in _lines(case):
            if line["issued"] and not line["account"] and of in (None, number):
                account = _account(case, truth, shown, (number, line["part"]), line)
                if account is None:
                    continue
                return note.settle(case, who, shown, {"part": line["part"], "account": account})
        return None

    return act


def ask_correction(truth: Truth) -> Act:
    """核销更正申请: a line that is booked otherwise than it is."""

    def act(case: Case, who: Person) -> Told:
        for number, shown, line in _lines(case):
            account = _account(case, truth, shown, (number, line["part"]), line)
            booked, paper = line["account"], states.notes(case)[number]
            older = line["part"] in stale_lines(paper) and paper.recipient == truth.away
            if booked and account and (older or _differs(booked, account)):
                body = {"part": line["part"], "account": account, "because": "照实更正"}
                return _on_note(case, who, number, "corrections", body)
        return None

    return act


def _differs(booked: JsonObject, account: JsonObject) -> bool:
    return any(booked[name] != account[name] for name in ("used", "unused", "lost"))


def _is_open(case: Case, number: str, line: JsonObject) -> bool:
    """Whether a line is out, or accounted for otherwise than the customer signed since then."""
    older = line["part"] in stale_lines(states.notes(case)[number])
    return line["issued"] is not None and (line["account"] is None or older)


def ask_loss(truth: Truth) -> Act:
    """报损申请: of what is gone, by post or otherwise."""

    def act(case: Case, who: Person) -> Told:
        for number, shown, line in _lines(case):
            where, left = _lost(truth, number, shown, line["part"])
            pieces = pieces_of(case, (number, line["part"]), truth)
            if not _is_open(case, number, line) or left <= 0:
                continue
            loss = {
                "part": line["part"],
                "quantity": left,
                "where": where,
                "how": "遗失",
                "borne_by": "store",
                "fen": PRICES[line["part"]] * left,
                "serials": (pieces.short if where == "post" else pieces.lost)[-left:],
            }
            return _on_note(case, who, number, "losses", {"loss": loss})
        return None

    return act


def decide_loss(truth: Truth) -> Act:
    """报损批准或驳回: as the pieces are gone or not."""

    def act(case: Case, who: Person) -> Told:
        for number, shown in note.notes_of(case).items():
            for each in note.waiting(shown, "loss", who):
                what = each["what"]
                gone = truth.short if what["where"] == "post" else truth.lost
                known = _granted_there(shown, what["part"], what["where"])
                if known + what["quantity"] <= gone.get((number, what["part"]), 0):
                    body = {"number": each["number"]}
                    return _on_note(case, who, number, "loss-approvals", body)
                body = {"number": each["number"], "because": "不是遗失"}
                return _on_note(case, who, number, "loss-refusals", body)
        return None

    return act


def ask_waiver(truth: Truth) -> Act:
    """旧件免交申请: of what the customer keeps."""

    def act(case: Case, who: Person) -> Told:
        for number, shown, line in _lines(case):
            part = line["part"]
            left = truth.kept.get((number, part), 0) - note.granted(shown, "waiver", part)
            if left > 0 and _is_open(case, number, line):
                told = {"reason": "kept_by_customer", "because": "用户留下"}
                told["no_photo_because"] = "不许拍"
                waiver = {"part": part, "quantity": left, **told}
                return _on_note(case, who, number, "waivers", {"waiver": waiver})
        return None

    return act


def count(number: str, truth: Truth) -> Act:
    """清点: what there is of a note."""

    def act(case: Case, who: Person) -> Told:
        paper = states.notes(case)[number]
        parts = [part for part in sorted(paper.hands) if part not in paper.accounts]
        lines = _there(case, number, parts, truth)
        return _on_note(case, who, number, "counts", {"lines": lines})

    return act


def _there(case: Case, number: str, parts: Sequence[str], truth: Truth) -> list[JsonObject]:
    """What there is of these parts, one by one."""
    paper = states.notes(case)[number]
    held = {part: at_hand(paper, number, part, truth) for part in parts}
    here = {part: pieces_of(case, (number, part), truth).here for part in parts}
    return [{"part": part, "quantity": n, "serials": here[part][:n]} for part, n in held.items()]


def take_over(number: str, taker: Person, *, giver: bool, truth: Truth) -> Act:
    """转交: both sign; or what two counted, with the approver in the place of the giver."""

    def act(case: Case, who: Person) -> Told:
        path = f"{NOTE}/{number}"
        named: dict[str, Any] = {"recipient": taker.id}
        if giver:
            paper = states.notes(case)[number]
            named["lines"] = _there(case, number, sorted(paper.hands), truth)
        wanted = named if giver else {**named, "without_giver": True}
        told = case.rooms.looks(who, "inventory", f"{path}/hand-over-sheets", wanted)
        if not told.is_success:
            return told
        signed = drawn(case, who, "inventory", number, hand=1)
        own = {"giver": drawn(case, who, "inventory", number)} if giver else {}
        both = {"taker": signed, **own}
        body = {**named, "because": "换人", "content": told.json()["content"], **both}
        return case.does(who, "inventory", f"{path}/hand-overs", body)

    return act


def go_without(case: Case, who: Person) -> Told:
    """缺件先行: without what was approved, is not in hand, and is not needed."""
    if not (parts := states.lacking(states.order(case))):
        return None
    body = {"parts": sorted(parts), "because": "坏的是另一个件，用不着"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/forgone-parts", body)


def reopen_for(technician: Person) -> Act:
    """派人: to somebody who is there."""
    return order.assign(technician)


def diagnose(case: Case, who: Person) -> Told:
    """故障诊断: whoever diagnoses goes there."""
    case.technician = who
    return report.diagnose(case, who)


def plan_for(technician: Person) -> Act:
    """调试计划: by whoever is there."""

    def act(case: Case, who: Person) -> Told:
        case.technician = technician
        return plan(case, who)

    return act


def draft_change(truth: Truth) -> Act:
    """更正草拟: who has to pay, which was approved otherwise, and what they agreed to."""

    def act(case: Case, who: Person) -> Told:
        assert truth.nature is not None
        changed: JsonObject = {
            "repair_nature": truth.nature.value,
            "nature_because": "现场查明",
            "talked_to_customer_at": case.now,
            "estimated_fen": _estimate(case),
        }
        if truth.nature is not RepairNature.PAID:
            return draft(case, who, changed, because="现场查明")
        consent = {"by": case.said["signing"]["signer"], "how": "电话", "at": case.now}
        agreement = {"quote": "BJ-2611-20", "customer_consent": consent}
        return draft(case, who, changed, because="现场查明", agreement=agreement)

    return act


def _estimate(case: Case) -> int:
    """预计费用: the parts to bring by the catalogue, and the work; no less than what is charged."""
    said = states.report(case).diagnosis
    parts = said.parts_to_bring if said else ()
    costs = sum(PRICES[each.part] * each.quantity for each in parts) + LABOUR_FEN
    charged: int = sum(fee["fen"] for fee in case.said["work"].get("fees", FEES))
    return max(costs, charged)


def complete(case: Case, who: Person) -> Told:
    """补充: what nobody could say at first; where an employee took the call, by calling again."""
    seen = case.shown(who, "intake", f"{report.REPORT}/{case.ticket}")
    if seen is None or "basics" not in case.said:
        return None
    basics = seen["report"]["basics"] or {}
    known = all(basics.get(name) == value for name, value in case.said["basics"].items())
    if known:
        return None
    return (report.call_customer if "agreement" in case.said else report.complete)(case, who)


def refuse_to_sign(case: Case, who: Person) -> Told:
    """用户拒签: of what they were shown."""
    seen = case.ordered()
    if seen is None or seen["work_content"] is None:
        return None
    body = {"content": seen["work_content"], "because": "不肯签", "witness": "门卫老周"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/signature-refusals", body)


def interrupt(approver: Person, teller: Person) -> Act:
    """上门中断: whoever is out cannot go on; a colleague said so."""

    def act(case: Case, who: Person) -> Told:
        said = {"because": "突发急病", "next_step": "转派", "said_by": teller.id}
        body = {"outcome": "interrupted", **said, "approver_told": approver.id}
        return visit.visit_step(case, who, "endings", body)

    return act


def end_unmended(truth: Truth) -> Act:
    """上门结束: it is not mended, and why."""
    if truth.customer is Customer.WITHDRAWN:
        return visit.end_visit("customer_declined", because="用户不修了", next_step="撤单")
    if truth.silent:
        return visit.end_visit("unsolved", because="用户已离开", next_step="联系用户")
    if truth.hopeless:
        return visit.end_visit("unsolved", because="轴已断裂", next_step="按修不好结案")
    return visit.end_visit("parts_missing", because="缺件", next_step="余件到齐再来")


def today(case: Case) -> Any:
    """The day it is at the branch."""
    return datetime.fromisoformat(case.now).astimezone(ZONE).date()


def _lost(truth: Truth, number: str, shown: JsonObject, part: str) -> tuple[str, int]:
    """What is gone and not granted yet: first what was not in the parcel, then the rest."""
    left = {"post": truth.short, "technician": truth.lost}
    for where, gone in left.items():
        pieces = gone.get((number, part), 0) - _granted_there(shown, part, where)
        if pieces > 0:
            return where, pieces
    return "post", 0


def _granted_there(shown: JsonObject, part: str, where: str) -> int:
    """How many pieces of a line are granted as lost there."""
    return sum(
        each["what"]["quantity"]
        for each in shown["requests"]
        if (each["kind"], each["decided"]) == ("loss", "granted")
        and (each["what"]["part"], each["what"]["where"]) == (part, where)
    )


def _account(
    case: Case, truth: Truth, shown: JsonObject, at: Line, line: JsonObject
) -> JsonObject | None:
    if not line["issued"]:
        return None
    used, gone, kept = truth.used.get(at, 0), truth.gone(at), truth.kept.get(at, 0)
    back, unused = used - kept, line["issued"]["quantity"] - used - gone
    pieces = pieces_of(case, at, truth)
    return {
        "used": used,
        "unused": unused,
        "unused_lines": _unused(truth, at, unused, pieces),
        "lost": gone,
        "old_returned": back,
        "old_serials": pieces.old[:back],
        "new_serials": list(pieces.used),
        "waived": min(kept, note.granted(shown, "waiver", at[1])),
        "fault_nature": "wear" if back else None,
    }


def _unused(truth: Truth, at: Line, unused: int, pieces: Pieces) -> list[JsonObject]:
    """交回明细: what is not as it should be has a line of its own."""
    broken, elsewhere = truth.damaged.get(at, 0), truth.misplaced.get(at, 0)
    if not broken and not elsewhere:
        return []
    found, unfit = {"found_because": "仓库装错，原件在库"}, broken + elsewhere
    bad, strange = pieces.short[:broken], pieces.short[broken:unfit]
    lines: list[JsonObject] = [
        {"quantity": broken, "condition": "damaged", "serials": bad},
        {"quantity": elsewhere, "condition": "good", "serials": strange, **found},
        {"quantity": unused - unfit, "condition": "good", "serials": list(pieces.here)},
    ]
    return [each for each in lines if each["quantity"] > 0]


def _one_by_one(case: Case, truth: Truth, line: Line, said: JsonObject) -> JsonObject:
    """Which pieces were used, and which old ones are taken home."""
    pieces, kept = pieces_of(case, line, truth), truth.kept.get(line, 0)
    taken = said["used"] - kept
    named = {"new_serials": list(pieces.used), "old_serials": pieces.old[:taken]}
    if not kept:
        return named
    return {**named, "old_taken": taken, "old_left": kept, "old_left_because": "用户留下"}


def _used(case: Case, truth: Truth) -> Iterator[tuple[str, JsonObject, int]]:
    for number, _, line in _lines(case):
        if pieces := truth.used.get((number, line["part"]), 0):
            yield number, line, pieces


def _lines(case: Case) -> Iterator[tuple[str, JsonObject, JsonObject]]:
    for number, shown in note.notes_of(case).items():
        if shown["note"]["stage"] != "void":
            for line in shown["note"]["lines"]:
                yield number, shown, line


def _on_note(case: Case, who: Person, number: str, step: str, body: JsonObject) -> Told:
    return case.does(who, "inventory", f"{NOTE}/{number}/{step}", body)
