"""柜台 (the desk): the rooms' APIs of a running stack, each person with a token of their own.

Every command carries a key of its own, so that one whose answer was lost is asked again and counts
once.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeAlias

import httpx

from guiyi.access import Away
from guiyi.plain import JsonObject
from guiyi.play.case import Rooms, sent_as
from guiyi.play.people import Person
from shared.token import make_token

ANSWER_SECONDS = 15.0
PAUSE = 1.0
"""Before a room that is away or says 503 is asked again."""
LOOK, LOOK_MOST, GROWTH = 0.02, 0.25, 1.5
"""Soon after a command most rooms have heard of it; those that take longer are asked less often."""
PATIENCE_S = 60.0
"""How long a room may be away, or take to learn of what another has done."""
LIFE, RENEWED_S = timedelta(hours=2), 3_600.0
"""How long a token is valid, and after how many seconds another one is used."""
AWAY = 503

Transport: TypeAlias = Callable[[str], httpx.BaseTransport | None]
"""How to reach a room, by its name; None: as usual."""


class Desk(Rooms):
    """柜台: one branch's. `with Desk(...) as desk:` closes its connections."""

    def __init__(
        self,
        peers: Mapping[str, str],
        signing_key: Path,
        branch: str,
        patience: float = PATIENCE_S,
        transport: Transport = lambda _room: None,
        look: float = LOOK,
    ) -> None:
        """`look`: how long after a command it is looked whether another room has heard of it."""
        self.branch, self._key, self._patience = branch, signing_key, patience
        self._look = look
        self._rooms = {
            room: httpx.Client(
                base_url=url, timeout=ANSWER_SECONDS, trust_env=False, transport=transport(room)
            )
            for room, url in peers.items()
        }
        self._tokens: dict[str, tuple[float, str]] = {}
        """Of each person, when it was made, and the token."""
        self.ahead = timedelta(0)
        """How far the clock of the rooms is ahead, where it is one for stories."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._rooms.values():
            client.close()

    @property
    def now(self) -> datetime:
        """This moment, by the clock of the rooms; a token is valid by the real one."""
        return datetime.now(UTC) + self.ahead

    def moments(self) -> Iterator[None]:
        """As Rooms.moments: soon again, then several times a second, for a minute."""
        limit, pause = time.monotonic() + self._patience, self._look
        while time.monotonic() < limit:
            yield
            time.sleep(pause)
            pause = min(pause * GROWTH, LOOK_MOST)

    def call(
        self,
        who: Person,
        room: str,
        method: str,
        path: str,
        body: JsonObject | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """As Rooms.call. A room that is away is asked again for a minute."""
        sent = {**(headers or {}), "Authorization": f"Bearer {self.token(who)}"}
        return self._asked(room, method, path, body, sent)

    def opens(self, room: str, path: str, body: JsonObject) -> httpx.Response:
        """As Rooms.opens."""
        return self._asked(room, "POST", path, body, {})

    def _asked(
        self,
        room: str,
        method: str,
        path: str,
        body: JsonObject | bytes | None,
        sent: Mapping[str, str],
    ) -> httpx.Response:
        limit = time.monotonic() + self._patience
        while True:
            left = time.monotonic() < limit
            try:
                answer = self._rooms[room].request(method, path, headers=sent, **sent_as(body))
            except httpx.HTTPError as error:
                if not left:
                    raise Away(room) from error
            else:
                if answer.status_code != AWAY or not left:
                    return answer
            time.sleep(PAUSE)

    def token(self, who: Person) -> str:
        """A token that says who they are and what they may do."""
        made, token = self._tokens.get(who.id, (-RENEWED_S, ""))
        if (now := time.monotonic()) - made >= RENEWED_S or not token:
            token = make_token(self._key, who.id, who.roles, who.branches(self.branch), LIFE)
            self._tokens[who.id] = now, token
        return token
