"""报修单的齐全检查 (what a report lacks): field by field, for each gate that asks.

A field is named as it is on the form; all that are missing are named at once. "None" counts where
it is said, an empty list does not.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from services.intake import registers
from services.intake.report_commands import (
    CloseReport,
    Command,
    RegisterReport,
    Signing,
    cards,
)
from services.intake.report_state import Report
from shared.decider import Asked, Reason, reason, refuse_if
from shared.events.cards import BranchCard, MachineCard
from shared.events.intake import RepairReported
from shared.events.report_form import (
    Agreement,
    Basics,
    BasicsField,
    Diagnosis,
    Equipment,
    EquipmentField,
    Stage,
)
from shared.events.values import (
    Channel,
    Ending,
    RepairNature,
    ReportKind,
    Role,
    Signature,
    Travel,
    WayIn,
)

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far two honest clocks may be apart."""


def missing_to_register(reported: RepairReported) -> Sequence[str]:
    """报修时必填: who to call, and what is wrong; in way A the basics, or that they are unknown."""
    said = {
        "contact_name": reported.contact_name,
        "contact_phone": reported.contact_phone,
        "fault_description": reported.fault_description,
    }
    basics = reported.basics
    asked = _basics(basics) if reported.way_in is WayIn.A else {}
    unknown = set(basics.asked_unknown)
    return [*_blank(said), *(name for name in _blank(asked) if name not in unknown)]


def missing_to_diagnose(diagnosis: Diagnosis) -> Sequence[str]:
    """诊断时必填: what was found, both natures, the solution, parts or none, on site or not."""
    said = {
        "fault_analysis": diagnosis.fault_analysis,
        "fault_cause": diagnosis.fault_cause,
        "fault_nature": diagnosis.fault_nature,
        "repair_nature": diagnosis.repair_nature,
        "solution": diagnosis.solution,
        "on_site": diagnosis.on_site,
        "parts_to_bring": diagnosis.parts_to_bring or diagnosis.no_parts or None,
    }
    return _blank(said)


def missing_to_submit(report: Report, *, consent_on_site: bool) -> Sequence[str]:
    """送审时必填: every field the form asks for, but signatures and remote attempts."""
    diagnosis = report.diagnosis or Diagnosis()
    confirmed = report.confirmed if report.way_in is WayIn.B else "by the call itself"
    said = {
        "contact_name": report.contact_name,
        "contact_phone": report.contact_phone,
        "fault_description": report.fault_description,
        **_basics(report.basics),
        "basics_confirmed_at": confirmed,
    }
    asked_of_technician = {
        "talked_to_customer_at": diagnosis.talked_to_customer_at,
        "nature_because": diagnosis.nature_because,
        "estimated_fen": diagnosis.estimated_fen,
    }
    return [
        *_blank(said),
        *_blank(_equipment(report.equipment, diagnosis.repair_nature)),
        *missing_to_diagnose(diagnosis),
        *_blank(asked_of_technician),
        *_travel(diagnosis),
        *_agreement(report.agreement, diagnosis.repair_nature, consent_on_site=consent_on_site),
    ]


def missing_to_close(command: CloseReport) -> Sequence[str]:
    """结案时必填: what each ending must say."""
    match command.ending:
        case Ending.SOLVED_REMOTELY:
            return _blank({"customer_told_at": command.customer_told_at})
        case Ending.ANSWERED:
            return _blank({"answer": command.answer})
        case Ending.DUPLICATE:
            said = {"reason": command.reason, "customer_told_at": command.customer_told_at}
            return _blank({**said, "other_ticket": command.other_ticket})
        case _:
            return _blank({"reason": command.reason, "customer_told_at": command.customer_told_at})


def contradictions(equipment: Equipment | None, diagnosis: Diagnosis | None) -> Sequence[str]:
    """自相矛盾: fields that are filled in although they are said to be none or unknown."""
    machine, found = equipment or Equipment(), diagnosis or Diagnosis()
    said = {
        "contract": bool(machine.contract) and machine.no_contract,
        "serial_no": bool(machine.serial_no) and bool(machine.serial_unknown_because),
        "parts_to_bring": bool(found.parts_to_bring) and found.no_parts,
    }
    unknown = [name.value for name in machine.asked_unknown]
    known = [name for name in unknown if getattr(machine, name) is not None]
    return [*(name for name, twice in said.items() if twice), *known]


