"""受理的接口 (HTTP of intake): bodies to commands, views to answers; no rule is asked here."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path

from services.intake import legacy, registers, rules
from services.intake.report_checks import missing_to_submit
from services.intake.report_commands import (
    CloseReport,
    Command,
    CompleteBasics,
    DiagnoseFault,
    GiveApproval,
    GiveRemoteGuidance,
    HandOverCase,
    RecallReport,
    RegisterReport,
    ReturnReport,
    SignReport,
    SubmitReport,
)
from services.intake.report_commands import reads as reads_of_report
from services.intake.report_state import Report
from services.intake.views import branches, customers, machines, open_reports, people, tickets
from shared.events.intake import BranchCard, CustomerCard, MachineCard, PersonCard
from shared.events.report_form import Basics, CallNotes, Circumstances, Equipment, Stage
from shared.events.values import (
    At,
    BranchCode,
    Channel,
    ContentHash,
    FileRef,
    Note,
    Personal,
    Phone,
    Ref,
    ReportKind,
    Role,
    Sealed,
    SignedHow,
    Ticket,
    WayIn,
)
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand, Numbered
from shared.http.query import Listed, Paged, Shown, Single
from shared.policy import Core, load_core
from shared.view import View

EMPLOYEES = frozenset(Role) - {Role.AUDITOR, Role.OPERATOR, Role.CUSTOMER}
APPROVERS = (Role.APPROVER, Role.GENERAL_MANAGER, Role.FINANCE)
READERS = frozenset(Role) - {Role.CUSTOMER}

EXAMPLES: Mapping[str, Any] = json.loads(
    FilePath(__file__).with_name("examples.json").read_text("utf-8")
)
"""An example body for each route that takes one; a story shows that each is accepted."""

Number = Annotated[str, Path(max_length=200, description="编号 number")]


@dataclass(frozen=True, slots=True)
class NewReport:
    """报修: what was reported, at which branch; `branch` may be left out by who has only one."""

    kind: ReportKind
    channel: Channel
    way_in: WayIn
    branch: BranchCode | None = None
    contact_name: Personal | None = None
    contact_phone: Phone | None = None
    fault_description: Note | None = None
    received_at: At | None = None
    received_by: Ref | None = None
    owner: Ref | None = None
    basics: Basics = field(default_factory=Basics)
    equipment: Equipment = field(default_factory=Equipment)
    circumstances: Circumstances = field(default_factory=Circumstances)
    noted: CallNotes | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """送审: the clerk's signature under what he was shown (`content`)."""

    content: ContentHash
    how: SignedHow = SignedHow.SESSION
    signed_at: At | None = None
    evidence: FileRef | None = None


@dataclass(frozen=True, slots=True)
class Lacks:
    """所缺: a field that must be filled in before the report can be submitted."""

    field: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ReportShown:
    """报修单: as it stands; `report.content` is what a signature is put under."""

    ticket: str
    report: Report
    missing: Sequence[Lacks]


def routes(door: Door) -> APIRouter:
    """Every route of the room."""
    policy = load_core(door.fittings.policy_dir)
    router = APIRouter(prefix="/v1")
    for register in REGISTERS:
        _register(door, router, register)
    _new_reports(door, router, policy)
    for step in STEPS:
        _step(door, router, *step)
    _submissions(door, router, policy)
    _queries(door, router, policy)
    return router


def is_active(door: Door, person: str) -> bool | None:
    """Whether a person may still act, by his card in the register; None: he has none."""
    card = door.state(f"person-{person}").state
    return card.active if isinstance(card, PersonCard) else None


@dataclass(frozen=True, slots=True)
class Shelf:
    """登记册: one of the four registers, and who writes in it."""

    path: str
    chinese: str
    prefix: str
    card: type[registers.Card]
    view: View
    by: Sequence[Role]


REGISTERS = (
    Shelf("branches", "网点", "branch", BranchCard, branches, (Role.OPERATOR,)),
    Shelf("people", "人员", "person", PersonCard, people, (Role.OPERATOR,)),
    Shelf("customers", "用户", "customer", CustomerCard, customers, (Role.CLERK,)),
    Shelf("machines", "设备", "machine", MachineCard, machines, (Role.CLERK,)),
)


