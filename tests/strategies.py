"""Any command of a paper, from the classes in its rows: whatever fits the interface."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from shared.events.values import Constraint, PersonalMark, Sealed, TimeZone
from shared.step import PaperModule

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MOMENTS = st.integers(-5_000, 5_000).map(lambda minutes: AT + timedelta(minutes=minutes))
WORDS = st.sampled_from(["漏水", "T-LIUYANG", "x"])
PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: st.integers(0, 5),
    bool: st.booleans(),
    date: st.dates(date(2026, 11, 20), date(2026, 11, 30)),
    datetime: MOMENTS,
    NoneType: st.none(),
    TimeZone: st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]),
}


def commands_of(paper: PaperModule) -> st.SearchStrategy[Any]:
    """Any command of the paper, those of reactions and timers too."""
    kinds = dict.fromkeys(row.command for row in paper.STEPS)
    return st.one_of([any_of(kind) for kind in kinds])


def any_of(hint: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one return a kind of hint
    """Any value that the interface would take for an annotation; personal texts come sealed."""
    if hint in PLAIN:
        return PLAIN[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _marked(parts[0], parts[1:])
    if origin in (Union, UnionType):
        return st.one_of([any_of(part) for part in parts])
    if origin is tuple:
        return st.lists(any_of(parts[0]), max_size=2).map(tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(any_of(parts[0]), any_of(parts[1]), max_size=2)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    return _built(hint)


@cache
def _built(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a dataclass. Kept, for what Hypothesis looks up in a strategy stays with it."""
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind, include_extras=True)
    return st.deferred(
        lambda: st.builds(kind, **{each.name: any_of(hints[each.name]) for each in fields(kind)})
    )


def _marked(plain: Any, marks: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if any(isinstance(mark, PersonalMark) for mark in marks):
        return st.builds(Sealed, st.just("customer-C-1"), WORDS, WORDS)
    asked = {
        name: value
        for mark in marks
        if isinstance(mark, Constraint)
        for name, value in mark.asked.items()
    }
    if (pattern := asked.get("pattern")) is not None:
        fitting = re.compile(str(pattern))
        known = ["T-LIUYANG", "HZ01", "BX-HZ01-20261123-0001", "4b7e" * 16]
        by_form = st.from_regex(fitting, fullmatch=True)
        found = [each for each in known if fitting.search(each)]
        # A month is none of these: to filter them would be to draw nothing, half of the time.
        return st.sampled_from(found) | by_form if found else by_form
    if plain is int:
        least = int(str(asked.get("ge", 0)))
        return st.integers(least, least + 4)
    return any_of(plain)
