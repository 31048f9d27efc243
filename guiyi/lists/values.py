"""值 (values of a list): words, lists, dates, phones and e-mail as people write them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

from guiyi.lists.columns import folded
from guiyi.lists.kinds import Said
from guiyi.tables import moments
from guiyi.tables.faults import Unreadable
from shared.personal.seal import ERASED, HIDDEN, LOST

NONE = frozenset(
    ("", "none", "无", "没有", "暂无", "不详", "未知", "空", "/", "-", "--", "—", "——", "n/a", "na")
)
"""What people write where there is nothing."""
_YES = ("yes", "true", "1", "是", "y", "有", "在用", "在职", "启用", "正常", "有效", "active")
_NO = (
    "no",
    "false",
    "0",
    "否",
    "",
    "n",
    "停用",
    "离职",
    "报废",
    "无效",
    "注销",
    "inactive",
    "left",
)
_SEVERAL = re.compile(r"[;；、|]")
_LISTED = re.compile(r"[;；、|,，/／\s]+")
_MASKED = frozenset((HIDDEN, LOST, ERASED))
_UNDECODED = re.compile("[\udc80-\udcff]")
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_DATES = (
    *(moments.ISO, "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y年%m月%d号", "%Y%m%d"),
    moments.EXCEL,
)
"""The forms of dates that mean one day alone: a day before a month is read only by a map."""
_CLOCK = re.compile(r"[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?$")


def readable(said: Said, column: str) -> str:
    """What stands in a column. Raises Unreadable if it is no text, or was masked."""
    if said[column] in _MASKED:
        raise Unreadable("value-hidden", column=column, value=said[column])
    if _UNDECODED.search(said[column]):
        raise Unreadable("value-undecodable", column=column)
    return said[column]


def needed(said: Said, column: str) -> str:
    """What stands in a column that may not be empty. Raises Unreadable."""
    if not said.get(column):
        raise Unreadable("value-missing", column=column)
    return readable(said, column)


def optional(said: Said, column: str) -> str | None:
    """What stands in a column, None if nothing does; in one line."""
    return _BREAKS.sub(" ", readable(said, column)) or None if column in said else None


def number(said: Said, column: str) -> str:
    """The number of a card, in plain width. Raises Unreadable."""
    return unicodedata.normalize("NFKC", needed(said, column)).strip()


def several(said: Said, column: str) -> list[str]:
    """The values of a column that holds several. Raises Unreadable."""
    return [each.strip() for each in _parts(said, column, _SEVERAL) if each.strip()]


def listed(said: Said, column: str) -> list[str]:
    """The codes of a column that holds several, each once. Raises Unreadable."""
    return list(dict.fromkeys(each for each in _parts(said, column, _LISTED) if each))


def _parts(said: Said, column: str, between: re.Pattern[str]) -> list[str]:
    return between.split(readable(said, column)) if said.get(column) else []


def yes(said: Said, column: str) -> bool:
    """Yes or no. Raises Unreadable."""
    value = folded(said[column])
    if value not in (*_YES, *_NO):
        raise unknown(column, said[column], [*_YES[:4], *_NO[:4]])
    return value in _YES


def word(column: str, value: str, chinese: Mapping[str, str], known: Sequence[str]) -> str:
    """The code of a word. Raises Unreadable."""
    code = chinese.get(folded(value), folded(value))
    if code not in known:
        raise unknown(column, value, [*known, *chinese])
    return code


def unknown(column: str, value: str, known: Sequence[str]) -> Unreadable:
    """A word that nobody knows."""
    return Unreadable("word-unknown", column=column, value=value, known=", ".join(known))


def day(said: Said, column: str, forms: Sequence[str]) -> str | None:
    """A day as ISO 8601 writes it; None if there is none. Raises Unreadable."""
    text = optional(said, column)
    if text is None or folded(text) in NONE:
        return None
    plain = _CLOCK.sub("", unicodedata.normalize("NFKC", text).strip())
    at = moments.read(plain, (*forms, *_DATES))
    if at is None or not _in_our_time(at.date()):
        known = " | ".join((*forms, "2025-06-01", "2025/6/1", "2025年6月1日", "20250601"))
        raise Unreadable("date-unreadable", column=column, value=text, known=known)
    return at.date().isoformat()


def phone(said: Said, column: str) -> str | None:
    """A phone as it is written; a break between two numbers becomes a comma."""
    text = readable(said, column).strip() if column in said else ""
    if folded(text) in NONE:
        return None
    return _BREAKS.sub(", ", text)


def email(said: Said, column: str) -> str | None:
    """An address for e-mail, in plain width. Raises Unreadable."""
    text = readable(said, column).strip() if column in said else ""
    return None if folded(text) in NONE else unicodedata.normalize("NFKC", text)


def _in_our_time(found: date) -> bool:
    return 1950 <= found.year < 2100  # noqa: PLR2004 - what a machine of ours may be
