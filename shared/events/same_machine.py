"""同一设备 (the same machine): whether two reports speak of one, and whether they are strangers."""

from typing import Protocol

from shared.alike import alike
from shared.events.report_form import Basics, Equipment


class Reported(Protocol):
    """报修: what a report says of customer and machine."""

    @property
    def basics(self) -> Basics:
        """Whose machine it is."""

    @property
    def equipment(self) -> Equipment:
        """Which machine it is."""


def are_alike(one: str | None, other: str | None) -> bool:
    """Whether both are named, and are the same model or serial number."""
    return bool(one and other) and alike(one or "") == alike(other or "")


def is_same_machine(one: Equipment, other: Equipment) -> bool:
    """Whether both name one machine: by its number, or by its serial number and model."""
    if one.machine and one.machine == other.machine:
        return True
    serial, model = (one.serial_no, other.serial_no), (one.model, other.model)
    return are_alike(*serial) and are_alike(*model)


def are_strangers(one: Reported, other: Reported) -> bool:
    """Whether both name their customer and their machine, and neither is the same."""
    customers = (one.basics.customer, other.basics.customer)
    named = all((each.equipment.machine or each.equipment.serial_no) for each in (one, other))
    apart = None not in customers and customers[0] != customers[1]
    return apart and named and not is_same_machine(one.equipment, other.equipment)
