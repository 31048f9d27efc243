"""连接 (connections): every connection of a web process, bounded in number and in time.

A connection whose request is on its way is never closed for another one. Of those that ask nothing
just now, or have not sent their headers yet, the address with the most gives up its oldest. So a
flood from one address takes places from itself, and a probe always gets in.
"""

import asyncio
import re
import secrets
from collections import defaultdict
from functools import partial
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.decider import reason
from shared.http.problem import SOON, Asking, Problem, answer
from shared.limits import Limits
from shared.texts import Texts

_BARE_LINE = re.compile(rb"(?<!\r)\n")


class Places:
    """连接: who is connected, by address."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: dict[str, int] = defaultdict(int)
        self._waiting: dict[str, dict[Connection, None]] = {}
        """By address, those without a request on its way; the oldest first."""

    def enter(self, connection: "Connection") -> bool:
        """Whether there is a place; another connection may be closed for it."""
        address, limits = connection.address, self.limits
        if not limits.is_proxy(address) and self._open[address] >= limits.connections_per_address:
            there = self._close_oldest(address)
        elif sum(self._open.values()) >= limits.connections:
            fullest = max(self._waiting, key=lambda each: len(self._waiting[each]), default="")
            there = self._close_oldest(fullest)
        else:
            there = True
        self._open[address] += 1
        if there:
            self.wait(connection)
        return there

    def leave(self, connection: "Connection") -> None:
        """The connection is closed."""
        self.work(connection)
        self._open[connection.address] -= 1
        if not self._open[connection.address]:
            del self._open[connection.address]

    def wait(self, connection: "Connection") -> None:
        """No request of the connection is on its way."""
        self._waiting.setdefault(connection.address, {}).setdefault(connection)

    def work(self, connection: "Connection") -> None:
        """A request of the connection is on its way."""
        waiting = self._waiting.get(connection.address, {})
        waiting.pop(connection, None)
        if not waiting:
            self._waiting.pop(connection.address, None)

    def _close_oldest(self, address: str) -> bool:
        oldest = next(iter(self._waiting.get(address, ())), None)
        if oldest is None:
            return False
        self.work(oldest)
        oldest.transport.abort()
        return True


class Connection(H11Protocol):
    """连接: one connection of HTTP/1.1 that has to keep its times."""

    def __init__(self, *fitted: Any, places: Places, texts: Texts, **more: Any) -> None:
        super().__init__(*fitted, **more)
        self._places, self._texts = places, texts
        self._timer: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self.address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; its headers have to come soon."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if self._places.enter(self):
            self._begin_timer()
        else:
            self._tell(Problem(503, "unavailable", reason("busy"), headers=SOON))

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        for timer in (self._timer, self._taking):
            if timer is not None:
                timer.cancel()
        self._places.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More of a request came."""
        if self.transport.is_closing():
            return
        if self.conn.their_state is h11.IDLE and _has_bare_line(self.conn.trailing_data[0] + data):
            self.send_400_response("")
            return
        super().data_received(data)
        self._note()

    def on_response_complete(self) -> None:
        """A request was answered."""
        super().on_response_complete()
        self._end_timer()
        if self._is_working:
            self._note()  # the next one came while this one was answered
        elif not self.transport.is_closing():
            self._places.wait(self)
            if self.conn.their_state is h11.SEND_BODY or self.conn.trailing_data[0]:
                self._begin_timer()  # the rest of its body, or the beginning of the next request

    def pause_writing(self) -> None:
        """The client takes nothing of its answer."""
        super().pause_writing()
        self._taking = self.loop.call_later(self._places.limits.answer_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client takes its answer."""
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - as uvicorn calls it
        """What came is no HTTP."""
        self._tell(Problem(400, "request", reason("not-http")))

    @property
    def _is_working(self) -> bool:
        # Before the first request uvicorn has no cycle, whatever its types say.
        return bool(self.cycle) and not self.cycle.response_complete

    def _note(self) -> None:
        if self._is_working:
            self._end_timer()
            self._places.work(self)
        elif self._timer is None and not self.transport.is_closing():
            self._begin_timer()

    def _begin_timer(self) -> None:
        self._timer = self.loop.call_later(self._places.limits.headers_s, self._too_slow)

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        seconds = int(self._places.limits.headers_s)
        self._tell(Problem(408, "request", reason("headers-too-slow", seconds=seconds)))

    def _tell(self, problem: Problem) -> None:
        """Answer outside the application, and close."""
        told = answer(problem, self._texts, Asking("", secrets.token_hex(8), "zh"))
        headers = [*told.raw_headers, (b"connection", b"close"), (b"cache-control", b"no-store")]
        phrase = HTTPStatus(problem.status).phrase
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=problem.status, headers=headers, reason=phrase),
                h11.Data(data=bytes(told.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _has_bare_line(sent: bytes) -> bool:
    """Whether a line of the headers ends with LF alone: a proxy may take it for no end."""
    return _BARE_LINE.search(sent.partition(b"\r\n\r\n")[0]) is not None


def protocol(limits: Limits, texts: Texts) -> "partial[Connection]":
    """What makes the connections of one server."""
    return partial(Connection, places=Places(limits), texts=texts)
