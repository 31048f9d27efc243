"""缺陷 (defects): the report of a defect names the commissioning that found it."""

from dataclasses import dataclass

from services.intake.report.checks import needs_report
from services.intake.report.state import Report
from shared.decider import Asked, Decision
from shared.events.intake import DefectNoted
from shared.events.values import MANY, Ticket


@dataclass(frozen=True, slots=True)
class NoteDefect:
    """得知缺陷: a commissioning that is over names this report; by reaction, at every stage."""

    ticket: Ticket
    order: str
    version: int
    """Of the document that said so."""


def note_defect(command: NoteDefect, report: Report, asked: Asked) -> Decision:
    """得知缺陷: unless something newer was noted of that commissioning.

    A report names so many and no more; the orders of those beyond it name the report still.
    """
    if command.version <= report.found_by.get(command.ticket, 0):
        return []
    needs_report(report, asked)
    if command.ticket not in report.found_by and len(report.found_by) >= MANY:
        return []
    return asked.here(DefectNoted(command.ticket, command.order, command.version))
