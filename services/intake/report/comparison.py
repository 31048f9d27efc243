"""比对 (comparison): what a diagnosis is held to: the catalogue, the machine's card, the warranty.

What may be right all the same is kept with a reason, which whoever signs or approves is shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.intake.cards import differ
from services.intake.report.state import Report
from shared.decider import Asked, Rule, reason
from shared.events.cards import MachineCard
from shared.events.report_form import Diagnosis, Equipment, KeptBecause
from shared.events.values import Fen, RepairNature


@dataclass(frozen=True, slots=True)
class Diagnosing:
    """诊断: the diagnosis in whole, with the reasons for what it keeps."""

    diagnosis: Diagnosis
    kept: KeptBecause = field(default_factory=KeptBecause)


Prices = Mapping[str, Fen | None]
"""目录价: what the pieces to bring of each part cost; None: the catalogue has no price of it.

A part that is not among them is not in the catalogue.
"""


def reads_card(equipment: Equipment) -> tuple[str, ...]:
    """The card of the machine, if one is named."""
    return (f"machine-{equipment.machine}",) if equipment.machine else ()


def of_catalogue(diagnosis: Diagnosis, prices: Prices) -> Iterator[Rule]:
    """Rules: each part to bring is in the catalogue; the estimate is not below what they cost."""
    unknown = sorted({each.part for each in diagnosis.parts_to_bring} - prices.keys())
    cost = sum(prices.get(each.part) or 0 for each in diagnosis.parts_to_bring)
    told = diagnosis.estimated_fen
    yield bool(unknown), reason("part-unknown", parts=unknown)
    yield told is not None and told < cost, reason("estimate-too-low", fen=told or 0, cost=cost)


def of_machine(report: Report, on: date, asked: Asked) -> Iterator[Rule]:
    """Rules: the report says of the machine what its card says, and no warranty that is over.

    `on`: the branch's day on which the fault was reported. Both may be kept with a reason.
    """
    card, kept = _card(report.equipment, asked), report.kept
    fields = () if kept.equipment_kept_because else differing(report.equipment, card)
    machine = report.equipment.machine or ""
    yield bool(fields), reason("equipment-differs", machine=machine, fields=fields)
    over = _is_over(report, card, on) and not kept.warranty_kept_because
    yield over, reason("warranty-over", on=on.isoformat())


def differing(equipment: Equipment, card: MachineCard | None) -> Sequence[str]:
    """设备不符: the fields of which the report says something else than the card does."""
    if card is None:
        return ()
    none = equipment.no_contract and card.contract is not None
    found = {
        "model": differ(equipment.model, card.model),
        "serial_no": differ(equipment.serial_no, card.serial_no),
        "bought_on": _are_two(equipment.bought_on, card.bought_on),
        "installed_on": _are_two(equipment.installed_on, card.installed_on),
        "warranty_until": _are_two(equipment.warranty_until, card.warranty_until),
        "contract": none or _are_two(equipment.contract, card.contract),
    }
    return [name for name, two in found.items() if two]


def _are_two(said: object, known: object) -> bool:
    return said is not None and known is not None and said != known


def _is_over(report: Report, card: MachineCard | None, on: date) -> bool:
    """Whether it is under a warranty that had ended; by the card where nobody could say when."""
    diagnosis = report.diagnosis or Diagnosis()
    until = report.equipment.warranty_until or (card.warranty_until if card else None)
    is_covered = diagnosis.repair_nature is RepairNature.WARRANTY
    return is_covered and until is not None and until < on


def _card(equipment: Equipment, asked: Asked) -> MachineCard | None:
    cards = [asked.read(stream) for stream in reads_card(equipment)]
    return next((each for each in cards if isinstance(each, MachineCard)), None)
