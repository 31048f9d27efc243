"""来件 (what is sent): a body read within its limits, and its texts as we keep them.

Texts come in as NFC, so that a name typed on two keyboards is one name; every character of Unicode
is welcome but NUL, which no database keeps.
"""

import asyncio
import unicodedata
from typing import Any

import msgspec
from starlette.requests import Request

from shared.decider import reason
from shared.http.problem import Problem

LIMIT = 1024 * 1024
"""Bytes of a body; files do not come this way."""
PATIENCE_S = 20
"""Seconds for a body to arrive in whole."""


class BufferedRequest(Request):
    """来件: a request whose body was read by `read_body` and is handed out from there."""

    content: bytes = b""
    tree: Any = None

    async def body(self) -> bytes:
        """The body as it came."""
        return self.content

    async def json(self) -> Any:
        """The body as JSON, its texts in NFC."""
        return self.tree


async def read_body(envelope: BufferedRequest, limit: int, patience: float) -> None:
    """Read and understand the body. Raises Problem: too large, too slow, not JSON.

    What it claims of its length is believed only where that is too much already.
    """
    claimed = envelope.headers.get("content-length", "0")
    if claimed.isdecimal() and int(claimed) > limit:
        raise _too_large(limit)
    parts, size = [], 0
    try:
        async with asyncio.timeout(patience):
            async for part in envelope.stream():
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
    except TimeoutError:
        slow = reason("too-slow", seconds=int(patience))
        raise Problem(408, "request", slow, headers={"Connection": "close"}) from None
    envelope.content = b"".join(parts)
    if envelope.content:
        _is_json(envelope)
        envelope.tree = understood(envelope.content)


def understood(content: bytes) -> Any:
    """The JSON value, every text in it in NFC. Raises Problem."""
    try:
        return _normal(msgspec.json.decode(content), "body")
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Problem(422, "invalid", reason("not-json", where=str(error))) from None
    except RecursionError:
        raise Problem(422, "invalid", reason("not-json", where="nested too deeply")) from None


def _is_json(envelope: BufferedRequest) -> None:
    kind = envelope.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "request", reason("not-json", where=f"Content-Type: {kind[:80]}"))


def _too_large(limit: int) -> Problem:
    # What is still on its way is not read; a connection that goes on would take it for a request.
    large = reason("too-large", limit=limit)
    return Problem(413, "too-large", large, headers={"Connection": "close"})


def _normal(value: Any, place: str) -> Any:
    match value:
        case str():
            if "\0" in value:
                raise Problem(422, "invalid", reason("nul", field=place.removeprefix("body.")))
            return unicodedata.normalize("NFC", value)
        case dict():
            return {_normal(k, place): _normal(v, f"{place}.{k}") for k, v in value.items()}
        case list():
            return [_normal(each, f"{place}.{index}") for index, each in enumerate(value)]
        case _:
            return value
