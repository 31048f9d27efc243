"""在途文件 (files on their way): the bytes of files that one process holds, coming and going.

They are held in memory until they are answered, or until the answer is sent. So one process holds
only so many bytes of them, and of one caller only so many: nobody fills it, and nobody keeps the
others out.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.decider import reason
from shared.http.body import read_content
from shared.http.middleware import RequestEntry
from shared.http.problem import SOON, Problem

FILE_LIMIT = 10 * 1024 * 1024
"""Bytes of a file."""
PATIENCE_S = 60
"""Seconds for a file to arrive in whole."""
OF_ALL, OF_ONE = 8 * FILE_LIMIT, 2 * FILE_LIMIT
"""Bytes of files that one process holds, and of those of one caller."""


class HeldFiles:
    """在途文件: how many bytes of files are held for whom. Safe for threads."""

    def __init__(self) -> None:
        self._held = Counter[str]()
        self._lock = Lock()

    def take(self, caller: str, size: int) -> None:
        """So many bytes are held for the caller. Raises Problem if there are too many."""
        with self._lock:
            if self._held.total() + size > OF_ALL or self._held[caller] + size > OF_ONE:
                headers = {**SOON, "Connection": "close"}
                raise Problem(503, "unavailable", reason("busy"), headers=headers)
            self._held[caller] += size

    def give(self, caller: str, size: int) -> None:
        """They are held no longer."""
        with self._lock:
            self._held[caller] -= size
            if not self._held[caller]:
                del self._held[caller]

    async def read(self, request: Request, entry: RequestEntry) -> bytes:
        """The file that comes. Raises Problem: too large, too slow, too much at once."""
        caller, came, then = str(entry.actor), list[int](), entry.leave

        def leave() -> None:
            self.give(caller, sum(came))
            then()

        def take(size: int) -> None:
            self.take(caller, size)
            came.append(size)

        entry.leave = leave
        return await read_content(request, FILE_LIMIT, PATIENCE_S, take)

    def leaving(self, caller: str, size: int) -> Callable[[], None]:
        """What is called when a file of so many bytes has gone; it is held from now on."""
        self.take(caller, size)
        return partial(self.give, caller, size)


class FileAnswer(Response):
    """文件应答: an answer with a file; `gone` is called when it was sent, or cannot be."""

    def __init__(
        self, content: bytes, headers: dict[str, str], media_type: str, gone: Callable[[], None]
    ) -> None:
        super().__init__(content, 200, headers, media_type)
        self._gone = gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As its base has it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._gone()
