"""用户网上投诉的接口 (HTTP for customers): what they complain of themselves, and what comes of it.

The token's actor is the customer's number. They are shown their own complaints, whichever way
these came in, and nothing of what is said of our people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter

from services.intake.complaint import NUMBER, PAPER, board
from services.intake.complaint.http import receiving
from services.intake.complaint.receiving import Complained
from services.intake.complaint.state import Complaint
from services.intake.reading import OWN_PAPERS
from shared.events.complaints import (
    ComplaintChannel,
    ComplaintEnding,
    ComplaintStage,
    ComplaintSubject,
)
from shared.events.values import BranchCode, Personal, PersonalNote, PersonName, Phone, Ref, Ticket
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import Form, FormRequest, Forms, NextNumber
from shared.http.problem import unknown
from shared.http.query import Listed, Paged, Shown
from shared.http.steps import in_path
from shared.view import ViewRow

ComplaintNumber = Annotated[str, in_path(NUMBER)]


@dataclass(frozen=True, slots=True)
class WebComplaint:
    """网上投诉: what a customer complains of, in their own words, and about which of their own."""

    contact_name: PersonName
    what: PersonalNote
    subject: ComplaintSubject
    contact_phone: Phone | None = None
    ticket: Ticket | None = None
    machine: Ref | None = None
    branch: BranchCode | None = None


@dataclass(frozen=True, slots=True)
class OwnComplaintListed:
    """我的投诉一行: one of the customer's own."""

    number: str
    branch: str
    stage: ComplaintStage
    is_open: bool
    subject: ComplaintSubject
    ticket: str | None
    machine: str | None
    received_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class OwnComplaint:
    """我的投诉单: what was said, by when it is resolved, and how far it has come."""

    number: str
    stage: ComplaintStage
    channel: ComplaintChannel
    subject: ComplaintSubject
    what: Personal
    ticket: str | None
    machine: str | None
    received_at: datetime
    due_at: datetime
    customer_told_at: datetime | None
    """When they were told of the outcome."""
    ending: ComplaintEnding | None


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show customers their own complaints."""

    @api.query(router, "/my-complaints", reads=OWN_PAPERS, shows=OwnComplaintListed)
    def list_own_complaints(
        context: RequestContext, page: Paged, *, is_open: bool | None = None
    ) -> Listed:
        """我的投诉一览: the customer's own, at the branches of their token."""
        where = {"customer": context.caller.actor, "is_open": is_open}
        return Listed(board, page, where, told=_listed)

    @api.query(router, "/my-complaints/{number}", reads=OWN_PAPERS, shows=OwnComplaint)
    def show_own_complaint(context: RequestContext, number: ComplaintNumber) -> Shown:
        """我的投诉单: one of the customer's own; another's is as if it were not there."""
        seen = api.existing(PAPER.stream_of(number))
        received = seen.state.received
        if received is None or received.customer != context.caller.actor:
            raise unknown(number)
        return Shown(_own(seen.state), number, seen.branch, seen.version)


def _complaining(request: FormRequest, body: WebComplaint) -> NextNumber:
    branch = request.context.branch(body.branch)
    said = filled(Complained, body, channel=ComplaintChannel.WEB, customer=request.actor)
    return receiving(request, said, branch, whose=request.actor)


def _listed(rows: Sequence[ViewRow]) -> Sequence[object]:
    return [filled(OwnComplaintListed, row) for row in rows]


def _own(complaint: Complaint) -> OwnComplaint:
    received, terms, confirmed = complaint.received, complaint.terms, complaint.confirmed
    assert received is not None
    assert terms is not None
    resolved = complaint.resolved.customer_told_at if complaint.resolved else None
    return filled(
        OwnComplaint,
        received,
        stage=complaint.stage,
        due_at=terms.due_at,
        customer_told_at=confirmed.customer_told_at if confirmed else resolved,
        ending=complaint.ended.ending if complaint.ended else None,
    )


FORMS: Forms = {"/my-complaints": Form(WebComplaint, _complaining)}
