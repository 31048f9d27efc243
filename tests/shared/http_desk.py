"""A whole web role in memory for stories of the HTTP shell: record, keys, views, tokens, clock."""

import asyncio
import itertools
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import httpx
from fastapi import FastAPI

from guiyi.rooms import FIRST_OPERATOR
from services.intake.cards import Card, stream_of
from services.intake.registers import Change, Register
from shared.decider import Asked
from shared.events.cards import (
    BranchCard,
    BranchDocument,
    CustomerCard,
    PersonCard,
    PersonDocument,
)
from shared.events.values import ALL_BRANCHES, CustomerKind, Role
from shared.handle import CommandEnvelope, Handler, Rehearsal, handle
from shared.http.application import Reasons, Watch, application
from shared.http.dependencies import Dependencies
from shared.http.registers import REGISTER
from shared.limits import DEFAULT
from shared.personal.keys import Keys
from shared.record.store import Store
from shared.room import Room
from shared.token import make_key_pair, make_token, read_token
from tests.memory_files import MemoryFiles
from tests.memory_keys import memory_keys
from tests.memory_openings import MemoryOpenings
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.told import tell

POLICIES = Path(__file__).parents[2] / "deploy" / "policies"


class Client:
    """Asks an application from any thread, over no network; what it does not answer is a 500."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://desk")
        self._loop, self._closed = asyncio.new_event_loop(), asyncio.Event()
        self._thread = Thread(target=self._run, name="desk", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        """Run as a server does, in one task: with it end the threads that answer, not with each."""
        self._loop.run_until_complete(self._closed.wait())

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        asked = self._http.request(method, path, **sent)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result(timeout=60)

    def loop_cpu(self) -> float:
        """Seconds that the thread with the event loop has worked."""

        async def told() -> float:
            return time.thread_time()

        return asyncio.run_coroutine_threadsafe(told(), self._loop).result(timeout=60)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._http.aclose(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._closed.set)
        self._thread.join(timeout=10)
        self._loop.close()


@dataclass
class WebDesk:
    """网上受理台: asks a room as somebody, each command with a key of its own."""

    client: Client
    store: Store
    keys: Keys
    watch: Watch
    private_key: Path
    views: MemoryViews
    handler: Handler
    files: MemoryFiles
    openings: MemoryOpenings
    woken: list[None] = field(default_factory=list)
    _entered: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def token(
        self,
        actor: str = "clerk-1",
        roles: Collection[str] = ("clerk",),
        branches: Collection[str] = ("HZ",),
        ttl: timedelta = timedelta(hours=1),
        at: datetime | None = None,
    ) -> str:
        return make_token(self.private_key, actor, roles, branches, ttl, now=at)

    def staff(
        self,
        actor: str = "clerk-1",
        roles: Collection[str] = ("clerk",),
        branches: Collection[str] = ("HZ",),
        **more: Any,
    ) -> str:
        """The token of somebody whose card says the same.

        The room that keeps the register takes the card as a command, any other has heard of it.
        """
        card = PersonCard(actor, "某人", tuple(map(Role, roles)), tuple(branches), **more)
        if self.store.room != REGISTER:
            self.views.documents[REGISTER, f"person-{actor}"] = PersonDocument(card)
            for branch in branches:
                known = BranchDocument(BranchCard(branch, branch))
                self.views.documents.setdefault((REGISTER, f"branch-{branch}"), known)
            return self.token(actor, roles, branches)
        for branch in branches:
            if branch != ALL_BRANCHES:
                self._register(BranchCard(branch, branch))
        self._register(card)
        return self.token(actor, roles, branches)

    def caller(self, roles: Collection[str], ttl: timedelta = timedelta(hours=1)) -> str:
        """The token of somebody at HZ01 who has these roles, entered when they first ask."""
        actor = f"X-{'-'.join(sorted(each[:4] for each in roles))}".upper()
        if actor not in self._entered:
            self._entered.add(actor)
            if set(roles) != {Role.CUSTOMER}:
                self.staff(actor, roles, ["HZ01"])
            elif self.store.room == REGISTER:
                self._register(CustomerCard(actor, "某单位", CustomerKind.UNIT))
        return self.token(actor, roles, ["HZ01"], ttl)

    def _register(self, card: Card) -> None:
        stream = stream_of(card)
        known = Rehearsal(self.handler).folded(stream)
        if known.version and isinstance(card, BranchCard):
            return
        command = Change(card) if known.version else Register(card)
        asked = Asked(stream, FIRST_OPERATOR, frozenset({Role.OPERATOR}), datetime.now(UTC), "HZ01")
        handle(self.handler, CommandEnvelope(uuid4(), command, asked))

    def headers(self, token: str | None = None, **more: str) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {token or self.token()}", **named}

    def bring(
        self, paper: str | None, content: bytes, token: str | None = None, *, strip: bool = False
    ) -> httpx.Response:
        """A file is brought for a paper, or for one that is to be made."""
        asked = [f"paper={paper}"] * bool(paper) + ["strip=1"] * strip
        path = f"/v1/files?{'&'.join(asked)}"
        sent = self.headers(token, **{"Content-Type": "image/png"})
        return self.client.request("POST", path, content=content, headers=sent)

    def post(self, path: str, body: Any, token: str | None = None, **more: str) -> httpx.Response:
        more.setdefault("Idempotency_Key", f"key-{next(self._numbers)}")
        return self.client.request("POST", path, json=body, headers=self.headers(token, **more))

    def change(self, path: str, body: Any, token: str | None = None, **more: str) -> httpx.Response:
        """Replace a card as somebody does who has just read it."""
        more.setdefault("If_Match", self.seen(path))
        place, mark, query = path.partition("?")
        return self.post(f"{place}/changes{mark}{query}", body, token, **more)

    def seen(self, path: str) -> str:
        """The tag of the card at a path, as it stands."""
        register, number = path.partition("?")[0].removeprefix("/v1/").split("/", 1)
        prefix = {"people": "person", "branches": "branch"}.get(register, register[:-1])
        stream = f"{prefix}-{unquote(number)}"
        return f'"{Rehearsal(self.handler).folded(stream).version}"'

    def get(self, path: str, token: str | None = None, **more: str) -> httpx.Response:
        return self.client.request("GET", path, headers=self.headers(token, **more))


@contextmanager
def web_desk(
    room: Room,
    folder: Path,
    store: Store | None = None,
    reasons: Sequence[Reasons] = (),
    **fitted: Any,
) -> Iterator[WebDesk]:
    private, public = folder / "token.pem", folder / "token.pub"
    make_key_pair(private, public)
    record = store or Memory(room.name)
    keys, watch = memory_keys(), Watch(reasons)
    woken: list[None] = []
    views = fitted.pop("views", None) or MemoryViews(record, keys)
    handler = Handler(record, room.papers, keys)
    files, openings = MemoryFiles(), MemoryOpenings()
    dependencies = Dependencies(
        handler=handler,
        views=views,
        read_token=lambda text: read_token(text, [public]),
        first_operators=frozenset({FIRST_OPERATOR}),
        files=files,
        openings=openings,
        wake=lambda: woken.append(None),
        policy_dir=POLICIES,
        limits=replace(DEFAULT, stranger_per_s=1_000),
    )
    client = Client(application(room, replace(dependencies, **fitted), watch))
    try:
        yield WebDesk(client, record, keys, watch, private, views, handler, files, openings, woken)
    finally:
        client.close()


def asked_too_often(desk: WebDesk, path: str) -> Sequence[httpx.Response]:
    """All answers to odd words, until one says something new; a slow machine asks more often."""
    told: list[httpx.Response] = []
    while len(told) < 500 and (not told or told[-1].status_code == told[0].status_code):
        told.append(desk.client.request("POST", path, json={"word": f"{len(told)}"}))
    return told


def codes(response: httpx.Response) -> list[str]:
    """The broken rules a problem names, having seen that it is a whole problem."""
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    assert told["type"].startswith("urn:guiyi:problem:")
    assert told["title"]
    assert told["detail"]
    assert all(each["zh"] and each["en"] for each in told["reasons"])
    broken = [each["code"] for each in told["reasons"]]
    tell(*broken)
    return broken
