"""柜台 (the desk): the rooms' APIs as people meet them, each with a token of his own role.

Every command carries a key of its own, so that one whose answer was lost is asked again and counts
once. What a room answers is told to whoever watches.
"""

import time
import tomllib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, Self

import httpx

from guiyi.access import Answered, Away
from shared.token import make_token

CAST = Path(__file__).with_name("demo.toml")
ANSWER_SECONDS = 15.0
PAUSE = 1.0
"""Before a room that is away or says 503 is asked again."""
LOOK = 0.2
PATIENCE_S = 60.0
"""How long a room may be away, or take to learn of what another has done."""
LIFE = timedelta(hours=2)
AWAY, NOT_FOUND = 503, 404


class NotSo(Exception):
    """The demo shows something else than it says; the message says what."""


@dataclass(frozen=True, slots=True)
class Person:
    """人员: somebody of the branch, as his card and his token say."""

    id: str
    name: str
    roles: Sequence[str]
    posts: Sequence[str] = ()
    skills: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """办妥: what a room answered to a command."""

    stream: str
    ticket: str | None
    version: int
    facts: Sequence[str]
    warnings: Sequence[Mapping[str, Any]] = ()


class Watcher(Protocol):
    """Whoever is told what people do and what the rooms answer."""

    def done(self, who: Person, done: Done) -> None:
        """A command was accepted."""

    def refused(self, who: Person, path: str, problem: Mapping[str, Any]) -> None:
        """A command was refused, as it should be."""


@dataclass(frozen=True, slots=True)
class Cast:
    """角色表: who plays, and with what: the tables of demo.toml."""

    people: Mapping[str, Person]
    said: Mapping[str, Any] = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.said[name]


def cast() -> Cast:
    """The cast as it stands in the file."""
    said = tomllib.loads(CAST.read_text("utf-8"))
    return Cast({name: Person(**card) for name, card in said["people"].items()}, said)


class Desk:
    """One branch's desk. `with Desk(...) as desk:` closes its connections."""

    def __init__(
        self,
        peers: Mapping[str, str],
        signing_key: Path,
        branch: str,
        watcher: Watcher,
        patience: float = PATIENCE_S,
    ) -> None:
        self.branch, self._key, self._watcher = branch, signing_key, watcher
        self._patience = patience
        self._rooms = {
            room: httpx.Client(base_url=url, timeout=ANSWER_SECONDS, trust_env=False)
            for room, url in peers.items()
        }
        self._tokens: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._rooms.values():
            client.close()

    def asks(self, who: Person, room: str, path: str, **asked: Any) -> Any:
        """What a room answers him. Raises Answered, Away."""
        return self._call(who, room, "GET", path, params=asked)

    def asks_with(self, who: Person, room: str, path: str, body: Mapping[str, Any]) -> Any:
        """What a room answers to a question with a body. Raises Answered, Away."""
        return self._call(who, room, "POST", path, json=dict(body))

    def does(self, who: Person, room: str, path: str, body: Mapping[str, Any]) -> Done:
        """A command that is accepted. Raises Answered, Away."""
        told = self._command(who, room, path, body)
        known = {name: told[name] for name in Done.__slots__}
        done = Done(**known)
        self._watcher.done(who, done)
        return done

    def does_once_heard(
        self, who: Person, room: str, path: str, body: Mapping[str, Any], *codes: str
    ) -> Done:
        """A command refused by these rules alone until the room has heard what others have done.

        Raises NotSo after a minute, Answered, Away.
        """
        limit = time.monotonic() + self._patience
        while time.monotonic() < limit:
            try:
                return self.does(who, room, path, body)
            except Answered as no:
                if not (broken := _broken(no)) or not set(broken) <= set(codes):
                    raise
            time.sleep(LOOK)
        raise NotSo(f"{room} {path}: {self._patience:.0f} s")

    def is_refused(
        self, who: Person, room: str, path: str, body: Mapping[str, Any], *codes: str
    ) -> None:
        """A command that breaks exactly these rules. Raises NotSo."""
        try:
            self._command(who, room, path, body)
        except Answered as no:
            broken = _broken(no)
            if sorted(broken) != sorted(codes):
                raise NotSo(f"{path}: {', '.join(broken)} (not {', '.join(codes)})") from no
            self._watcher.refused(who, path, no.problem)
            return
        raise NotSo(f"{path}: accepted (not {', '.join(codes)})")

    def waits(self, who: Person, room: str, path: str, until: Callable[[Any], Any]) -> Any:
        """Ask until the answer satisfies; what `until` made of it. Raises NotSo after a minute."""
        limit = time.monotonic() + self._patience
        while time.monotonic() < limit:
            try:
                if found := until(self.asks(who, room, path)):
                    return found
            except Answered as no:
                if no.status != NOT_FOUND:
                    raise
            time.sleep(LOOK)
        raise NotSo(f"{room} {path}: {self._patience:.0f} s")

    def _command(self, who: Person, room: str, path: str, body: Mapping[str, Any]) -> Any:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._call(who, room, "POST", path, json=dict(body), headers=headers)

    def _call(self, who: Person, room: str, method: str, path: str, **request: Any) -> Any:
        request["headers"] = request.get("headers", {}) | {
            "Authorization": f"Bearer {self._token(who)}"
        }
        limit = time.monotonic() + self._patience
        while True:
            left = time.monotonic() < limit
            try:
                answer = self._rooms[room].request(method, path, **request)
            except httpx.HTTPError as error:
                if not left:
                    raise Away(room) from error
            else:
                if answer.is_success:
                    return answer.json()
                if answer.status_code != AWAY or not left:
                    raise Answered(answer.status_code, _problem(answer))
            time.sleep(PAUSE)

    def _token(self, who: Person) -> str:
        if who.id not in self._tokens:
            # The operator makes the branch before anybody can belong to it.
            branches = ["*"] if "operator" in who.roles else [self.branch]
            self._tokens[who.id] = make_token(self._key, who.id, who.roles, branches, LIFE)
        return self._tokens[who.id]


def _broken(no: Answered) -> Sequence[str]:
    return [each["code"] for each in no.problem.get("reasons", ())]


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        told: Mapping[str, Any] = answer.json()
    except ValueError:
        return {"title": f"HTTP {answer.status_code}"}
    return told
