"""个人信息 (personal data): in which fields of a class it stands, found once per class.

A field is personal if its annotation says `Personal`, be it alone, optional, in a tuple or the
value of a mapping. Classes without such a field, in themselves or further in, cost nothing. The
same holds for any other mark of an annotation: `marked` finds what stands under it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from shared.events.values import PersonalMark, Sealed

T = TypeVar("T")
M = TypeVar("M")
Act: TypeAlias = Callable[[str | Sealed, str], Sealed]
"""What becomes of a personal text in a field of this name; in a mapping, `field.key`."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    is_personal: bool
    """Whether texts right here are personal; else only dataclasses further in hold any."""


def has_personal(kind: type) -> bool:
    """Whether an instance of the class may hold personal text."""
    return is_dataclass(kind) and bool(_fields(kind))


def each_personal(value: T, act: Act) -> T:
    """The dataclass with `act` done to every personal text in it; itself if nothing changed."""
    changed: dict[str, Any] = {}
    kind: Any = type(value)
    for field in _fields(kind):
        before = getattr(value, field.name)
        after = _acted(before, field.name, act, is_personal=field.is_personal)
        if after is not before:
            changed[field.name] = after
    return replace(value, **changed) if changed else value  # type: ignore[type-var]


def marked(value: Any, mark: type[M]) -> Iterator[tuple[M, str, Any]]:
    """Every value of a dataclass whose annotation has such a mark: the mark, its key, the value.

    The key is that of the mapping in which the value stands, otherwise empty.
    """
    kind: Any = type(value)
    wanted: Any = mark
    for name, found in _marked_fields(kind, wanted):
        yield from _marked_in(getattr(value, name), mark, found, "")


def rebuilt(value: Any, parts: list[Any]) -> Any:
    """A list, tuple or set like `value` with other parts; itself if they are its own."""
    if all(new is old for new, old in zip(parts, value, strict=True)):
        return value
    made = type(value)
    return made(*parts) if hasattr(made, "_fields") else made(parts)


def _acted(value: Any, field: str, act: Act, *, is_personal: bool) -> Any:
    match value:
        case str() | Sealed():
            return act(value, field) if is_personal else value
        case Mapping():
            after = {
                key: _acted(part, f"{field}.{key}", act, is_personal=is_personal)
                for key, part in value.items()
            }
            return after if any(after[key] is not value[key] for key in after) else value
        case list() | tuple() | set() | frozenset():
            parts = [_acted(part, field, act, is_personal=is_personal) for part in value]
            return rebuilt(value, parts)
        case _ if is_dataclass(value):
            return each_personal(value, act)
        case _:
            return value


@cache
def _fields(kind: type) -> tuple[_Field, ...]:
    """The fields through which an instance reaches personal text; none for most classes."""
    found = []
    for name, hint in _hints(kind).items():
        texts = set(_texts(hint))
        if texts == {True, False}:
            raise TypeError(f"{kind.__name__}.{name} mixes personal text with other text")
        if True in texts or _further_in(hint, lambda each: True in _texts(each)):
            found.append(_Field(name, is_personal=True in texts))
    return tuple(found)


def _marked_in(
    value: Any, mark: type[M], found: M | None, key: str
) -> Iterator[tuple[M, str, Any]]:
    match value:
        case None:
            return
        case Mapping():
            for each, part in value.items():
                yield from _marked_in(part, mark, found, each)
        case list() | tuple() | set() | frozenset():
            for part in value:
                yield from _marked_in(part, mark, found, key)
        case _ if found is not None:
            yield found, key, value
        case _ if is_dataclass(value):
            yield from marked(value, mark)
        case _:
            return


@cache
def _marked_fields(kind: type, mark: type) -> tuple[tuple[str, Any], ...]:
    """The fields that have the mark, with it, and those with a class further in that has it."""
    found: list[tuple[str, Any]] = []
    for name, hint in _hints(kind).items():
        marks: list[Any] = list(_marks(hint, mark))
        if marks or _further_in(hint, lambda each: any(True for _ in _marks(each, mark))):
            found.append((name, marks[0] if marks else None))
    return tuple(found)


def _marks(hint: Any, mark: type[M]) -> Iterator[M]:
    """The marks of this kind that an annotation has, classes left out."""
    if get_origin(hint) is Annotated:
        yield from (each for each in get_args(hint)[1:] if isinstance(each, mark))
    for part in get_args(hint):
        yield from _marks(part, mark)


def _further_in(hint: Any, holds: Callable[[Any], bool]) -> bool:
    """Whether this holds for a field of the classes an annotation speaks of, or of theirs."""
    return any(_reaches(kind, holds) for kind in _classes(hint))


def _reaches(kind: type, holds: Callable[[Any], bool]) -> bool:
    """Whether this holds for a field of the class or of any it is made of, maybe of itself."""
    seen: set[type] = set()
    ahead = [kind]
    while ahead:
        if (one := ahead.pop()) in seen:
            continue
        seen.add(one)
        for hint in _hints(one).values():
            if holds(hint):
                return True
            ahead += _classes(hint)
    return False


def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}


def _texts(hint: Any) -> Iterator[bool]:
    """For each text an annotation allows: whether it is personal."""
    parts = get_args(hint)
    if get_origin(hint) is Annotated:
        inner, *marks = parts
        is_marked = any(isinstance(mark, PersonalMark) for mark in marks)
        yield from (True,) if is_marked else _texts(inner)
    elif hint is str:
        yield False
    else:
        if _is_mapping(hint):
            if True in _texts(parts[0]):
                raise TypeError(f"{hint}: a key cannot be personal, sealed it would not be found")
            parts = parts[1:]
        for part in parts:
            yield from _texts(part)


def _classes(hint: Any) -> Iterator[type]:
    """The dataclasses an annotation speaks of."""
    if isinstance(hint, type) and is_dataclass(hint) and hint is not Sealed:
        yield hint
    for part in get_args(hint):
        yield from _classes(part)


def _is_mapping(hint: Any) -> bool:
    origin = get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, Mapping)
