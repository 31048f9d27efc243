"""投诉转入 (complained of): what a customer said in their call-back becomes a complaint."""

from dataclasses import dataclass

from services.intake.report.checks import needs_report
from services.intake.report.state import Report
from shared.decider import Asked, Decision, number_of
from shared.events.complaints import (
    ComplaintChannel,
    ComplaintReceived,
    ComplaintSubject,
    Terms,
)
from shared.events.intake import ReportComplained
from shared.events.values import At, PersonalNote, Ref, Warned


@dataclass(frozen=True, slots=True)
class ComplainFromSurvey:
    """投诉转入: a call-back leads to a complaint of this number; by reaction, once a survey."""

    complaint: Ref
    survey: str
    """The stream of the call-back."""
    version: int
    """Of the document that said so."""
    received_by: Ref | None
    """Who called back; None: the customer answered by a link."""
    received_at: At
    subject: ComplaintSubject
    what: PersonalNote
    """What the customer said, in their own words; else what they answered."""
    complained_of: Ref | None
    terms: Terms
    named: Ref | None = None
    """The complaint that the caller says they have registered already."""


def reads_complaint(command: ComplainFromSurvey, _report: object, _asked: Asked) -> tuple[str, ...]:
    """The complaint that is made, and the one that is named."""
    return tuple(f"complaint-{n}" for n in (command.complaint, command.named) if n)


def complain(command: ComplainFromSurvey, report: Report, asked: Asked) -> Decision:
    """投诉转入: unless it was made already, or the caller has registered it; nothing is lost.

    Another open complaint that they name is not given these words: one is made, which warns of it.
    """
    needs_report(report, asked)
    open_one = _named(command, report, asked)
    if command.survey in report.complained_in or (open_one and _was_said_there(open_one, asked)):
        return []
    fact = ComplaintReceived(
        number=command.complaint,
        branch=report.branch,
        channel=ComplaintChannel.SURVEY,
        received_at=command.received_at,
        received_by=command.received_by,
        contact_name=report.contact_name,
        contact_phone=report.contact_phone,
        customer=report.basics.customer,
        what=command.what,
        subject=command.subject,
        ticket=number_of(asked.home),
        complained_of=command.complained_of,
        machine=report.equipment.machine,
        survey=command.survey.partition("-")[2],
        terms=command.terms,
        upward=(),
        warnings=(Warned("open-complaint", (open_one.number,)),) if open_one else (),
    )
    noted = ReportComplained(command.complaint, command.survey, command.version)
    return [(f"complaint-{command.complaint}", fact), *asked.here(noted)]


def _named(command: ComplainFromSurvey, report: Report, asked: Asked) -> ComplaintReceived | None:
    """The complaint that the caller names: of this ticket, or of this customer at this branch.

    It is dealt with still: in a complaint of somebody else, and in one that is over, nobody would
    look for what the customer said.
    """
    if not command.named:
        return None
    there = asked.read(f"complaint-{command.named}")
    named: ComplaintReceived | None = there.received
    if named is None or named.branch != report.branch or there.is_over:
        return None
    customer = report.basics.customer
    is_theirs = customer is not None and customer == named.customer
    return named if is_theirs or named.ticket == number_of(asked.home) else None


def _was_said_there(named: ComplaintReceived, asked: Asked) -> bool:
    """Whether it has what was said in the call-back of this ticket, of which there is one."""
    return named.channel is ComplaintChannel.SURVEY and named.ticket == number_of(asked.home)
