"""配件表逐行 (rows of a list of parts): a CSV file, and what each row asks the part store for.

A row names a part. It may ask for the part's card, its opening stock and its quota; each only if
the row has a value for it. A column may have its Chinese name or its code.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from guiyi.parts.rights import Kind
from guiyi.parts.words import COLUMNS, code_of, count_of, fen_of, unit_of
from guiyi.tables.faults import Unreadable, Unusable
from guiyi.tables.lines import Record
from guiyi.tables.rejects import REJECT_COLUMNS
from guiyi.tables.table import Reading, Table, open_table, shown
from shared.events.values import RepairNature

_KINDS = {"name": Kind.CATALOGUE, "quantity": Kind.STOCK, "quota": Kind.QUOTA}
"""Without a value in this column a row asks for nothing of the kind."""
_NATURES = {
    "三包": "warranty",
    "合同": "contract",
    "收费": "paid",
    "免费优惠": "goodwill",
    "调试": "commissioning",
}
_YES, _NO = ("yes", "true", "1", "是"), ("no", "false", "0", "否", "")
_NONE = ("none", "无")
_SEVERAL = re.compile(r"[;；、|]")
NO_MAP: Mapping[str, str] = MappingProxyType({})
FOUND = Reading()
"""Encoding and delimiter are found."""
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Ask:
    """One command that a row asks for: whose it is, its path and its body."""

    kind: Kind
    path: str
    body: Mapping[str, object]
    is_once: bool = True
    """True if it counts only once. Otherwise every list that has it sets it again."""


class Sheet:
    """配件表: the rows of an open table, by what its columns mean."""

    def __init__(self, table: Table, renamed: Mapping[str, str] = NO_MAP) -> None:
        self.table, self.header = table, table.header
        self._codes = codes_of(self.header, renamed)

    @property
    def kinds(self) -> Collection[Kind]:
        """What its columns may ask for."""
        return [kind for code, kind in _KINDS.items() if code in self._codes]

    def rows(self) -> Iterator[tuple[int, Record]]:
        """Every row in its order, with its number."""
        return self.table.rows()

    @property
    def unknown(self) -> Sequence[str]:
        """Columns that nobody knows; they are left alone."""
        return [n for n, code in zip(self.header, self._codes, strict=True) if code is None and n]

    def asks(self, row: Record, branch: str) -> Sequence[Ask]:
        """What a row asks for at this branch's store, in this order. Raises Unreadable."""
        if row.fault is not None:
            raise row.fault
        told = zip(self._codes, row.values, strict=True)
        said = {code: value.strip() for code, value in told if code}
        unit = said.get("unit")
        part = quote(_needed(said, "part"), safe="")
        asks = [Ask(Kind.CATALOGUE, "/v1/parts", _card(said))] if said.get("name") else []
        count = count_of(said["quantity"], "quantity", unit) if said.get("quantity") else 0
        if count:
            body = {"quantity": count, "serials": _several(said, "serials")}
            asks.append(Ask(Kind.STOCK, f"/v1/stock/{branch}/{part}/openings", body))
        if said.get("quota"):
            body = {"quota": count_of(said["quota"], "quota", unit)}
            path = f"/v1/stock/{branch}/{part}/quotas"
            asks.append(Ask(Kind.QUOTA, path, body, is_once=False))
        return asks


@contextmanager
def open_sheet(
    path: Path, reading: Reading = FOUND, renamed: Mapping[str, str] = NO_MAP
) -> Iterator[Sheet]:
    """Open a list of parts and read its heading. Raises Unusable if it cannot be used.

    `renamed`: the code of each column that a map names.
    """

    def fits(names: Sequence[str]) -> bool:
        return "part" in codes_of(names, renamed)

    with open_table(path, reading, fits) as table:
        _check(path, table, renamed)
        yield Sheet(table, renamed)


