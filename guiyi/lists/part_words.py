"""配件表用语 (words of a list of parts): headings, units, prices, counts as people write them."""

import re
from decimal import Decimal, InvalidOperation

from guiyi.lists.columns import folded
from guiyi.lists.kinds import Headings
from guiyi.tables.faults import Unreadable
from services.inventory.units import DIVISIBLE, UNITS, WORDS, split
from shared.events.inventory import Unit

COLUMNS: Headings = {
    "part": (
        "配件编号",
        "编号",
        "料号",
        "物料编码",
        "物料编号",
        "配件号",
        "part number",
        "part no",
        "sku",
    ),
    "name": ("名称", "配件名称", "物料名称", "品名", "description"),
    "unit": ("单位", "计量单位", "uom"),
    "category": ("类别", "分类"),
    "models": ("机型", "适用机型"),
    "has_serials": ("按序列号",),
    "old_part_due": ("旧件应交",),
    "value_fen": ("单价(分)",),
    "value_yuan": ("单价(元)", "单价", "价格", "price"),
    "quantity": ("期初数量", "数量", "库存", "库存数量", "qty", "stock", "on hand"),
    "serials": ("序列号", "serial numbers"),
    "opening_fen": ("期初金额(分)",),
    "opening_yuan": ("期初金额(元)", "期初金额", "库存金额", "金额"),
    "quota": ("定额", "最低库存", "安全库存", "minimum"),
}
"""The columns of a list of parts."""

_THOUSANDS = re.compile(r"(?<=\d)[,' ](?=\d{3}(?:\D|$))")
_MONEY = re.compile(r"^(?:¥|rmb|cny)?\s*(.*?)\s*(?:元|圆|rmb|cny)?$")
_LARGEST = 10**12


def unit_of(text: str) -> Unit:
    """The unit that a word means. Raises Unreadable."""
    found = UNITS.get(folded(text).rstrip("."))
    if found is None:
        known = ", ".join(f"{unit} {words.split()[0]}" for unit, words in WORDS.items())
        raise Unreadable("word-unknown", column="unit", value=text, known=known)
    return found


def count_of(text: str, column: str) -> int:
    """A whole number, whatever stands between its thousands. Raises Unreadable."""
    number = _number(text, column)
    if number != number.to_integral_value():
        raise Unreadable("number-unreadable", column=column, value=text)
    return int(number)


def amount_of(text: str, column: str, unit: str | None) -> int | str:
    """An amount as the room takes it: pieces, or a text with its unit. Raises Unreadable.

    Of which unit a part is that the row does not say, the room knows.
    """
    number, word = split(text)
    plain = _number(number or text, column)
    own, said = unit_of(unit) if unit else None, unit_of(word) if word else None
    if own is not None and own not in DIVISIBLE and said in (None, own):
        return count_of(number, column)
    told, meant = f"{plain:f}", said or own
    if meant is not None:
        return f"{told} {meant}"
    return told if "." in told else f"{told}.0"


def is_nothing(amount: int | str) -> bool:
    """Whether an amount is of no pieces at all."""
    return not amount or not Decimal(str(amount).split()[0])


def unit_in(text: str) -> str:
    """The word for its unit that stands behind an amount; empty if none does, or none we know."""
    word = split(text)[1]
    return word if word in UNITS else ""


def fen_of(text: str, column: str) -> int:
    """A price in yuan as fen; it has at most two decimals that count. Raises Unreadable."""
    money = _MONEY.match(folded(text))
    fen = _number(money[1] if money else text, column) * 100
    if fen != fen.to_integral_value():
        raise Unreadable("price-unreadable", column=column, value=text)
    return int(fen)


def _number(text: str, column: str) -> Decimal:
    try:
        number = Decimal(_THOUSANDS.sub("", folded(text)))
    except InvalidOperation:
        raise Unreadable("number-unreadable", column=column, value=text) from None
    if not number.is_finite() or not 0 <= number < _LARGEST:
        raise Unreadable("number-unreadable", column=column, value=text)
    return number
