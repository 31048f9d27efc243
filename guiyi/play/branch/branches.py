"""各店 (the branches): the same repairs at several of them, each with people of its own.

The play knows its people by their numbers. At another branch than the first everybody who works
there has the same number with the branch behind it: what is sent says so, and what is shown is read
as if it did not.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Rooms
from guiyi.play.cast import Cast
from guiyi.play.people import EVERYWHERE, Person

FIRST_CODE, MOST = "HZ01", 8


def code_of(nth: int) -> str:
    """The code of a branch; that of the first is 0."""
    return f"HZ{nth + 1:02}"


def is_local(person: Person) -> bool:
    """Whether they work at one branch; who looks after all of them is the same everywhere."""
    return EVERYWHERE.isdisjoint(person.roles)


def cast_of(cast: Cast, nth: int) -> Cast:
    """The cast of a branch: its card, and whoever is not registered with the first one."""
    if not nth:
        return cast
    card = {**cast["branch"], "name": f"杭州{nth + 1}店"}
    local = [person for person in cast.people if is_local(person)]
    return replace(cast, people=local, said={**cast.said, "branch": card})


class Branch(Rooms):
    """一店: the rooms as the people of one branch ask them."""

    def __init__(self, rooms: Rooms, cast: Cast) -> None:
        self.branch, self._rooms = rooms.branch, rooms
        numbers = sorted((each.id for each in cast.people if is_local(each)), key=len, reverse=True)
        self._local = re.compile(rf"\b({'|'.join(map(re.escape, numbers))})\b(?!\.)")
        self._here = re.compile(rf"\b({'|'.join(map(re.escape, numbers))})\.{self.branch}\b")

    @property
    def now(self) -> datetime:
        """As Rooms.now."""
        return self._rooms.now

    def moments(self) -> Iterator[None]:
        """As Rooms.moments."""
        return self._rooms.moments()

    def call(
        self,
        who: Person,
        room: str,
        method: str,
        path: str,
        body: JsonObject | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """As Rooms.call."""
        if body is not None and not isinstance(body, bytes):
            body = json.loads(self._sent(json.dumps(body, ensure_ascii=False)))
        whoever = replace(who, id=self._sent(who.id))
        return self._shown(self._rooms.call(whoever, room, method, self._sent(path), body, headers))

    def opens(self, room: str, path: str, body: JsonObject) -> httpx.Response:
        """As Rooms.opens."""
        return self._rooms.opens(room, path, body)

    def _sent(self, text: str) -> str:
        return self._local.sub(rf"\1.{self.branch}", text)

    def _shown(self, answer: httpx.Response) -> httpx.Response:
        text = self._here.sub(r"\1", answer.text)
        kind = {"Content-Type": answer.headers.get("Content-Type", "application/json")}
        return httpx.Response(answer.status_code, headers=kind, text=text, request=answer.request)
