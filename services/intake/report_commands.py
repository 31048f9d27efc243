"""报修单的命令 (commands of the report): what may be asked of it, and by whom.

What is optional here may be left out for now; the gate that asks for it names it. Obligations
(`approval`, `warnings`) are made by `rules.py`, never taken from the wire.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from shared.events.report_form import (
    Agreement,
    ApprovalAsked,
    Basics,
    CallNotes,
    Circumstances,
    Diagnosis,
    Equipment,
)
from shared.events.values import (
    At,
    BranchCode,
    Channel,
    ContentHash,
    Ending,
    FileRef,
    Note,
    Personal,
    Phone,
    Ref,
    RemoteResult,
    ReportKind,
    SignedHow,
    Text,
    Ticket,
    Warned,
    WayIn,
)


@dataclass(frozen=True, slots=True)
class Told:
    """来电内容: what is said when something is reported; the wire says it in the same words."""

    kind: ReportKind
    channel: Channel
    way_in: WayIn
    contact_name: Personal | None = None
    contact_phone: Phone | None = None
    fault_description: Note | None = None
    received_at: At | None = None
    """By default now."""
    received_by: Ref | None = None
    """By default whoever registers it."""
    owner: Ref | None = None
    """首问责任人: by default whoever received it."""
    basics: Basics = field(default_factory=Basics)
    equipment: Equipment = field(default_factory=Equipment)
    circumstances: Circumstances = field(default_factory=Circumstances)
    noted: CallNotes | None = None


@dataclass(frozen=True, slots=True)
class RegisterReport(Told):
    """报修: way A by the clerk who took the call, way B by any other employee who did."""

    warnings: tuple[Warned, ...] = ()
    """Obligation: what is not forbidden and yet should be seen."""


@dataclass(frozen=True, slots=True)
class HandOverCase:
    """首问移交: give the case to another owner; by its owner or an approver."""

    to: Ref
    because: Text | None = None


@dataclass(frozen=True, slots=True)
class CompleteBasics:
    """基本信息补全: fill in sections of the report, each in whole; by the clerk.

    In way B he has called the customer himself, and says when.
    """

    contact_name: Personal | None = None
    contact_phone: Phone | None = None
    fault_description: Note | None = None
    basics: Basics | None = None
    equipment: Equipment | None = None
    circumstances: Circumstances | None = None
    agreement: Agreement | None = None
    called_customer_at: At | None = None


@dataclass(frozen=True, slots=True)
class DiagnoseFault:
    """故障诊断: say what is broken, why, and what to do about it; by the technician."""

    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class GiveRemoteGuidance:
    """远程指导: note an attempt to solve the fault from afar; by technician or clerk."""

    result: RemoteResult
    steps: Note | None = None
    at: At | None = None
    """By default now."""


@dataclass(frozen=True, slots=True)
class Signing:
    """签字: somebody puts his name under what he was shown."""

    content: ContentHash
    """Of what he was shown."""
    how: SignedHow = SignedHow.SESSION
    signed_at: At | None = None
    """By default now."""
    evidence: FileRef | None = None


@dataclass(frozen=True, slots=True)
class SignReport(Signing):
    """技术签字: sign the report as shown; by the technician."""


@dataclass(frozen=True, slots=True)
class SubmitReport(Signing):
    """送审: sign the complete report and ask for its approval; by the clerk."""

    approval: ApprovalAsked = field(kw_only=True)
    """Obligation: who must approve, and by when."""


@dataclass(frozen=True, slots=True)
class Approving:
    """审批同意: approve the report as submitted; by whoever the ladder names, or his deputy."""

    as_what: Ref
    """The role or post he approves as."""
    content: ContentHash
    """Of what he was shown."""
    acting_for: Ref | None = None
    """代: whom he stands in for, by a recorded delegation."""


@dataclass(frozen=True, slots=True)
class GiveApproval(Approving):
    """审批同意, on the day it is given."""

    on: date | None = None
    """Obligation: the branch's day by the desk's own clock; a delegation is in force on days."""


@dataclass(frozen=True, slots=True)
class Returning:
    """退回: send the report back, with reasons and the fields they are about; by an approver."""

    as_what: Ref
    reasons: tuple[Note, ...]
    fields: tuple[Ref, ...]
    acting_for: Ref | None = None
    """代: whom he stands in for, by a recorded delegation."""


@dataclass(frozen=True, slots=True)
class ReturnReport(Returning):
    """退回, on the day it is sent back."""

    on: date | None = None
    """Obligation, as in `GiveApproval`."""


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
class CloseReport:
    """结案: end the case before any approval; by the clerk, solved ones by the technician too."""

    ending: Ending
    reason: Note | None = None
    answer: Note | None = None
    customer_told_at: At | None = None
    """When the customer was told or, if solved from afar, himself said that it works."""
    other_ticket: Ticket | None = None


@dataclass(frozen=True, slots=True)
class NoteClosing:
    """得知结案: dispatch closed the case; by reaction, accepted in every state."""

    stream: str
    version: int
    """Of the document that said so."""
    ending: Ending


@dataclass(frozen=True, slots=True)
class RepeatReport:
    """再次报修: let the case go on as the report of `asked.ticket`; by reaction, once a survey."""

    survey: str
    version: int
    """Of the document that said so."""
    received_by: str
    """Who called back: he took the call, and owns the new case until he hands it over."""
    received_at: At


Command: TypeAlias = (
    RegisterReport
    | HandOverCase
    | CompleteBasics
    | DiagnoseFault
    | GiveRemoteGuidance
    | SignReport
    | SubmitReport
    | GiveApproval
    | ReturnReport
    | RecallReport
    | UrgeApproval
    | CloseReport
    | NoteClosing
    | RepeatReport
)


def reads(command: Command, actor: str, branch: BranchCode) -> tuple[str, ...]:
    """What a command rests on: the cards it names and, if a deputy gives it, his delegation."""
    named = cards(command, actor, branch)
    match command:
        case GiveApproval(acting_for=str(person)) | ReturnReport(acting_for=str(person)):
            return (*named, f"delegation-{person}")
        case _:
            return named


def cards(command: Command, actor: str, branch: BranchCode) -> tuple[str, ...]:
    """The cards a command rests on: whom and what it names must be known and active."""
    match command:
        case RegisterReport():
            owner = command.owner or command.received_by or actor
            named = _named(command.basics, command.equipment)
            return (f"branch-{branch}", f"person-{owner}", *named)
        case HandOverCase(to):
            return (f"person-{to}",)
        case CompleteBasics():
            return _named(command.basics, command.equipment)
        case DiagnoseFault(diagnosis):
            travellers = diagnosis.travel.travellers if diagnosis.travel else ()
            return tuple(f"person-{person}" for person in dict.fromkeys(travellers))
        case GiveApproval(acting_for=person) | ReturnReport(acting_for=person):
            both = dict.fromkeys(filter(None, (actor, person)))
            return tuple(f"person-{each}" for each in both)
        case (
            GiveRemoteGuidance()
            | SignReport()
            | SubmitReport()
            | RecallReport()
            | UrgeApproval()
            | CloseReport()
            | NoteClosing()
            | RepeatReport()
        ):
            return ()


def _named(basics: Basics | None, equipment: Equipment | None) -> tuple[str, ...]:
    customer = basics.customer if basics else None
    machine = equipment.machine if equipment else None
    streams = [f"customer-{customer}" if customer else "", f"machine-{machine}" if machine else ""]
    return tuple(filter(None, streams))
