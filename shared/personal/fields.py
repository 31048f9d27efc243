"""个人信息 (personal data): in which fields of a class it stands, found once per class.

A field is personal if its annotation says `Personal`: alone, optional, in a tuple, or as the value
of a mapping. A class without such a field, in itself and in the classes of its fields, costs
nothing. The same holds for other marks in annotations: `marked` finds the values that have one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from shared.events.values import PersonalMark, Sealed

T = TypeVar("T")
M = TypeVar("M")
Change: TypeAlias = Callable[[str | Sealed, str], Sealed]
"""Changes the personal text of a field with this name. In a mapping the name is `field.key`."""


def has_personal(kind: type) -> bool:
    """Whether an instance of the class may hold personal text."""
    return bool(_personal_fields(kind))


def personal_fields(kind: type) -> Iterator[str]:
    """The names of the fields of a class that hold personal text themselves."""
    return (name for name, mark in _personal_fields(kind) if mark is not None)


def has_mark(kind: type, mark: type) -> bool:
    """Whether an instance of the class may hold a value with such a mark."""
    return bool(_marked_fields(kind, mark))


def each_personal(value: T, change: Change) -> T:
    """The value with every personal text in it changed. The same object if nothing changed."""
    changed = {}
    for name, mark in _personal_fields(type(value)):
        before = getattr(value, name)
        after = _changed(before, name, change, is_personal=mark is not None)
        if after is not before:
            changed[name] = after
    return replace(value, **changed) if changed else value  # type: ignore[type-var]


def marked(value: object, mark: type[M]) -> Iterator[tuple[M, str, Any]]:
    """Every value in a dataclass whose annotation has such a mark: the mark, its key, the value.

    The key is that of the mapping in which the value stands. Elsewhere it is empty. The type of the
    value is what the annotation of the field says.
    """
    kind: type = type(value)
    for name, found in _marked_fields(kind, mark):  # type: ignore[arg-type]  # it is hashable
        yield from _marked_in(getattr(value, name), mark, found, "")


def places_of(value: object, mark: type) -> Iterator[tuple[str, object]]:
    """Every value with such a mark, and its place: `attempts.0.at`. What is None is left out."""
    kind: type = type(value)
    for name, found in _marked_fields(kind, mark):
        yield from _places_in(getattr(value, name), mark, name, is_marked=found is not None)


def _places_in(
    value: object, mark: type, place: str, *, is_marked: bool
) -> Iterator[tuple[str, object]]:
    match value:
        case None:
            return
        case list() | tuple():
            for n, part in enumerate(value):
                yield from _places_in(part, mark, f"{place}.{n}", is_marked=is_marked)
        case _ if is_marked:
            yield place, value
        case _:
            yield from ((f"{place}.{inner}", each) for inner, each in places_of(value, mark))


def rebuilt(value: Collection[object], parts: list[object]) -> object:
    """A collection of the same type with other parts. The same object if no part changed."""
    if all(new is old for new, old in zip(parts, value, strict=True)):
        return value
    made: Callable[..., object] = type(value)
    return made(*parts) if hasattr(made, "_fields") else made(parts)


def _changed(value: object, field: str, change: Change, *, is_personal: bool) -> object:
    match value:
        case str() | Sealed():
            return change(value, field) if is_personal else value
        case Mapping():
            after = {
                key: _changed(part, f"{field}.{key}", change, is_personal=is_personal)
                for key, part in value.items()
            }
            return after if any(after[key] is not value[key] for key in after) else value
        case list() | tuple() | set() | frozenset():
            parts = [_changed(part, field, change, is_personal=is_personal) for part in value]
            return rebuilt(value, parts)
        case _ if is_dataclass(value):
            return each_personal(value, change)
        case _:
            return value


def _marked_in(
    value: object, mark: type[M], found: M | None, key: str
) -> Iterator[tuple[M, str, object]]:
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


def _personal_fields(kind: type) -> tuple[tuple[str, PersonalMark | None], ...]:
    """The fields through which an instance reaches personal text. Most classes have none."""
    return _marked_fields(kind, PersonalMark)


@cache
def _marked_fields(kind: type, mark: type[M]) -> tuple[tuple[str, M | None], ...]:
    """The fields with the mark, and with None those whose classes have such fields."""
    found: list[tuple[str, M | None]] = []
    for name, hint in _hints(kind).items():
        _check(kind, name, hint)
        own = next(_marks(hint, mark), None)
        if own is not None or any(_reaches(each, mark) for each in _classes(hint)):
            found.append((name, own))
    return tuple(found)


def _reaches(kind: type, mark: type) -> bool:
    """Whether a field of the class has the mark, or a field of a class that it is made of."""
    seen: set[type] = set()
    ahead = [kind]
    while ahead:
        if (one := ahead.pop()) in seen:
            continue
        seen.add(one)
        for hint in _hints(one).values():
            if any(True for _ in _marks(hint, mark)):
                return True
            ahead += _classes(hint)
    return False


def _marks(hint: object, mark: type[M]) -> Iterator[M]:
    """The marks of this kind in an annotation, without those in its classes.

    A dataclass that is asked for marks what is one of it.
    """
    if hint is mark:
        yield mark  # type: ignore[misc]  # it stands for itself
    if get_origin(hint) is Annotated:
        yield from (each for each in get_args(hint)[1:] if isinstance(each, mark))
    for part in get_args(hint):
        yield from _marks(part, mark)


def _hints(kind: type) -> dict[str, object]:
    """The annotations of a dataclass. Another class has none that count."""
    if not is_dataclass(kind):
        return {}
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}


def _check(kind: type, name: str, hint: object) -> None:
    """Raise TypeError for an annotation that mixes personal and other text."""
    if set(_texts(hint)) == {True, False}:
        raise TypeError(f"{kind.__name__}.{name} mixes personal text with other text")


def _texts(hint: object) -> Iterator[bool]:
    """For each text that an annotation allows: whether it is personal."""
    parts = get_args(hint)
    if get_origin(hint) is Annotated:
        is_marked = any(isinstance(mark, PersonalMark) for mark in parts[1:])
        yield from (True,) if is_marked else _texts(parts[0])
    elif hint is str:
        yield False
    elif _is_mapping(hint):
        if True in _texts(parts[0]):
            raise TypeError(f"{hint}: a key cannot be personal, sealed it would not be found")
        yield from _texts(parts[1])
    else:
        for part in parts:
            yield from _texts(part)


def _classes(hint: object) -> Iterator[type]:
    """The dataclasses in an annotation."""
    if isinstance(hint, type) and is_dataclass(hint) and hint is not Sealed:
        yield hint
    for part in get_args(hint):
        yield from _classes(part)


def _is_mapping(hint: object) -> bool:
    origin = get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, Mapping)
