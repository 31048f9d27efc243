"""诊断 (diagnosis): what is broken, what was tried from afar, and the technician's signature."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from services.intake import hidden_values
from services.intake.cards import unusable
from services.intake.report.checks import (
    UNDECIDED,
    Signing,
    needs_report,
    needs_stage,
    signature,
    stale,
)
from services.intake.report.comparison import (
    Diagnosing,
    Prices,
    of_catalogue,
    of_machine,
    reads_card,
    standing,
)
from services.intake.report.completeness import contradictions, missing_to_diagnose
from services.intake.report.kinds import LAYOUTS
from services.intake.report.state import Report, content_of, evolve
from shared.decider import Asked, Decision, Rule, reason, refuse_if, too_many
from shared.events.intake import FaultDiagnosed, RemoteGuidanceGiven, ReportSigned
from shared.events.report_form import Diagnosis, RemoteAttempt, Stage
from shared.events.values import (
    SEVERAL,
    FaultNature,
    Note,
    Past,
    RemoteResult,
    RepairNature,
    ReportKind,
    Role,
)
from shared.signing import proved
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class DiagnoseFault(Diagnosing):
    """故障诊断: say what is broken, why, and what to do about it; by the technician."""

    prices: Prices = field(kw_only=True)
    """Obligation: what the catalogue says of the parts to bring."""
    reported_on: date = field(kw_only=True)
    """Obligation: the branch's local day on which the fault was reported."""


@dataclass(frozen=True, slots=True)
class GiveRemoteGuidance:
    """远程指导: note an attempt to solve the fault from afar; by technician or clerk."""

    result: RemoteResult
    steps: Note | None = None
    at: Past | None = None
    """By default now."""


@dataclass(frozen=True, slots=True)
class SignReport(Signing):
    """技术签字: sign the report as shown; by the technician."""


DIAGNOSIS_EXAMPLE = {
    "diagnosis": {
        "fault_analysis": "轴封磨损，运转时漏水并有异响",
        "fault_cause": "密封圈老化",
        "fault_nature": "wear",
        "talked_to_customer_at": "2026-11-23T10:20:00+08:00",
        "repair_nature": "warranty",
        "nature_because": "保修期内 within the warranty",
        "solution": "更换密封圈两件，试机一小时",
        "on_site": True,
        "parts_to_bring": [{"part": "SEAL-32", "quantity": 2}],
        "travel": {
            "mode": "company_car",
            "at": "2026-11-24T09:00:00+08:00",
            "travellers": ["T-LIUYANG"],
        },
        "estimated_fen": 38000,
    }
}
"""A body as it comes over the wire."""
_TO_BE_SAID = Diagnosis(
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


def reads_diagnosed(command: DiagnoseFault, report: Report, asked: Asked) -> tuple[str, ...]:
    """The cards of those who are to travel, and of the machine; what the branch hides."""
    hidden = hidden_values.stream_of(asked.branch)
    return (*travellers_of(command.diagnosis), *reads_card(report.equipment), hidden)


def travellers_of(diagnosis: Diagnosis) -> tuple[str, ...]:
    """The cards of those who are to travel."""
    travel = diagnosis.travel
    travellers = dict.fromkeys(travel.travellers if travel else ())
    return tuple(f"person-{person}" for person in travellers)


def diagnose(command: DiagnoseFault, report: Report, asked: Asked) -> Decision:
    """故障诊断: in whole, and while no approval is asked for."""
    needs_report(report, asked)
    diagnosis = command.diagnosis
    said = (report.stage, report.diagnosis, standing(report, asked))
    if said == (Stage.DIAGNOSED, diagnosis, command.kept):
        return []
    needs_stage(report, *UNDECIDED)
    bare = FaultDiagnosed(diagnosis, command.kept, content="")
    after = evolve(report, bare)
    missing = missing_to_diagnose(diagnosis)
    twice = contradictions(None, diagnosis)
    refuse_if(
        (report.kind is ReportKind.INQUIRY, reason("inquiry")),
        LAYOUTS[report.kind].rules_out("diagnosis"),
        (bool(missing), reason("diagnosis-incomplete", missing=missing)),
        (bool(twice), reason("said-both-ways", fields=twice)),
        listed_twice(diagnosis),
        *hidden_values.not_hidden(diagnosis, report.diagnosis, asked),
        *unusable(asked, travellers_of(diagnosis)),
        *of_catalogue(diagnosis, command.prices),
        *of_machine(after, command.reported_on, asked),
    )
    return asked.here(replace(bare, content=content_of(after)))


def listed_twice(diagnosis: Diagnosis) -> Rule:
    """A rule: each part to bring stands on one line."""
    parts = [wanted.part for wanted in diagnosis.parts_to_bring]
    again = sorted({part for part in parts if parts.count(part) > 1})
    return bool(again), reason("part-twice", parts=again)


def guide(command: GiveRemoteGuidance, report: Report, asked: Asked) -> Decision:
    """远程指导: before the report is submitted."""
    needs_report(report, asked)
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
        LAYOUTS[report.kind].rules_out("remote_attempts"),
        too_many("remote_attempts", len(report.remote_attempts) + 1, SEVERAL),
    )
    bare = RemoteGuidanceGiven(attempt, content="")
    return asked.here(replace(bare, content=content_of(evolve(report, bare))))


def sign(command: SignReport, report: Report, asked: Asked) -> Decision:
    """技术签字: what is diagnosed, as it was shown; of an approved report, what is drafted."""
    needs_report(report, asked)
    draft = report.draft
    before = report.draft_sig if draft else report.technician_sig
    if before and (before.by, before.content) == (asked.actor, command.content):
        return []
    needs_stage(report, Stage.APPROVED if draft else Stage.DIAGNOSED)
    shown = draft.content if draft else report.content
    refuse_if(
        LAYOUTS[report.kind].rules_out("technician_sig"),
        (command.content != shown, stale(shown)),
        *proved(command.how, command.evidence),
        (before is not None, reason("signed-already", by=before.by if before else "")),
    )
    return asked.here(ReportSigned(signature(command, Role.TECHNICIAN, asked)))


def offered_diagnosis(_number: str, report: Report) -> Iterator[Diagnosing]:
    """As it stands, or with words the technician will say."""
    if "diagnosis" in LAYOUTS[report.kind].has:
        yield Diagnosing(report.diagnosis or _TO_BE_SAID, report.kept)


def offered_guidance(_number: str, report: Report) -> Iterator[GiveRemoteGuidance]:
    """Of what may be mended from afar."""
    if "remote_attempts" in LAYOUTS[report.kind].has:
        yield GiveRemoteGuidance(RemoteResult.NOT_SOLVED, WORDS)


def offered_signing(_number: str, report: Report) -> Iterator[SignReport]:
    """Of the report, or of the change, as it is shown."""
    if "technician_sig" in LAYOUTS[report.kind].has:
        yield SignReport(report.draft.content if report.draft else report.content)
