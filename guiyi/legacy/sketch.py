"""映射草稿 (a sketch of a map): a first map made from a file itself, which a person then edits.

Nothing is decided here for good. What was guessed from a heading or from samples is marked with
`CHECK`, and every column is shown with what stands in it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from guiyi.legacy.map_text import listed, quoted
from guiyi.legacy.rows import HAPPENED, no_heading
from guiyi.tables import moments
from guiyi.tables.personal import looks_personal
from guiyi.tables.table import Reading, Table, open_table, shown

ROWS = 2_000
"""Rows that are looked at."""
_SAMPLES, _STATES, _WIDTH, _LOOKED_AT = 3, 40, 30, 200
_NUMBERS = (moments.EPOCH, moments.EXCEL)
_FORMS = (
    moments.ISO,
    *(
        f"{day}{clock}"
        for day in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")
        for clock in (" %H:%M:%S", " %H:%M", " %p %I:%M:%S", " %I:%M:%S %p", " %I:%M %p", "")
    ),
    *("%Y年%m月%d日 %H时%M分", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %p%I:%M"),
    "%Y年%m月%d日",
    *("%d-%m-%Y %H:%M", "%d-%b-%Y %H:%M"),
    *_NUMBERS,
)
_MEANT: Mapping[str, re.Pattern[str]] = {
    name: re.compile(words, re.IGNORECASE)
    for name, words in {
        "case": r"单号|工单号|编号|^id$|case|ticket|^number$|incident|request ?id|^no\.?$",
        "activity": HAPPENED.pattern,
        "person": r"经办|处理人|受理人|工程师|技师|technician|assign|engineer|^user$|agent",
        "fault": r"故障|问题|描述|备注|内容|title|subject|summary|description|content|short_desc",
        "customer": r"客户|用户|单位|customer|client|company|entity|caller|requester",
        "machine": r"设备编号|设备号|asset|machine|cmdb|equipment",
        "model": r"型号|机型|model",
        "serial": r"序列号|出厂编号|serial|s/n",
        "priority": r"优先|紧急|级别|priority|urgency|severity",
        "contact": r"联系人|contact",
        "phone": r"电话|手机|phone|mobile|tel",
    }.items()
}
_TIMED = re.compile(r"时间|日期|date|time|_at$|opened|closed|created|updated", re.IGNORECASE)
_CLOSED = re.compile(
    r"关闭|已结|(?<!未)完成|作废|取消|(?<!未)修[好复]|办结|结案|报废|clos|solv|done|complet|cancel|unmatched",
    re.IGNORECASE,
)
_SEVERAL = 2
"""So many columns of moments may be steps of their own."""
_FEWEST = 3
"""A heading has so many columns at least, if a row of the file has."""


@dataclass(frozen=True, slots=True)
class Seen:
    """所见: what stands in a column."""

    name: str
    values: Counter[str]

    @property
    def is_time(self) -> bool:
        """Whether most of its values are moments, in whatever forms."""
        filled = [value for value in self.values if value][:_LOOKED_AT]
        numbers = (moments.EPOCH, moments.EXCEL) if _TIMED.search(self.name) else ()
        forms = (*_FORMS[: -len(_NUMBERS)], *numbers)
        fit = sum(moments.read(value, forms) is not None for value in filled)
        return fit * 2 > len(filled)

    @property
    def is_clock(self) -> bool:
        """Whether most of its values are times of a day, without the day."""
        filled = [value for value in self.values if value][:_LOOKED_AT]
        return sum(map(moments.is_clock, filled)) * 2 > len(filled)

    @property
    def forms(self) -> Sequence[str]:
        """The forms that are needed to read its values, the most frequent first."""
        left = [value for value in self.values if value][:_LOOKED_AT]
        forms: list[str] = []
        while left and len(forms) < len(_FORMS):
            fits = Counter(form for v in left for form in _FORMS if moments.read(v, (form,)))
            if not fits:
                break
            best = max(fits, key=lambda form: (fits[form], -_FORMS.index(form)))
            forms.append(best)
            left = [value for value in left if not moments.read(value, (best,))]
        return forms


def sketch(path: Path) -> str:
    """The text of a first map of the file. Raises Unusable if it is no table."""
    with open_table(path, Reading(), lambda names: sum(map(bool, names)) >= _FEWEST) as table:
        counts: list[Counter[str]] = [Counter() for _ in table.header]
        for _, record in islice(table.rows(), ROWS):
            if record.fault is None:
                for counted, value in zip(counts, record.values, strict=True):
                    counted[value.strip()] += 1
        names = table.header
        if not any(names):
            raise no_heading(path)
        seen = [Seen(name, c) for name, c in zip(names, counts, strict=True) if name[0] != "#"]
        return "\n".join(_lines(path, table, seen)) + "\n"


def _lines(path: Path, table: Table, seen: Sequence[Seen]) -> Iterator[str]:
    meant = _meant(seen)
    moments_ = [each for each in seen if each.is_time]
    yield f"# A first map of {shown([path.name])}, made from the file itself. Read every line,"
    yield "# correct what is marked CHECK, then: guiyi import FILE --mapping THIS --dry-run"
    yield f"# 由文件生成的映射草稿（按 {table.told} 读取）。逐行核对，标有 CHECK 的必须确认。"
    yield ""
    yield f"source = {quoted(_source(path))}  # CHECK a short name of the old desk; never changes"
    yield 'branch = "HZ01"  # CHECK the code of the branch, as it is registered'
    personal = [each.name for each in seen if looks_personal(each.name)]
    yield f"personal = {listed(personal)}  # CHECK these columns are sealed"
    if html := [each.name for each in seen if any("</" in value for value in each.values)]:
        yield f"html = {listed(html)}"
    yield ""
    yield "[columns]"
    yield from _columns(meant, moments_, next((each for each in seen if each.is_clock), None))
    yield ""
    yield from _steps(moments_)
    yield "[time]"
    yield 'zone = "Asia/Shanghai"  # CHECK the time zone of the old desk\'s clock'
    forms = list(dict.fromkeys(form for each in moments_ for form in each.forms))
    yield f"format = {listed(forms or [moments.ISO])}  # CHECK is 03/04 March or April?"
    yield ""
    yield from _states(meant.get("activity"))
    yield "# The columns and what stands in them 各列与样本:"
    for each in seen:
        samples = [v[:_WIDTH] for v, _ in each.values.most_common() if v][:_SAMPLES]
        yield f"#   {shown([each.name])}: {shown(samples)}"


def _columns(meant: Mapping[str, Seen], times: Sequence[Seen], clock: Seen | None) -> Iterator[str]:
    for name in ("case", "activity"):
        found = meant.get(name)
        said = quoted(found.name) if found else '"?"'
        if found or name == "case":
            yield f"{name} = {said}  # CHECK"
    if times and clock and not any(":" in value for value in times[0].values):
        yield f"time = {listed([times[0].name, clock.name])}  # CHECK a day and its clock"
    elif times:
        yield f"time = {quoted(times[0].name)}  # CHECK"
    else:
        yield 'time = "?"  # CHECK no column looks like a moment'
    for name, found in meant.items():
        if name not in ("case", "activity"):
            yield f"{name} = {quoted(found.name)}"


def _steps(times: Sequence[Seen]) -> Iterator[str]:
    """One row tells several steps, if it has several moments."""
    if len(times) < _SEVERAL:
        return
    yield "# Each row has several moments. If each is a step of its own, write 每行有几个时间:"
    for each in times:
        yield f"# [[steps]]\n# activity = {quoted(each.name)}\n# time = {quoted(each.name)}"
    yield ""


def _states(activity: Seen | None) -> Iterator[str]:
    common = activity.values.most_common(_STATES) if activity else []
    states = [state for state, _ in common if state]
    yield "[states]"
    yield f"open = {listed([s for s in states if not _CLOSED.search(s)])}  # CHECK"
    yield f"closed = {listed([s for s in states if _CLOSED.search(s)])}  # CHECK"
    yield ""


def _meant(seen: Sequence[Seen]) -> Mapping[str, Seen]:
    """Which column seems to say what; each column is taken once."""
    left = list(seen)
    meant: dict[str, Seen] = {}
    for name, words in _MEANT.items():
        fitting = [each for each in left if words.search(each.name) and not each.is_time]
        if fitting:
            meant[name] = fitting[0]
            left.remove(fitting[0])
    return meant


def _source(path: Path) -> str:
    return re.sub(r"[^a-z0-9]", "", path.name.split(".")[0].lower())[:16] or "old"
