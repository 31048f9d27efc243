"""进入 (access): how the command line reaches the rooms: their settings, addresses and a token.

If a local stack runs here, what it wrote down says where everything is. If none runs, or if the
environment names another installation, the environment says it.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from guiyi.acting import Acting, acting, first, operating
from guiyi.plain import JsonObject
from guiyi.rooms import ROOMS
from guiyi.stack.installation import Installation
from guiyi.stack.run import installation_at
from shared.config import SettingMissing, Settings, first_operators, read
from shared.token import make_token

ANSWER_SECONDS = 10.0
PAGE = 200
"""The most rows that a room gives in one answer."""
STORY_HEADER = "X-Story-Clock"
"""As shared.record.story_clock.HEADER, without the drivers of databases."""
BRIEF = timedelta(minutes=10)
"""How long a token is valid that a command makes for itself."""


class OutOfReach(Exception):
    """Nothing runs here and the environment names nothing that runs elsewhere."""


class Answered(Exception):
    """A room refused; `problem` is its answer (RFC 9457)."""

    def __init__(self, status: int, problem: JsonObject) -> None:
        super().__init__(problem.get("title") or f"HTTP {status}")
        self.status, self.problem = status, problem


class Away(Exception):
    """A room did not answer."""


@dataclass(frozen=True, slots=True)
class Access:
    """One installation, as an operator's command sees it."""

    installation: Installation
    environ: Mapping[str, str]
    actor: str = ""
    """As whom it is asked."""
    heard: dict[str, str] = field(default_factory=dict)
    """By room, how far its clock is ahead, where what it answers is a story."""

    def settings(self, room: str) -> Settings:
        """The settings of a room's processes. Raises OutOfReach."""
        try:
            return read(room, self.environ)
        except SettingMissing as error:
            raise OutOfReach(str(error)) from error

    @property
    def rooms(self) -> Sequence[str]:
        """The rooms whose database is known here: all, unless some run elsewhere."""
        return [room for room in ROOMS if self.environ.get(f"{room.upper()}_WORKER_URL")]

    @property
    def peers(self) -> Mapping[str, str]:
        """Where the rooms' APIs are."""
        return {room: url for room in ROOMS if (url := self.environ.get(f"{room.upper()}_WEB_URL"))}

    def acting(self, actor: str = "") -> Acting:
        """Whoever asks, or somebody else, as the register has them.

        Raises NotRegistered, OutOfReach.
        """
        return acting(self.settings("intake"), actor or self.actor)

    def operating(self) -> Acting:
        """Whoever asks, who has to be an operator. Raises as guiyi.acting.operating, OutOfReach.

        An environment that does not name the register is like one whose register is away.
        """
        try:
            intake = self.settings("intake")
        except OutOfReach:
            if self.actor not in first_operators(self.environ):
                raise
            return first(self.actor)
        return operating(intake, self.actor)

    def token(
        self,
        roles: Sequence[str] = (),
        branches: Sequence[str] = (),
        who: Acting | None = None,
    ) -> str:
        """GUIYI_TOKEN, else one signed with this installation's own key, for whoever asks.

        It claims all that their card has, or the named roles and branches. `who`: for somebody
        whose card was read already. Raises NotRegistered.
        """
        if given := os.environ.get("GUIYI_TOKEN"):
            return given
        who = who or self.acting()
        key = self.installation.token_private_key_file
        return make_token(key, who.actor, roles or who.roles, branches or who.branches, BRIEF)

    def get(self, room: str, path: str, token: str, **asked: str | int | None) -> JsonObject:
        """What a room answers to a query. Raises Answered, Away."""
        found: JsonObject = self._answer(room, path, token, asked).json()
        return found

    def found(
        self, room: str, path: str, body: Mapping[str, str], **asked: str | int | None
    ) -> Iterator[JsonObject]:
        """Every row of a question whose words are personal: a body, in no address.

        Raises Answered, Away.
        """
        token, after = self.token(), None
        while True:
            page = self._answer(room, path, token, {**asked, "after": after}, body).json()
            yield from page["rows"]
            if (after := page.get("next")) is None:
                return

    def content(self, room: str, path: str, **asked: str) -> bytes:
        """The file with which a room answers. Raises Answered, Away."""
        return self._answer(room, path, self.token(), asked).content

    def _answer(
        self,
        room: str,
        path: str,
        token: str,
        asked: Mapping[str, str | int | None],
        body: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            answer = httpx.request(
                "GET" if body is None else "POST",
                f"{self.peers[room]}{path}",
                json=body,
                params={name: value for name, value in asked.items() if value is not None},
                headers={"Authorization": f"Bearer {token}"},
                timeout=ANSWER_SECONDS,
            )
        except httpx.HTTPError as error:
            raise Away(room) from error
        if ahead := answer.headers.get(STORY_HEADER):
            self.heard[room] = ahead
        if answer.is_error:
            problem: JsonObject = {}
            with suppress(ValueError):
                problem = answer.json()
            raise Answered(answer.status_code, problem)
        return answer

    def rows(self, room: str, path: str, **asked: str | int | None) -> Iterator[JsonObject]:
        """Every row that a room's list has, page by page. Raises Answered, Away."""
        token, after = self.token(), None
        while True:
            page = self.get(room, path, token, limit=PAGE, after=after, **asked)
            yield from page["rows"]
            if (after := page.get("next")) is None:
                return


def access(state: Path | None, actor: str = "") -> Access:
    """The installation in the state folder, or the other one that the environment names.

    `actor`: as whom it is asked.

    Raises OutOfReach if neither is there.
    """
    installation = installation_at(state)
    environ = surroundings(installation)
    if not (environ.get("KAFKA_BOOTSTRAP") and environ.get("INTAKE_WEB_URL")):
        raise OutOfReach(str(installation.folder))
    return Access(installation, environ, actor)


def surroundings(installation: Installation) -> Mapping[str, str]:
    """Where a command reads its settings from. Only this function decides that.

    A stack that runs here has written down all of its settings. They win over the environment,
    except if the environment names a server or an address that is not part of this stack: then
    it means another installation, and only the environment counts.
    """
    asked = dict(os.environ)
    if installation.supervisor() is None:
        return asked
    try:
        written = installation.environment()
    except (FileNotFoundError, ValueError):  # not written yet, or written over by somebody
        return asked
    places = [name for name in written if name == "KAFKA_BOOTSTRAP" or name.endswith("_URL")]
    if any(asked.get(name) not in (None, "", written[name]) for name in places):
        return asked
    return asked | written
