"""景象 (the picture): what stands in all rooms, histories apart, as plain values to be compared.

Apart are: how many facts a paper has, when a reaction came to it, and everything that follows from
those alone. What people said, decided, signed, counted and were asked for is all there.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import msgspec

from shared import envelope
from tests.world.world import World

HISTORY = frozenset({"version", "recorded_at", "changed_at", "released_at", "closings", "digest"})
"""Fields that count facts, or say when one was written down or came to be known."""


def picture(world: World) -> Mapping[str, Any]:
    """Newest documents, states of all papers, rows of all views; by room, and by name in it."""
    return {name: _room(world, name) for name in world.rooms}


def plain(thing: Any) -> Any:
    """Values without their classes, and without what is history."""
    if is_dataclass(thing) and not isinstance(thing, type):
        shown = {each.name: getattr(thing, each.name) for each in fields(thing)}
        return {"": type(thing).__name__} | plain(shown)
    match thing:
        case Enum():
            return thing.value
        case Mapping():
            kept = {_key(name): value for name, value in thing.items() if name not in HISTORY}
            return {name: plain(kept[name]) for name in sorted(kept)}
        case set() | frozenset():
            return sorted(map(plain, thing), key=repr)
        case list() | tuple():
            return [plain(each) for each in thing]
        case _:
            return thing


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two pictures differ, and how."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted({*one, *other}, key=str)
        inside = (differences(one.get(n), other.get(n), f"{place}/{n}") for n in names)
        return [each for found in inside for each in found]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        inside = (differences(a, b, f"{place}/{n}") for n, (a, b) in pairs)
        return [each for found in inside for each in found]
    return [] if one == other else [f"{place}: {one!r} != {other!r}"]


def _room(world: World, name: str) -> Mapping[str, Any]:
    desk, page, room = world.desks[name], world.pages[name], world.rooms[name]
    streams = sorted({stored.stream for stored in page.whole})
    states = {
        stream: plain(desk.fold(stream, read.facts))
        for stream, read in page.read(streams).streams.items()
    }
    documents = {}
    for stored in page.whole:
        if stored.public is not None:
            head = envelope.public_head(stored.public)
            documents[stored.stream] = plain(msgspec.json.decode(bytes(head.state)))
    views = {view.NAME: _rows(world.views[name]._folded(view)) for view in room.views}
    return {"states": states, "documents": documents, "views": views}


def _rows(rows: Mapping[Any, Any]) -> Mapping[str, Any]:
    return {str(key): plain(rows[key, partition]) for key, partition in sorted(rows)}


def _key(name: Any) -> str:
    return name if isinstance(name, str) else repr(plain(name))
