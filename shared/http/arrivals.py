"""来件上限 (arrivals): files that come in, whose bytes are counted from the first one on.

They are held in memory until they are answered. So one process holds only so many bytes of them,
and of one caller only so many: nobody fills it, and nobody keeps the others out.
"""

from collections import Counter
from collections.abc import Callable

from starlette.requests import Request

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


class Arrivals:
    """来件上限: the bytes of files that one process holds."""

    def __init__(self) -> None:
        self._held = Counter[str]()

    async def read(self, request: Request, entry: RequestEntry) -> bytes:
        """The file. Raises Problem: too large, too slow, too much at once."""
        caller, came = str(entry.actor), list[int]()
        entry.leave = self._leaving(caller, came, entry.leave)

        def take(size: int) -> None:
            if self._held.total() + size > OF_ALL or self._held[caller] + size > OF_ONE:
                headers = {**SOON, "Connection": "close"}
                raise Problem(503, "unavailable", reason("busy"), headers=headers)
            self._held[caller] += size
            came.append(size)

        return await read_content(request, FILE_LIMIT, PATIENCE_S, take)

    def _leaving(
        self, caller: str, came: list[int], then: Callable[[], None]
    ) -> Callable[[], None]:
        def leave() -> None:
            self._held[caller] -= sum(came)
            if not self._held[caller]:
                del self._held[caller]
            then()

        return leave
