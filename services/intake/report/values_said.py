"""用过的选项 (values said): what an open report has had of the lists of values; closed ones leave.

Not all of it holds still: the report itself says what it has now.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.decider import number_of
from shared.events import intake as facts
from shared.events.report_form import LISTS, chosen
from shared.view import Key, Recorded

NAME = "values_said"
VERSION = 1
KEY = ("ticket", "field", "value")
INDEXES = (("branch", "field", "value"),)


@dataclass(frozen=True, slots=True)
class Row:
    """用过的选项: one value that one open report has, or had."""

    ticket: str
    field: str
    value: str
    branch: str
    version: int


def keys(recorded: Recorded) -> Iterable[Key]:
    """What is said of the report; at its end, whatever may have been said."""
    ticket = number_of(recorded.stream)
    match recorded.fact:
        case (
            facts.FaultDiagnosed(diagnosis)
            | facts.CommissioningPlanned(diagnosis)
            | facts.AmendmentDrafted(diagnosis)
        ):
            return [(ticket, str(of), str(value)) for of, value in chosen(diagnosis).items()]
        case facts.RepairClosed() | facts.ClosingNoted():
            return [(ticket, str(of), str(each)) for of, values in LISTS.items() for each in values]
        case _:
            return []


def project(key: Key, _row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact; none once the case is closed."""
    match recorded.fact:
        case facts.FaultDiagnosed() | facts.CommissioningPlanned() | facts.AmendmentDrafted():
            ticket, field, value = map(str, key)
            return Row(ticket, field, value, recorded.branch, recorded.version)
        case _:
            return None