def by_customer(
    command: RegisterReport, asked: Asked
) -> tuple[tuple[bool, Reason], tuple[bool, Reason]]:
    """用户网上报修: for himself and his own machine, by web, owned by whom his branch names."""
    branch = asked.reads.get(f"branch-{asked.branch}")
    owner = branch.web_owner if isinstance(branch, BranchCard) else None
    machine = asked.reads.get(f"machine-{command.equipment.machine}")
    said = {
        "kind": command.kind is not ReportKind.COMMISSIONING,
        "channel": command.channel is Channel.WEB,
        "way_in": command.way_in is WayIn.A,
        "received_by": command.received_by in (None, asked.actor),
        "owner": command.owner == owner,
        "noted": command.noted is None,
        "customer": command.basics.customer == asked.actor,
        "machine": not isinstance(machine, MachineCard) or machine.customer == asked.actor,
    }
    wrong = [name for name, fits in said.items() if not fits]
    return (
        (owner is None, reason("web-closed", branch=asked.branch)),
        (bool(wrong), reason("not-by-customer", fields=wrong)),
    )


def in_future(asked: Asked, **claimed: datetime | None) -> Iterator[tuple[bool, Reason]]:
    """A rule: what is told as past is not later than the telling."""
    latest = asked.at + CLOCKS_DIFFER
    fields = [name for name, at in claimed.items() if at is not None and at > latest]
    yield bool(fields), reason("in-the-future", fields=fields)


def needs_stage(report: Report, *allowed: Stage) -> None:
    """Raise Refused unless the report stands at one of these stages."""
    refuse_if(
        (report.stage not in allowed, reason("wrong-stage", stage=report.stage, allowed=allowed))
    )


def usable(command: Command, asked: Asked) -> tuple[tuple[bool, Reason], ...]:
    """A rule for each card the command rests on."""
    return tuple(registers.unusable(asked, cards(command, asked.actor, asked.branch)))


def stale(report: Report) -> Reason:
    """The reason of a signature under another content than the one now in force."""
    return reason("signature-stale", content=report.content)


def signature(command: Signing, role: Role, asked: Asked) -> Signature:
    """The signature the command stands for."""
    return Signature(
        by=asked.actor,
        role=role,
        how=command.how,
        signed_at=command.signed_at or asked.at,
        content=command.content,
        evidence=command.evidence,
    )


def _basics(basics: Basics) -> Mapping[str, object]:
    return {name.value: getattr(basics, name.value) for name in BasicsField}


def _equipment(equipment: Equipment, nature: RepairNature | None) -> Mapping[str, object]:
    unknown = set(equipment.asked_unknown)
    serial = equipment.serial_no or equipment.serial_unknown_because
    no_contract = equipment.no_contract and nature is not RepairNature.CONTRACT
    known: dict[str, object] = {
        name.value: "unknown" if name in unknown else getattr(equipment, name.value)
        for name in EquipmentField
    }
    return {
        **known,
        "serial_no": serial,
        "contract": equipment.contract or no_contract or None,
    }


def _travel(diagnosis: Diagnosis) -> Sequence[str]:
    travel = diagnosis.travel or Travel()
    asked = {
        "travel_mode": travel.mode,
        "travel_at": travel.at,
        "travellers": travel.travellers or None,
    }
    return _blank(asked) if diagnosis.on_site else ()


def _agreement(
    agreement: Agreement | None, nature: RepairNature | None, *, consent_on_site: bool
) -> Sequence[str]:
    if nature is not RepairNature.PAID:
        return ()
    said = agreement or Agreement()
    consent = said.customer_consent or consent_on_site or None
    return _blank({"quote": said.quote, "customer_consent": consent})


def _blank(said: Mapping[str, object]) -> list[str]:
    return [name for name, value in said.items() if value is None or value == ""]
