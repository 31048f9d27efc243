"""One supervised child: started, probed every second, killed when it is silent, started again."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from subprocess import Popen
from typing import TypeAlias

import psutil

from guiyi.stack import program
from guiyi.stack.program import Program, Pulse
from guiyi.stack.status import PartStatus

BEAT = 1.0
SILENCE = 6.0
FIRST_DELAY = 0.5
LONGEST_DELAY = 15.0
WELL_AFTER = 60.0
LOOK = 0.2

log = logging.getLogger("supervisor")


Maker: TypeAlias = Callable[[], Awaitable[Program]]
"""Makes the program as it is to be started now."""


class State(StrEnum):
    """What a part is doing. An `unready` part is alive but cannot do its work yet."""

    WAITING = "waiting"
    STARTING = "starting"
    UNREADY = "unready"
    UP = "up"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Waking:
    """A clock that stands still while this process does not run: stopped, swapped out, without CPU.

    While the supervisor sleeps, its children are not counted as silent.
    """

    def __init__(self) -> None:
        self.now = 0.0

    async def run(self) -> None:
        """Tick until cancelled."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(LOOK)
            now = time.monotonic()
            self.now += min(now - last, 5 * LOOK)
            last = now


@dataclass(slots=True)
class Part:
    """A program and its present child. `changed` is called after every change of its state."""

    name: str
    clock: Waking
    changed: "Callable[[Part], None]"
    program: Program | None = None
    state: State = State.WAITING
    restarts: int = 0
    reason: str = ""
    """Why it was last started again."""
    since: float = field(default_factory=time.time)
    _leaves: str = ""
    """Why the child is to be ended now."""
    _child: "Popen[bytes] | None" = None
    _created: float = 0.0
    _delay: float = FIRST_DELAY
    _up: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self, made: Maker) -> None:
        """Run it until this task is cancelled; the child then still runs and waits for `end`."""
        while True:
            self.reason, well = await self._run(made)
            self.restarts += 1
            self._turn(State.RESTARTING)
            if well >= WELL_AFTER:
                self._delay = FIRST_DELAY
            log.warning("%s %s; restart in %.1f s", self.name, self.reason, self._delay)
            await asyncio.sleep(self._delay)
            self._delay = min(2 * self._delay, LONGEST_DELAY)

    async def ready(self) -> None:
        """Return when it serves."""
        await self._up.wait()

    async def end(self) -> None:
        """End the child: ask it first, then kill it."""
        if self._child is not None and self.program is not None:
            self._turn(State.STOPPING)
            await asyncio.to_thread(program.end, self.program, self._child)
        self._turn(State.STOPPED)

    def status(self) -> PartStatus:
        """What status.json says of it."""
        return {
            "name": self.name,
            "state": self.state.value,
            "pid": self._child.pid if self._child and self._child.returncode is None else None,
            "created": self._created,
            "port": self.program.port if self.program else None,
            "restarts": self.restarts,
            "reason": self.reason,
            "since": self.since,
            "log": str(self.program.log) if self.program else None,
        }

    def start_again(self, reason: str) -> None:
        """End the child and start it again, because of this reason."""
        self._leaves = reason

    async def _run(self, made: Maker) -> tuple[str, float]:
        """One life of the child: why it ended, and for how many seconds it was healthy."""
        if self.program is None:
            self.program = await made()  # what cannot be made at the first start ends everything
        try:
            self.program = kept = await made()
            self._leaves = ""
            self._child = program.start(kept)
            self._created = psutil.Process(self._child.pid).create_time()
        except (OSError, LookupError, psutil.Error, program.ChildFailed) as error:
            return f"could not be started: {error}", 0.0
        self._turn(State.STARTING)
        ended = await self._watch(kept, self._child)
        if self._leaves:  # it is well, so it may finish what it has begun
            await asyncio.to_thread(program.end, kept, self._child)
        await asyncio.to_thread(self._kill)
        return ended

    async def _watch(self, kept: Program, child: "Popen[bytes]") -> tuple[str, float]:
        """Watch it until it dies or does not answer."""
        began = heard = self.clock.now
        patience = kept.start_seconds
        while (code := child.poll()) is None:
            if self._leaves:
                return self._leaves, heard - began
            silent = self.clock.now - heard
            if silent > patience:
                return f"was silent for {silent:.0f} s", heard - began
            pulse = await program.heard(kept, max(BEAT, patience - silent))
            if pulse is Pulse.READY or (pulse is Pulse.BUSY and kept.is_server):
                heard = self.clock.now
            if pulse is Pulse.READY:
                patience = SILENCE
                program.trim(kept.log)
                self._turn(State.UP if await program.can_work(kept) else State.UNREADY)
            await self._rest(child, BEAT if self.state is State.UP else LOOK)
        return f"ended with {code}", heard - began

    async def _rest(self, child: "Popen[bytes]", seconds: float) -> None:
        """Wait for the next beat, or until the child is gone."""
        for _ in range(round(seconds / LOOK)):
            if child.poll() is not None:
                return
            await asyncio.sleep(LOOK)

    def _kill(self) -> None:
        assert self._child is not None
        program.kill([*program.family(self._child.pid), *program.session(self._child.pid)])
        self._child.wait(10)

    def _turn(self, state: State) -> None:
        if state is not self.state:
            self.state, self.since = state, time.time()
            self._up.set() if state is State.UP else self._up.clear()
            self.changed(self)
