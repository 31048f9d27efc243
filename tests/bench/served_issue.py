"""Issues over HTTP: a keeper draws pieces of a part at a web process that a server runs."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import httpx
import structlog

from guiyi.play.evidence import drawing
from services.inventory.app import room
from shared.config import Settings
from shared.http.entrypoint import server
from shared.personal.digest import Digester
from shared.record.database import engine
from shared.record.postgres import Record
from shared.worker.startup import make_tables
from tests.fuzz.served import HearingViews
from tests.inventory.example import WORK_ORDER
from tests.memory_keys import memory_keys
from tests.shared.http_desk import WebDesk, web_desk

UP_S = 30.0


@contextmanager
def served(settings: Settings, record: Record) -> Iterator[tuple[WebDesk, str]]:
    """The room at an address, on a record that is there; nobody fills its views or log."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    worker = engine(settings.worker_url)
    make_tables(worker, room.name, room.views, room.timers)
    worker.dispose()
    digester = Digester(memory_keys().master)
    views = HearingViews(settings.runtime_url, room.name, digester, connections=3)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        stack.callback(views.close)
        fitted: dict[str, Any] = {"views": views}
        desk = stack.enter_context(web_desk(room, Path(folder), record, **fitted))
        running = server(desk.client.app, "127.0.0.1", 0)
        thread = Thread(target=running.run, daemon=True)
        thread.start()
        until = time.monotonic() + UP_S
        while not running.started and time.monotonic() < until:
            thread.join(0.01)
        port = running.servers[0].sockets[0].getsockname()[1]
        yield desk, f"http://127.0.0.1:{port}"
        running.should_exit = True
        thread.join(timeout=UP_S)


def heard_of(desk: WebDesk, note: str) -> None:
    """The room has heard of the order of a note."""
    ticket = note.removesuffix("-C1")
    order = f"{ticket}-W1"
    known = replace(WORK_ORDER, number=order, ticket=ticket, notes=())
    desk.views.documents["dispatch", f"work_order-{order}"] = known


def issuing(
    desk: WebDesk, client: httpx.Client, keeper: str, note: str, body: dict[str, Any]
) -> Callable[[], object]:
    """An issue that is ready to be sent, with what its recipient has drawn; the note is out."""
    token = desk.headers(keeper)
    sheet = desk.post(f"/v1/issue-notes/{note}/issue-sheets", _drawn(body), keeper)
    kept = desk.bring(note, drawing(), keeper).raise_for_status().json()
    evidence = {"name": "签字.png", **kept}
    signed = {**body, "content": sheet.raise_for_status().json()["content"], "evidence": evidence}
    headers = {**token, "Idempotency-Key": f"issue-{note}"}

    def send() -> None:
        path = f"/v1/issue-notes/{note}/issues"
        client.post(path, json=signed, headers=headers).raise_for_status()

    return send


def _drawn(body: dict[str, Any]) -> dict[str, Any]:
    """What of it stands on the sheet that is signed."""
    return {name: body[name] for name in ("part", "quantity", "serials")}
