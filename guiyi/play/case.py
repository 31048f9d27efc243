"""案例 (the case): one repair that is played, and the rooms it is played in.

An act is asked of a case and of whoever carries it out. It looks at what they would be shown and
sends one command; it returns the room's answer, or None while there is nothing to act upon.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import uuid4

import httpx

from guiyi.plain import JsonObject
from guiyi.play.people import LIU, ONLOOKER, Person


class Rooms(ABC):
    """各室: where a repair is played: a running stack, or rooms in memory."""

    branch: str
    """The code of the branch."""

    @property
    @abstractmethod
    def now(self) -> datetime:
        """The time it is there."""

    @abstractmethod
    def moments(self) -> Iterator[None]:
        """Now, and again whenever a room may have heard more, while waiting is of use."""

    @abstractmethod
    def call(
        self,
        who: Person,
        room: str,
        method: str,
        path: str,
        body: JsonObject | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A request in the name of a person, with a body or with a file. Raises Away."""

    @abstractmethod
    def opens(self, room: str, path: str, body: JsonObject) -> httpx.Response:
        """What somebody sends who has a link and no token. Raises Away."""

    def brings(self, who: Person, room: str, paper: str | None, content: bytes) -> httpx.Response:
        """A file for a paper, or for one that has no number yet."""
        path, kind = f"/v1/files?paper={paper or ''}", {"Content-Type": "image/png"}
        path = path.removesuffix("?paper=")
        return self.call(who, room, "POST", path, content, kind)

    def does(
        self,
        who: Person,
        room: str,
        path: str,
        body: JsonObject,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """A command; `at`: when, by their own clock; `key`: one that was sent before."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        if at is not None:
            headers["X-Occurred-At"] = at.isoformat()
        return self.call(who, room, "POST", path, body, headers)

    def asks(self, who: Person, room: str, path: str) -> httpx.Response:
        """A question."""
        return self.call(who, room, "GET", path)

    def looks(self, who: Person, room: str, path: str, body: JsonObject) -> httpx.Response:
        """A question that is asked with a body; nothing is done by asking."""
        return self.call(who, room, "POST", path, body)


@dataclass
class Case:
    """案例: one repair; `said` is what people say in it, a table of the cast."""

    rooms: Rooms
    said: JsonObject
    technician: Person = LIU
    at: datetime | None = None
    """When the next act is done; None: now, whenever that is."""
    ticket: str = ""
    nth: int = 1
    """Which of the ticket's orders is the newest: the first, or one that goes on with it."""
    visits: Mapping[str, int] = field(default_factory=dict)
    """How many visits of a ticket were planned here."""
    papers: dict[str, str] = field(default_factory=dict)
    """The numbers of papers of the store, which belong to no ticket: the newest of each kind."""
    _pages: dict[tuple[str, str, str], JsonObject | None] | None = field(
        default=None, init=False, repr=False, compare=False
    )
    """What was shown at this moment: to whom, in which room, and where."""

    @property
    def now(self) -> str:
        """The time of the next act, as the API takes it."""
        return (self.at or self.rooms.now).isoformat()

    @property
    def order(self) -> str:
        """The number of the newest work order."""
        return f"{self.ticket}-W{self.nth}"

    def ordered(self) -> JsonObject | None:
        """The work order as it stands; None before an approval was noted on it."""
        return self.seen("dispatch", f"/v1/work-orders/{self.order}")

    def does(self, who: Person, room: str, path: str, body: JsonObject) -> httpx.Response:
        """A command of theirs."""
        if self._pages:
            self._pages.clear()
        return self.rooms.does(who, room, path, body, at=self.at)

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """片刻: meanwhile nobody looks twice at one page, unless something is sent."""
        self._pages = {}
        try:
            yield
        finally:
            self._pages = None

    def shown(self, who: Person, room: str, path: str) -> JsonObject | None:
        """What they are shown there; None if there is nothing, or nothing for them."""
        if self._pages is None:
            return self._asked(who, room, path)
        if (page := (who.id, room, path)) not in self._pages:
            self._pages[page] = self._asked(who, room, path)
        return self._pages[page]

    def seen(self, room: str, path: str) -> JsonObject | None:
        """What stands there, whoever looks; None if there is nothing."""
        return self.shown(ONLOOKER, room, path)

    def _asked(self, who: Person, room: str, path: str) -> JsonObject | None:
        answer = self.rooms.asks(who, room, path)
        return answer.json() if answer.is_success else None


def sent_as(body: JsonObject | bytes | None) -> dict[str, Any]:
    """A body as httpx takes it: bytes are a file, anything else is JSON."""
    return {"content": body} if isinstance(body, bytes) else {"json": body}


Act: TypeAlias = Callable[[Case, Person], httpx.Response | None]
