"""用户网上报修的接口 (HTTP for customers): what they report themselves, and what becomes of it.

The token's actor is the customer's number. He is shown his own reports and nothing else; no other
route of the room lets him in.
"""

from dataclasses import dataclass, field

from fastapi import APIRouter

from services.intake import rules
from services.intake.api_reports import numbered
from services.intake.api_terms import EXAMPLES
from services.intake.report_commands import RegisterReport
from services.intake.report_commands import reads as reads_of_report
from services.intake.report_state import Report
from services.intake.views import open_reports, tickets
from shared.events.cards import BranchCard, CustomerCard
from shared.events.report_form import Basics, BasicsField, Circumstances, Equipment, Stage
from shared.events.values import (
    At,
    BranchCode,
    Channel,
    Ending,
    Note,
    Personal,
    Phone,
    ReportKind,
    Role,
    Ticket,
    WayIn,
)
from shared.handle import Numbered, Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.http.problem import unknown
from shared.http.query import Listed, Paged, Shown
from shared.policy import Core

BY = (Role.CUSTOMER,)


@dataclass(frozen=True, slots=True)
class WebReport:
    """网上报修: what a customer says himself; what kind of customer he is stands on his card."""

    kind: ReportKind = ReportKind.REPAIR
    contact_name: Personal | None = None
    contact_phone: Phone | None = None
    fault_description: Note | None = None
    customer_name: Personal | None = None
    address: Personal | None = None
    equipment: Equipment = field(default_factory=Equipment)
    circumstances: Circumstances = field(default_factory=Circumstances)
    branch: BranchCode | None = None


@dataclass(frozen=True, slots=True)
class OwnReport:
    """我的报修单: how far it has come."""

    ticket: str
    stage: Stage
    kind: ReportKind
    machine: str | None
    model: str | None
    serial_no: str | None
    fault_description: str
    received_at: At | None
    owner: str
    ending: Ending | None
    answer: str | None


def hang(door: Door, router: APIRouter, policy: Core) -> None:
    """The routes of customers."""
    _reporting(door, router, policy)

    @door.query(router, "/my-reports", by=BY, shows=tickets.Row)
    def list_own(errand: Errand, page: Paged, *, is_open: bool | None = None) -> Listed:
        """我的报修单一览: the customer's own, at the branches of his token."""
        return Listed(tickets, page, {"customer": errand.caller.actor, "is_open": is_open})

    @door.query(router, "/my-reports/{ticket}", by=BY, shows=OwnReport)
    def show_own(errand: Errand, ticket: Ticket) -> Shown:
        """我的报修单: one of the customer's own; another's is as if it were not there."""
        seen = door.existing(f"report-{ticket}")
        if seen.state.basics.customer != errand.caller.actor:
            raise unknown(ticket)
        return Shown(_own(ticket, seen.state), seen.branch, seen.version)


def _reporting(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(
        router,
        "/my-reports",
        by=BY,
        example=EXAMPLES["my-reports"],
        location="/v1/my-reports/{ticket}",
    )
    def report_by_web(errand: Errand, body: WebReport) -> Numbered:
        """网上报修: report one's own machine, or ask something; the branch names who owns it."""
        branch, actor = errand.branch(body.branch), errand.caller.actor
        asked = _command(door, policy, body, actor, branch)

        def build(ticket: str) -> Order:
            return errand.order(
                f"report-{ticket}",
                asked,
                branch=branch,
                ticket=ticket,
                subject=f"customer-{actor}",
                reads=reads_of_report(asked, actor, branch),
            )

        return numbered(door, policy, errand, branch, build)


def _command(
    door: Door, policy: Core, body: WebReport, customer: str, branch: str
) -> RegisterReport:
    desk = door.state(f"branch-{branch}").state
    card = door.state(f"customer-{customer}").state
    known = card if isinstance(card, CustomerCard) else None
    region = known.region if known else None
    machine = body.equipment.machine
    rows = door.rows(open_reports, {"machine": machine, "customer": customer}) if machine else ()
    return RegisterReport(
        kind=body.kind,
        channel=Channel.WEB,
        way_in=WayIn.A,
        contact_name=body.contact_name,
        contact_phone=body.contact_phone,
        fault_description=body.fault_description,
        owner=desk.web_owner if isinstance(desk, BranchCard) else None,
        basics=Basics(
            customer=customer,
            customer_name=body.customer_name,
            customer_kind=known.kind if known else None,
            address=body.address,
            region=region,
            asked_unknown=() if region else (BasicsField.REGION,),
        ),
        equipment=body.equipment,
        circumstances=body.circumstances,
        warnings=rules.warnings(policy, machine, [row.ticket for row in rows]),
    )


def _own(ticket: str, report: Report) -> OwnReport:
    return OwnReport(
        ticket=ticket,
        stage=report.stage,
        kind=report.kind,
        machine=report.equipment.machine,
        model=report.equipment.model,
        serial_no=report.equipment.serial_no,
        fault_description=report.fault_description,
        received_at=report.received_at,
        owner=report.owner,
        ending=report.ending,
        answer=report.closed.answer if report.closed else None,
    )
