"""联系方式更正 (contact): what the clerk puts right after the report was submitted."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.report.checks import needs_report, needs_stage
from services.intake.report.state import Report, evolve
from shared.decider import Asked, Decision
from shared.events.intake import ContactCorrected
from shared.events.report_form import Stage
from shared.events.values import Personal, Phone, Text
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class CorrectContact:
    """联系方式更正: whom and where to reach, put right after submitting; the approval stands."""

    because: Text
    contact_name: Personal | None = None
    contact_phone: Phone | None = None
    address: Personal | None = None


SUBMITTED = (Stage.SUBMITTED, Stage.APPROVED, Stage.CLOSED)
"""Where a report stands once its approval was asked for, or it is over."""
EXAMPLE = {"contact_phone": "0571-8700 4321", "because": "登记时听错一位 misheard by the clerk"}
"""A body as it comes over the wire."""


def correct(command: CorrectContact, report: Report, asked: Asked) -> Decision:
    """联系方式更正: once it is submitted; before that the basics are completed."""
    needs_report(report, asked)
    fact = ContactCorrected(
        contact_name=command.contact_name,
        contact_phone=command.contact_phone,
        address=command.address,
        because=command.because,
    )
    if evolve(report, fact) == report:
        return []
    needs_stage(report, *SUBMITTED)
    return asked.here(fact)


def offered_correction(_number: str, report: Report) -> Iterator[CorrectContact]:
    """While the case goes on: the page cannot know what will be put right."""
    if report.stage in (Stage.SUBMITTED, Stage.APPROVED):
        yield CorrectContact(WORDS, contact_name=WORDS)
