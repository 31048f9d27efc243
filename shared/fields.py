"""字段 (fields): an instance of a dataclass, filled from others by the names of their fields.

For copies: a row of a view, a public document, a command made from a form. A fact is written field
by field, so that the type checker sees each of them.
"""

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

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
