"""提示 (notes): the lines of /readyz, in Chinese beside the English that the processes say.

A line says what is so and, behind `; see `, the page that helps. The Chinese stands between:
`2 parked for view/tickets@2; view/tickets@2 有 2 项被搁置; see docs/runbooks/parked.md`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")
_PAGE = "; see "
_BRACES = re.compile(r"\{(\w+)\}")


def in_both(lines: Iterable[str]) -> Sequence[str]:
    """The lines, each with its Chinese. One that nobody has translated stays as it is."""
    return [_in_both(line) for line in lines]


def _in_both(line: str) -> str:
    said, see, page = line.rpartition(_PAGE)
    english = said or page
    for form, chinese in _forms():
        if found := form.fullmatch(english):
            return f"{english}; {chinese.format_map(found.groupdict())}{see}{page if see else ''}"
    return line


@cache
def _forms() -> Sequence[tuple[re.Pattern[str], str]]:
    # The most words first: `{consumer} waits for {place} on {topic}` fits other lines, too.
    kept = sorted(written(), key=lambda each: -len(_BRACES.sub("", each["en"])))
    return [(_form(each["en"]), each["zh"]) for each in kept]


def written() -> Sequence[Mapping[str, str]]:
    """Every line of the file: its `en` and its `zh`."""
    found: Sequence[Mapping[str, str]] = tomllib.loads(FILE.read_text("utf-8"))["lines"]
    return found


def _form(english: str) -> re.Pattern[str]:
    """The form of a line whose braces stand for anything."""
    parts = _BRACES.split(english)
    named = (f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    return re.compile("".join(named), re.DOTALL)
