"""配件表导出 (exporting a list of parts): a store's catalogue, stock and quotas, as a list to load.

What is exported can be loaded into another store as it is: every column has the code that the
loader knows, and a part whose old one need not come home says `none`.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, TypeAlias

from guiyi.plain import JsonObject

Rows: TypeAlias = Callable[..., Iterable[JsonObject]]
"""Every row of a list of the part store: its path, and what it is asked for."""
SHELVES = "store"
COLUMNS = (
    *("part", "name", "unit", "category", "models", "has_serials", "old_part_due", "value_fen"),
    *("quantity", "serials", "quota"),
)


def export(rows: Rows, branch: str, out: IO[str]) -> None:
    """Write the list of a store. Raises what `rows` raises."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in lines(rows, branch):
        writer.writerow([line[name] for name in COLUMNS])


def lines(rows: Rows, branch: str) -> Iterator[Mapping[str, str]]:
    """A line for every part of the catalogue."""
    stock = {row["part"]: row for row in rows("/v1/stock", store=branch, account=SHELVES)}
    quotas = {row["part"]: row["quota"] for row in _levels(rows, branch)}
    for card in rows("/v1/parts"):
        held = stock.get(card["id"], {})
        yield {
            "part": card["id"],
            "name": card["name"],
            "unit": card["unit"],
            "category": card["category"] or "",
            "models": _joined(card["models"]),
            "has_serials": "yes" if card["has_serials"] else "no",
            "old_part_due": _joined(card["old_part_due"]) or "none",
            "value_fen": _number(card["value_fen"]),
            "quantity": _number(held.get("quantity")),
            "serials": _joined(held.get("serials", ())),
            "quota": _number(quotas.get(card["id"])),
        }


def _levels(rows: Rows, branch: str) -> Iterator[JsonObject]:
    """What has a quota: what is below it, and what is not."""
    for low in ("true", "false"):
        yield from rows("/v1/stock/low", store=branch, low=low)


def _joined(values: Sequence[str]) -> str:
    return ";".join(values)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
