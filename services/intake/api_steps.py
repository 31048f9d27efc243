"""报修单的下一步 (next steps of a report): what might be asked of it, as a body that fits it.

Words that whoever asks will say himself stand as a dash. What forbids a step is not said here: each
is rehearsed by its route and the report's own rules.
"""

from collections.abc import Sequence
from typing import Any

from services.intake.report_commands import (
    Approving,
    CloseReport,
    CompleteBasics,
    DiagnoseFault,
    GiveRemoteGuidance,
    HandOverCase,
    RecallReport,
    Returning,
    Signing,
    SignReport,
)
from services.intake.report_state import Report, document_of
from shared.events.report_form import Diagnosis, ReportDocument, Stage
from shared.events.values import Ending, FaultNature, RemoteResult, RepairNature, ReportKind
from shared.room import Paper, Step

WORDS = "—"
_DIAGNOSIS = Diagnosis(
    fault_analysis=WORDS,
    fault_cause=WORDS,
    fault_nature=FaultNature.NONE_FOUND,
    repair_nature=RepairNature.GOODWILL,
    nature_because=WORDS,
    remote_waived_because=WORDS,
    solution=WORDS,
    on_site=False,
    no_parts=True,
)


def shown(report: Report) -> ReportDocument | None:
    """The report as its page shows it."""
    return None if report.stage is Stage.NONE else document_of(report)


def steps(ticket: str, report: Report) -> Sequence[Step]:
    """What might be done with the report next."""
    if report.stage is Stage.CLOSED:
        return ()
    bodies: Sequence[tuple[str, Any]] = (
        ("basics", CompleteBasics()),
        ("diagnoses", DiagnoseFault(report.diagnosis or _DIAGNOSIS)),
        ("remote-guidances", GiveRemoteGuidance(RemoteResult.NOT_SOLVED, WORDS)),
        ("signatures", SignReport(report.content)),
        ("submissions", Signing(report.content)),
        *_decisions(report),
        ("recalls", RecallReport(WORDS)),
        ("handovers", HandOverCase(report.owner, WORDS)),
        ("closings", _closing(report)),
    )
    given = {"ticket": ticket}
    return [Step(f"/v1/reports/{{ticket}}/{path}", given, body) for path, body in bodies]


def _decisions(report: Report) -> Sequence[tuple[str, Any]]:
    """Once for each as what somebody still has to approve."""
    given = {each.as_what for each in report.approvals}
    asked = report.approval.needed if report.approval else ()
    left = [each for each in asked if each not in given] or ["approver"]
    approvals = [("approvals", Approving(each, report.content)) for each in left]
    return [*approvals, ("returns", Returning(left[0], (WORDS,), ()))]


def _closing(report: Report) -> CloseReport:
    if report.kind is ReportKind.INQUIRY:
        return CloseReport(Ending.ANSWERED, answer=WORDS)
    solved = bool(report.remote_attempts) and (
        report.remote_attempts[-1].result is RemoteResult.SOLVED
    )
    told_at = report.received_at
    if solved:
        return CloseReport(Ending.SOLVED_REMOTELY, customer_told_at=told_at)
    return CloseReport(Ending.WITHDRAWN, reason=WORDS, customer_told_at=told_at)


PAPERS = {"report": Paper(shown, steps)}
