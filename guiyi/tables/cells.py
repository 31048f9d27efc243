"""单元格 (cells): what a spreadsheet does to values: it takes them for formulas, or loses them.

Excel and WPS run what begins with one of these signs. A value that does gets an apostrophe before
it, which they show as text; it is taken off again when the file is read.
"""

import re

_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_LOST = re.compile(
    r"^#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)$"
    r"|(?<![\w.-])[1-9](?:[.,]\d+)?E\+\d\d(?![\w.-])"
)
"""Errors, a cell that was too narrow, and 1.2E+10, which was 12004567890 before it was shown."""


def safe(value: str) -> str:
    """The value as it is written into a file."""
    return f"'{value}" if _is_formula(value) else value


def plain(value: str) -> str:
    """The value that was written as `safe` writes it; any other is as it stands."""
    return value[1:] if value.startswith("'") and _is_formula(value) else value


def lost(value: str) -> str | None:
    """What of a value a spreadsheet has lost: an error in its place, or digits of a long number."""
    found = _LOST.search(value) if "#" in value or "E+" in value else None
    return found[0] if found else None


def _is_formula(value: str) -> bool:
    return value.lstrip("' ").startswith(_SIGNS)
