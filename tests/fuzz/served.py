"""A room on PostgreSQL that is served over HTTP, as a web process serves it, with its limits."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from shared.decider import Document
from shared.http.entrypoint import server
from shared.http.views import TableViews
from shared.personal.digest import Digester
from shared.record.database import engine as make_engine
from shared.record.postgres import Record
from shared.room import Room
from shared.worker.startup import make_tables
from tests.memory_keys import memory_keys
from tests.servers import Servers
from tests.shared.http_desk import WebDesk, web_desk
from tests.shared.recording import open_gate

COUNTED = re.compile(r'guiyi_http_seconds_count\{.*status="(\d+)"\} (\d+)')


@dataclass(frozen=True)
class ServedRoom:
    """A room that answers at an address."""

    desk: WebDesk
    url: str

    def answers(self) -> Mapping[int, int]:
        """How many requests were answered so far, by status."""
        found: dict[int, int] = {}
        told = httpx.get(f"{self.url}/metrics").text
        for status, count in COUNTED.findall(told):
            found[int(status)] = found.get(int(status), 0) + int(count)
        return found


@contextmanager
def served_room(servers: Servers, room: Room, folder: Path) -> Iterator[ServedRoom]:
    """Its record and views are in a database of its own, which is dropped in the end."""
    with ExitStack() as stack:
        fitted = on_postgres(servers, stack, room)
        desk = stack.enter_context(web_desk(room, folder, **fitted))
        running = server(desk.client.app, "127.0.0.1", 0)
        thread = Thread(target=running.run, daemon=True)
        thread.start()
        while not running.started:
            thread.join(0.01)
        port = running.servers[0].sockets[0].getsockname()[1]
        yield ServedRoom(desk, f"http://127.0.0.1:{port}")
        running.should_exit = True
        thread.join(timeout=30)


class HearingViews(TableViews):
    """Views of a room that has heard of the documents that a test names."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.documents: dict[tuple[str, str], Document] = {}

    def document(self, room: str, stream: str) -> Document:
        return self.documents.get((room, stream)) or super().document(room, stream)


def on_postgres(servers: Servers, stack: ExitStack, room: Room) -> Mapping[str, Any]:
    """What a desk is fitted with so that it asks a database, with views that nobody fills."""
    config = servers.make_database(room.name)
    stack.callback(servers.drop, config)
    open_gate(config)
    engine = make_engine(config.worker_url)
    make_tables(engine, room.name, room.views, room.timers)
    engine.dispose()
    record = Record(config.runtime_url, room.name, config.partitions)
    stack.callback(record.close)
    digester = Digester(memory_keys().master)
    views = HearingViews(config.runtime_url, room.name, digester, connections=3)
    stack.callback(views.close)
    return {"store": record, "views": views}
