"""投诉单的接口 (HTTP of complaints): what policy and cards say of one, the lists, one complaint."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter

from services.intake import rules
from services.intake.complaint import NUMBER, PAPER, SERIES, board
from services.intake.complaint.assigning import (
    AssignComplaint,
    Assigning,
    ReclassifyComplaint,
    Reclassifying,
    offered_assigning,
    offered_reclassifying,
)
from services.intake.complaint.calling import (
    EndComplaintCall,
    GivingUpCall,
    ReopenComplaint,
    Reopening,
    offered_giving_up,
    offered_reopening,
)
from services.intake.complaint.ending import EndComplaint, Terminating, offered_ending
from services.intake.complaint.reassigning import (
    ReassignComplaint,
    Reassigning,
    offered_reassigning,
)
from services.intake.complaint.receiving import Complained, ReceiveComplaint
from services.intake.complaint.ruling import Ruled, StandIn
from services.intake.complaint.state import Complaint
from services.intake.reading import READING
from services.intake.report import PAPER as REPORT
from services.intake.report.checks import customer_key
from services.intake.report.state import Report
from services.intake.views import people
from shared.decider import number_of
from shared.events.complaints import ComplaintStage
from shared.events.followup import SurveyDocument, SurveyStage
from shared.events.meaning import LookUpKind
from shared.events.notices import NoticeKind
from shared.events.values import SEVERAL, BranchCode, Role, Warned
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber, next_in_series
from shared.http.query import Shown
from shared.http.registers import Registers
from shared.http.steps import in_path
from shared.notices.asking import wanted_of_people
from shared.policy import ComplaintClass, Department, local_day, time_zone

ComplaintNumber = Annotated[str, in_path(NUMBER)]


@dataclass(frozen=True, slots=True)
class NewComplaint(Complained):
    """投诉受理: what was complained of; `branch` may be left out by who has only one."""

    branch: BranchCode | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """可选: a code of policy, and how it is called."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ComplaintShown:
    """投诉单: as it stands, and of which classes and departments it may be."""

    number: str
    complaint: Complaint
    classes: Sequence[Choice]
    departments: Sequence[Choice]


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show complaints."""
    api.listing(
        router,
        "/complaints",
        board,
        reads=READING["complaint"],
        said="投诉一览: complaints; open, overdue, by owner, ticket, class, machine, customer.",
        named="list_complaints",
        filters=(
            *("branch", "stage", "is_open", "overdue", "owner", "ticket", "class_code"),
            *("machine", "customer"),
        ),
    )

    @api.query(router, "/complaints/{number}", reads=READING["complaint"], shows=ComplaintShown)
    def show_complaint(number: ComplaintNumber) -> Shown:
        """投诉单: one complaint as it stands, and what policy has to choose from."""
        seen = api.existing(PAPER.stream_of(number))
        said = api.policies(seen.branch, api.registers.now()).complaints
        classes, departments = _choices(said.classes), _choices(said.departments)
        shown = ComplaintShown(number, seen.state, classes, departments)
        return Shown(shown, number, seen.branch, seen.version, of=seen.state)


def _choices(tables: Sequence[ComplaintClass | Department]) -> Sequence[Choice]:
    return [Choice(each.code, each.zh, each.en) for each in tables]


def _receiving(request: FormRequest, body: NewComplaint) -> NextNumber:
    return receiving(request, body, request.context.branch(body.branch))


def receiving(
    request: FormRequest, body: Complained, branch: str, whose: str | None = None
) -> NextNumber:
    """投诉受理: with what policy and cards say; `whose`: nothing is said of anybody else's."""
    policy = request.policy(branch)
    report = _report(request, body.ticket)
    customer = body.customer or (report.basics.customer if report else None)
    command = filled(
        ReceiveComplaint,
        body,
        branch=branch,
        customer=customer,
        terms=rules.strictest_terms(policy, body.received_at or request.context.at),
        upward=_people(request.registers, branch, _above(request, branch, None)),
        warnings=tuple(_doubts(request, body, branch, whose)),
        is_known_survey=_is_known(request, body, branch),
    )
    key = customer_key(report) if report else None
    made = Made(
        command,
        policy=policy.label,
        subject=key or (f"customer-{customer}" if customer else None),
        ticket=body.ticket if report else None,
    )
    return next_in_series(SERIES, branch, request.today(branch), PAPER, made)


def _report(request: FormRequest, ticket: str | None) -> Report | None:
    """The report of a ticket, if there is one."""
    found = request.registers.stream(REPORT.stream_of(ticket)) if ticket else None
    return found.state if found and found.version else None


def _is_known(request: FormRequest, body: Complained, branch: str) -> bool:
    """Whether we have heard of the answers of this call-back, of this branch and this ticket."""
    if body.survey is None:
        return False
    stream = f"survey-{body.survey}"
    known = request.registers.document("followup", stream, SurveyDocument)
    if known is None or known.stage is not SurveyStage.ANSWERED:
        return False
    return known.branch == branch and body.ticket in (None, known.ticket)


def _doubts(
    request: FormRequest, body: Complained, branch: str, whose: str | None
) -> Iterator[Warned]:
    """重复投诉提醒: open complaints of the branch about the same ticket, or of the same phone."""
    registers, theirs = request.registers, {"customer": whose} if whose else {}
    asked = {"ticket": body.ticket, **theirs}
    rows = registers.glimpsed(board, asked) if body.ticket else ()
    numbers = {row.number for row in rows if row.is_open and row.branch == branch}
    if isinstance(body.contact_phone, str):
        streams = registers.speaking_of(PAPER.prefix, LookUpKind.PHONE, body.contact_phone)
        for stream, read in registers.states(streams).items():
            open_here = read.branch == branch and not _is_over(read.state)
            is_told = whose is None or _customer_of(read.state) == whose
            numbers |= {number_of(stream)} if open_here and is_told else set()
    if numbers:
        yield Warned("open-complaint", tuple(sorted(numbers)[-SEVERAL:]))


