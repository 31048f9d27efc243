"""配件表用语 (words of a list of parts): headings, units, prices, counts as people write them."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from guiyi.lists.columns import folded
from guiyi.lists.kinds import Headings
from guiyi.tables.faults import Unreadable
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
    "quota": ("定额", "最低库存", "安全库存", "minimum"),
}
"""The columns of a list of parts."""

_PIECES = "件 个 台 只 条 根 块 片 把 颗 支 张 枚 粒 面 组 部 架 节 pc pcs ea each unit 个(只)"
_WORDS: Mapping[Unit, str] = {
    Unit.PIECE: _PIECES,
    Unit.SET: "套 付 sets",
    Unit.PAIR: "对 双 副 pairs",
    Unit.PACK: "包 袋 packs bag",
    Unit.BOX: "箱 盒 boxes",
    Unit.ROLL: "卷 盘 rolls",
    Unit.BARREL: "桶 barrels drum",
    Unit.BOTTLE: "瓶 罐 bottles can",
    Unit.METRE: "米 m",
    Unit.CENTIMETRE: "厘米 公分 cm",
    Unit.LITRE: "升 l",
    Unit.MILLILITRE: "毫升 ml",
    Unit.KILOGRAM: "千克 公斤 kg",
    Unit.GRAM: "克 g",
}
UNITS: Mapping[str, Unit] = {
    word: unit for unit, words in _WORDS.items() for word in (unit.value, *words.split())
}
"""The unit that each word of people means."""
SMALL: Mapping[Unit, tuple[Unit, str]] = {
    Unit.METRE: (Unit.CENTIMETRE, "厘米"),
    Unit.LITRE: (Unit.MILLILITRE, "毫升"),
    Unit.KILOGRAM: (Unit.GRAM, "克"),
}
"""The small unit in which a divisible part is counted if there are fractions of it."""
_THOUSANDS = re.compile(r"(?<=\d)[,' ](?=\d{3}(?:\D|$))")
_MONEY = re.compile(r"^(?:¥|rmb|cny)?\s*(.*?)\s*(?:元|圆|rmb|cny)?$")
_LARGEST = 10**12


def unit_of(text: str) -> Unit:
    """The unit that a word means. Raises Unreadable."""
    found = UNITS.get(folded(text).rstrip("."))
    if found is None:
        known = ", ".join(f"{unit} {words.split()[0]}" for unit, words in _WORDS.items())
        raise Unreadable("word-unknown", column="unit", value=text, known=known)
    return found


def count_of(text: str, column: str, unit: str | None = None) -> int:
    """A whole number, whatever stands between its thousands. Raises Unreadable."""
    number = _number(text, column)
    if number != number.to_integral_value():
        small = SMALL.get(unit_of(unit)) if unit else None
        if small:
            raise Unreadable("fraction", column=column, value=text, unit=f"{small[1]} {small[0]}")
        raise Unreadable("number-unreadable", column=column, value=text)
    return int(number)


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
