"""世界 (the world): all rooms in memory, as their app.py wires them, asked over HTTP.

Built once, blank again for each story: what makes an application takes longer than a story does.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import Self

import httpx
from hypothesis import HealthCheck, settings

from guiyi.plain import JsonObject
from guiyi.play.case import Rooms, sent_as
from guiyi.play.people import Person
from guiyi.rooms import FIRST_OPERATOR, wiring
from shared.decider import Document
from shared.document import Around, Recurring, Timer
from shared.http.application import application
from shared.http.dependencies import Dependencies
from shared.limits import Limits
from shared.policy import CORE, Core
from shared.policy.source import read
from shared.room import Room
from shared.worker.commands_owed import CommandContext, order_of
from shared.worker.plan import PlannedCommand
from tests.memory_files import MemoryFiles
from tests.memory_keys import memory_keys
from tests.memory_openings import MemoryOpenings
from tests.memory_views import MemoryViews
from tests.shared.http_desk import POLICIES, Client
from tests.world.people import BRANCH, KNOWN, caller
from tests.world.post import Box, Post
from tests.world.record import BEGIN, Clock, Desk, Page

WHATEVER = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
"""How whatever may happen in a world is tried: the same in every run."""
UNHURRIED = Limits(caller_per_s=1_000_000)
"""A day of a story takes no time here: whoever looks at everything would ask too often."""
ROOMS = ("intake", "dispatch", "inventory", "followup")


class World(Rooms):
    """世界: `with World() as world:`; `world.blank()` before each story."""

    branch = BRANCH

    def __init__(self) -> None:
        self.clock = Clock()
        self.pace = timedelta(0)
        """How long it takes until the next command."""
        self.policy: Core = read(POLICIES / CORE, Core)
        self.rooms: Mapping[str, Room] = {name: wiring(name) for name in ROOMS}
        self.pages = {name: Page(name, self.clock) for name in ROOMS}
        self.tokens = dict(KNOWN)
        """Who speaks by a token; here the token is their number."""
        self.in_place_of: Person | None = None
        """For whom whoever asks stands in, by a delegation."""
        self._keys = memory_keys()
        self.desks = {
            name: Desk(self.pages[name], room.papers, self._keys)
            for name, room in self.rooms.items()
        }
        self.views = {name: self._views(name) for name in ROOMS}
        self.files = {name: MemoryFiles() for name in ROOMS}
        self._clients: dict[str, Client] = {}
        self._begin: dict[str, Page] = {}
        self._heard: Post | None = None
        self._documents: dict[str, dict[tuple[str, str], Document]] = {}
        self._open = ExitStack()
        self.blank()

    def __enter__(self) -> Self:
        for name, room in self.rooms.items():
            client = Client(application(room, self._fittings(name)))
            self._open.callback(client.close)
            self._clients[name] = client
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __repr__(self) -> str:
        return "the world"

    def blank(self) -> Self:
        """Nothing has happened yet but what `begin_here` kept, and every room has heard of that."""
        self.clock.now, self.pace = BEGIN, timedelta(0)
        for name, page in self.pages.items():
            page.blank(self._begin.get(name))
        for name, views in self.views.items():
            views.documents.clear()
            views.documents.update(self._documents.get(name, {}))
        self.post = Post({name: self._box(name) for name in ROOMS})
        if self._heard is None:
            self.post.collect()
        else:
            self.post.go_on(self._heard)
        self._last: tuple[httpx.Response, Callable[[], httpx.Response]] | None = None
        self._fired: set[tuple[str, str, datetime]] = set()
        self._keys_used = itertools.count(sum(len(page.whole) for page in self.pages.values()))
        return self

    def begin_here(self) -> None:
        """What has become true so far is so, and heard of, whenever the world begins again."""
        self.post.deliver_all()
        self._heard = self.post
        self._documents = {name: dict(views.documents) for name, views in self.views.items()}
        self._begin = {name: page.copied() for name, page in self.pages.items()}

    @property
    def now(self) -> datetime:
        """The time it is."""
        return self.clock.now

    def does(
        self,
        who: Person,
        room: str,
        path: str,
        body: JsonObject,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """As Rooms.does; it is no earlier than `at` anywhere afterwards."""
        if at is not None:
            self.clock.reach(at)
        self.clock.pass_on(self.pace)
        key = key or f"k-{next(self._keys_used)}"
        answer = super().does(who, room, path, body, at=at, key=key)
        self.post.collect()
        if answer.is_success:
            self._last = answer, partial(super().does, who, room, path, body, at=at, key=key)
        return answer

    def does_again(self) -> tuple[httpx.Response, httpx.Response] | None:
        """The last command that was taken, sent once more: what was answered, and what now."""
        if self._last is None:
            return None
        answer, again = self._last
        return answer, again()

    def moments(self) -> Iterator[None]:
        """As Rooms.moments: now, and after each milestone that arrives."""
        yield
        while self.post.waiting:
            self.post.deliver()
            yield

    def in_force(self, _branch: str, _at: datetime) -> Core:
        """The policy, whoever asks."""
        return self.policy

    def fire(self) -> None:
        """What fell due by now, once for each moment."""
        for name, room in self.rooms.items():
            for timer in room.timers:
                if isinstance(timer, Timer):
                    self._fire(name, timer)
                else:
                    self._come_round(name, timer)
        self.post.collect()

    def _fire(self, name: str, timer: Timer) -> None:
        box, dues = self.post.boxes[name], []
        for row in self.views[name]._folded(timer.view).values():
            fired = (timer.name, row.stream, row.due)
            if self._is_due(timer, row.due) and fired not in self._fired:
                self._fired.add(fired)
                ticket = getattr(row, "ticket", None)
                asking = CommandContext(
                    f"timer:{timer.name}", self.clock.now, row.branch, ticket, ""
                )
                around = Around(
                    self.policy, self.views[name].first_rows, self.views[name].documents_of
                )
                if (owed := timer.owed(row, around if timer.looks_at else None)) is None:
                    continue
                id_ = timer.command_id(row.stream, row.due)
                dues.append(
                    PlannedCommand(timer.name, 0, order_of(id_, owed, asking, self.in_force))
                )
        box.decide(dues)

    def _is_due(self, timer: Timer, due: datetime | None) -> bool:
        now, good_for = self.clock.now, timer.good_for
        return due is not None and due <= now and (good_for is None or now - due < good_for)

    def _come_round(self, name: str, timer: Recurring) -> None:
        """The newest date of a schedule since the world began, once for each row."""
        dues, now = [], self.clock.now
        for row in self.views[name]._folded(timer.view).values():
            found = timer.last(self.policy, row, now)
            if found is None or found.due <= BEGIN:
                continue
            fired = (timer.name, row.stream, found.due)
            if fired not in self._fired and (owed := timer.owes(row, found)) is not None:
                self._fired.add(fired)
                asking = CommandContext(f"timer:{timer.name}", now, row.branch, None, "")
                id_ = timer.command_id(row.stream, found.day)
                dues.append(
                    PlannedCommand(timer.name, 0, order_of(id_, owed, asking, self.in_force))
                )
        self.post.boxes[name].decide(dues)

    def room_of(self, answer: httpx.Response) -> str:
        """Who gave the answer."""
        return answer.request.url.host

    @property
    def parked(self) -> Sequence[str]:
        """What reactions could not do, in any room."""
        return [each for box in self.post.boxes.values() for each in box.parked]

    def call(
        self,
        who: Person,
        room: str,
        method: str,
        path: str,
        body: JsonObject | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """As Rooms.call."""
        sent = {"Authorization": f"Bearer {who.id}", **(headers or {})}
        if self.in_place_of is not None and "Idempotency-Key" in sent:
            sent["X-Acting-For"] = self.in_place_of.id
        url = f"http://{room}{path}"
        return self._clients[room].request(method, url, headers=sent, **sent_as(body))

    def opens(self, room: str, path: str, body: JsonObject) -> httpx.Response:
        """As Rooms.opens."""
        answer = self._clients[room].request("POST", f"http://{room}{path}", json=body)
        self.post.collect()
        return answer

    def _views(self, name: str) -> MemoryViews:
        return MemoryViews(self.pages[name], self._keys)

    def _fittings(self, name: str) -> Dependencies:
        return Dependencies(
            handler=self.desks[name],
            views=self.views[name],
            read_token=lambda number: caller(self.tokens[number]),
            first_operators=frozenset({FIRST_OPERATOR}),
            files=self.files[name],
            openings=MemoryOpenings(),
            policy_dir=POLICIES,
            clock=lambda: self.clock.now,
            limits=UNHURRIED,
        )

    def _box(self, name: str) -> Box:
        return Box(
            self.rooms[name],
            self.desks[name],
            self.pages[name],
            self.views[name].documents,
            self.in_force,
            self.clock,
        )
