"""单元格 (cells): what a spreadsheet has lost of a value before it was saved."""

import re

_LOST = re.compile(
    r"^#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)$"
    r"|(?<![\w.-])[1-9](?:[.,]\d+)?E\+\d\d(?![\w.-])"
)
"""Errors, a cell that was too narrow, and 1.2E+10, which was 12004567890 before it was shown."""


def lost(value: str) -> str | None:
    """What of a value a spreadsheet has lost: an error in its place, or digits of a long number."""
    found = _LOST.search(value) if "#" in value or "E+" in value else None
    return found[0] if found else None
