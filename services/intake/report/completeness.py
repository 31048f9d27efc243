"""报修单的齐全检查 (what a report lacks): field by field, for each gate that asks.

A field is named as it is on the form; all that are missing are named at once. "None" counts where
it is said, an empty list does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from services.intake.report.kinds import LAYOUTS, ReportLayout
from services.intake.report.state import Report
from shared.events.intake import RepairReported
from shared.events.report_form import (
    Agreement,
    Basics,
    BasicsField,
    Diagnosis,
    Equipment,
    EquipmentField,
    Sale,
)
from shared.events.values import RepairNature, ReportKind, Travel, WayIn


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
    return [*blank(said), *(name for name in blank(asked) if name not in unknown)]


def missing_to_diagnose(
    diagnosis: Diagnosis, kind: ReportKind = ReportKind.REPAIR
) -> Sequence[str]:
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
    return _asked(blank(said), LAYOUTS[kind])


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
    layout = LAYOUTS[report.kind]
    missing = [
        *blank(said),
        *blank(_equipment(report.equipment, diagnosis.repair_nature, layout)),
        *missing_to_diagnose(diagnosis, report.kind),
        *blank(asked_of_technician),
        *_travel(diagnosis),
        *_agreement(report.agreement, diagnosis.repair_nature, consent_on_site=consent_on_site),
        *blank(_sale(report.sale or Sale())),
    ]
    return _asked(missing, layout)


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


def blank(said: Mapping[str, object]) -> list[str]:
    """The names of what was not said."""
    return [name for name, value in said.items() if value is None or value == ""]


def _asked(missing: Sequence[str], layout: ReportLayout) -> Sequence[str]:
    """Of what is missing, what is asked of a report of this kind."""
    return [name for name in missing if name not in layout.leaves_out]


def _sale(sale: Sale) -> Mapping[str, object]:
    return {each.name: getattr(sale, each.name) for each in fields(Sale)}


def _basics(basics: Basics) -> Mapping[str, object]:
    return {name.value: getattr(basics, name.value) for name in BasicsField}


def _equipment(
    equipment: Equipment, nature: RepairNature | None, layout: ReportLayout
) -> Mapping[str, object]:
    unknown = set(equipment.asked_unknown) - layout.knows
    why = None if "serial_no" in layout.knows else equipment.serial_unknown_because
    serial = equipment.serial_no or why
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
    return blank(asked) if diagnosis.on_site else ()


def _agreement(
    agreement: Agreement | None, nature: RepairNature | None, *, consent_on_site: bool
) -> Sequence[str]:
    if nature is not RepairNature.PAID:
        return ()
    said = agreement or Agreement()
    consent = said.customer_consent or consent_on_site or None
    return blank({"quote": said.quote, "customer_consent": consent})
