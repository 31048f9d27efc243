"""The supervisor: starts the servers, makes what the rooms need, runs the rooms, and keeps all up.

Its children die with it, whatever kills it (launch.py). The state folder then has everything that
the next supervisor needs. What it knows is in `status.json`.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from functools import partial
from pathlib import Path

from guiyi.rooms import ROOMS
from guiyi.stack import postgres as stack_postgres
from guiyi.stack import program
from guiyi.stack.installation import AlreadyRunning, Installation, replace
from guiyi.stack.living import end_leftovers
from guiyi.stack.part import BEAT, Maker, Part, State, Waking
from guiyi.stack.plan import Plan
from guiyi.stack.postgres import SUPERUSER
from guiyi.stack.renewal import Renewal
from guiyi.stack.status import Status
from guiyi.stack.told import Told, make_databases, make_topics

log = logging.getLogger("supervisor")

ELSEWHERE = "is told of a port that is another now"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


@dataclass(slots=True)
class Supervisor:
    """One run of an installation. `told` is called for every change of a part."""

    plan: Plan
    told: Callable[[Part], None] = lambda _part: None
    fetched: tuple[int, int] = (0, 0)
    """How many of the broker's missing jars are downloaded, and how many were missing."""
    parts: list[Part] = field(default_factory=list)
    state: str = "starting"
    reason: str = ""
    _unwritten: bool = False
    """The status could not be written when it last changed."""
    _clock: Waking = field(default_factory=Waking)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _kept: list[asyncio.Task[None]] = field(default_factory=list)
    _told: Told = field(init=False)
    _renewal: Renewal = field(init=False)

    def __post_init__(self) -> None:
        self._told = Told(self.plan)
        self._renewal = Renewal(self._told, self._named, self._write)

    async def run(self) -> int:
        """Run until SIGTERM or SIGINT, then end everything in order. 0; 1 if it could not start."""
        installation = self.plan.installation
        installation.make(self.plan.rooms)
        with installation.alone():
            end_leftovers(installation)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self._over.set)
            try:
                return await self._until()
            finally:
                await self._stop()

    async def _until(self) -> int:
        ticking = asyncio.create_task(self._clock.run())
        writing = asyncio.create_task(self._write_later())
        started = asyncio.create_task(self._start())
        renewing = asyncio.create_task(self._renewal.run(started))
        waiting = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait({started, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if started.done() and (error := started.exception()) is not None:
                self._fail(error)
                return 1
            await waiting
            return 1 if self.state == "failed" else 0
        finally:
            tasks = (started, waiting, *self._kept, ticking, writing, renewing)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _fail(self, error: BaseException) -> None:
        self.state, self.reason = "failed", f"{type(error).__name__}: {error}"
        log.error("could not start", exc_info=error)
        self._write()

    async def _start(self) -> None:
        plan = self.plan
        self._told.begin()
        servers = ["postgres"] * plan.embeds_postgres + ["kafka"] * plan.embeds_kafka
        rooms = plan.crew()
        names = (*servers, *(name for name, _ in rooms))
        self.parts = [Part(name, self._clock, self._changed) for name in names]
        self._write()
        await asyncio.gather(self._databases(), self._topics())
        for name, role in rooms:
            self._keep(name, partial(self._of_a_room, name, role))
        await asyncio.gather(*(part.ready() for part in self.parts))
        self._look()

    async def _databases(self) -> None:
        if self.plan.embeds_postgres:
            await self._keep("postgres", self._postgres).ready()
        await asyncio.to_thread(make_databases, self.plan, self._told.ports, self._told.environment)

    async def _topics(self) -> None:
        if self.plan.embeds_kafka:
            await self._keep("kafka", self._kafka).ready()
        await asyncio.to_thread(make_topics, self.plan, self._told.ports, self._told.environment)

    async def _of_a_room(self, name: str, role: str) -> program.Program:
        return self.plan.program(self._told.environment, self._told.ports[name], name, role)

    async def _postgres(self) -> program.Program:
        return await asyncio.to_thread(
            stack_postgres.prepared,
            self.plan.installation.folder / "postgres",
            self.plan.installation.logs / "postgres.log",
            port=self._told.ports["postgres"],
            password=self.plan.installation.passwords()[SUPERUSER],
        )

    async def _kafka(self) -> program.Program:
        loop = asyncio.get_running_loop()

        def told(done: int, of: int) -> None:
            loop.call_soon_threadsafe(self._fetch, done, of)

        node = self.plan.node(self._told.ports)
        return await asyncio.to_thread(node.prepared, self.plan.partitions, told)

    def _named(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    def _fetch(self, done: int, of: int) -> None:
        self.fetched = (done, of)
        self._write()

    def _keep(self, name: str, made: Maker) -> Part:
        part = self._named(name)
        task = asyncio.create_task(part.keep(partial(self._made, part, made)))
        task.add_done_callback(self._let_go)
        self._kept.append(task)
        return part

    async def _made(self, part: Part, made: Maker) -> program.Program:
        """The program of a part, made anew if its ports or its settings are others now."""
        if part.program is not None:
            for name in self._told.lost(part.name):
                await self._move(name)
            if not self._told.is_news_to(part.name):
                return part.program
        kept = await made()
        marks = {"GUIYI_STATE": str(self.plan.installation.folder), "GUIYI_PART": part.name}
        self._told.tell(part.name)
        return changed(kept, environ={**kept.environ, **marks})

    async def _move(self, name: str) -> None:
        """Take another port, because a stranger has this one. Who was told of it starts again."""
        for other in await asyncio.to_thread(self._told.move, name):
            self._named(other).start_again(ELSEWHERE)

    def _let_go(self, task: asyncio.Task[None]) -> None:
        """A part is kept up until the end. If that fails by an error of ours, everything ends."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)
            self._over.set()

    def _changed(self, part: Part) -> None:
        log.info("%s is %s", part.name, part.state)
        self._look()
        self.told(part)

    def _look(self) -> None:
        if self.state in ("starting", "ready", "degraded"):
            up = all(part.state is State.UP for part in self.parts)
            self.state = "ready" if up else "starting" if self.state == "starting" else "degraded"
        self._write()

    async def _stop(self) -> None:
        """Rooms first, so that they can still write what they hold; then Kafka; then PostgreSQL."""
        if self.state != "failed":
            self.state = "stopping"
        order = ("kafka", "postgres")
        rooms = [part.name for part in self.parts if part.name not in order]
        for names in (rooms, *([name] for name in order)):
            await asyncio.gather(*(part.end() for part in self.parts if part.name in names))
        if self.state != "failed":
            self.state = "stopped"
        self._write()

    def _write(self) -> None:
        status: Status = {
            "state": self.state,
            "reason": self.reason,
            "pid": os.getpid(),
            "written_at": time.time(),
            "addresses": self.plan.addresses(self._told.ports) if self._told.ports else {},
            "fetched": self.fetched,
            "authority": self.plan.authority,
            "kafka": self._told.environment.get("KAFKA_BOOTSTRAP"),
            "renewing": list(self._renewal.waiting),
            "parts": [part.status() for part in self.parts],
        }
        try:
            replace(self.plan.installation.status_file, status)
        except OSError as error:
            if not self._unwritten:
                log.error("the status cannot be written, it is tried again: %s", error)  # noqa: TRY400
            self._unwritten = True
        else:
            self._unwritten = False

    async def _write_later(self) -> None:
        """Write the status again after it could not be written, as when the disk was full."""
        while True:
            await asyncio.sleep(BEAT)
            if self._unwritten:
                self._write()


def main(arguments: Sequence[str]) -> int:
    """`… supervisor STATE RELAYS WORKERS [ROOM…]`: what `guiyi up` runs. No room: all."""
    folder, relays, workers, *rooms = arguments
    installation = Installation(Path(folder))
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    log.setLevel(logging.INFO)
    plan = Plan(installation, rooms or ROOMS, relays=int(relays), workers=int(workers))
    try:
        return asyncio.run(Supervisor(plan).run())
    except AlreadyRunning as error:
        log.error("%s", error)  # noqa: TRY400 - two starts at once: no fault of the program
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
