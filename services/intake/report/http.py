"""报修单的接口 (HTTP of the reports): what a step is looked up for, what is offered and shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from fastapi import APIRouter

from services.intake import rules
from services.intake.cards import differ
from services.intake.reading import READING
from services.intake.report import PAPER, enquiries, open_reports, values_said
from services.intake.report.amending import (
    AmendReport,
    DraftAmendment,
    Drafting,
    offered_amending,
    offered_draft,
)
from services.intake.report.approval import (
    Approving,
    GiveApproval,
    Returning,
    ReturnReport,
    offered_approvals,
    offered_returning,
    top_rung,
)
from services.intake.report.checks import Signing, customer_stream
from services.intake.report.comparison import Diagnosing, Prices
from services.intake.report.completeness import missing_to_submit
from services.intake.report.diagnosis import DiagnoseFault, offered_diagnosis
from services.intake.report.duplicates import OpenReports, is_open, known
from services.intake.report.ending import CloseReport, Closing, offered_closing
from services.intake.report.planning import PlanCommissioning, Planning, offered_plan
from services.intake.report.reporting import RegisterReport, Told
from services.intake.report.state import Report, drafted
from services.intake.report.submission import SubmitReport
from services.intake.views import tickets
from shared.decider import number_of
from shared.events.cards import MachineCard
from shared.events.inventory import PartDocument
from shared.events.meaning import LookUpKind
from shared.events.order_sheet import OrderStage, WorkOrderDocument
from shared.events.report_form import (
    ApprovalAsked,
    Diagnosis,
    Equipment,
    ListedField,
    Stage,
    chosen,
)
from shared.events.same_machine import is_same_machine
from shared.events.values import BranchCode, Ending, PartWanted, Phone, Ticket, Warned
from shared.fields import filled, replaced
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber
from shared.http.query import Listed, Paged, Shown, Single
from shared.http.registers import Registers
from shared.policy import local_day, time_zone

T = TypeVar("T", Approving, Returning)


@dataclass(frozen=True, slots=True)
class NewReport(Told):
    """报修: what was reported, at which branch; `branch` may be left out by who has only one."""

    branch: BranchCode | None = None


@dataclass(frozen=True, slots=True)
class Lacks:
    """所缺: a field that must be filled in before the report can be submitted."""

    field: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Unpriced:
    """目录无价: the parts for whose want of a price the top rung approves, and what to do."""

    parts: Sequence[str]
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ReportShown:
    """报修单: as it stands; `report.content` is what a signature is put under."""

    ticket: str
    report: Report
    missing: Sequence[Lacks]
    duplicates: Sequence[str] | None = ()
    """The tickets that were closed as duplicates of this one; null while their list is built."""
    unpriced: Unpriced | None = None
    """While it waits for its approval: why that is asked of the top rung, if for such parts."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show reports."""

    @api.query(router, "/reports", reads=READING["report"], shows=open_reports.Row)
    def list_reports(
        page: Paged,
        *,
        branch: str | None = None,
        owner: str | None = None,
        state: Stage | None = None,
        machine: str | None = None,
        customer: str | None = None,
    ) -> Listed:
        """在办报修单: what your branches have on the desk, by owner, state, machine, customer."""
        where = {
            "branch": branch,
            "owner": owner,
            "stage": state,
            "machine": machine,
            "customer": customer,
        }
        return Listed(open_reports, page, where)

    api.listing(
        router,
        "/enquiries",
        enquiries,
        reads=READING["report"],
        said="咨询一览: what was asked, by day; what they were told, by whom; what became of it.",
        named="list_enquiries",
        filters=("branch", "is_open", "owner", "customer", "answered_by", "ending"),
        newest_first=True,
        by_day="received_at",
    )

    @api.query(router, "/enquiries/{ticket}", reads=READING["report"], shows=enquiries.Row)
    def show_enquiry(ticket: Ticket) -> Single:
        """咨询登记: who asked what, what they were told and by whom; in full on its report."""
        return Single(enquiries, (ticket,))

    @api.query(router, "/reports/{ticket}", reads=READING["report"], shows=ReportShown)
    def show_report(ticket: Ticket) -> Shown:
        """报修单: one report as it stands, and what it lacks to be submitted."""
        seen = api.existing(PAPER.stream_of(ticket))
        on_site = api.policies(seen.branch, api.registers.now()).quote.consent_on_site
        lacking = missing_to_submit(seen.state, consent_on_site=on_site)
        labels = [(name, api.texts.label(name)) for name in lacking]
        missing = [Lacks(name, said.zh, said.en) for name, said in labels]
        here = {"duplicate_of": ticket, "branch": seen.branch}
        rows = api.registers.known(tickets, here)
        others = None if rows is None else [row.ticket for row in rows]
        shown = ReportShown(ticket, seen.state, missing, others, _unpriced(api, seen.state))
        own = api.guests(PAPER.prefix, ticket)
        return Shown(shown, ticket, seen.branch, seen.version, of=seen.state, open_to=own)


