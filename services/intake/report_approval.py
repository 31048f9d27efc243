"""报修单的审批 (approval of a report): submitted, approved by those the ladder names, or returned.

Who submitted, who signed and who travels do not approve; of a joint rung each approves himself. A
deputy acts for somebody by a recorded delegation, and is held to what both of them may not do.
"""

from collections.abc import Iterable, Iterator

from services.intake.delegation import Delegations, holds
from services.intake.report_checks import (
    in_future,
    missing_to_submit,
    needs_stage,
    signature,
    stale,
    usable,
)
from services.intake.report_commands import (
    GiveApproval,
    RecallReport,
    ReturnReport,
    SubmitReport,
    UrgeApproval,
)
from services.intake.report_state import Report
from shared.decider import Asked, Decision, Reason, reason, refuse_if
from shared.events.cards import PersonCard
from shared.events.intake import (
    ApprovalGiven,
    ApprovalUrged,
    RepairApproved,
    ReportRecalled,
    ReportReturned,
    ReportSubmitted,
)
from shared.events.report_form import Approval, ApprovalAsked, Stage
from shared.events.values import Role


def submit(command: SubmitReport, report: Report, asked: Asked) -> Decision:
    """送审: the clerk signs what is complete, signed by the technician and unchanged since."""
    before, approval = report.clerk_sig, command.approval
    if before and (before.by, before.content) == (asked.actor, command.content):
        return []
    needs_stage(report, Stage.DIAGNOSED)
    missing = missing_to_submit(report, consent_on_site=approval.consent_on_site)
    diagnosis = report.diagnosis
    waived = bool(diagnosis and diagnosis.remote_waived_because)
    untried = bool(diagnosis and diagnosis.on_site) and not report.remote_attempts and not waived
    unsigned = report.technician_sig is None and report.voided is None
    voided = report.technician_sig is None and not unsigned
    shown = (command.content, approval.content) == (report.content, report.content)
    refuse_if(
        (bool(missing), reason("report-incomplete", missing=missing)),
        (untried, reason("remote-not-tried")),
        (unsigned, reason("unsigned")),
        (voided or not shown, stale(report)),
        *in_future(asked, signed_at=command.signed_at),
    )
    own = signature(command, Role.CLERK, asked)
    return asked.here(ReportSubmitted(report.round, own, approval))


def approve(command: GiveApproval, report: Report, asked: Asked) -> Decision:
    """审批同意: one of those asked approves; the last one makes the repair approved."""
    key = (asked.actor, command.as_what, command.content, command.acting_for)
    if key in ((a.by, a.as_what, a.content, a.acting_for) for a in report.approvals):
        return []
    approval = _under_approval(report)
    given = {each.as_what: each.by for each in report.approvals}
    interested = _both(command, asked) & _interested(report)
    before = {person for each in report.approvals for person in (each.by, each.acting_for)}
    again = _both(command, asked) & before
    refuse_if(
        (bool(interested), reason("self-approval", person=_named(interested))),
        *_entitled(command, approval, asked),
        (command.content != approval.content, reason("changed-since-submitted")),
        (command.as_what in given, reason("approved-as", by=given.get(command.as_what, ""))),
        (bool(again), reason("joint-approval", person=_named(again))),
        *usable(command, asked),
    )
    own = Approval(asked.actor, command.as_what, asked.at, command.content, command.acting_for)
    approvals = (*report.approvals, own)
    one = ApprovalGiven(report.round, own)
    if {each.as_what for each in approvals} < set(approval.needed):
        return asked.here(one)
    whole = RepairApproved(report.round, approval.content, approvals, approval.policy)
    return asked.here(one, whole)


def send_back(command: ReturnReport, report: Report, asked: Asked) -> Decision:
    """退回: one of those asked sends it back, with reasons and the fields they are about."""
    told = (asked.actor, command.as_what, command.reasons, command.fields, command.acting_for)
    last = report.returned if report.stage is Stage.RETURNED else None
    if last and last == ReportReturned(last.round, *told):
        return []
    approval = _under_approval(report)
    blank = [name for name in ("reasons", "fields") if not getattr(command, name)]
    refuse_if(
        *_entitled(command, approval, asked),
        (bool(blank), reason("return-unreasoned", missing=blank)),
        *usable(command, asked),
    )
    return asked.here(ReportReturned(report.round, *told))


def recall(command: RecallReport, report: Report, asked: Asked) -> Decision:
    """撤回: the clerk takes it back while nobody has decided."""
    if report.stage is Stage.DIAGNOSED and report.recalled:
        return []
    needs_stage(report, Stage.SUBMITTED)
    by = [approval.by for approval in report.approvals]
    refuse_if((bool(by), reason("decided-already", by=by)))
    return asked.here(ReportRecalled(report.round, command.because))


def urge(command: UrgeApproval, report: Report, asked: Asked) -> Decision:
    """督促: once a submission, while it still waits."""
    due = report.approval.due_at if report.stage is Stage.SUBMITTED and report.approval else None
    moot = due != command.due_at or report.round != command.round
    return [] if moot or report.urged else asked.here(ApprovalUrged(command.round, command.due_at))


def _under_approval(report: Report) -> ApprovalAsked:
    needs_stage(report, Stage.SUBMITTED)
    assert report.approval is not None
    return report.approval


def _interested(report: Report) -> frozenset[str]:
    """回避: who submitted, who signed, and who will claim what the travel costs."""
    signed = {sig.by for sig in (report.clerk_sig, report.technician_sig) if sig}
    travel = report.diagnosis.travel if report.diagnosis else None
    return frozenset(signed.union(travel.travellers if travel else ()))


def _both(command: GiveApproval | ReturnReport, asked: Asked) -> frozenset[str]:
    """Who acts and whom he stands in for: what one of them may not, the other may not for him."""
    return frozenset(filter(None, (asked.actor, command.acting_for)))


def _named(people: Iterable[str]) -> str:
    return ", ".join(sorted(people))


def _entitled(
    command: GiveApproval | ReturnReport, approval: ApprovalAsked, asked: Asked
) -> Iterator[tuple[bool, Reason]]:
    """A rule: the ladder names this role or post, and who acts holds it or stands in for him."""
    as_what, person = command.as_what, command.acting_for
    card = asked.reads.get(f"person-{person or asked.actor}")
    post = isinstance(card, PersonCard) and as_what in card.posts
    held = isinstance(card, PersonCard) and holds(card, as_what)
    his = held if person else as_what in asked.roles or post
    asks = as_what in approval.needed and his
    yield not asks, reason("approval-not-asked", as_what=as_what, needed=approval.needed)
    if person is not None:
        told = reason("not-delegated", person=person, deputy=asked.actor, as_what=as_what)
        yield not _delegated(command, person, asked), told


def _delegated(command: GiveApproval | ReturnReport, person: str, asked: Asked) -> bool:
    given = asked.reads.get(f"delegation-{person}")
    if not isinstance(given, Delegations) or command.on is None:
        return False
    return given.allows(asked.actor, command.as_what, asked.branch, command.on)
