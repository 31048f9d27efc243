"""字段 (fields): an instance of a dataclass, filled from others by the names of their fields.

`filled` is for copies: a row of a view, a public document, a command made from a form. A fact is
written field by field, so that the type checker sees each of them. `replaced` is
`dataclasses.replace` for what is done with every fact: it looks the fields up once.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def filled(kind: type[T], /, *sources: "DataclassInstance", **said: object) -> T:
    """An instance of a dataclass with what is said, and the rest from its sources.

    Sources are dataclasses. Each field that is not said comes from the first source that has a
    field of its name. What no source has keeps its default. Raises TypeError if there is none.
    """
    wanted = {each.name for each in fields(kind)}
    for source in sources:
        for each in fields(source):
            if each.name in wanted and each.name not in said:
                said[each.name] = getattr(source, each.name)
    return kind(**said)


def replaced(value: T, /, **changes: object) -> T:
    """As `dataclasses.replace`, for a class that is made of its fields in their order."""
    values_of, places = _in_order(type(value))
    values = list(values_of(value))
    for name, changed in changes.items():
        values[places[name]] = changed
    return type(value)(*values)


@cache
def _in_order(kind: type[Any]) -> tuple[Callable[[object], tuple[object, ...]], Mapping[str, int]]:
    """What gives the values of an instance, and the place of each field. Two fields at least."""
    several = fields(kind)
    if any(each.kw_only or not each.init for each in several):
        raise TypeError(f"{kind.__name__} is not made of its fields in their order")
    names = [each.name for each in several]
    return attrgetter(*names), {name: n for n, name in enumerate(names)}
