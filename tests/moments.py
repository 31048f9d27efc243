"""Moments in commands: where they stand, and a body told as if it were said at another time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from shared.events.values import PastMark


def moments_of(kind: Any, before: str = "") -> Iterator[tuple[str, bool]]:
    """Every moment in a class by its place, and whether it is told as past."""
    for each in fields(kind):
        hint = get_type_hints(kind, include_extras=True)[each.name]
        yield from _in(hint, f"{before}{each.name}")


def told_at(kind: type, body: Any, at: datetime) -> Any:
    """The body of such a command with every moment that is told as past set to this one."""
    if not is_dataclass(kind):
        return body
    places = [place.split(".") for place, is_past in moments_of(kind) if is_past]
    return _told(body, places, at)


def _told(body: Any, places: Sequence[Sequence[str]], at: datetime) -> Any:
    match body:
        case Mapping():
            inner = {key: [place[1:] for place in places if place[0] == key] for key in body}
            return {key: _told(part, inner[key], at) for key, part in body.items()}
        case list():
            return [_told(part, places, at) for part in body]
        case _:
            return at.isoformat() if [] in places else body


def _in(hint: Any, place: str) -> Iterator[tuple[str, bool]]:
    if get_origin(hint) is Annotated and get_args(hint)[0] is datetime:
        yield place, any(isinstance(mark, PastMark) for mark in get_args(hint))
    elif isinstance(hint, type) and is_dataclass(hint):
        yield from moments_of(hint, f"{place}.")
    else:
        for part in get_args(hint):
            yield from _in(part, place)
