"""受理的接口 (HTTP of intake): bodies to commands, views to answers; no rule is asked here."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

from fastapi import APIRouter

from services.intake import (
    api_customers,
    api_delegations,
    api_queries,
    api_registers,
    api_reports,
    rules,
)
from services.intake.api_reports import customer_of
from services.intake.api_terms import EMPLOYEES, EXAMPLES, called, today
from services.intake.report_commands import (
    Approving,
    CloseReport,
    Command,
    CompleteBasics,
    DiagnoseFault,
    GiveApproval,
    GiveRemoteGuidance,
    HandOverCase,
    RecallReport,
    Returning,
    ReturnReport,
    Signing,
    SignReport,
    SubmitReport,
)
from services.intake.report_commands import reads as reads_of_report
from services.intake.report_state import Report
from shared.events.values import Role, Sealed, Ticket
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.policy import CORE, Core
from shared.policy.source import read

STEPS: Sequence[tuple[str, type[Command], Collection[Role]]] = (
    ("basics", CompleteBasics, {Role.CLERK}),
    ("diagnoses", DiagnoseFault, {Role.TECHNICIAN}),
    ("remote-guidances", GiveRemoteGuidance, {Role.TECHNICIAN, Role.CLERK}),
    ("signatures", SignReport, {Role.TECHNICIAN}),
    ("recalls", RecallReport, {Role.CLERK}),
    ("handovers", HandOverCase, EMPLOYEES),
    ("closings", CloseReport, {Role.CLERK, Role.TECHNICIAN}),
)
"""Commands of a report that come in as they are: where, which, and who gives them."""


def routes(door: Door) -> APIRouter:
    """Every route of the room."""
    policy = read(door.fittings.policy_dir / CORE, Core)
    router = APIRouter(prefix="/v1")
    api_registers.hang(door, router)
    api_delegations.hang(door, router)
    api_reports.hang(door, router, policy)
    api_customers.hang(door, router, policy)
    for step in STEPS:
        _step(door, router, *step)
    for decision in DECISIONS:
        _decision(door, router, policy, decision)
    _submissions(door, router, policy)
    api_queries.hang(door, router, policy)
    return router


DECISIONS: Sequence[tuple[str, type[Approving | Returning], type[GiveApproval | ReturnReport]]] = (
    ("approvals", Approving, GiveApproval),
    ("returns", Returning, ReturnReport),
)
"""What an approver decides: where, what he says, and the command it becomes. Any employee may stand
in for one; who may not is refused by the report."""


def _step(
    door: Door, router: APIRouter, path: str, command: type[Command], by: Collection[Role]
) -> None:
    def take(errand: Errand, ticket: Ticket, body: Any) -> Order:
        return _report_order(door, errand, ticket, body)

    take.__annotations__["body"] = command
    door.command(router, f"/reports/{{ticket}}/{path}", by=by, example=EXAMPLES[path])(
        called(take, command.__doc__ or "")
    )


def _decision(
    door: Door,
    router: APIRouter,
    policy: Core,
    decision: tuple[str, type[Approving | Returning], type[GiveApproval | ReturnReport]],
) -> None:
    path, said, command = decision

    def take(errand: Errand, ticket: Ticket, body: Any) -> Order:
        branch = door.existing(f"report-{ticket}").branch
        told = {each.name: getattr(body, each.name) for each in fields(body)}
        given = command(**told, on=today(door, policy, branch))
        return _report_order(door, errand, ticket, given)

    take.__annotations__["body"] = said
    door.command(router, f"/reports/{{ticket}}/{path}", by=EMPLOYEES, example=EXAMPLES[path])(
        called(take, said.__doc__ or "")
    )


def _submissions(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(
        router,
        "/reports/{ticket}/submissions",
        by=(Role.CLERK,),
        example=EXAMPLES["submissions"],
    )
    def submit(errand: Errand, ticket: Ticket, body: Signing) -> Order:
        """送审: sign the complete report and ask for its approval; policy says whose."""
        report = door.existing(f"report-{ticket}").state
        asked = rules.approval_asked(policy, report.diagnosis, report.content, errand.at)
        command = SubmitReport(
            body.content, body.how, body.signed_at, body.evidence, approval=asked
        )
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
    return name.subject if isinstance(name, Sealed) else customer_of(report.basics)
