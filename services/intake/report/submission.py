"""送审 (submission): the clerk asks for approval or takes it back; a timer urges it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from services.intake.report.checks import Signing, needs_report, needs_stage, signature, stale
from services.intake.report.comparison import of_machine_since, reads_card
from services.intake.report.completeness import missing_to_submit
from services.intake.report.kinds import LAYOUTS
from services.intake.report.state import Report
from shared.decider import Asked, Decision, Rule, reason, refuse_if
from shared.events.intake import (
    AmendmentRecalled,
    ApprovalUrged,
    DecisionUrged,
    ReportRecalled,
    ReportSubmitted,
)
from shared.events.report_form import ApprovalAsked, Stage
from shared.events.values import At, Note, RemoteResult, Role, Text
from shared.signing import proved
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class Submitting(Signing):
    """请批: sign what is complete and ask for its approval; policy says whose."""

    approval: ApprovalAsked = field(kw_only=True)
    """Obligation: who must approve, and by when."""
    reported_on: date = field(kw_only=True)
    """Obligation: the branch's local day on which the fault was reported."""


@dataclass(frozen=True, slots=True)
class SubmitReport(Submitting):
    """送审: sign the complete report and ask for its approval; policy says whose."""


@dataclass(frozen=True, slots=True)
class RecallReport:
    """撤回: take the report back while nobody has decided; by the clerk."""

    because: Text | None = None


@dataclass(frozen=True, slots=True)
class UrgeApproval:
    """督促: the moment of `ReportSubmitted` has come; by the timer."""

    round: int
    due_at: At


@dataclass(frozen=True, slots=True)
class UrgeDecision:
    """人工督促审批: remind whoever is to approve; by the clerk or the technician."""

    because: Note


def reads_submitted(_command: object, report: Report, _asked: Asked) -> tuple[str, ...]:
    """The card of the machine: what is said of it may have changed since it was diagnosed."""
    return reads_card(report.equipment)


def submit(command: SubmitReport, report: Report, asked: Asked) -> Decision:
    """送审: the clerk signs what is complete, signed by the technician and unchanged since."""
    needs_report(report, asked)
    before, approval = report.clerk_sig, command.approval
    if before and (before.by, before.content) == (asked.actor, command.content):
        return []
    needs_stage(report, Stage.DIAGNOSED)
    refuse_if(*unready(command, report, asked), _is_solved_from_afar(report))
    own = signature(command, Role.CLERK, asked)
    return asked.here(ReportSubmitted(report.round, own, approval))


def unready(command: Submitting, report: Report, asked: Asked) -> Iterator[Rule]:
    """Rules of whoever asks for an approval: complete, tried from afar, signed, as it was shown."""
    approval = command.approval
    missing = missing_to_submit(report, consent_on_site=approval.consent_on_site)
    layout = LAYOUTS[report.kind]
    signs = report.technician_sig is None and "technician_sig" in layout.has
    unsigned = signs and report.voided is None
    voided = signs and not unsigned
    shown = (command.content, approval.content) == (report.content, report.content)
    yield bool(missing), reason("report-incomplete", missing=missing)
    yield _is_untried(report), reason("remote-not-tried")
    yield unsigned, reason("unsigned")
    yield voided or not shown, stale(report.content)
    yield from of_machine_since(report, command.reported_on, asked)
    yield from proved(command.how, command.evidence)


def recall(command: RecallReport, report: Report, asked: Asked) -> Decision:
    """撤回: the clerk takes it back while nobody has decided; a change, and the approval stands."""
    needs_report(report, asked)
    if report.stage in (Stage.DIAGNOSED, Stage.APPROVED) and report.recalled:
        return []
    needs_stage(report, Stage.SUBMITTED)
    by = [approval.by for approval in report.approvals]
    refuse_if((bool(by), reason("decided-already", by=by)))
    kind = AmendmentRecalled if report.former else ReportRecalled
    return asked.here(kind(report.round, command.because))


def offered_recall(_number: str, report: Report) -> Iterator[RecallReport]:
    """Of what waits for its approval, or may come to; not of what was recalled a moment ago."""
    if report.stage is Stage.SUBMITTED or not report.recalled:
        yield RecallReport(WORDS)


def urge(command: UrgeApproval, report: Report, asked: Asked) -> Decision:
    """督促: once a submission, while it still waits."""
    due = report.approval.due_at if report.stage is Stage.SUBMITTED and report.approval else None
    moot = due != command.due_at or report.round != command.round
    return [] if moot or report.urged else asked.here(ApprovalUrged(command.round, command.due_at))


def urge_decision(command: UrgeDecision, report: Report, asked: Asked) -> Decision:
    """人工督促审批: of what waits for its approval; once a submission for the same reason."""
    needs_report(report, asked)
    urged = DecisionUrged(asked.actor, report.round, command.because)
    if report.urged_by_hand == urged:
        return []
    needs_stage(report, Stage.SUBMITTED)
    return asked.here(urged)


def _is_solved_from_afar(report: Report) -> Rule:
    """A rule: nobody travels for what the last attempt from afar has solved."""
    on_site = bool(report.diagnosis and report.diagnosis.on_site)
    last = report.remote_attempts[-1].result if report.remote_attempts else None
    return on_site and last is RemoteResult.SOLVED, reason("solved-from-afar")


def _is_untried(report: Report) -> bool:
    """Whether somebody is to travel although nothing was tried from afar, nor waived."""
    diagnosis = report.diagnosis
    waived = bool(diagnosis and diagnosis.remote_waived_because)
    is_tried = "remote_attempts" in LAYOUTS[report.kind].has
    goes = bool(diagnosis and diagnosis.on_site) and is_tried
    return goes and not report.remote_attempts and not waived
