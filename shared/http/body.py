"""来件 (what is sent): a body read within its limits, and its texts as we keep them.

Texts come in as NFC, so that a name typed on two keyboards is one name; every character of Unicode
is welcome but NUL, which no database keeps.
"""

import asyncio
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from shared.decider import Number, reason
from shared.http.parameters import NOTHING
from shared.http.problem import Problem

LIMIT = 1024 * 1024
"""Bytes of a body; files do not come this way."""
_DIGITS = 18
"""A number of more digits is too large, and Python would refuse to read very long ones."""
VALUES = 10_000
"""Values of a body, members and items at every depth. The largest of ours has some hundred."""
DEPTH = 32
MARKS = 30
"""Combining marks in a row, as in the stream-safe text format of UAX #15. Sorting very many of them
takes time that grows with their square."""
LONGEST_STEP = 80
SHORT = 16_384
"""Bytes of a body that is understood at once. A longer one would hold the event loop."""
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
    content = await read_content(request, limit, patience)
    if not content:
        return Body()
    _check_is_json(request)
    if len(content) <= SHORT:
        return Body(content, understood(content))
    return Body(content, await run_in_threadpool(understood, content))


def _uncounted(_size: int) -> None:
    """Bytes that nobody counts."""


async def read_content(
    request: Request, limit: int, patience: float, take: Callable[[int], None] = _uncounted
) -> bytes:
    """The bytes of the body, whatever they are. Raises Problem: too large, too slow.

    `take` is told of the bytes of each part that came, and may raise Problem.
    """
    claimed = request.headers.get("content-length", "0").lstrip("0")
    if claimed.isdecimal() and (len(claimed) > _DIGITS or int(claimed) > limit):
        raise _too_large(limit)
    try:
        async with asyncio.timeout(patience):
            return await _read(request, limit, take)
    except TimeoutError:
        slow = reason("too-slow", seconds=int(patience))
        raise Problem(408, "request", slow, headers={"Connection": "close"}) from None


async def _read(request: Request, limit: int, take: Callable[[int], None]) -> bytes:
    parts, size = list[bytes](), 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        take(len(part))
        parts.append(part)
    return b"".join(parts)


def understood(content: bytes) -> object:
    """The JSON value, every text in it in NFC. Raises Problem."""
    try:
        return _Normal().of(msgspec.json.decode(content), 0)
    except _Unfit as error:
        raise Problem(422, "invalid", reason(error.code, **error.numbers)) from None
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


class _Unfit(Exception):
    """A value that no body may hold. `steps`: where it stands, from the inside out."""

    def __init__(self, code: str, **numbers: int) -> None:
        super().__init__(code)
        self.code, self._numbers, self.steps = code, numbers, list[str]()

    @property
    def numbers(self) -> Mapping[str, Number]:
        """The numbers of the refusal, with the field."""
        return {"field": ".".join(reversed(self.steps)) or "body", **self._numbers}


class _Normal:
    """The same value with its texts in NFC. One object counts the values of one body."""

    def __init__(self) -> None:
        self._left = VALUES

    def of(self, value: object, depth: int) -> object:
        """The value. Raises _Unfit."""
        self._left -= 1
        if self._left < 0:
            raise _Unfit("too-many-values", limit=VALUES)
        if depth > DEPTH:
            raise _Unfit("nested-too-deeply", limit=DEPTH)
        match value:
            case str():
                return _text(value)
            case dict():
                return {_text(k): self._within(k, v, depth) for k, v in value.items()}
            case list():
                return [self._within(str(n), each, depth) for n, each in enumerate(value)]
            case _:
                return value

    def _within(self, step: str, value: object, depth: int) -> object:
        # The place is put together only if it must be told: keys may be as long as a body.
        try:
            return self.of(value, depth + 1)
        except _Unfit as error:
            error.steps.append(step[:LONGEST_STEP])
            raise


def _text(value: str) -> str:
    if value.isascii() and "\0" not in value:
        return value
    if "\0" in value:
        raise _Unfit("nul")
    marks = 0
    for character in value:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MARKS:
            raise _Unfit("too-many-marks", limit=MARKS)
    return unicodedata.normalize("NFC", value)