def _customer_of(complaint: Complaint) -> str | None:
    return complaint.received.customer if complaint.received else None


def _is_over(complaint: Complaint) -> bool:
    return complaint.stage in (ComplaintStage.CLOSED, ComplaintStage.ENDED)


def _above(request: FormRequest, branch: str, code: str | None) -> str:
    """As what people are above the head of a department; of one that is unknown, nothing."""
    found = rules.department(request.policy(branch), code)
    return found.upward if found else ""


def _people(registers: Registers, branch: str, as_what: str) -> tuple[str, ...]:
    return people.those(partial(registers.rows, people), branch, as_what)


def ruled(
    request: FormRequest,
    class_code: str,
    start: datetime,
    agreed_until: datetime | None = None,
    department: str | None = None,
) -> Ruled:
    """所定: what policy says of a class and a department, and who leads it, as of now."""
    branch, policy = request.branch, request.policy()
    said = policy.complaints
    found = rules.complaint_class(policy, class_code)
    leads = rules.department(policy, department)
    registers = request.registers
    card = registers.branch(branch)
    return Ruled(
        terms=rules.complaint_terms(policy, class_code, start, agreed_until),
        as_agreed=found is not None and found.clock is None,
        classes=tuple(each.code for each in said.classes),
        departments=tuple(each.code for each in said.departments),
        department=department,
        head=_people(registers, branch, leads.head if leads else ""),
        upward=_people(registers, branch, leads.upward if leads else ""),
        on=local_day(policy, card, registers.now()),
    )


def _urgent(request: FormRequest, said: Ruled) -> Ruled:
    """紧急: with who is told where nobody leads the department or is above it."""
    as_what, branch = (Role.GENERAL_MANAGER, Role.OPERATOR), request.branch
    instead = tuple(_people(request.registers, branch, each) for each in as_what)
    kind, told_by = NoticeKind.COMPLAINT_EMERGENCY, request.policy().notices
    notice = wanted_of_people(told_by, branch, kind)
    acting = tuple(_stand_ins(request, said))
    return replace(said, instead=instead, notice=notice, stand_ins=acting)


def _stand_ins(request: FormRequest, said: Ruled) -> Iterator[StandIn]:
    """代行: who acts today, as what leads the department or is above it, for who does."""
    leads = rules.department(request.policy(), said.department)
    for as_what, led_by in ((leads.head, said.head), (leads.upward, said.upward)) if leads else ():
        for person in led_by:
            for each in request.registers.delegated(person):
                fits = as_what in each.as_what and each.branch == request.branch
                if fits and each.from_on <= said.on <= each.until_on:
                    yield StandIn(person, each.deputy)


def _start(request: FormRequest) -> datetime:
    complaint: Complaint = request.state
    return complaint.runs_from or request.context.at


def _assigning(request: FormRequest, body: Assigning) -> Made:
    said = ruled(request, body.class_code, _start(request), body.agreed_until, body.department)
    # A duplicate that ended in it may have been an emergency.
    said = _urgent(request, said) if body.emergency or request.state.emergency else said
    command = filled(AssignComplaint, body, ruled=said)
    return Made(command, policy=request.policy().label)


def _reclassifying(request: FormRequest, body: Reclassifying) -> Made:
    department = request.state.department
    said = ruled(request, body.class_code, _start(request), body.agreed_until, department)
    said = _urgent(request, said) if body.emergency else said
    command = filled(ReclassifyComplaint, body, ruled=said)
    return Made(command, policy=request.policy().label)


def _reassigning(request: FormRequest, body: Reassigning) -> Made:
    department = body.department or request.state.department
    said = ruled(request, request.state.class_code or "", _start(request), None, department)
    said = _urgent(request, said) if request.state.emergency else said
    command = filled(ReassignComplaint, body, ruled=said)
    return Made(command, policy=request.policy().label)


def _reopening(request: FormRequest, body: Reopening) -> Made:
    now = request.context.at
    said = ruled(request, request.state.class_code or "", now, body.agreed_until)
    command = filled(ReopenComplaint, body, ruled=said)
    return Made(command, policy=request.policy().label)


def _ending(request: FormRequest, body: Terminating) -> Made:
    """Of an emergency that goes on in another complaint: who is told, wherever that one is."""
    policy, start = request.policy(), request.context.at
    goes_on = request.state.emergency and body.other is not None
    codes = [each.code for each in policy.complaints.departments] if goes_on else []
    every = (ruled(request, "", start, department=each) for each in codes)
    said = tuple(_urgent(request, each) for each in every)
    return Made(filled(EndComplaint, body, ruled=said), policy=policy.label)


def _giving_up(request: FormRequest, body: GivingUpCall) -> Made:
    policy = request.policy()
    command = filled(
        EndComplaintCall,
        body,
        days_needed=policy.reaching.attempts_on_days,
        time_zone=time_zone(policy, request.registers.branch(request.branch)),
    )
    return Made(command, policy=policy.label)


FORMS: Forms = {
    "/complaints": Form(NewComplaint, _receiving),
    "assignments": Form(Assigning, _assigning, offered_assigning),
    "reclassifications": Form(Reclassifying, _reclassifying, offered_reclassifying),
    "reassignments": Form(Reassigning, _reassigning, offered_reassigning),
    "reopenings": Form(Reopening, _reopening, offered_reopening),
    "call-endings": Form(GivingUpCall, _giving_up, offered_giving_up),
    "terminations": Form(Terminating, _ending, offered_ending),
}
