"""列 (columns of a list): which column says what, by its heading or by a map."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from guiyi.lists.kinds import Headings
from guiyi.tables import moments
from guiyi.tables.faults import Unusable
from guiyi.tables.rejects import REJECT_COLUMNS
from guiyi.tables.table import Table, shown

NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ListMap:
    """映射: what a file calls its columns, and how it writes dates."""

    names: Mapping[str, str] = field(default_factory=lambda: NO_NAMES)
    """The code of each column that it names."""
    dates: Sequence[str] = ()
    """Forms of dates that are tried before the usual ones."""


NO_MAP = ListMap()


def read_map(path: Path, headings: Headings) -> ListMap:
    """A map of a list. Raises Unusable."""
    try:
        plain = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{path} is not TOML: {error}") from error
    columns, dates = plain.get("columns", {}), plain.get("dates", [])
    dates = [dates] if isinstance(dates, str) else dates
    wrong = sorted(code for code, name in columns.items() if code not in headings or not str(name))
    if wrong:
        raise Unusable(f"{path}: {shown(wrong)}: no such column; there are {', '.join(headings)}")
    for form in dates:
        if (problem := moments.problem(str(form))) is not None:
            raise Unusable(f"{path}: dates: {problem}")
    return ListMap({str(name): code for code, name in columns.items()}, tuple(map(str, dates)))


def folded(text: str) -> str:
    """A word without differences of width, case and blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def code_of(heading: str, headings: Headings) -> tuple[str, int] | None:
    """The code of a column, and how far its heading is from our own; None if nobody knows it."""
    plain = folded(heading).replace(" (", "(")
    for code, names in headings.items():
        if plain in (code, *names):
            return code, 0 if plain == code else 1 + names.index(plain)
    return None


def codes_of(header: Sequence[str], headings: Headings, named: ListMap) -> list[str | None]:
    """The code of each column; empty for one of a rejects file, None for an unknown one.

    If several headings could mean one thing, a map decides, else the one that is nearest to ours.
    """
    renamed, meant = named.names, dict[str, tuple[int, str]]()
    for name in header:
        if found := (renamed[name], -1) if name in renamed else code_of(name, headings):
            meant[found[0]] = min(meant.get(found[0], (99, name)), (found[1], name))
    codes = {name: code for code, (_, name) in meant.items()}
    return ["" if name in REJECT_COLUMNS else codes.get(name) for name in header]


def check(path: Path, table: Table, key: str, headings: Headings, named: ListMap) -> None:
    """Raise Unusable unless the heading names the key, and nothing of ours twice."""
    if key not in codes_of(table.header, headings, named):
        known = ", ".join(f"{code} {names[0]}" for code, names in headings.items())
        raise Unusable(
            f"{path}: no column of {shown(table.header)} is {key}; columns there are: "
            f"{known}; or name yours in a map (--mapping)",
            f"{path}：{shown(table.header)} 中没有一列是 {key}；可用的列：{known}；"
            "或用映射（--mapping）说明各列",
        )
    plain = [name.removesuffix(" (2)") for name in table.renamed]
    if twice := [name for name in plain if codes_of([name], headings, named) != [None]]:
        raise Unusable(f"{path}: its heading names a column twice: {shown(twice)}; rename one")
