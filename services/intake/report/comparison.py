"""比对 (comparison): what a diagnosis is held to: the catalogue, the machine's card, the warranty.

What may be right all the same is kept with a reason, which whoever signs or approves is shown. A
reason covers what was compared when it was given, and nothing that is changed afterwards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce

from services.intake.cards import differ
from services.intake.report.state import Report, drafted, evolve, initial
from shared.decider import Asked, Rule, reason
from shared.events.cards import MachineCard
from shared.events.intake import AmendmentDrafted, FaultDiagnosed
from shared.events.report_form import Diagnosis, Equipment, KeptBecause
from shared.events.values import FaultNature, Fen, RepairNature


@dataclass(frozen=True, slots=True)
class Diagnosing:
    """诊断: the diagnosis in whole, with the reasons for what it keeps."""

    diagnosis: Diagnosis
    kept: KeptBecause = field(default_factory=KeptBecause)


Prices = Mapping[str, Fen | None]
"""目录价: what the pieces to bring of each part cost; None: the catalogue has no price of it.

A part that is not among them is not in the catalogue.
"""

GIVING = FaultDiagnosed, AmendmentDrafted
"""The facts that say the reasons."""
NOT_OF_THE_MACHINE = FaultNature.MISUSE, FaultNature.EXTERNAL
"""What no maker answers for: it is under warranty only with a reason."""


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
    """Rules: the report says of the machine what its card says, and no warranty that does not hold.

    `on`: the branch's day on which the fault was reported. Each may be kept with a reason.
    """
    card, kept = _card(report.equipment, asked), report.kept
    fields = () if kept.equipment_kept_because else [*differing(report.equipment, card)]
    machine = report.equipment.machine or ""
    yield bool(fields), reason("equipment-differs", machine=machine, fields=fields)
    over = _is_over(report, card, on) and not kept.warranty_kept_because
    yield over, reason("warranty-over", on=on.isoformat())
    nature = (report.diagnosis or Diagnosis()).fault_nature
    foreign = _is_covered(report) and nature in NOT_OF_THE_MACHINE
    yield (
        foreign and not kept.warranty_kept_because,
        reason("fault-not-covered", nature=nature or ""),
    )


def of_machine_since(report: Report, on: date, asked: Asked) -> Iterator[Rule]:
    """Rules: as `of_machine`, of a report whose reasons were given earlier."""
    yield from of_machine(replace(report, kept=standing(report, asked)), on, asked)


def standing(report: Report, asked: Asked) -> KeptBecause:
    """仍有效的理由: the reasons of a report, without those of which something is changed since.

    What was compared is told by the record: the equipment as it stood when the reason was given,
    and the card of the machine as it was at that moment.
    """
    told = asked.happened.get(asked.home, ())
    gave = [n for n, each in enumerate(told, 1) if isinstance(each.fact, GIVING)]
    if not gave:
        return report.kept
    heard = told[: gave[-1]]
    then = drafted(reduce(evolve, (each.fact for each in heard), initial))
    was, now = (
        _card_at(then.equipment, asked, heard[-1].recorded_at),
        _card(report.equipment, asked),
    )
    known = differing(then.equipment, was).items()
    same = differing(report.equipment, now).items() <= known
    until = _until(then.equipment, was) == _until(report.equipment, now)
    kept = report.kept
    return KeptBecause(
        kept.equipment_kept_because if same else None,
        kept.warranty_kept_because if until else None,
    )


def differing(
    equipment: Equipment, card: MachineCard | None
) -> Mapping[str, tuple[object, object]]:
    """设备不符: the fields of which the report says something else than the card; what both say."""
    if card is None:
        return {}
    none = equipment.no_contract and card.contract is not None
    found = {
        "model": differ(equipment.model, card.model),
        "serial_no": differ(equipment.serial_no, card.serial_no),
        "bought_on": _are_two(equipment.bought_on, card.bought_on),
        "installed_on": _are_two(equipment.installed_on, card.installed_on),
        "warranty_until": _are_two(equipment.warranty_until, card.warranty_until),
        "contract": none or _are_two(equipment.contract, card.contract),
    }
    names = [name for name, two in found.items() if two]
    return {name: (getattr(equipment, name), getattr(card, name)) for name in names}


def _are_two(said: object, known: object) -> bool:
    return said is not None and known is not None and said != known


def _is_over(report: Report, card: MachineCard | None, on: date) -> bool:
    """Whether it is under a warranty that had ended; by the card where nobody could say when."""
    until = _until(report.equipment, card)
    return _is_covered(report) and until is not None and until < on


def _is_covered(report: Report) -> bool:
    """Whether the diagnosis puts it under warranty."""
    return (report.diagnosis or Diagnosis()).repair_nature is RepairNature.WARRANTY


def _until(equipment: Equipment, card: MachineCard | None) -> date | None:
    return equipment.warranty_until or (card.warranty_until if card else None)


def _card_at(equipment: Equipment, asked: Asked, moment: datetime) -> MachineCard | None:
    """The card of the machine as it was recorded then."""
    told = [each for stream in reads_card(equipment) for each in asked.happened.get(stream, ())]
    cards = [each.fact.card for each in told if each.recorded_at <= moment]
    return next((each for each in reversed(cards) if isinstance(each, MachineCard)), None)


def _card(equipment: Equipment, asked: Asked) -> MachineCard | None:
    cards = [asked.read(stream) for stream in reads_card(equipment)]
    return next((each for each in cards if isinstance(each, MachineCard)), None)