def _register(door: Door, router: APIRouter, shelf: Shelf) -> None:
    path, example = f"/{shelf.path}", EXAMPLES[shelf.path]

    def register(errand: Errand, body: Any, branch: BranchCode | None = None) -> Order:
        return _card_order(errand, registers.Register(body), registers.stream_of(body), branch)

    def change(
        errand: Errand, number: Number, body: Any, branch: BranchCode | None = None
    ) -> Order:
        return _card_order(errand, registers.Change(body), f"{shelf.prefix}-{number}", branch)

    def listed(page: Paged, *, active: bool | None = None) -> Listed:
        return Listed(shelf.view, page, {"active": active})

    def one(number: Number) -> Single:
        return Single(shelf.view, (number,))

    for ask in (register, change):
        ask.__annotations__["body"] = shelf.card
    door.command(router, path, by=shelf.by, example=example, location=f"/v1{path}/{{id}}")(
        _called(register, f"{shelf.chinese}登记: a new card; in {path}.")
    )
    door.command(router, f"{path}/{{number}}/changes", by=shelf.by, example=example)(
        _called(change, f"{shelf.chinese}变更: the whole card as it is from now on; in {path}.")
    )
    door.query(router, path, by=READERS, shows=shelf.view.Row)(
        _called(listed, f"{shelf.chinese}一览: the cards you may see; in {path}.")
    )
    door.query(router, f"{path}/{{number}}", by=READERS, shows=shelf.view.Row)(
        _called(one, f"{shelf.chinese}查看: one card; in {path}.")
    )


def _card_order(errand: Errand, command: registers.Command, home: str, branch: str | None) -> Order:
    """A branch's own card belongs to it, a person's to his first; others to whose clerk writes."""
    match command.card:
        case BranchCard(code):
            branch = code
        case PersonCard(branches=(first, *_)):
            branch = first
        case _:
            branch = errand.branch(branch)
    customer = command.card.customer if isinstance(command.card, MachineCard) else None
    return errand.order(
        home,
        command,
        branch=branch,
        subject=f"customer-{customer}" if customer else None,
        reads=registers.reads(command),
    )


def _new_reports(door: Door, router: APIRouter, policy: Core) -> None:
    def command(body: NewReport) -> RegisterReport:
        machine = body.equipment.machine
        rows = door.rows(open_reports, {"machine": machine}) if machine else ()
        warnings = rules.warnings(policy, machine, [row.ticket for row in rows])
        said = {each.name: getattr(body, each.name) for each in fields(body)}
        del said["branch"]
        return RegisterReport(**said, warnings=warnings)

    def numbered(errand: Errand, branch: str, build: Callable[[str], Order]) -> Numbered:
        card = door.state(f"branch-{branch}").state
        day = rules.local_day(card, policy, door.fittings.clock())
        return errand.numbered(branch, day, lambda n: build(rules.ticket(policy, branch, day, n)))

    @door.command(
        router,
        "/reports",
        by=EMPLOYEES,
        example=EXAMPLES["reports"],
        location="/v1/reports/{ticket}",
    )
    def report_repair(errand: Errand, body: NewReport) -> Numbered:
        """报修: register a report or an enquiry; it gets its number, an owner and a clock."""
        branch, asked = errand.branch(body.branch), command(body)
        reads = reads_of_report(asked, errand.caller.actor, branch)

        def build(ticket: str) -> Order:
            return errand.order(
                f"report-{ticket}",
                asked,
                branch=branch,
                ticket=ticket,
                subject=_customer(asked.basics),
                reads=reads,
            )

        return numbered(errand, branch, build)

    @door.command(
        router,
        "/legacy-tickets/{ticket}/continuations",
        by=(Role.CLERK,),
        example=EXAMPLES["reports"],
        location="/v1/reports/{ticket}",
    )
    def continue_legacy_ticket(errand: Errand, ticket: Number, body: NewReport) -> Numbered:
        """旧单续办: let an open legacy ticket live on as a report with a number of ours."""
        home = f"legacy-{ticket}"
        branch, asked = door.existing(home).branch, legacy.ContinueLegacyTicket(command(body))
        cards = reads_of_report(asked.report, errand.caller.actor, branch)

        def build(ticket: str) -> Order:
            return errand.order(
                home,
                asked,
                branch=branch,
                ticket=ticket,
                subject=_customer(body.basics),
                reads=(f"report-{ticket}", *cards),
            )

        return numbered(errand, branch, build)


