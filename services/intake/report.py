"""报修单 (repair report): from the call to the approval, or to an end without one.

The technician says what is broken and signs it, the clerk completes and signs it, whoever the
ladder names approves it. A change of what was signed makes the signatures void. Who must approve
and by when comes in with the command; whom and what it names is looked up in the registers.
"""

from dataclasses import replace

from services.intake.report_approval import approve, recall, send_back, submit, urge
from services.intake.report_checks import (
    by_customer,
    contradictions,
    in_future,
    missing_to_close,
    missing_to_diagnose,
    missing_to_register,
    needs_stage,
    signature,
    stale,
    usable,
)
from services.intake.report_commands import (
    CloseReport,
    Command,
    CompleteBasics,
    DiagnoseFault,
    GiveApproval,
    GiveRemoteGuidance,
    HandOverCase,
    NoteClosing,
    RecallReport,
    RegisterReport,
    RepeatReport,
    ReturnReport,
    SignReport,
    SubmitReport,
    UrgeApproval,
    reads,
)
from services.intake.report_repeat import repeat
from services.intake.report_state import (
    SHOWN,
    Report,
    ReportFact,
    content_of,
    evolve,
    initial,
    public,
    shown_alike,
)
from shared.decider import Asked, Decision, Refused, reason, refuse_if
from shared.events.intake import (
    BasicsCompleted,
    CaseHandedOver,
    ClosingNoted,
    FaultDiagnosed,
    RemoteGuidanceGiven,
    RepairClosed,
    RepairReported,
    ReportSigned,
)
from shared.events.report_form import Confirmation, RemoteAttempt, Stage
from shared.events.values import (
    Ending,
    RemoteResult,
    ReportKind,
    Role,
    WayIn,
)

__all__ = ["SHOWN", "Report", "content_of", "decide", "evolve", "initial", "public", "reads"]

UNDECIDED = (Stage.REGISTERED, Stage.DIAGNOSED, Stage.RETURNED)
OPEN = (*UNDECIDED, Stage.SUBMITTED, Stage.APPROVED)
NO_VISIT = (Ending.SOLVED_REMOTELY, Ending.ANSWERED)
GIVEN_UP = (Ending.WITHDRAWN, Ending.DUPLICATE, Ending.OUT_OF_SCOPE)


def decide(  # noqa: C901, PLR0911, PLR0912 - a table: one line a command
    command: Command, report: Report, asked: Asked
) -> Decision:
    """What the command makes true; nothing if it is true already."""
    match command:
        case RegisterReport():
            return asked.here(*registered(command, report, asked))
        case NoteClosing():
            return _note_closing(command, report, asked)
        case UrgeApproval():
            return urge(command, report, asked)
        case _ if report.stage is Stage.NONE:
            raise Refused(reason("not-registered"))
        case _ if report.branch != asked.branch:
            raise Refused(reason("other-branch", branch=report.branch, yours=asked.branch))
        case RepeatReport():
            return repeat(command, report, asked)
        case HandOverCase():
            return _hand_over(command, report, asked)
        case CompleteBasics():
            return _complete(command, report, asked)
        case DiagnoseFault():
            return _diagnose(command, report, asked)
        case GiveRemoteGuidance():
            return _guide(command, report, asked)
        case SignReport():
            return _sign(command, report, asked)
        case SubmitReport():
            return submit(command, report, asked)
        case GiveApproval():
            return approve(command, report, asked)
        case ReturnReport():
            return send_back(command, report, asked)
        case RecallReport():
            return recall(command, report, asked)
        case CloseReport():
            return _close(command, report, asked)


def registered(
    command: RegisterReport, report: Report, asked: Asked, reference: str | None = None
) -> tuple[ReportFact, ...]:
    """报修: the fact that begins a report; `reference` names the legacy ticket it continues."""
    received_by = command.received_by or asked.actor
    bare = RepairReported(
        branch=asked.branch,
        kind=command.kind,
        channel=command.channel,
        received_at=command.received_at or asked.at,
        received_by=received_by,
        owner=command.owner or received_by,
        way_in=command.way_in,
        contact_name=command.contact_name or "",
        contact_phone=command.contact_phone or "",
        fault_description=command.fault_description or "",
        basics=command.basics,
        equipment=command.equipment,
        circumstances=command.circumstances,
        noted=command.noted,
        reference=reference,
        warnings=command.warnings,
        content="",
    )
    fact = replace(bare, content=content_of(evolve(initial, bare)))
    if evolve(report, fact) == report:
        return ()
    missing = missing_to_register(fact)
    if Role.CUSTOMER in asked.roles:
        refuse_if(*by_customer(command, asked))
    twice = contradictions(command.equipment, None)
    refuse_if(
        (report.stage is not Stage.NONE, reason("registered-already", stream=asked.home)),
        (bool(missing), reason("report-incomplete", missing=missing)),
        (bool(twice), reason("said-both-ways", fields=twice)),
        *in_future(asked, received_at=command.received_at),
        *usable(command, asked),
    )
    return (fact,)


