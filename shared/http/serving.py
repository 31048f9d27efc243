"""网络口 (the web role of a room): its HTTP application, and the server that runs it."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared import log
from shared.config import Settings
from shared.handle import Desk
from shared.http import openapi as http_openapi
from shared.http import papers as http_papers
from shared.http import tickets as http_tickets
from shared.http.door import Door, Fittings
from shared.http.forgetting import Forgetting
from shared.http.gatebook import Counts, Gatebook, entry_of, told
from shared.http.installed import Installed
from shared.http.route import Guarded
from shared.http.standing import Standing
from shared.http.views import TableViews
from shared.ops import NAMESPACE
from shared.personal.digest import Digester
from shared.personal.keys import open_keys
from shared.record.migrations import check_schema
from shared.record.notification import Notifier
from shared.record.postgres import Record
from shared.room import Room
from shared.texts import load
from shared.token import read_token

__all__ = ["Door", "application", "serve"]

DRAIN_S = 10
"""Seconds a command on its way is waited for after SIGTERM."""
THREADS = 32
"""Requests worked on at once; the others wait for their turn."""
CONNECTIONS = 12
"""To the record, and as many to the views."""
OPEN_AT_ONCE = 2048
"""Connections, idle ones among them; how many requests are inside at once the door says."""

Reasons = Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Watch:
    """值守: what /readyz asks and what /metrics tells beside the counts of requests."""

    reasons: Sequence[Reasons] = ()
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)


def application(room: Room, fittings: Fittings, watch: Watch | None = None) -> FastAPI:
    """The room's HTTP: its own routes behind the door, the history, and the watch."""
    watch = watch or Watch()
    texts = load(room.texts)
    app = FastAPI(
        title=f"归一 Guiyi · {room.chinese} {room.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_few_threads,
    )
    door = Door(room, fittings, texts)
    # A legacy ticket's number may hold a slash, so whatever follows a ticket comes before itself.
    for router in (http_tickets.routes(door), http_papers.routes(door), door.front.routes(door)):
        if strange := [route for route in router.routes if not isinstance(route, Guarded)]:
            raise TypeError(f"{room.name}: {strange[0]} is not behind the door")
        app.include_router(router)
    app.openapi = lambda: http_openapi.document(app, _DESCRIBED)  # type: ignore[method-assign]
    _hang_watch(app, watch)

    async def tell(request: Request, error: Exception) -> Response:
        return told(texts, entry_of(request.scope), error)

    app.add_exception_handler(HTTPException, tell)
    app.add_exception_handler(RequestValidationError, tell)
    counts = Counts(watch.registry)
    app.add_middleware(
        Gatebook,
        texts=texts,
        counts=counts,
        at_once=fittings.at_once,
        is_installed=fittings.is_installed,
    )
    return app


@asynccontextmanager
async def _few_threads(_: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


def _hang_watch(app: FastAPI, watch: Watch) -> None:
    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        found = await run_in_threadpool(lambda: [r for ask in watch.reasons for r in _asked(ask)])
        return PlainTextResponse("\n".join([*(found or ["ok"]), ""]), 503 if found else 200)

    async def metrics(_: Request) -> Response:
        content = await run_in_threadpool(generate_latest, watch.registry)
        return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})

    for path, answer in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        app.add_route(path, answer, include_in_schema=False)


def _asked(reasons: Reasons) -> Sequence[str]:
    try:
        return reasons()
    except Exception as error:  # noqa: BLE001 - whoever cannot say is not ready
        return [f"{type(error).__name__} while asking"]


def serve(room: Room, settings: Settings) -> None:
    """Serve the room's HTTP until SIGTERM; what has begun is finished first.

    Raises SchemaDiffers if the database is not the one this program is made for.
    """
    log.begin(room.name, "web")
    with ExitStack() as stack:
        check = partial(check_schema, settings.runtime_url, room.name, settings.partitions)
        installed = Installed(check, end=partial(os.kill, os.getpid(), signal.SIGTERM))
        installed.begin()
        stack.callback(installed.close)
        record = Record(settings.runtime_url, room.name, settings.partitions, pool=CONNECTIONS)
        keys = open_keys(settings.keys_url, settings.master_key_file)
        digester = Digester(keys.master)
        views = TableViews(settings.runtime_url, room.name, digester, connections=CONNECTIONS)
        waker = Notifier(settings.runtime_url)
        standing = Standing(settings.runtime_url, room.name)
        for each in (record, views, waker, standing):
            stack.callback(each.close)
        fittings = Fittings(
            desk=Desk(record, room.deciders, keys),
            views=views,
            read_token=lambda text: read_token(text, settings.token_public_key_file),
            wake=waker.wake,
            policy_dir=settings.policy_dir,
            is_installed=lambda: installed.is_known,
        )
        forgetting = Forgetting(record, timedelta(days=settings.command_days))
        forgetting.begin()
        stack.callback(forgetting.close)
        watch = Watch((installed.unready, standing.unready))
        ProcessCollector(NAMESPACE, registry=watch.registry)
        watch.registry.register(standing)
        _run(server(application(room, fittings, watch), settings.host, settings.port))
    if installed.differs is not None:
        raise installed.differs


def _run(running: uvicorn.Server) -> None:
    # uvicorn raises the signal again once it has drained; it ends here then, and the process well.
    def end(*_: object) -> None:
        running.should_exit = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    running.run()


def server(app: Any, host: str, port: int) -> uvicorn.Server:
    """A server for the application that ends on SIGTERM when what it began is done."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        limit_concurrency=OPEN_AT_ONCE,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=DRAIN_S,
    )
    return uvicorn.Server(config)


_DESCRIBED = """\
每个命令带 Idempotency-Key；重试用同一个 key，不会重复办理。ETag 是版本，If-Match 可防止覆盖。
拒绝时按 RFC 9457 逐条说明，中英文都有。

Every command carries an Idempotency-Key; a retry with the same key does nothing twice. The ETag is
the version of what you see; If-Match keeps you from deciding on an old one. A no is told as
RFC 9457 tells it, with every broken rule in Chinese and English.
"""
