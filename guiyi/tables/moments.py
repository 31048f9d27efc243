"""时刻 (moments): what a time of a legacy desk's file means, in whichever of several forms it is.

A form is `iso`, `excel` (the number of a day, as spreadsheets keep it), `epoch` (seconds or
milliseconds since 1970), or a format of strptime, in which 上午 and 下午 stand for AM and PM.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

ISO, EXCEL, EPOCH = "iso", "excel", "epoch"
_EPOCHS = (EPOCH, "%s")
_DAY_NUMBER = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
"""From 1954 to 2119: a shorter or longer number is something else."""
_SINCE_1970 = re.compile(r"\d{8,16}(?:\.\d+)?")
_DAY_AND_PART = 2
_SECONDS, _MILLISECONDS = 10, 13
"""Digits of such numbers at most; longer ones are microseconds."""
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no zone
_FROM = datetime(1970, 1, 1, tzinfo=UTC)
_HALVES = (
    (re.compile(r"上午|早上|凌晨|清晨|[Aa]\.[Mm]\.?"), "AM"),
    (re.compile(r"下午|中午|傍晚|晚上|[Pp]\.[Mm]\.?"), "PM"),
)
_CLOCKS = ("%H:%M:%S", "%H:%M", "%p %I:%M:%S", "%p %I:%M", "%I:%M:%S %p", "%I:%M %p", "%H时%M分")
_HAS_CLOCK = re.compile(r"%[HIcXTRsf]")
_CELL = re.compile(r"\d{4}-\d\d-\d\d(?: .+)?")
"""How a cell that holds a day or a moment is written when a workbook is read."""


def read(text: str, forms: tuple[str, ...]) -> datetime | None:
    """The moment in the first form that fits; None if none does. Naive without an offset."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    plain = " ".join(plain.split())
    return next((at for form in forms if (at := _in_form(plain, form)) is not None), None)


def of_cell(text: str) -> datetime | None:
    """The moment of a cell of a workbook, with what stands in the cell of the clock behind it."""
    if not _CELL.fullmatch(text):
        return None
    return read(text, (ISO, *with_clock(("%Y-%m-%d",))))


def is_clock(text: str) -> bool:
    """Whether this is a time of a day, such as 9:05 or 下午 2:30."""
    return bool(re.search(r"\d[:：时]", text)) and of_cell(f"2000-01-01 {text}") is not None


def with_clock(forms: tuple[str, ...]) -> tuple[str, ...]:
    """The forms of a day and a time of day that stand in two columns, joined by a blank."""
    return tuple(dict.fromkeys(longer for form in forms for longer in _longer(form)))


def problem(form: str) -> str | None:
    """What is wrong with a form; None if moments can be read in it."""
    if form in (ISO, EXCEL, *_EPOCHS):
        return None
    # strptime must read what strftime writes: so a wrong format is found before the first row.
    sample = datetime(2021, 11, 23, 13, 14, 15, tzinfo=UTC)
    try:
        found = datetime.strptime(sample.strftime(form), form)  # noqa: DTZ007 - the date is asked
    except (ValueError, re.error) as error:
        return f'"{form}" is no format of strptime ({error}); write it like "%Y-%m-%d %H:%M:%S"'
    if abs(found.replace(tzinfo=UTC) - sample) > timedelta(days=1):
        return f'"{form}" names no full date; add %Y, %m and %d'
    return None


def _longer(form: str) -> Iterator[str]:
    yield form
    if form not in (EXCEL, *_EPOCHS) and not _HAS_CLOCK.search(form):
        day = "%Y-%m-%d" if form == ISO else form
        yield from (f"{day} {clock}" for clock in _CLOCKS)


def _in_form(text: str, form: str) -> datetime | None:
    try:
        if form == ISO:
            return datetime.fromisoformat(text)
        if form == EXCEL:
            return _of_day_number(text)
        if form in _EPOCHS:
            return _since_1970(text)
        return datetime.strptime(_in_halves(text, form), form)  # noqa: DTZ007 - the zone is next
    except (ValueError, OverflowError):
        return None


def _of_day_number(text: str) -> datetime | None:
    """A day's number, or a day's number and a part of a day that stood in two columns."""
    numbers = text.split(" ")
    if not _DAY_NUMBER.fullmatch(numbers[0]) or len(numbers) > _DAY_AND_PART:
        return None
    days = sum(float(number) for number in numbers)
    return _DAY_0 + timedelta(seconds=round(days * 86_400))


def _since_1970(text: str) -> datetime | None:
    if not _SINCE_1970.fullmatch(text):
        return None
    whole = len(text.partition(".")[0])
    unit = 1 if whole <= _SECONDS else 1_000 if whole <= _MILLISECONDS else 1_000_000
    return _FROM + timedelta(microseconds=round(float(text) * 1_000_000 / unit))


def _in_halves(text: str, form: str) -> str:
    if "%p" in form:
        for words, half in _HALVES:
            text = words.sub(half, text)
    return text