def _unpriced(api: RoomApi, report: Report) -> Unpriced | None:
    approval = report.approval if report.stage is Stage.SUBMITTED else None
    if approval is None or not approval.unpriced:
        return None
    said = api.texts.sentence(top_rung(approval))
    return Unpriced(approval.unpriced, said.zh, said.en)


def today(request: FormRequest, branch: str) -> date:
    """The day it is at the branch, by the desk's own clock, whatever a device says."""
    card = request.registers.branch(branch)
    return local_day(request.policy(branch), card, request.registers.now())


def registration(request: FormRequest, body: NewReport, branch: str) -> RegisterReport:
    """The command of an employee at a branch, with the open reports that may be the same."""
    warnings = tuple(doubts(request, body.basics.customer, body.equipment))
    others = known_reports(request, body.equipment, body.contact_phone, branch)
    return filled(RegisterReport, body, warnings=warnings, open_reports=others)


def known_reports(
    request: FormRequest,
    equipment: Equipment,
    phone: Phone | None,
    branch: str,
    customer: str | None = None,
) -> OpenReports:
    """Open ones of the same machine or phone, as the views know them; `customer`: theirs alone."""
    machines = _same_machine(request, equipment, customer)
    phones = _same_phone(request, phone, customer) if isinstance(phone, str) else {}
    is_warned_of = rules.warns_of_duplicates(request.policy(branch))
    return known(machines, phones, branch, is_warned_of=is_warned_of)


def _same_machine(
    request: FormRequest, equipment: Equipment, customer: str | None
) -> Mapping[str, str]:
    """By ticket, each with its branch: by the number of the machine, or by serial and model."""
    asked = {"machine": equipment.machine, "serial_no": equipment.serial_no}
    whose = {"customer": customer} if customer else {}
    found = [
        row
        for name, value in asked.items()
        if value
        for row in request.registers.glimpsed(open_reports, {name: value, **whose})
    ]
    said = ((row, Equipment(row.machine, row.model, row.serial_no)) for row in found)
    return {row.ticket: row.branch for row, each in said if is_same_machine(each, equipment)}


def _same_phone(request: FormRequest, phone: str, customer: str | None) -> Mapping[str, str]:
    """By ticket, each with its branch: the open reports that speak of the number."""
    streams = request.registers.speaking_of(PAPER.prefix, LookUpKind.PHONE, phone)
    reports = {name: read.state for name, read in request.registers.states(streams).items()}
    return {
        number_of(stream): report.branch
        for stream, report in reports.items()
        if is_open(report) and customer in (None, report.basics.customer)
    }


def using(request: FormRequest, branch: str, field: ListedField, value: str) -> tuple[str, ...]:
    """在用: the open reports of a branch that have this value, as they are, drafted or approved."""
    where = {"branch": branch, "field": str(field), "value": value}
    said = [PAPER.stream_of(row.ticket) for row in request.registers.rows(values_said, where)]
    reports = {number_of(name): read.state for name, read in request.registers.states(said).items()}
    held = {ticket for ticket, report in reports.items() if value in _had(report, field)}
    return tuple(sorted(ticket for ticket in held if is_open(reports[ticket])))


def _had(report: Report, field: ListedField) -> Sequence[str | None]:
    """The value it has now, the one that is drafted, and the one approved before a change."""
    now = (report.diagnosis, drafted(report).diagnosis)
    former = report.former.diagnosis if report.former else None
    return [chosen(each).get(field) for each in (*now, former)]


def doubts(request: FormRequest, customer: str | None, machine: Equipment) -> Iterator[Warned]:
    """设备不符提醒: what is said of a machine is not what stands on its card."""
    card = request.registers.stream(f"machine-{machine.machine}").state if machine.machine else None
    if not isinstance(card, MachineCard):
        return
    if customer is not None and card.customer not in (None, customer):
        yield Warned("machine-of-another-customer", (card.id,))
    if differ(machine.serial_no, card.serial_no):
        yield Warned("machine-serial-differs", (card.id,))
    if differ(machine.model, card.model):
        yield Warned("machine-model-differs", (card.id,))


def numbered(request: FormRequest, branch: str, made: Made) -> NextNumber:
    """This command, under the next ticket number of the branch's day."""
    day = today(request, branch)

    def build(n: int) -> tuple[str, Made]:
        return rules.ticket(request.policy(branch), branch, day, n), made

    return NextNumber(branch, day, build)


def _reporting(request: FormRequest, body: NewReport) -> NextNumber:
    branch = request.context.branch(body.branch)
    made = Made(registration(request, body, branch), subject=customer_stream(body.basics))
    return numbered(request, branch, made)


def reported_on(request: FormRequest) -> date:
    """The day on which it was reported, where the branch is."""
    at = request.state.received_at or request.registers.now()
    return local_day(request.policy(), request.registers.branch(request.branch), at)


