"""读表的毛病 (faults): what can be wrong with a table, or with one value of it."""

from collections.abc import Mapping


class Unusable(Exception):
    """The file, or the map that explains it, cannot be used. The message says what to correct."""

    def __init__(self, en: str, zh: str | None = None) -> None:
        super().__init__(en)
        self.said: Mapping[str, str] = {"zh": zh or en, "en": en}


class Unreadable(Exception):
    """A value of a row that cannot be read; `code` is the reason beside the rejected row."""

    def __init__(self, code: str, **numbers: str) -> None:
        super().__init__(code)
        self.code, self.numbers = code, numbers