STEPS: Sequence[tuple[str, type[Command], Collection[Role]]] = (
    ("basics", CompleteBasics, {Role.CLERK}),
    ("diagnoses", DiagnoseFault, {Role.TECHNICIAN}),
    ("remote-guidances", GiveRemoteGuidance, {Role.TECHNICIAN, Role.CLERK}),
    ("signatures", SignReport, {Role.TECHNICIAN}),
    ("approvals", GiveApproval, APPROVERS),
    ("returns", ReturnReport, APPROVERS),
    ("recalls", RecallReport, {Role.CLERK}),
    ("handovers", HandOverCase, EMPLOYEES),
    ("closings", CloseReport, {Role.CLERK, Role.TECHNICIAN}),
)
"""Commands of a report that come in as they are: where, which, and who gives them."""


def _step(
    door: Door, router: APIRouter, path: str, command: type[Command], by: Collection[Role]
) -> None:
    def take(errand: Errand, ticket: Ticket, body: Any) -> Order:
        return _report_order(door, errand, ticket, body)

    take.__annotations__["body"] = command
    door.command(router, f"/reports/{{ticket}}/{path}", by=by, example=EXAMPLES[path])(
        _called(take, command.__doc__ or "")
    )


def _submissions(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(
        router,
        "/reports/{ticket}/submissions",
        by=(Role.CLERK,),
        example=EXAMPLES["submissions"],
    )
    def submit(errand: Errand, ticket: Ticket, body: Submission) -> Order:
        """送审: sign the complete report and ask for its approval; policy says whose."""
        report = door.existing(f"report-{ticket}").state
        asked = rules.approval_asked(policy, report.diagnosis, report.content, errand.at)
        command = SubmitReport(body.content, body.how, asked, body.signed_at, body.evidence)
        return _report_order(door, errand, ticket, command, policy.label)


def _report_order(
    door: Door, errand: Errand, ticket: str, command: Command, policy: str | None = None
) -> Order:
    home = f"report-{ticket}"
    seen = door.existing(home)
    return errand.order(
        home,
        command,
        branch=seen.branch,
        ticket=ticket,
        subject=_subject(seen.state),
        reads=reads_of_report(command, errand.caller.actor, seen.branch),
        policy=policy,
        seen=seen.version if policy else None,
    )


def _subject(report: Report) -> str | None:
    """Whose key sealed the report so far: another's would make the same name look changed."""
    name = report.contact_name
    return name.subject if isinstance(name, Sealed) else _customer(report.basics)


def _customer(basics: Basics) -> str | None:
    return f"customer-{basics.customer}" if basics.customer else None


def _queries(door: Door, router: APIRouter, policy: Core) -> None:
    @door.query(router, "/reports", by=READERS, shows=open_reports.Row)
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

    @door.query(router, "/reports/{ticket}", by=READERS, shows=ReportShown)
    def show_report(ticket: Ticket) -> Shown:
        """报修单: one report as it stands, and what it lacks to be submitted."""
        seen = door.existing(f"report-{ticket}")
        lacking = missing_to_submit(seen.state, consent_on_site=policy.quote.consent_on_site)
        labels = [(name, door.texts.label(name)) for name in lacking]
        missing = [Lacks(name, said.zh, said.en) for name, said in labels]
        return Shown(ReportShown(ticket, seen.state, missing), seen.branch, seen.version)

    @door.query(router, "/tickets", by=READERS, shows=tickets.Row)
    def list_tickets(  # noqa: PLR0913 - the filters of a desk
        page: Paged,
        *,
        branch: str | None = None,
        state: str | None = None,
        is_open: bool | None = None,
        owner: str | None = None,
        source: str | None = None,
        newest_first: bool = False,
    ) -> Listed:
        """单据一览: every ticket, the imported ones (`source`) among them."""
        where = {
            "branch": branch,
            "state": state,
            "is_open": is_open,
            "owner": owner,
            "source": source,
        }
        return Listed(tickets, page, where, newest_first=newest_first)

    @door.query(router, "/tickets/{ticket}", by=READERS, shows=tickets.Row)
    def show_ticket(ticket: Number) -> Single:
        """单据: one ticket as the list has it."""
        return Single(tickets, (ticket,))


def _called(ask: Callable[..., Any], said: str) -> Callable[..., Any]:
    """The same function under what is said of it: its description in the interface."""
    ask.__doc__ = said
    return ask
