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
from shared.events.values import At, PersonalNote, Ref


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
    """投诉转入: unless it was made already, or the caller has registered it; nothing is lost."""
    needs_report(report, asked)
    if command.survey in report.complained_in or _is_there(command, report, asked):
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
        warnings=(),
    )
    noted = ReportComplained(command.complaint, command.survey, command.version)
    return [(f"complaint-{command.complaint}", fact), *asked.here(noted)]


def _is_there(command: ComplainFromSurvey, report: Report, asked: Asked) -> bool:
    """Whether the caller names a complaint of this ticket, or of this customer at this branch.

    It is dealt with still: in a complaint of somebody else, and in one that is over, what the
    customer said would be lost.
    """
    if not command.named:
        return False
    there = asked.read(f"complaint-{command.named}")
    named: ComplaintReceived | None = there.received
    if named is None or named.branch != report.branch or there.is_over:
        return False
    customer = report.basics.customer
    is_theirs = customer is not None and customer == named.customer
    return is_theirs or named.ticket == number_of(asked.home)
