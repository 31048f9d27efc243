"""来件 (what is sent): a body read within its limits, and its texts as we keep them.

Texts come in as NFC, so that a name typed on two keyboards is one name; every character of Unicode
is welcome but NUL, which no database keeps.
"""

import asyncio
import unicodedata
from dataclasses import dataclass

import msgspec
from starlette.requests import Request

from shared.decider import reason
from shared.http.parameters import NOTHING
from shared.http.problem import Problem

LIMIT = 1024 * 1024
"""Bytes of a body; files do not come this way."""
_DIGITS = 18
"""A number of more digits is too large, and Python would refuse to read very long ones."""
PATIENCE_S = 20
"""Seconds for a body to arrive in whole."""


@dataclass(frozen=True, slots=True)
class Body:
    """来件: what was sent, as it came and as JSON with its texts in NFC."""

    content: bytes = b""
    value: object = NOTHING
    """NOTHING if the content is empty."""


async def read_body(request: Request, limit: int, patience: float) -> Body:
    """Read and understand the body. Raises Problem: too large, too slow, not JSON.

    A request that names a length above the limit is refused at once. A length within the limit is
    not believed: what comes is counted.
    """
    claimed = request.headers.get("content-length", "0").lstrip("0")
    if claimed.isdecimal() and (len(claimed) > _DIGITS or int(claimed) > limit):
        raise _too_large(limit)
    try:
        async with asyncio.timeout(patience):
            content = await _read(request, limit)
    except TimeoutError:
        slow = reason("too-slow", seconds=int(patience))
        raise Problem(408, "request", slow, headers={"Connection": "close"}) from None
    if not content:
        return Body()
    _check_is_json(request)
    return Body(content, understood(content))


async def _read(request: Request, limit: int) -> bytes:
    parts, size = list[bytes](), 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def understood(content: bytes) -> object:
    """The JSON value, every text in it in NFC. Raises Problem."""
    try:
        return _normal(msgspec.json.decode(content), "body")
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Problem(422, "invalid", reason("not-json", where=str(error))) from None
    except RecursionError:
        raise Problem(422, "invalid", reason("not-json", where="nested too deeply")) from None


def _check_is_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "request", reason("not-json", where=f"Content-Type: {kind[:80]}"))


def _too_large(limit: int) -> Problem:
    # What is still on its way is not read; a connection that goes on would take it for a request.
    large = reason("too-large", limit=limit)
    return Problem(413, "too-large", large, headers={"Connection": "close"})


def _normal(value: object, place: str) -> object:
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