def read_map(path: Path) -> Mapping[str, str]:
    """The code of each column that a map of a list names. Raises Unusable."""
    try:
        columns = tomllib.loads(path.read_text("utf-8")).get("columns", {})
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{path} is not TOML: {error}") from error
    wrong = sorted(code for code, name in columns.items() if code not in COLUMNS or not str(name))
    if wrong:
        raise Unusable(f"{path}: {shown(wrong)}: no such column; there are {', '.join(COLUMNS)}")
    return {str(name): code for code, name in columns.items()}


def codes_of(header: Sequence[str], renamed: Mapping[str, str] = NO_MAP) -> list[str | None]:
    """The code of each column; empty for one of a rejects file, None for an unknown one.

    If several headings could mean one thing, a map decides, else the one that is nearest to ours.
    """
    meant: dict[str, tuple[int, str]] = {}
    for name in header:
        if found := (renamed[name], -1) if name in renamed else code_of(name):
            meant[found[0]] = min(meant.get(found[0], (99, name)), (found[1], name))
    codes = {name: code for code, (_, name) in meant.items()}
    return ["" if name in REJECT_COLUMNS else codes.get(name) for name in header]


def _check(path: Path, table: Table, renamed: Mapping[str, str]) -> None:
    """Check that the heading names the part, and nothing of ours twice."""
    if "part" not in codes_of(table.header, renamed):
        known = ", ".join(f"{code} {names[0]}" for code, names in COLUMNS.items())
        raise Unusable(
            f"{path}: no column of {shown(table.header)} names the part; columns there are: "
            f"{known}; or name yours in a map (--mapping)"
        )
    plain = [name.removesuffix(" (2)") for name in table.renamed]
    if twice := [name for name in plain if codes_of([name], renamed) != [None]]:
        raise Unusable(f"{path}: its heading names a column twice: {shown(twice)}; rename one")


def _card(said: Mapping[str, str]) -> Mapping[str, object]:
    """The card. For what the row leaves out, the room uses its default."""
    card: dict[str, object] = {"id": said["part"], "name": _readable(said, "name")}
    if said.get("unit"):
        card["unit"] = unit_of(said["unit"]).value
    if said.get("category"):
        card["category"] = said["category"]
    if said.get("models"):
        card["models"] = _several(said, "models")
    if said.get("value_fen"):
        card["value_fen"] = count_of(said["value_fen"], "value_fen")
    elif said.get("value_yuan"):
        card["value_fen"] = fen_of(said["value_yuan"], "value_yuan")
    if "has_serials" in said:
        card["has_serials"] = _yes(said, "has_serials")
    if due := said.get("old_part_due"):
        named = () if due.lower() in _NONE else _several(said, "old_part_due")
        known = [*RepairNature]
        card["old_part_due"] = [_word(said, "old_part_due", e, _NATURES, known) for e in named]
    return card


def _needed(said: Mapping[str, str], column: str) -> str:
    if not said.get(column):
        raise Unreadable("value-missing", column=column)
    return _readable(said, column)


def _readable(said: Mapping[str, str], column: str) -> str:
    if _UNDECODED.search(said[column]):
        raise Unreadable("value-undecodable", column=column)
    return said[column]


def _several(said: Mapping[str, str], column: str) -> list[str]:
    if not said.get(column):
        return []
    return [each.strip() for each in _SEVERAL.split(_readable(said, column)) if each.strip()]


def _yes(said: Mapping[str, str], column: str) -> bool:
    value = said[column].lower()
    if value not in (*_YES, *_NO):
        raise _unknown(column, said[column], [*_YES, *_NO[:-1]])
    return value in _YES


def _word(
    said: Mapping[str, str],
    column: str,
    value: str,
    chinese: Mapping[str, str],
    known: Sequence[str],
) -> str:
    code = chinese.get(value, value.lower())
    if code not in known:
        raise _unknown(column, _readable(said, column), [*known, *chinese])
    return code


def _unknown(column: str, value: str, known: Sequence[str]) -> Unreadable:
    return Unreadable("word-unknown", column=column, value=value, known=", ".join(known))
