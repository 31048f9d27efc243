"""报修的接口 (HTTP of the ways in): a new report, or an open legacy ticket that lives on as one."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from fastapi import APIRouter

from services.intake import legacy, rules
from services.intake.api_terms import EMPLOYEES, EXAMPLES, Number, today
from services.intake.report_commands import RegisterReport, Told
from services.intake.report_commands import reads as reads_of_report
from services.intake.views import open_reports
from shared.events.report_form import Basics
from shared.events.values import BranchCode, Role
from shared.handle import Numbered, Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.policy import Core

SAID = tuple(each.name for each in fields(Told))


@dataclass(frozen=True, slots=True)
class NewReport(Told):
    """报修: what was reported, at which branch; `branch` may be left out by who has only one."""

    branch: BranchCode | None = None


def hang(door: Door, router: APIRouter, policy: Core) -> None:
    """The routes by which reports come in."""
    _reported(door, router, policy)
    _continued(door, router, policy)


def customer_of(basics: Basics) -> str | None:
    """Whose key seals what is said of a customer we know."""
    return f"customer-{basics.customer}" if basics.customer else None


def _reported(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(
        router,
        "/reports",
        by=EMPLOYEES,
        example=EXAMPLES["reports"],
        location="/v1/reports/{ticket}",
    )
    def report_repair(errand: Errand, body: NewReport) -> Numbered:
        """报修: register a report or an enquiry; it gets its number, an owner and a clock."""
        branch, asked = errand.branch(body.branch), _command(door, policy, body)
        reads = reads_of_report(asked, errand.caller.actor, branch)

        def build(ticket: str) -> Order:
            return errand.order(
                f"report-{ticket}",
                asked,
                branch=branch,
                ticket=ticket,
                subject=customer_of(asked.basics),
                reads=reads,
            )

        return numbered(door, policy, errand, branch, build)


def _continued(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(
        router,
        "/legacy-tickets/{ticket:path}/continuations",
        by=(Role.CLERK,),
        example=EXAMPLES["reports"],
        location="/v1/reports/{ticket}",
    )
    def continue_legacy_ticket(errand: Errand, ticket: Number, body: NewReport) -> Numbered:
        """旧单续办: let an open legacy ticket live on as a report with a number of ours."""
        home = f"legacy-{ticket}"
        branch = door.existing(home).branch
        asked = legacy.ContinueLegacyTicket(_command(door, policy, body))
        cards = reads_of_report(asked.report, errand.caller.actor, branch)

        def build(ticket: str) -> Order:
            return errand.order(
                home,
                asked,
                branch=branch,
                ticket=ticket,
                subject=customer_of(body.basics),
                reads=(f"report-{ticket}", *cards),
            )

        return numbered(door, policy, errand, branch, build)


def _command(door: Door, policy: Core, body: NewReport) -> RegisterReport:
    machine = body.equipment.machine
    rows = door.rows(open_reports, {"machine": machine}) if machine else ()
    warnings = rules.warnings(policy, machine, [row.ticket for row in rows])
    said = {name: getattr(body, name) for name in SAID}
    return RegisterReport(**said, warnings=warnings)


def numbered(
    door: Door, policy: Core, errand: Errand, branch: str, build: Callable[[str], Order]
) -> Numbered:
    """A command that takes a ticket number of the branch's day."""
    day = today(door, policy, branch)
    return errand.numbered(branch, day, lambda n: build(rules.ticket(policy, branch, day, n)))
