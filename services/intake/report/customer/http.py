"""用户网上报修的接口 (HTTP for customers): what they report themselves, and what becomes of it.

The token's actor is the customer's number. They are shown their own reports and nothing else; no
other route of the room lets them in.
"""

from dataclasses import dataclass, field

from fastapi import APIRouter

from services.intake.reading import OWN_PAPERS
from services.intake.report import PAPER
from services.intake.report.checks import customer_stream
from services.intake.report.http import known_reports, numbered
from services.intake.report.reporting import RegisterReport
from services.intake.report.state import Report
from services.intake.views import tickets
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
    Ticket,
    WayIn,
)
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber
from shared.http.problem import unknown
from shared.http.query import Listed, Paged, Shown


@dataclass(frozen=True, slots=True)
class WebReport:
    """网上报修: what a customer says; what kind of customer they are stands on their card."""

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


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show customers their own reports."""

    @api.query(router, "/my-reports", reads=OWN_PAPERS, shows=tickets.Row)
    def list_own(context: RequestContext, page: Paged, *, is_open: bool | None = None) -> Listed:
        """我的报修单一览: the customer's own, at the branches of their token."""
        return Listed(tickets, page, {"customer": context.caller.actor, "is_open": is_open})

    @api.query(router, "/my-reports/{ticket}", reads=OWN_PAPERS, shows=OwnReport)
    def show_own(context: RequestContext, ticket: Ticket) -> Shown:
        """我的报修单: one of the customer's own; another's is as if it were not there."""
        seen = api.existing(PAPER.stream_of(ticket))
        if seen.state.basics.customer != context.caller.actor:
            raise unknown(ticket)
        return Shown(_own(ticket, seen.state), ticket, seen.branch, seen.version)


def _reporting(request: FormRequest, body: WebReport) -> NextNumber:
    branch = request.context.branch(body.branch)
    command = _registration(request, body, branch)
    return numbered(request, branch, Made(command, subject=customer_stream(command.basics)))


def _registration(request: FormRequest, body: WebReport, branch: str) -> RegisterReport:
    desk = request.registers.branch(branch)
    card = request.registers.customer(request.actor)
    region = card.region if card else None
    return RegisterReport(
        kind=body.kind,
        channel=Channel.WEB,
        way_in=WayIn.A,
        contact_name=body.contact_name,
        contact_phone=body.contact_phone,
        fault_description=body.fault_description,
        owner=desk.web_owner if desk else None,
        basics=Basics(
            customer=request.actor,
            customer_name=body.customer_name,
            customer_kind=card.kind if card else None,
            address=body.address,
            region=region,
            asked_unknown=() if region else (BasicsField.REGION,),
        ),
        equipment=body.equipment,
        circumstances=body.circumstances,
        open_reports=known_reports(
            request, body.equipment, body.contact_phone, branch, request.actor
        ),
    )


def _own(ticket: str, report: Report) -> OwnReport:
    answer = report.closed.answer if report.closed else None
    return filled(OwnReport, report, report.equipment, ticket=ticket, answer=answer)


FORMS: Forms = {"/my-reports": Form(WebReport, _reporting)}
