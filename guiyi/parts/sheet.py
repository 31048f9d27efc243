"""配件表逐行 (rows of a list of parts): a CSV file, and what each row asks the part store for.

A row names a part. It may ask for the part's card, its opening stock and its quota; each only if
the row has a value for it. A column may have its Chinese name or its code.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from guiyi.parts.rights import Kind
from guiyi.tables.faults import Unreadable, Unusable
from guiyi.tables.lines import DAMAGED, Record
from guiyi.tables.rejects import REJECT_COLUMNS
from guiyi.tables.table import Table, open_table
from shared.events.inventory import Unit
from shared.events.values import RepairNature

DELIMITER = ","
COLUMNS: Mapping[str, str] = {
    "part": "配件编号",
    "name": "名称",
    "unit": "单位",
    "category": "类别",
    "models": "机型",
    "has_serials": "按序列号",
    "old_part_due": "旧件应交",
    "value_fen": "单价（分）",
    "quantity": "期初数量",
    "serials": "序列号",
    "quota": "定额",
}
"""The columns of a row: the code of each, and its Chinese name."""
_KINDS = {"name": Kind.CATALOGUE, "quantity": Kind.STOCK, "quota": Kind.QUOTA}
"""Without a value in this column a row asks for nothing of the kind."""
_UNITS = {"件": "piece", "个": "piece", "套": "set", "米": "metre", "升": "litre"} | {
    "千克": "kilogram",
    "公斤": "kilogram",
}
_NATURES = {
    "三包": "warranty",
    "合同": "contract",
    "收费": "paid",
    "免费优惠": "goodwill",
    "调试": "commissioning",
}
_YES, _NO = ("yes", "true", "1", "是"), ("no", "false", "0", "否", "")
_NONE = ("none", "无")
_WHOLE = re.compile(r"[0-9]{1,12}")
_SEVERAL = re.compile(r"[;；、|]")
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

    def __init__(self, table: Table, header: Sequence[str]) -> None:
        self.table, self.header = table, header
        self._codes = [_code(name) for name in header]

    @property
    def kinds(self) -> Collection[Kind]:
        """What its columns may ask for."""
        return [kind for code, kind in _KINDS.items() if code in self._codes]

    def rows(self) -> Iterator[tuple[int, Record]]:
        """Every row in its order, with its number."""
        return self.table.rows(len(self.header))

    def asks(self, row: Record, branch: str) -> Sequence[Ask]:
        """What a row asks for at this branch's store, in this order. Raises Unreadable."""
        if row.fault is not None:
            raise row.fault
        told = zip(self._codes, row.values, strict=True)
        said = {code: value.strip() for code, value in told if code}
        part = quote(_needed(said, "part"), safe="")
        asks = [Ask(Kind.CATALOGUE, "/v1/parts", _card(said))] if said.get("name") else []
        if said.get("quantity") not in (None, "", "0"):
            body = {"quantity": _number(said, "quantity"), "serials": _several(said, "serials")}
            asks.append(Ask(Kind.STOCK, f"/v1/stock/{branch}/{part}/openings", body))
        if said.get("quota"):
            body = {"quota": _number(said, "quota")}
            path = f"/v1/stock/{branch}/{part}/quotas"
            asks.append(Ask(Kind.QUOTA, path, body, is_once=False))
        return asks


@contextmanager
def open_sheet(path: Path, encoding: str) -> Iterator[Sheet]:
    """Open a list of parts and read its heading. Raises Unusable if it cannot be used."""
    with open_table(path, encoding, DELIMITER) as table:
        try:
            heading = table.heading()
        except DAMAGED as error:
            raise Unusable(f"{path}: {error}") from error
        header = [name.strip() for name in heading.values] if heading else []
        _check(path, header)
        yield Sheet(table, header)


def _check(path: Path, header: Sequence[str]) -> None:
    """Check that the heading names the part, no column twice, and no unknown column."""
    known = ", ".join(f"{code} {chinese}" for code, chinese in COLUMNS.items())
    codes = [_code(name) for name in header]
    named = [code for code in codes if code]
    if None in codes or "part" not in named or len(set(named)) < len(named):
        raise Unusable(f"{path}: {', '.join(header)}; columns there are: {known}")


def _code(name: str) -> str | None:
    """The code of a column; empty for a column of a rejects file, None for an unknown one."""
    if name in REJECT_COLUMNS:
        return ""
    codes = [code for code, chinese in COLUMNS.items() if name in (code, chinese)]
    return codes[0] if codes else None


def _card(said: Mapping[str, str]) -> Mapping[str, object]:
    """The card. For what the row leaves out, the room uses its default."""
    card: dict[str, object] = {"id": said["part"], "name": _readable(said, "name")}
    if said.get("unit"):
        card["unit"] = _word(said, "unit", said["unit"], _UNITS, [*Unit])
    if said.get("category"):
        card["category"] = said["category"]
    if said.get("models"):
        card["models"] = _several(said, "models")
    if said.get("value_fen"):
        card["value_fen"] = _number(said, "value_fen")
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


def _number(said: Mapping[str, str], column: str) -> int:
    if not _WHOLE.fullmatch(said[column]):
        raise Unreadable("number-unreadable", column=column, value=said[column])
    return int(said[column])


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