def prices(request: FormRequest, parts: Sequence[PartWanted]) -> Prices:
    """目录价: what the parts to bring cost, of those that the catalogue has."""
    found = {
        wanted: request.registers.document("inventory", f"part-{wanted.part}", PartDocument)
        for wanted in parts
    }
    return {
        wanted.part: document.card.price_of(wanted.quantity)
        for wanted, document in found.items()
        if document is not None
    }


def handed_in(request: FormRequest) -> str | None:
    """交销: the order of the ticket whose task is handed in, as dispatch has said last."""
    orders = _orders(request.registers, request.number)
    home = (each.number for each in orders if each.stage is OrderStage.HANDED_IN)
    return next(home, None)


def crew(request: FormRequest) -> tuple[str, ...]:
    """维修人员: who has or had an order of the ticket, as dispatch has said last."""
    orders = _orders(request.registers, request.number)
    had = ({each.technician, *each.technicians} for each in orders)
    return tuple(sorted({person for people in had for person in people if person is not None}))


def guests(registers: Registers, ticket: str) -> tuple[str, ...]:
    """外派: whom base has sent for an order of the ticket, as dispatch has said last."""
    return tuple(dict.fromkeys(who for each in _orders(registers, ticket) for who in each.sent))


def _orders(registers: Registers, ticket: str) -> Iterator[WorkOrderDocument]:
    """The orders of the ticket, each as dispatch has said last."""
    number: str | None = f"{ticket}-W1"
    while number is not None:
        stream = f"work_order-{number}"
        order = registers.document("dispatch", stream, WorkOrderDocument)
        if order is not None:
            yield order
        number = order.continued_as if order else None


def _diagnosing(request: FormRequest, body: Diagnosing) -> DiagnoseFault:
    said = prices(request, body.diagnosis.parts_to_bring)
    return filled(DiagnoseFault, body, prices=said, reported_on=reported_on(request))


def _planning(request: FormRequest, body: Planning) -> PlanCommissioning:
    return filled(PlanCommissioning, body, prices=prices(request, body.parts_to_bring))


def _drafting(request: FormRequest, body: Drafting) -> DraftAmendment:
    said = prices(request, body.diagnosis.parts_to_bring)
    on, sent = reported_on(request), guests(request.registers, request.number)
    return filled(DraftAmendment, body, prices=said, reported_on=on, sent=sent)


def _asked(request: FormRequest, diagnosis: Diagnosis | None, content: str) -> ApprovalAsked:
    """With what the catalogue says at this moment: a cost that nobody knows is on the top rung."""
    said = prices(request, diagnosis.parts_to_bring if diagnosis else ())
    unpriced = sorted(part for part, price in said.items() if price is None)
    at = request.context.at
    return rules.approval_asked(request.policy(), diagnosis, content, at, unpriced=unpriced)


def _submission(request: FormRequest, body: Signing) -> Made:
    report: Report = request.state
    approval = _asked(request, report.diagnosis, report.content)
    on = reported_on(request)
    command = filled(SubmitReport, body, approval=approval, reported_on=on)
    return Made(command, policy=request.policy().label)


def _amending(request: FormRequest, body: Signing) -> Made:
    after = drafted(request.state)
    content = request.state.draft.content if request.state.draft else request.state.content
    approval = _asked(request, after.diagnosis, content)
    on = reported_on(request)
    home = handed_in(request)
    command = filled(AmendReport, body, approval=approval, reported_on=on, handed_in=home)
    return Made(command, policy=request.policy().label)


def _for(request: FormRequest, body: T) -> T:
    """The same, for the person in whose place the request says that it is made."""
    person = request.context.acting_for
    return replaced(body, acting_for=person) if person and not body.acting_for else body


def _approval(request: FormRequest, body: Approving) -> GiveApproval:
    on = today(request, request.branch)
    return filled(GiveApproval, _for(request, body), on=on, crew=crew(request))


def _returning(request: FormRequest, body: Returning) -> ReturnReport:
    return filled(ReturnReport, _for(request, body), on=today(request, request.branch))


def _offered_submission(_ticket: str, report: Report) -> Iterator[Signing]:
    yield Signing(report.content)


def _closing(request: FormRequest, body: Closing) -> Made:
    policy = request.policy()
    command = filled(
        CloseReport,
        body,
        days_needed=policy.reaching.attempts_on_days,
        time_zone=time_zone(policy, request.registers.branch(request.branch)),
    )
    asks_policy = body.ending is Ending.UNREACHABLE
    return Made(command, policy=policy.label if asks_policy else None)


FORMS: Forms = {
    "/reports": Form(NewReport, _reporting),
    "closings": Form(Closing, _closing, offered_closing),
    "diagnoses": Form(Diagnosing, _diagnosing, offered_diagnosis),
    "plans": Form(Planning, _planning, offered_plan),
    "amendment-drafts": Form(Drafting, _drafting, offered_draft),
    "submissions": Form(Signing, _submission, _offered_submission),
    "amendments": Form(Signing, _amending, offered_amending),
    "approvals": Form(Approving, _approval, offered_approvals),
    "returns": Form(Returning, _returning, offered_returning),
}
