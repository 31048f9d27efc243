"""网络口 (the web role of a room): its HTTP application, and the server that runs it."""

import os
import resource
import signal
from contextlib import ExitStack
from dataclasses import replace
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
from shared.http.application import Reasons, Watch, application
from shared.http.command_expiry import CommandExpiry
from shared.http.connections import protocol
from shared.http.dependencies import Dependencies
from shared.http.kept_files import FILES_AT_ONCE
from shared.http.keys_watch import KeysWatch
from shared.http.readiness import Readiness
from shared.http.schema_gate import SchemaGate
from shared.http.views import TableViews
from shared.limits import DEFAULT, Limits
from shared.ops import NAMESPACE
from shared.personal.digest import Digester
from shared.personal.keys import open_keys
from shared.policy import CORE, Core
from shared.policy.source import read
from shared.policy.watch import PolicyWatch
from shared.record.files import FileTable
from shared.record.notification import Notifier
from shared.record.openings import OpeningTable
from shared.record.postgres import Record
from shared.record.schema import check_schema
from shared.record.story_clock import StoryClock
from shared.room import Room
from shared.texts import load
from shared.token import read_token

DRAIN_S = 10
"""Seconds a command on its way is waited for after SIGTERM."""
CONNECTIONS = 12
"""To the record, and as many to the views."""
SPARE_FILES = 256
"""Files that a process may have open beside its connections."""


def serve(room: Room, settings: Settings) -> None:
    """Serve the room's HTTP until SIGTERM; what has begun is finished first.

    Raises SchemaDiffers if the database is not the one this program is made for.
    """
    log.begin(room.name, "web")
    with ExitStack() as stack:
        clock = StoryClock(settings.runtime_url)
        gate = SchemaGate(
            partial(_check, settings, clock), end=partial(os.kill, os.getpid(), signal.SIGTERM)
        )
        gate.begin()
        stack.callback(gate.close)
        record = Record(settings.runtime_url, room.name, settings.partitions, pool=CONNECTIONS)
        keys = open_keys(settings.keys_url, settings.master_key_file)
        digester = Digester(keys.master)
        views = TableViews(settings.runtime_url, room.name, digester, connections=CONNECTIONS)
        waker = Notifier(settings.runtime_url)
        readiness = Readiness(settings.runtime_url, room.name)
        files = FileTable(settings.runtime_url, connections=FILES_AT_ONCE)
        openings = OpeningTable(settings.runtime_url)
        for each in (record, views, waker, readiness, files, openings, clock):
            stack.callback(each.close)
        handler = Handler(record, room.papers, keys)
        dependencies = Dependencies(
            handler=handler,
            views=views,
            read_token=lambda text: read_token(text, settings.token_keys, settings.token_life),
            first_operators=settings.first_operators,
            files=files,
            openings=openings,
            wake=waker.wake,
            policy_dir=settings.policy_dir,
            clock=clock.now,
            stamps=clock.stamps,
            body_patience=settings.limits.body_s,
            limits=settings.limits,
            is_installed=lambda: gate.is_known,
        )
        keys_watch = KeysWatch(keys)
        expiry = CommandExpiry(record, timedelta(days=settings.command_days))
        for periodic in (expiry, keys_watch):
            periodic.begin()
            stack.callback(periodic.close)
        watch = _watch(settings, gate, readiness, handler, keys_watch, clock.notes)
        app, limits = application(room, dependencies, watch), fitting(settings.limits)
        _run(server(app, settings.host, settings.port, limits))
    if gate.differs is not None:
        raise gate.differs


def _check(settings: Settings, clock: StoryClock) -> None:
    """Compare the database with the program, and learn whether its clock is one for stories."""
    check_schema(settings.runtime_url, settings.room, settings.partitions)
    clock.ahead()


def _watch(
    settings: Settings,
    gate: SchemaGate,
    readiness: Readiness,
    handler: Handler,
    keys_watch: KeysWatch,
    *more: Reasons,
) -> Watch:
    """What the probes of the process say."""
    disk = Disk(settings.disk_folder, settings.free_mib)
    kept = read(settings.policy_dir / CORE, Core)
    policy = PolicyWatch(settings.policy_dir / CORE, Core, lambda: kept)
    findings, told = handler.findings, (readiness, disk, keys_watch)
    notes = readiness.notes, findings.notes, disk.notes, keys_watch.notes, policy.notes, *more
    watch = Watch((gate.unready, readiness.unready), notes)
    ProcessCollector(NAMESPACE, registry=watch.registry)
    for each in (*told, ChainMetrics(findings)):
        watch.registry.register(each)
    return watch


def _run(running: uvicorn.Server) -> None:
    # uvicorn raises the signal again once it has drained; it ends here then, and the process well.
    def end(*_: object) -> None:
        running.should_exit = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    running.run()


def fitting(limits: Limits) -> Limits:
    """The limits, with no more connections than the system lets the process have open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections + SPARE_FILES
    if resource.RLIM_INFINITY != soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return replace(limits, connections=soft - SPARE_FILES)
    return limits


def server(app: ASGIApp, host: str, port: int, limits: Limits = DEFAULT) -> uvicorn.Server:
    """A server for the application that ends on SIGTERM when what it began is done."""
    config = uvicorn.Config(
        app,
        http=protocol(limits, load()),  # type: ignore[arg-type]
        proxy_headers=bool(limits.proxies),
        forwarded_allow_ips=[str(each) for each in limits.proxies],
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=DRAIN_S,
    )
    return uvicorn.Server(config)
