"""更正与设备 (a change, and the machine): whose machine a row speaks of while one is open.

From the moment a change is submitted the report is the changed one. If it comes to nothing, what
was approved stands again.
"""

from dataclasses import dataclass, replace

from shared.events import intake as facts


@dataclass(frozen=True, slots=True)
class Whose:
    """设备与用户: which machine, and whose."""

    customer: str | None
    machine: str | None
    model: str | None
    serial_no: str | None


@dataclass(frozen=True, slots=True)
class Changing:
    """更正: of the machine and its customer, what a draft says, and what was approved before."""

    drafted: Whose | None = None
    former: Whose | None = None


def changed(now: Whose, change: Changing, told: object) -> tuple[Whose, Changing]:
    """Whose machine it is after a fact, and what of a change is still open."""
    match told:
        case facts.AmendmentDrafted():
            return now, replace(change, drafted=_drafted(now, told))
        case facts.ReportAmended():
            return change.drafted or now, Changing(former=now)
        case facts.RepairApproved():
            return now, Changing()
        case facts.AmendmentRefused() | facts.AmendmentRecalled() | facts.ClosingNoted():
            return change.former or now, Changing(drafted=change.drafted)
        case _:
            return now, change


def _drafted(now: Whose, draft: facts.AmendmentDrafted) -> Whose:
    machine = draft.equipment
    said = replace(now, customer=draft.customer or now.customer)
    if machine is None:
        return said
    return Whose(said.customer, machine.machine, machine.model, machine.serial_no)
