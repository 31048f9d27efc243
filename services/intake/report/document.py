"""报修单的公开文档 (the document of a report): what others read of it."""

from typing import TypeAlias

from services.intake.report.state import Report
from shared.decider import Public
from shared.events.intake import (
    AmendmentRecalled,
    AmendmentRefused,
    ContactCorrected,
    RepairApproved,
    RepairClosed,
    RepairReported,
    ReportAmended,
)
from shared.events.report_form import ReportDocument, Stage
from shared.fields import filled

Milestone: TypeAlias = (
    RepairReported
    | RepairApproved
    | ContactCorrected
    | ReportAmended
    | AmendmentRefused
    | AmendmentRecalled
    | RepairClosed
)


def public(report: Report, fact: Milestone) -> Public:  # noqa: PLR0911 - one return a fact
    """The report as other rooms may read it, right after a milestone."""
    document = document_of(report)
    match fact:
        case RepairReported():
            return Public(document, {"reference": fact.reference})
        case RepairApproved():
            return Public(document, {"round": fact.round, "policy": fact.policy})
        case ContactCorrected(because=because):
            return Public(document, {"because": because})
        case ReportAmended():
            return Public(document, {"changes": fact.changes, "because": fact.because})
        case AmendmentRefused():
            return Public(document, {"fields": fact.fields})
        case AmendmentRecalled():
            return Public(document, {"because": fact.because})
        case RepairClosed():
            told = {
                "answer": fact.answer,
                "customer_told_at": fact.customer_told_at,
                "tried_on": fact.tried_on,
            }
            return Public(document, told)


def document_of(report: Report) -> ReportDocument:
    """The report in full, as anybody may be shown it who may see it."""
    return filled(ReportDocument, report, amends=report.former.content if report.former else None)


def shown(report: Report) -> ReportDocument | None:
    """The report as the page of its ticket shows it."""
    return None if report.stage is Stage.NONE else document_of(report)
