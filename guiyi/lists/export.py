"""导出 (exporting lists): parts of a store, machines, customers and people, as lists to load.

What is exported is loaded again as it is: every column has the code that the loader knows, and no
cell is taken for a formula. A part whose old one need not come home says `none`.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, TypeAlias

from guiyi.lists.bodies import personal_columns
from guiyi.lists.cards import CARDS
from guiyi.lists.part_words import COLUMNS as PART_COLUMNS
from guiyi.plain import JsonObject
from services.inventory.units import written
from shared.cells import safe
from shared.personal.seal import HIDDEN

Rows: TypeAlias = Callable[..., Iterable[JsonObject]]
"""Every row of a list of a room: its path, and what it is asked for."""
SHELVES = "store"
_LOOKED_AT = 500
"""Rows that show what whoever asks does not see."""
_UNWRITTEN = ("value_yuan", "opening_yuan", "opening_fen")
"""Columns that say the same in other words, or what not everybody sees who may read the rest."""
_MARK = "\ufeff"
"""By it spreadsheets know that a file is UTF-8."""


def export_parts(rows: Rows, branch: str, out: IO[str]) -> None:
    """Write the list of a store. Raises what `rows` raises."""
    columns = [name for name in PART_COLUMNS if name not in _UNWRITTEN]
    _write(out, columns, part_lines(rows, branch))


def export_cards(of: str, rows: Rows, branch: str | None, out: IO[str]) -> Sequence[str]:
    """Write the cards of a register; the columns that whoever asks does not see in clear.

    Those columns are left out: a masked text would be read back as if it were the text. So are
    personal columns of which the first rows have nothing: a later row may be masked. Raises what
    `rows` raises.
    """
    seen = iter(rows(f"/v1/{of}"))
    first = [row for row, _ in zip(seen, range(_LOOKED_AT), strict=False)]
    masked = _masked(of, first)
    columns = [name for name in CARDS[of].headings if name not in masked]
    kept = (row for part in (first, seen) for row in part)
    theirs = (row for row in kept if branch is None or branch in _branches(row))
    _write(out, columns, ({n: _cell(row.get(n)) for n in columns} for row in theirs))
    return masked


def _masked(of: str, first: Sequence[JsonObject]) -> Sequence[str]:
    """The columns that whoever asks does not see in clear, as the first rows show."""
    said = {(n, value == HIDDEN) for row in first for n, value in row.items() if value is not None}
    masked = {name for name, is_hidden in said if is_hidden}
    unseen = personal_columns(of) - {name for name, _ in said}
    return sorted(masked | unseen if masked else masked)


def _branches(row: JsonObject) -> Sequence[str]:
    found: Sequence[str] = row.get("branches") or [row.get("branch", "")]
    return found


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return _joined([str(each) for each in value])
        case _:
            return str(value)


def _write(out: IO[str], columns: Sequence[str], lines: Iterable[Mapping[str, str]]) -> None:
    out.write(_MARK)
    writer = csv.writer(out)
    writer.writerow(columns)
    for line in lines:
        writer.writerow([safe(line[name]) for name in columns])


def part_lines(rows: Rows, branch: str) -> Iterator[Mapping[str, str]]:
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
            "value_fen": _cell(card["value_fen"]),
            "quantity": _count(held.get("quantity"), card),
            "serials": _joined(held.get("serials", ())),
            "quota": _count(quotas.get(card["id"]), card),
        }


def _count(value: int | None, card: JsonObject) -> str:
    """An amount in the unit of the part: 2500 of a divided one are 2.5."""
    return "" if value is None else written(value, is_divided=card["divided"])


def _levels(rows: Rows, branch: str) -> Iterator[JsonObject]:
    """What has a quota: what is below it, and what is not."""
    for low in ("true", "false"):
        yield from rows("/v1/stock/low", store=branch, low=low)


def _joined(values: Sequence[str]) -> str:
    return ";".join(values)