def _hand_over(command: HandOverCase, report: Report, asked: Asked) -> Decision:
    needs_stage(report, *OPEN)
    if report.owner == command.to:
        return []
    may = asked.actor == report.owner or Role.APPROVER in asked.roles
    refuse_if(
        (not may, reason("not-the-owner", owner=report.owner)),
        *usable(command, asked),
    )
    return asked.here(CaseHandedOver(report.owner, command.to, command.because))


def _complete(command: CompleteBasics, report: Report, asked: Asked) -> Decision:
    called = command.called_customer_at
    bare = BasicsCompleted(
        contact_name=command.contact_name,
        contact_phone=command.contact_phone,
        fault_description=command.fault_description,
        basics=command.basics,
        equipment=command.equipment,
        circumstances=command.circumstances,
        agreement=command.agreement,
        confirmed=Confirmation(asked.actor, called) if called else None,
        content="",
    )
    after = evolve(report, bare)
    if shown_alike(after, report):
        return []
    needs_stage(report, *UNDECIDED)
    received = report.received_at
    unconfirmed = called is None or (received is not None and called < received)
    twice = contradictions(command.equipment, None)
    refuse_if(
        (report.way_in is WayIn.B and unconfirmed, reason("not-confirmed")),
        (bool(twice), reason("said-both-ways", fields=twice)),
        *in_future(asked, called_customer_at=called),
        *usable(command, asked),
    )
    return asked.here(replace(bare, content=content_of(after)))


def _diagnose(command: DiagnoseFault, report: Report, asked: Asked) -> Decision:
    diagnosis = command.diagnosis
    if report.stage is Stage.DIAGNOSED and report.diagnosis == diagnosis:
        return []
    needs_stage(report, *UNDECIDED)
    missing = missing_to_diagnose(diagnosis)
    twice = contradictions(None, diagnosis)
    parts = [wanted.part for wanted in diagnosis.parts_to_bring]
    again = sorted({part for part in parts if parts.count(part) > 1})
    refuse_if(
        (report.kind is ReportKind.INQUIRY, reason("inquiry")),
        (bool(missing), reason("diagnosis-incomplete", missing=missing)),
        (bool(twice), reason("said-both-ways", fields=twice)),
        (bool(again), reason("part-twice", parts=again)),
        *in_future(asked, talked_to_customer_at=diagnosis.talked_to_customer_at),
        *usable(command, asked),
    )
    bare = FaultDiagnosed(diagnosis, content="")
    return asked.here(replace(bare, content=content_of(evolve(report, bare))))


def _guide(command: GiveRemoteGuidance, report: Report, asked: Asked) -> Decision:
    attempt = RemoteAttempt(
        at=command.at or asked.at,
        by=asked.actor,
        steps=command.steps or "",
        result=command.result,
    )
    if attempt in report.remote_attempts:
        return []
    needs_stage(report, Stage.REGISTERED, Stage.DIAGNOSED)
    refuse_if(
        (not attempt.steps, reason("guidance-incomplete", missing=["steps"])),
        *in_future(asked, at=command.at),
    )
    bare = RemoteGuidanceGiven(attempt, content="")
    return asked.here(replace(bare, content=content_of(evolve(report, bare))))


def _sign(command: SignReport, report: Report, asked: Asked) -> Decision:
    before = report.technician_sig
    if before and (before.by, before.content) == (asked.actor, command.content):
        return []
    needs_stage(report, Stage.DIAGNOSED)
    refuse_if(
        (command.content != report.content, stale(report)),
        (before is not None, reason("signed-already", by=before.by if before else "")),
        *in_future(asked, signed_at=command.signed_at),
    )
    return asked.here(ReportSigned(signature(command, Role.TECHNICIAN, asked)))


def _close(command: CloseReport, report: Report, asked: Asked) -> Decision:
    fact = RepairClosed(
        ending=command.ending,
        reason=command.reason,
        answer=command.answer,
        customer_told_at=command.customer_told_at,
        other_ticket=command.other_ticket,
    )
    if report.closed == fact:
        return []
    given_up = command.ending in GIVEN_UP
    early = (Stage.REGISTERED, Stage.DIAGNOSED)
    needs_stage(report, *((*UNDECIDED, Stage.SUBMITTED) if given_up else early))
    missing = missing_to_close(command)
    last = report.remote_attempts[-1].result if report.remote_attempts else None
    remotely = command.ending is Ending.SOLVED_REMOTELY
    inquiry = report.kind is ReportKind.INQUIRY
    refuse_if(
        (not given_up and command.ending not in NO_VISIT, reason("closed-by-dispatch")),
        (bool(missing), reason("closing-incomplete", missing=missing)),
        (remotely and last is not RemoteResult.SOLVED, reason("not-solved")),
        (command.ending is Ending.ANSWERED and not inquiry, reason("not-an-inquiry")),
        (
            given_up and not {Role.CLERK} & asked.roles,
            reason("clerk-closes", ending=command.ending),
        ),
        (command.other_ticket == (asked.ticket or ""), reason("duplicate-of-itself")),
        *in_future(asked, customer_told_at=command.customer_told_at),
    )
    return asked.here(fact)


def _note_closing(command: NoteClosing, report: Report, asked: Asked) -> Decision:
    if command.version <= report.closings.get(command.stream, 0):
        return []
    return asked.here(ClosingNoted(command.stream, command.version, command.ending))
