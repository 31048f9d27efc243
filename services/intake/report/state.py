"""报修单的状态 (the state of a report): what its facts add up to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TypeAlias

from shared.content import content_hash
from shared.events import intake as facts
from shared.events.report_form import (
    Agreement,
    Approval,
    ApprovalAsked,
    Basics,
    CallNotes,
    Circumstances,
    Confirmation,
    Diagnosis,
    Equipment,
    KeptBecause,
    RemoteAttempt,
    Sale,
    Stage,
)
from shared.events.values import (
    MANY,
    SEVERAL,
    At,
    Channel,
    CustomerRef,
    Ending,
    Personal,
    PersonalNote,
    ReportKind,
    Signature,
    Warned,
    WayIn,
)
from shared.fields import filled

ReportFact: TypeAlias = (
    facts.RepairReported
    | facts.CaseHandedOver
    | facts.BasicsCompleted
    | facts.FaultDiagnosed
    | facts.CommissioningPlanned
    | facts.RemoteGuidanceGiven
    | facts.ReportSigned
    | facts.ReportSubmitted
    | facts.ApprovalGiven
    | facts.RepairApproved
    | facts.ReportReturned
    | facts.ReportRecalled
    | facts.RepairClosed
    | facts.ContactCorrected
    | facts.AmendmentDrafted
    | facts.ReportAmended
    | facts.AmendmentRefused
    | facts.AmendmentRecalled
    | facts.CallNoted
    | facts.NoteAdded
    | facts.ContactAttempted
    | facts.ReportLinked
    | facts.DefectNoted
    | facts.ClosingNoted
    | facts.ApprovalUrged
    | facts.DecisionUrged
    | facts.ReportRepeated
    | facts.RepeatNoted
    | facts.ReportComplained
)


@dataclass(frozen=True, slots=True)
class Former:
    """更正之前: what was approved, while a change of it is not."""

    diagnosis: Diagnosis | None
    kept: KeptBecause
    agreement: Agreement | None
    equipment: Equipment
    customer: CustomerRef | None
    technician_sig: Signature | None
    clerk_sig: Signature | None
    content: str
    approval: ApprovalAsked | None
    approvals: tuple[Approval, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """报修单: its sections as they stand now, and how far it has come."""

    branch: str = ""
    stage: Stage = Stage.NONE
    kind: ReportKind = ReportKind.REPAIR
    channel: Channel = Channel.PHONE
    received_at: At | None = None
    received_by: str = ""
    owner: str = ""
    way_in: WayIn = WayIn.A
    contact_name: Personal = ""
    contact_phone: Personal = ""
    fault_description: str = ""
    basics: Basics = field(default_factory=Basics)
    confirmed: Confirmation | None = None
    equipment: Equipment = field(default_factory=Equipment)
    circumstances: Circumstances = field(default_factory=Circumstances)
    noted: CallNotes | None = None
    opinion: PersonalNote | None = None
    """What the customer said in the call-back that the report follows."""
    sale: Sale | None = None
    """Of a machine that is to be commissioned: what the sale has handed over."""
    registered_at: At | None = None
    """When it was recorded, whenever it was received; None: its fact does not say it."""
    diagnosis: Diagnosis | None = None
    """Of a machine that is to be commissioned: the plan."""
    kept: KeptBecause = field(default_factory=KeptBecause)
    agreement: Agreement | None = None
    remote_attempts: tuple[RemoteAttempt, ...] = ()
    technician_sig: Signature | None = None
    clerk_sig: Signature | None = None
    round: int = 1
    content: str = ""
    approval: ApprovalAsked | None = None
    approvals: tuple[Approval, ...] = ()
    reference: str | None = None
    warnings: tuple[Warned, ...] = ()
    ending: Ending | None = None
    ending_reason: str | None = None
    other_ticket: str | None = None
    voided: Signature | None = None
    """The technician's signature that a later change made void."""
    returned: facts.ReportReturned | None = None
    recalled: bool = False
    urged: bool = False
    urged_by_hand: facts.DecisionUrged | None = None
    """The last time that somebody reminded whoever is to approve."""
    draft: facts.AmendmentDrafted | None = None
    """What is to change of an approved report, and the technician's signature under it."""
    draft_sig: Signature | None = None
    former: Former | None = None
    refused: facts.AmendmentRefused | None = None
    closed: facts.RepairClosed | None = None
    closings: Mapping[str, int] = field(default_factory=dict)
    """The newest version noted of each work order that closed the case."""
    calls: tuple[facts.CallNoted, ...] = ()
    jottings: tuple[facts.NoteAdded, ...] = ()
    tried: tuple[facts.ContactAttempted, ...] = ()
    """The last tries to reach the customer that came to nothing."""
    linked: Mapping[str, Ending] = field(default_factory=dict)
    """The last tickets that were closed and name this one, each with how it ended."""
    found_by: Mapping[str, int] = field(default_factory=dict)
    """The first commissionings that found it, by ticket, each with the version that said so."""
    repeated: Mapping[str, str] = field(default_factory=dict)
    """The ticket that followed each call-back in which the customer was not satisfied."""
    complaints: tuple[str, ...] = ()
    """The complaints about this case, the last ones."""
    complained_in: frozenset[str] = frozenset()
    """The call-backs that led to a complaint."""


