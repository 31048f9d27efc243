"""计量单位 (units): the words that people have for them, and amounts as people write them.

The ledger counts whole pieces. A divided part is counted in thousandths of its unit (millimetres,
millilitres, grams), so that `2.5 米` is 2,500 and nothing is ever rounded.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from shared.decider import Refused, reason
from shared.events.inventory import THOUSAND, PartCard, Unit

_PIECES = "件 个 台 只 条 根 块 片 把 颗 支 张 枚 粒 面 组 部 架 节 pc pcs ea each unit 个(只)"
WORDS: Mapping[Unit, str] = {
    Unit.PIECE: _PIECES,
    Unit.SET: "套 付 sets",
    Unit.PAIR: "对 双 副 pairs",
    Unit.PACK: "包 袋 packs bag",
    Unit.BOX: "箱 盒 boxes",
    Unit.ROLL: "卷 盘 rolls",
    Unit.BARREL: "桶 barrels drum",
    Unit.BOTTLE: "瓶 罐 bottles can",
    Unit.METRE: "米 公尺 m meter metres meters",
    Unit.CENTIMETRE: "厘米 公分 cm",
    Unit.LITRE: "升 公升 l liter litres liters",
    Unit.MILLILITRE: "毫升 ml",
    Unit.KILOGRAM: "千克 公斤 kg kgs",
    Unit.GRAM: "克 g",
}
"""The words of people for each unit, the most usual first."""
UNITS: Mapping[str, Unit] = {
    word: unit for unit, words in WORDS.items() for word in (unit.value, *words.split())
}
"""The unit that each word of people means."""
DIVISIBLE: Mapping[Unit, str] = {Unit.METRE: "毫米", Unit.LITRE: "毫升", Unit.KILOGRAM: "克"}
"""The units of which there are fractions, and in what they are counted then."""
_OF_SMALL: Mapping[Unit, tuple[Unit, int]] = {
    Unit.METRE: (Unit.METRE, 1000),
    Unit.CENTIMETRE: (Unit.METRE, 10),
    Unit.LITRE: (Unit.LITRE, 1000),
    Unit.MILLILITRE: (Unit.LITRE, 1),
    Unit.KILOGRAM: (Unit.KILOGRAM, 1000),
    Unit.GRAM: (Unit.KILOGRAM, 1),
}
"""What each unit measures, and how many of the smallest it has."""
_AMOUNT = re.compile(r"([-+\d.,' ]*(?:e[-+]?\d+)?)(.*)")
MOST = 10**6
"""Units that an amount may have."""


def divided(card: PartCard, before: PartCard | None) -> PartCard:
    """The card, and whether it is counted in thousandths: as before, else as its unit is."""
    if card.divided is not None:
        return card
    stays = before is not None and before.unit == card.unit
    fits = card.unit in DIVISIBLE and not card.has_serials
    is_divided = bool(before and before.divided) if stays else fits
    return replace(card, divided=is_divided)


def folded(text: str) -> str:
    """A word without differences of width, case and blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def split(text: str) -> tuple[str, str]:
    """The number of an amount as it is written, and the word for its unit, which may be empty."""
    found = _AMOUNT.fullmatch(folded(text))
    assert found is not None
    return found[1].strip(), found[2].strip().rstrip(".")


def counted(card: PartCard, text: str) -> int:
    """How many the ledger counts for an amount as people write it. Raises Refused."""
    number, word = split(text)
    unit = UNITS.get(word) if word else card.unit
    try:
        amount = Decimal(number)
    except InvalidOperation:
        amount = Decimal(-1)
    if unit is None or not 0 <= amount <= MOST * THOUSAND:
        raise Refused(reason("amount-unreadable", part=card.id, amount=text))
    count = amount * _per(card, unit, text)
    if count != count.to_integral_value():
        raise Refused(reason("amount-fraction", part=card.id, amount=text, unit=card.unit))
    if not 0 <= count <= MOST * (THOUSAND if card.divided else 1):
        raise Refused(reason("amount-unreadable", part=card.id, amount=text))
    return int(count)


def written(count: int, *, is_divided: bool) -> str:
    """What the ledger counts as people write it, without the unit: 2500 of a divided part is 2.5"""
    if not is_divided:
        return str(count)
    whole, rest = divmod(abs(count), THOUSAND)
    sign = "-" if count < 0 else ""
    return f"{sign}{whole}.{rest:03}".rstrip("0").rstrip(".")


def amount(card: PartCard, count: int) -> str:
    """数量: what the ledger counts, with the unit, as people write it: `2.5 米`."""
    word = WORDS[card.unit].split()[0]
    return f"{written(count, is_divided=bool(card.divided))} {word}"


def _per(card: PartCard, unit: Unit, text: str) -> Decimal:
    """How many the ledger counts for one of a unit. Raises Refused if it measures another thing."""
    if unit == card.unit:
        return Decimal(THOUSAND if card.divided else 1)
    own, other = _OF_SMALL.get(card.unit), _OF_SMALL.get(unit)
    if own is None or other is None or own[0] != other[0]:
        raise Refused(reason("unit-differs", part=card.id, amount=text, unit=card.unit))
    return Decimal(other[1] * (THOUSAND if card.divided else 1)) / own[1]
