"""The commands of the README's walk-through and those of the play, to be compared."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt

from guiyi.play import registers
from guiyi.play.cast import cast
from guiyi.play.people import DEPUTY, SUN, Person
from guiyi.play.repairs import straight
from tests.world.world import World

NOT_IN_THE_README = {SUN.id, DEPUTY.id}
OF_A_REPAIR = ("reports", "work-orders", "visits", "issue-notes", "surveys", "dossiers")
PAST_MIDNIGHT = ("travel-changes", "travel-change-approvals")
"""What is asked for and granted as well, where midnight passes between diagnosis and departure."""
CHANGES = {
    r"BX-HZ01-\d{8}-\d{4}": "BX",
    r"^[0-9a-f]{64}$": "a hash",
    r"^\d{4}-\d\d-\d\dT.*": "a moment",
}
"""What is another in every play."""


@dataclass(frozen=True)
class Sent:
    """A command as it was sent: person, path and body, without values that differ each day."""

    who: str
    path: str
    body: Any


def commands(asked: Sequence[Sequence[str]]) -> Iterator[Sent]:
    """The commands among the calls of curl. One that was sent several times counts once."""
    found = (command(line) for line in asked if any("Idempotency-Key" in each for each in line))
    return once(each for each in found if not each.path.endswith(("-sheets", *PAST_MIDNIGHT)))


def command(line: Sequence[str]) -> Sent:
    url = next(each for each in line if each.startswith("http"))
    token = next(each for each in line if each.startswith("Authorization")).split()[-1]
    who = jwt.decode(token, options={"verify_signature": False})["actor"]
    return sent(who, urlsplit(url).path, json.loads(line[line.index("-d") + 1]))


def sent(who: str, path: str, body: Any) -> Sent:
    return Sent(who, unchanging(path), unchanging(json.loads(json.dumps(body))))


def once(found: Iterator[Sent]) -> Iterator[Sent]:
    return (each for each, _ in groupby(found))


def unchanging(thing: Any) -> Any:
    match thing:
        case str():
            for pattern, said in CHANGES.items():
                thing = re.sub(pattern, said, thing)
            return thing
        case Mapping():
            return {name: unchanging(value) for name, value in thing.items()}
        case list():
            return [unchanging(each) for each in thing]
        case _:
            return thing


def says(one: Any, other: Any) -> bool:
    """Whether all that the first one says is also in the other."""
    match one:
        case Sent():
            alike = (one.who, one.path) == (other.who, other.path)
            return alike and says(one.body, other.body)
        case Mapping():
            return all(name in other and says(one[name], other[name]) for name in one)
        case list():
            return len(one) == len(other) and all(map(says, one, other))
        case _:
            return bool(one == other)


class Listening(World):
    """Rooms in memory that note which commands they get."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Sent] = []

    def does(
        self, who: Person, room: str, path: str, body: Mapping[str, Any], **more: Any
    ) -> httpx.Response:
        self.sent.append(sent(who.id, path, body))
        return super().does(who, room, path, body, **more)


def straight_repair() -> Sequence[Sent]:
    """The commands of the played straight repair, by the people of the README."""
    with Listening() as rooms:
        registers.enter_registers(rooms, cast())
        registers.enter_stock(rooms, cast())
        rooms.sent.clear()
        straight(rooms, cast())
    return [each for each in once(iter(rooms.sent)) if each.who not in NOT_IN_THE_README]
