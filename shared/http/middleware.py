"""请求登记 (request middleware): every request gets an id, is timed, counted, logged and answered.

A line of the log holds the route, never the query of the path and never what was sent. An
unexpected error is logged with the place where it was raised but without its message, because
messages quote values.
"""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.decider import reason
from shared.http.context import Trace
from shared.http.dependencies import Dependencies
from shared.http.problem import SOON, Asking, Problem, answer, language, problem_of
from shared.log import logger
from shared.texts import Texts

LOG = logger("http")
BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.3, 1.0, 3.0, 10.0)
CAUSES, FRAMES = 4, 6
_ENTRY = "guiyi.entry"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""The methods that are told apart: anybody may send any word as one."""
_VERSIONS = ("1.0", "1.1", "2")
_PROBES = ("/healthz", "/readyz", "/metrics")


@dataclass(slots=True)
class RequestEntry:
    """登记: what is known of one request; filled in while it is handled."""

    trace: Trace
    path: str
    method: str
    language: str
    route: str = "unknown"
    result: str = ""
    """One word: accepted, repeated, or the code of the broken rule."""
    is_command: bool = False
    actor: str | None = None
    """Who asks, once their token was read."""
    address: str | None = None
    leave: Callable[[], None] = lambda: None
    """Gives the place of the caller back."""
    status: int = 0
    begun: float = field(default_factory=time.perf_counter)

    @property
    def asking(self) -> Asking:
        """What the response to a problem needs of this request."""
        return Asking(self.path, self.trace.span, self.language)


def request_entry(scope: Scope) -> RequestEntry:
    """This request's entry."""
    found = scope[_ENTRY]
    assert isinstance(found, RequestEntry)
    return found


class RequestMetrics:
    """计数: the metrics of requests."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.commands = Counter(
            "guiyi_commands", "commands by result", ["route", "result"], registry=registry
        )
        self.seconds = Histogram(
            "guiyi_http_seconds",
            "seconds from the first byte to the last",
            ["route", "method", "status"],
            buckets=BUCKETS,
            registry=registry,
        )

    def note(self, entry: RequestEntry) -> None:
        """Count a request that has ended."""
        took = time.perf_counter() - entry.begun
        self.seconds.labels(entry.route, entry.method, str(entry.status)).observe(took)
        if entry.is_command:
            self.commands.labels(entry.route, entry.result or "unfinished").inc()


class RequestMiddleware:
    """请求登记: the outermost layer of a room's HTTP."""

    def __init__(
        self,
        app: ASGIApp,
        texts: Texts,
        counts: RequestMetrics,
        dependencies: Dependencies,
    ) -> None:
        self._app, self._texts, self._counts = app, texts, counts
        self._at_once, self._inside = dependencies.at_once, 0
        self._is_installed, self._stamps = dependencies.is_installed, dependencies.stamps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or answer why it is not handled."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        wanted = language(headers.get("accept-language"))
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        entry = RequestEntry(Trace.begun(headers), scope["path"], method, wanted)
        entry.address = client[0] if (client := scope.get("client")) else None
        scope[_ENTRY] = entry
        self._inside += 1
        try:
            await self._pass(scope, receive, _stamped(send, entry, self._stamps))
        finally:
            self._inside -= 1
            entry.leave()
            self._end(entry)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = request_entry(scope)
        try:
            _check_one_length(scope)
            self._check_way_in(entry)
            await self._app(scope, receive, send)
        except ClientDisconnect:
            entry.result = "gone"
        except Exception as error:  # noqa: BLE001 - the last resort: answered, logged, never shown
            response = error_response(self._texts, entry, error)
            if entry.status == 0:
                await response(scope, receive, send)

    def _check_way_in(self, entry: RequestEntry) -> None:
        """Raise Problem if too many requests are inside, or none may be yet; probes always pass."""
        if entry.path in _PROBES:
            return
        if not self._is_installed():
            raise Problem(503, "unavailable", reason("unavailable"), headers=SOON)
        if self._inside > self._at_once:
            raise Problem(503, "unavailable", reason("busy"), headers=SOON)

    def _end(self, entry: RequestEntry) -> None:
        self._counts.note(entry)
        if entry.path in _PROBES:
            return
        LOG.info(
            "request",
            actor=entry.actor,
            address=entry.address,
            method=entry.method,
            route=entry.route,
            status=entry.status,
            result=entry.result,
            ms=round((time.perf_counter() - entry.begun) * 1000, 1),
            request=entry.trace.span,
            trace=entry.trace.trace,
        )


def _check_one_length(scope: Scope) -> None:
    """Raise Problem for a request of another HTTP, or one that says twice how long it is.

    Of two lengths a proxy before us may take the other one, and then what we take for a second
    request was never seen by it.
    """
    names = {name for name, _ in scope["headers"]}
    if scope["http_version"] not in _VERSIONS or {b"content-length", b"transfer-encoding"} <= names:
        raise Problem(400, "request", reason("not-http"), headers={"Connection": "close"})


def error_response(texts: Texts, entry: RequestEntry, error: Exception) -> Response:
    """The response that an exception means; its result is noted on the entry as well."""
    problem = problem_of(error)
    if problem is None:
        note_unexpected(entry, error)
        problem = Problem(500, "unexpected", reason("unexpected", request=entry.trace.span))
    entry.result = problem.result
    return answer(problem, texts, entry.asking)


def note_unexpected(entry: RequestEntry, error: Exception) -> None:
    """Log an unexpected error: its class and where it was raised, down to its first cause."""
    kinds: list[str] = []
    frames: list[str] = []
    each: BaseException | None = error
    while each is not None and len(kinds) < CAUSES:
        kinds.append(type(each).__name__)
        stood = traceback.extract_tb(each.__traceback__)[-FRAMES:]
        frames += [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in stood]
        each = each.__cause__ or each.__context__
    LOG.error(
        "unexpected",
        kinds=kinds,
        frames=frames,
        route=entry.route,
        request=entry.trace.span,
        trace=entry.trace.trace,
    )


def _stamped(send: Send, entry: RequestEntry, stamps: Callable[[], Mapping[str, str]]) -> Send:
    async def stamp(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
            headers = MutableHeaders(scope=message)
            if entry.is_command and not entry.result:
                entry.result = "repeated" if "idempotency-replayed" in headers else "accepted"
            headers["traceparent"] = entry.trace.parent
            headers["X-Request-Id"] = entry.trace.span
            headers.update(stamps())
            headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("X-Content-Type-Options", "nosniff")
        await send(message)

    return stamp