initial = Report()

SHOWN = (
    "branch",
    "kind",
    "channel",
    "received_at",
    "received_by",
    "way_in",
    "contact_name",
    "contact_phone",
    "fault_description",
    "basics",
    "confirmed",
    "equipment",
    "circumstances",
    "diagnosis",
    "kept",
    "agreement",
    "remote_attempts",
)
"""签字所见: what whoever signs or approves is shown, and so puts their name to."""


def content_of(report: Report) -> str:
    """SHA-256 (hex) of the shown fields as JSON with sorted keys; sealed texts by their cipher.

    A sale stands in it where there is one: what was shown before there were any keeps its hash.
    """
    sold = {"sale": report.sale} if report.sale else {}
    return content_hash({name: getattr(report, name) for name in SHOWN} | sold)


def shown_alike(one: Report, other: Report) -> bool:
    """Whether a signer is shown the same of both."""
    return all(getattr(one, name) == getattr(other, name) for name in (*SHOWN, "sale"))


def evolve(report: Report, fact: ReportFact) -> Report:
    """The report after the fact."""
    match fact:
        case facts.RepairReported():
            sections = {name: getattr(fact, name) for name in _REPORTED}
            return replace(report, stage=Stage.REGISTERED, **sections)
        case facts.CaseHandedOver():
            return replace(report, owner=fact.owner)
        case facts.BasicsCompleted():
            said = {name: getattr(fact, name) for name in _COMPLETED}
            named = {name: section for name, section in said.items() if section is not None}
            return replace(_changed(report, fact.content), **named)
        case facts.FaultDiagnosed():
            changed = _changed(report, fact.content)
            changed = replace(changed, diagnosis=fact.diagnosis, kept=fact.kept)
            return replace(changed, stage=Stage.DIAGNOSED)
        case facts.CommissioningPlanned():
            changed = replace(_changed(report, fact.content), diagnosis=fact.diagnosis)
            return replace(changed, stage=Stage.DIAGNOSED)
        case facts.RemoteGuidanceGiven():
            changed = _changed(report, fact.content)
            return replace(changed, remote_attempts=(*report.remote_attempts, fact.attempt))
        case facts.ReportSigned() if report.draft is not None:
            return replace(report, draft_sig=fact.signature)
        case facts.ReportSigned():
            return replace(report, technician_sig=fact.signature, voided=None)
        case (
            facts.AmendmentDrafted()
            | facts.ReportAmended()
            | facts.AmendmentRefused()
            | facts.AmendmentRecalled()
        ):
            return _amended(report, fact)
        case facts.ContactCorrected():
            return _corrected(report, fact)
        case (
            facts.CallNoted() | facts.NoteAdded() | facts.ContactAttempted() | facts.ReportLinked()
        ):
            return _jotted(report, fact)
        case facts.DefectNoted():
            return replace(report, found_by={**report.found_by, fact.ticket: fact.version})
        case facts.ReportRepeated():
            return replace(report, repeated={**report.repeated, fact.survey: fact.ticket})
        case facts.RepeatNoted():
            return _repeats(report, fact)
        case facts.ReportComplained():
            return _complained(report, fact)
        case facts.RepairClosed() | facts.ClosingNoted():
            return _closed(report, fact)
        case _:
            return _decided(report, fact)


def _decided(
    report: Report,
    fact: facts.ReportSubmitted
    | facts.ApprovalUrged
    | facts.DecisionUrged
    | facts.ApprovalGiven
    | facts.RepairApproved
    | facts.ReportReturned
    | facts.ReportRecalled,
) -> Report:
    """The report after a fact of its approval."""
    match fact:
        case facts.ReportSubmitted():
            return replace(
                report,
                stage=Stage.SUBMITTED,
                clerk_sig=fact.signature,
                round=fact.round,
                approval=fact.approval,
                approvals=(),
                recalled=False,
                urged=False,
            )
        case facts.ApprovalUrged():
            return replace(report, urged=True)
        case facts.DecisionUrged():
            return replace(report, urged_by_hand=fact)
        case facts.ApprovalGiven():
            return replace(report, approvals=(*report.approvals, fact.approval))
        case facts.RepairApproved():
            return replace(report, stage=Stage.APPROVED, approvals=fact.approvals, former=None)
        case facts.ReportReturned():
            back = _withdrawn(report, Stage.RETURNED)
            return replace(back, round=fact.round + 1, returned=fact)
        case facts.ReportRecalled():
            return replace(_withdrawn(report, Stage.DIAGNOSED), recalled=True)


