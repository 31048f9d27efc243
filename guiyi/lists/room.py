"""服务间 (the room of a list): its API, asked in the names of people until there is an answer."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias
from uuid import uuid4

import httpx

from guiyi.access import Answered, Away
from guiyi.lists.kinds import Ask, Kind
from guiyi.plain import JsonObject
from shared.decider import Reason

PATIENCE_S = 10.0
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0)
"""The pauses between the tries of a command that was not answered."""
_LATER = frozenset({HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY})
_OF_A_ROW = frozenset({HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.PRECONDITION_FAILED})
"""What is wrong with one row, and not with all of the list."""

Send: TypeAlias = Callable[[str, str, Mapping[str, str], bytes], httpx.Response]
"""One request: its method, address, headers and body. Raises httpx.HTTPError."""


class RowRefused(Exception):
    """The room refused a row, with every reason."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__(", ".join(each.code for each in reasons))
        self.reasons = reasons

    def says(self, code: str) -> bool:
        """Whether this is the only kind of reason."""
        return {each.code for each in self.reasons} == {code}


@dataclass(frozen=True, slots=True)
class ListRoom:
    """服务间: where a list is loaded, asked in the names of people of a branch."""

    send: Send
    tokens: Mapping[Kind, str]
    """The token of whoever gives each kind of command."""
    branch: str = ""
    sleep: Callable[[float], None] = time.sleep
    loading: str = field(default_factory=lambda: uuid4().hex)
    """The id of this run."""

    def ask(self, wanted: Ask, path: str = "", version: int | None = None) -> int:
        """Give a command; how many facts it added. Raises RowRefused, Answered, Away.

        `path`: another than its own. `version`: of the card that it replaces.
        """
        path = path or wanted.path
        body = json.dumps(wanted.body, ensure_ascii=False, sort_keys=True).encode()
        loading = "" if wanted.is_once else self.loading
        named = f"{self.branch}\n{path}\n{loading}\n{version or ''}".encode() + body
        headers = {
            "Authorization": f"Bearer {self.tokens[wanted.kind]}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"lists-{hashlib.sha256(named).hexdigest()}",
        }
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if wanted.branch:
            path = f"{path}?branch={wanted.branch}"
        told = self._answer("POST", path, headers, body)
        return 0 if told["repeated"] else len(told["facts"])

    def get(self, path: str, kind: Kind) -> JsonObject:
        """What stands at a path. Raises RowRefused, Answered, Away."""
        return self._answer("GET", path, {"Authorization": f"Bearer {self.tokens[kind]}"}, b"")

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> JsonObject:
        for pause in (*PAUSES_S, None):
            try:
                answer = self.send(method, path, headers, body)
            except httpx.HTTPError as error:
                if pause is None:
                    raise Away(path.split("/")[2]) from error
            else:
                again = answer.status_code in _LATER or _is_unheard(answer)
                if not again or pause is None:
                    return _told(answer)
            self.sleep(pause)
        raise AssertionError


def _is_unheard(answer: httpx.Response) -> bool:
    """Whether the part store has not heard yet of the branch, which is registered."""
    return (
        answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        and answer.request.url.path.startswith(("/v1/parts", "/v1/stock"))
        and any(each.get("code") == "branch-unknown" for each in answer.json().get("reasons", ()))
    )


def _told(answer: httpx.Response) -> JsonObject:
    """What an answer says. Raises RowRefused, Answered."""
    try:
        told: JsonObject = answer.json()
    except ValueError:
        told = {}
    if answer.is_success:
        return told
    reasons = [Reason(e["code"], e.get("numbers", {})) for e in told.get("reasons", ())]
    foreign = any(each.code == "foreign-branch" for each in reasons)
    if reasons and (answer.status_code in _OF_A_ROW or foreign):
        raise RowRefused(reasons)
    raise Answered(answer.status_code, told)
