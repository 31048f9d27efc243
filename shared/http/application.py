"""应用 (the HTTP application of a room): its routes, its middleware, its probes."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from shared.http import openapi as http_openapi
from shared.http import papers as http_papers
from shared.http import tickets as http_tickets
from shared.http.api import RoomApi
from shared.http.dependencies import Dependencies
from shared.http.middleware import RequestMetrics, RequestMiddleware
from shared.http.route import Guarded
from shared.http.route_index import RouteIndex
from shared.notes import in_both
from shared.room import Room
from shared.texts import Texts, load

PROBES = 4
"""Threads for probes alone: they answer however many requests wait."""
THREADS = 32
"""Requests worked on at once; the others wait for their turn."""

Reasons = Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Watch:
    """值守: what /readyz asks and what /metrics tells beside the counts of requests."""

    reasons: Sequence[Reasons] = ()
    notes: Sequence[Reasons] = ()
    """Lines of the body of /readyz that change no status code."""
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)


class RoomApplication(FastAPI):
    """应用: a room's HTTP. FastAPI describes it, and finds what our own index does not."""

    def __init__(
        self, room: Room, dependencies: Dependencies, texts: Texts, counts: RequestMetrics
    ) -> None:
        super().__init__(
            title=f"归一 Guiyi · {room.chinese} {room.name}",
            openapi_url=None,
            redirect_slashes=False,
            lifespan=_few_threads,
        )
        self._dependencies, self._texts, self._counts = dependencies, texts, counts
        self._room, self._guarded = room.name, list[Guarded]()

    def add(self, router: APIRouter) -> None:
        """Add routes. Raises TypeError for one that is not behind the access check."""
        for route in router.routes:
            if not isinstance(route, Guarded):
                raise TypeError(f"{self._room}: {route} is not behind the door")
            self._guarded.append(route)
        self.router.routes.extend(router.routes)

    def build_middleware_stack(self) -> ASGIApp:
        """Our own layers alone: they also answer every exception."""
        dependencies, inner = self._dependencies, RouteIndex(self.router, self._guarded)
        return RequestMiddleware(inner, self._texts, self._counts, dependencies)

    def openapi(self) -> http_openapi.Described:
        """The description of every route."""
        routes = [each.described() for each in self._guarded]
        return http_openapi.document(self.title, _DESCRIBED, routes)

    @cached_property
    def document(self) -> bytes:
        """The same as JSON. It takes a while, so it is made when it is asked for, and once."""
        return json.dumps(self.openapi(), ensure_ascii=False).encode()


def application(
    room: Room, dependencies: Dependencies, watch: Watch | None = None
) -> RoomApplication:
    """The room's HTTP: its own routes behind the access check, the history and the probes."""
    watch = watch or Watch()
    texts = load(room.texts, room=room.name)
    app = RoomApplication(room, dependencies, texts, RequestMetrics(watch.registry))
    api = RoomApi(room, dependencies, texts)
    # A legacy ticket's number may hold a slash, so whatever follows a ticket comes before itself.
    shared_routes = http_tickets.routes(api), http_papers.routes(api), api.files.routes()
    for router in (*shared_routes, api.front.routes(api)):
        app.add(router)
    _add_document(app)
    _add_probes(app, watch)
    return app


@asynccontextmanager
async def _few_threads(_: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


def _add_document(app: RoomApplication) -> None:
    async def document(_: Request) -> Response:
        made = await to_thread.run_sync(lambda: app.document)
        return Response(made, media_type="application/json")

    app.add_route("/openapi.json", document, include_in_schema=False)


def _add_probes(app: FastAPI, watch: Watch) -> None:
    own = CapacityLimiter(PROBES)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        asked = watch.reasons, watch.notes
        found, notes = await to_thread.run_sync(lambda: [*map(_all, asked)], limiter=own)
        lines = [*in_both([*(found or ["ok"]), *notes]), ""]
        return PlainTextResponse("\n".join(lines), 503 if found else 200)

    async def metrics(_: Request) -> Response:
        content = await to_thread.run_sync(generate_latest, watch.registry, limiter=own)
        return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})

    for path, answer in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        app.add_route(path, answer, include_in_schema=False)


def _all(questions: Sequence[Reasons]) -> Sequence[str]:
    return [line for ask in questions for line in _asked(ask)]


def _asked(reasons: Reasons) -> Sequence[str]:
    try:
        return reasons()
    except Exception as error:  # noqa: BLE001 - whoever cannot say is not ready
        return [f"{type(error).__name__} while asking"]


_DESCRIBED = """\
每个命令带 Idempotency-Key；重试用同一个 key，不会重复办理。ETag 是版本，If-Match 可防止覆盖。
拒绝时按 RFC 9457 逐条说明，中英文都有。

Every command carries an Idempotency-Key; a retry with the same key does nothing twice. The ETag is
the version of what you see; If-Match keeps you from deciding on an old one. A no is told as
RFC 9457 tells it, with every broken rule in Chinese and English.
"""
