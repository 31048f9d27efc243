"""字段 (fields): an instance of a dataclass, filled from others by the names of their fields.

For copies: a row of a view, a public document, a command made from a form. A fact is written field
by field, so that the type checker sees each of them.
"""

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def filled(kind: type[T], /, *sources: object, **said: object) -> T:
    """An instance of a dataclass with what is said, and the rest from its sources.

    Each field that is not said comes from the first source that has an attribute of its name. What
    no source has keeps its default. Raises TypeError if there is none.
    """
    for name in [each.name for each in fields(kind) if each.name not in said]:
        holder = next((source for source in sources if hasattr(source, name)), None)
        if holder is not None:
            said[name] = getattr(holder, name)
    return kind(**said)
