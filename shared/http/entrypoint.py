"""网络口 (the web role of a room): its HTTP application, and the server that runs it."""

import os
import signal
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

import uvicorn
from prometheus_client import ProcessCollector
from starlette.types import ASGIApp

from shared import log
from shared.chain_metrics import ChainMetrics
from shared.config import Settings
from shared.disk import Disk
from shared.handle import Handler
from shared.http.application import Watch, application
from shared.http.command_expiry import CommandExpiry
from shared.http.dependencies import Dependencies
from shared.http.keys_watch import KeysWatch
from shared.http.readiness import Readiness
from shared.http.schema_gate import SchemaGate
from shared.http.views import TableViews
from shared.ops import NAMESPACE
from shared.personal.digest import Digester
from shared.personal.keys import open_keys
from shared.policy import CORE, Core
from shared.policy.source import read
from shared.policy.watch import PolicyWatch
from shared.record.notification import Notifier
from shared.record.postgres import Record
from shared.record.schema import check_schema
from shared.room import Room
from shared.token import read_token

DRAIN_S = 10
"""Seconds a command on its way is waited for after SIGTERM."""
CONNECTIONS = 12
"""To the record, and as many to the views."""
OPEN_AT_ONCE = 2048
"""Connections, idle ones among them; how many requests are handled at once `Dependencies` says."""


def serve(room: Room, settings: Settings) -> None:
    """Serve the room's HTTP until SIGTERM; what has begun is finished first.

    Raises SchemaDiffers if the database is not the one this program is made for.
    """
    log.begin(room.name, "web")
    with ExitStack() as stack:
        check = partial(check_schema, settings.runtime_url, room.name, settings.partitions)
        gate = SchemaGate(check, end=partial(os.kill, os.getpid(), signal.SIGTERM))
        gate.begin()
        stack.callback(gate.close)
        record = Record(settings.runtime_url, room.name, settings.partitions, pool=CONNECTIONS)
        keys = open_keys(settings.keys_url, settings.master_key_file)
        digester = Digester(keys.master)
        views = TableViews(settings.runtime_url, room.name, digester, connections=CONNECTIONS)
        waker = Notifier(settings.runtime_url)
        readiness = Readiness(settings.runtime_url, room.name)
        for each in (record, views, waker, readiness):
            stack.callback(each.close)
        handler = Handler(record, room.papers, keys)
        dependencies = Dependencies(
            handler=handler,
            views=views,
            read_token=lambda text: read_token(text, settings.token_keys, settings.token_life),
            first_operators=settings.first_operators,
            wake=waker.wake,
            policy_dir=settings.policy_dir,
            is_installed=lambda: gate.is_known,
        )
        keys_watch = KeysWatch(keys)
        expiry = CommandExpiry(record, timedelta(days=settings.command_days))
        for periodic in (expiry, keys_watch):
            periodic.begin()
            stack.callback(periodic.close)
        disk = Disk(settings.disk_folder, settings.free_mib)
        kept = read(settings.policy_dir / CORE, Core)
        policy = PolicyWatch(settings.policy_dir / CORE, Core, lambda: kept)
        notes = (
            readiness.notes,
            handler.findings.notes,
            disk.notes,
            keys_watch.notes,
            policy.notes,
        )
        watch = Watch((gate.unready, readiness.unready), notes)
        ProcessCollector(NAMESPACE, registry=watch.registry)
        for told in (readiness, disk, keys_watch, ChainMetrics(handler.findings)):
            watch.registry.register(told)
        _run(server(application(room, dependencies, watch), settings.host, settings.port))
    if gate.differs is not None:
        raise gate.differs


def _run(running: uvicorn.Server) -> None:
    # uvicorn raises the signal again once it has drained; it ends here then, and the process well.
    def end(*_: object) -> None:
        running.should_exit = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    running.run()


def server(app: ASGIApp, host: str, port: int) -> uvicorn.Server:
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
