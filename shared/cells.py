"""单元格 (cells): a value that begins like a formula is written so that no spreadsheet runs it.

Excel and WPS run what begins with one of these signs. A value that does gets an apostrophe before
it, which they show as text; it is taken off again when the file is read.
"""

_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def safe(value: str) -> str:
    """The value as it is written into a file."""
    return f"'{value}" if _is_formula(value) else value


def plain(value: str) -> str:
    """The value that was written as `safe` writes it; any other is as it stands."""
    return value[1:] if value.startswith("'") and _is_formula(value) else value


def _is_formula(value: str) -> bool:
    return value.lstrip("' ").startswith(_SIGNS)