def drafted(report: Report) -> Report:
    """The report with what is drafted; without a draft as it is."""
    if (draft := report.draft) is None:
        return report
    customer = draft.customer or report.basics.customer
    return replace(
        report,
        diagnosis=draft.diagnosis,
        kept=draft.kept,
        agreement=draft.agreement or report.agreement,
        equipment=draft.equipment or report.equipment,
        basics=replace(report.basics, customer=customer),
    )


def _amended(
    report: Report,
    fact: facts.AmendmentDrafted
    | facts.ReportAmended
    | facts.AmendmentRefused
    | facts.AmendmentRecalled,
) -> Report:
    """The report after a fact of a change of what was approved."""
    match fact:
        case facts.AmendmentDrafted():
            return replace(report, draft=fact, draft_sig=None)
        case facts.ReportAmended():
            return replace(
                drafted(report),
                stage=Stage.SUBMITTED,
                round=fact.round,
                content=report.draft.content if report.draft else report.content,
                technician_sig=report.draft_sig,
                clerk_sig=fact.signature,
                approval=fact.approval,
                approvals=(),
                recalled=False,
                urged=False,
                draft=None,
                draft_sig=None,
                former=filled(Former, report, customer=report.basics.customer),
            )
        case facts.AmendmentRefused():
            return replace(_as_before(report), refused=fact)
        case facts.AmendmentRecalled():
            return replace(_as_before(report), recalled=True)


def _as_before(report: Report) -> Report:
    """The report as it was approved, if a change of that was asked for."""
    if (former := report.former) is None:
        return report
    sections = {each.name: getattr(former, each.name) for each in fields(Former)}
    basics = replace(report.basics, customer=sections.pop("customer"))
    return replace(report, stage=Stage.APPROVED, basics=basics, former=None, **sections)


def _complained(report: Report, fact: facts.ReportComplained) -> Report:
    """The report once somebody complained of the case."""
    said_in = report.complained_in.union(filter(None, (fact.survey,)))
    complaints = (*report.complaints, fact.complaint)[-SEVERAL:]
    return replace(report, complaints=complaints, complained_in=said_in)


def _closed(report: Report, fact: facts.RepairClosed | facts.ClosingNoted) -> Report:
    """The report after its end, here or in dispatch."""
    match fact:
        case facts.RepairClosed():
            return replace(
                report,
                stage=Stage.CLOSED,
                ending=fact.ending,
                ending_reason=fact.reason,
                other_ticket=fact.other_ticket,
                closed=fact,
            )
        case facts.ClosingNoted():
            known = report.stage is not Stage.NONE
            return replace(
                _as_before(report),
                stage=Stage.CLOSED if known else Stage.NONE,
                ending=fact.ending,
                other_ticket=fact.other_ticket,
                closings={**report.closings, fact.stream: fact.version},
            )


_REPORTED = tuple(item.name for item in fields(facts.RepairReported))
_COMPLETED = tuple(item.name for item in fields(facts.BasicsCompleted) if item.name != "content")


def _jotted(
    report: Report,
    fact: facts.CallNoted | facts.NoteAdded | facts.ContactAttempted | facts.ReportLinked,
) -> Report:
    """The report with what was written beside it."""
    match fact:
        case facts.CallNoted():
            return replace(report, calls=(*report.calls, fact))
        case facts.NoteAdded():
            return replace(report, jottings=(*report.jottings, fact))
        case facts.ContactAttempted():
            return replace(report, tried=(*report.tried, fact)[-SEVERAL:])
        case facts.ReportLinked():
            linked = {**report.linked, fact.ticket: fact.ending}
            return replace(report, linked=dict([*linked.items()][-MANY:]))


def _repeats(report: Report, fact: facts.RepeatNoted) -> Report:
    """Marked as a repeat of the first ticket, with what the customer said last of it."""
    marked = Warned("repeat-repair", (fact.ticket,))
    warnings = (*(each for each in report.warnings if each != marked), marked)
    return replace(report, warnings=warnings, opinion=fact.opinion or report.opinion)


def _corrected(report: Report, fact: facts.ContactCorrected) -> Report:
    """The same report, with whom and where to reach as it was put right."""
    basics = replace(report.basics, address=fact.address or report.basics.address)
    return replace(
        report,
        contact_name=fact.contact_name or report.contact_name,
        contact_phone=fact.contact_phone or report.contact_phone,
        basics=basics,
    )


def _changed(report: Report, content: str) -> Report:
    """The same report with another content; whoever signed the one before has not signed it."""
    voided = report.technician_sig or report.voided
    return replace(report, content=content, technician_sig=None, voided=voided)


def _withdrawn(report: Report, stage: Stage) -> Report:
    return replace(report, stage=stage, clerk_sig=None, approval=None, approvals=())
