"""消耗报表的表格 (the sheet of a consumption report): what was shown, as rows of cells.

Every heading is in both languages, so that one file serves finance and centre alike. What names the
report, its month and its digest, stands above the lines.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeAlias

from services.inventory.consumption_report import ConsumptionLine

Cell: TypeAlias = str | int
ABOVE = ("number", "store", "period", "closing_on", "due_on", "valuing", "digest")
"""What stands above the lines."""
COLUMNS = tuple(each.name for each in fields(ConsumptionLine))
_NAMED = ("use_nature", "valuing")
"""Their values are told in words."""
Label: TypeAlias = Callable[[str], str]
"""What a field or a value is called, in both languages."""


def rows_of(report: Mapping[str, Any], label: Label) -> Iterator[Sequence[Cell]]:
    """The rows of a report as it is shown; the figures of its lines are figures."""
    for name in ABOVE:
        yield label(f"consumption.{name}"), str(_cell(name, report[name], label))
    yield ()
    yield tuple(label(f"consumption.{name}") for name in COLUMNS)
    for line in report["lines"]:
        yield tuple(_cell(name, line[name], label) for name in COLUMNS)


def _cell(name: str, value: object, label: Label) -> Cell:
    if isinstance(value, int):
        return value
    if name in _NAMED:
        return label(f"{name}.{value}") if value else ""
    return str(value)
