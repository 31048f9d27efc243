"""登记 (the registers): what has to be known before anybody calls: people, machines, parts."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from guiyi.plain import JsonObject
from guiyi.play.case import Rooms
from guiyi.play.cast import Cast
from guiyi.play.people import (
    APPROVER,
    CLERK,
    FIRST,
    KEEPER,
    NEIGHBOUR,
    NEIGHBOUR_KEEPER,
    OF_STORES,
    OPERATOR,
    Person,
)
from guiyi.play.player import UNWATCHED, Watcher, done_of, is_unheard


class Registration(NamedTuple):
    """一项登记: who enters what, and where."""

    who: Person
    room: str
    path: str
    body: JsonObject


def enter_registers(
    rooms: Rooms, cast: Cast, watcher: Watcher = UNWATCHED, at: datetime | None = None
) -> None:
    """登记: the operators enter the branch and its people, the clerk customers and machines.

    Raises Answered, Away.
    """
    enter(rooms, (*people(cast, rooms.branch), *customers(cast)), watcher, at)


def enter_stock(
    rooms: Rooms, cast: Cast, watcher: Watcher = UNWATCHED, at: datetime | None = None
) -> None:
    """期初: the operator enters the catalogue, the storekeeper what is on the shelves.

    The approver sets the quotas.

    Raises Answered, Away.
    """
    enter(rooms, (*catalogue(cast, rooms.branch), *stock(cast, rooms.branch)), watcher, at)


def enter_stores(
    rooms: Rooms, cast: Cast, watcher: Watcher = UNWATCHED, at: datetime | None = None
) -> None:
    """他店: base and a neighbouring branch, with their people and what lies there.

    Raises Answered, Away.
    """
    enter(rooms, stores(cast, rooms.branch), watcher, at)


def people(cast: Cast, branch: str) -> Iterator[Registration]:
    """The branch and its people."""
    yield Registration(FIRST, "intake", "/v1/branches", {"code": branch, **cast["branch"]})
    for person in cast.people:
        yield _card(person, branch)


def customers(cast: Cast) -> Iterator[Registration]:
    """The customers and their machines."""
    for name in ("customers", "machines"):
        for card in cast[name]:
            yield Registration(CLERK, "intake", f"/v1/{name}", card)


def catalogue(cast: Cast, branch: str) -> Iterator[Registration]:
    """The parts."""
    for card in cast["parts"]:
        yield Registration(OPERATOR, "inventory", f"/v1/parts?branch={branch}", card)


def stock(cast: Cast, branch: str) -> Iterator[Registration]:
    """What the store has of each part, and what it should have."""
    for each in cast["stock"]:
        path = f"/v1/stock/{branch}/{each['part']}"
        named = {name: each[name] for name in ("quantity", "fen") if name in each}
        opening = {**named, "serials": each.get("serials", [])}
        yield Registration(KEEPER, "inventory", f"{path}/openings", opening)
        if "quota" in each:
            yield Registration(APPROVER, "inventory", f"{path}/quotas", {"quota": each["quota"]})


def stores(cast: Cast, *branches: str) -> Iterator[Registration]:
    """The stores beside those of these branches, who works there, and what they have."""
    for card in cast["stores"]:
        yield Registration(FIRST, "intake", "/v1/branches", card)
    for person in OF_STORES:
        yield _card(person, *branches)
    for each in cast["neighbour_stock"]:
        path = f"/v1/stock/{NEIGHBOUR}/{each['part']}/openings"
        opening = {name: each[name] for name in ("quantity", "fen")}
        yield Registration(NEIGHBOUR_KEEPER, "inventory", path, opening)


def enter(
    rooms: Rooms,
    entries: Iterable[Registration],
    watcher: Watcher = UNWATCHED,
    at: datetime | None = None,
) -> None:
    """登记: each as soon as its room has heard of who enters it. Raises Answered, Away."""
    for who, room, path, body in entries:
        asked = (rooms.does(who, room, path, body, at=at) for _ in rooms.moments())
        watcher.done(who, done_of(next(a for a in asked if not is_unheard(a))))


def _card(person: Person, *branches: str) -> Registration:
    """Their card, which the operator enters, and that of the operator who was there first."""
    said = {name: getattr(person, name) for name in ("id", "name", "roles", "posts", "skills")}
    places = dict.fromkeys(place for branch in branches for place in person.branches(branch))
    card = {**said, "branches": [*places]}
    return Registration(FIRST if person == OPERATOR else OPERATOR, "intake", "/v1/people", card)
