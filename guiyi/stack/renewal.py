"""换口令 (new passwords): once they stand in their files, our servers learn them, then each part.

The files say what is to hold, so whatever was stopped half-way goes on at the next look, or at the
next start. A part is told by starting again, one after the other. Sessions that are open stay open;
what opens one with a former password meanwhile is refused, and tries again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psycopg2

from guiyi.stack.part import BEAT, LOOK, Part, State
from guiyi.stack.told import Told
from shared.broker.admin import BrokerAway
from shared.record.store import StoreError

PATIENCE_S = 60.0
"""How long the next part waits for one that does not come up."""
REASON = "has a new password"

log = logging.getLogger("supervisor")


@dataclass(slots=True)
class Renewal:
    """换口令: of one supervisor."""

    told: Told
    part: Callable[[str], Part]
    changed: Callable[[], None]
    waiting: Sequence[str] = ()
    """The parts that have to start again yet."""
    _seen: tuple[int, ...] = field(default=())

    async def run(self, started: "asyncio.Task[None]") -> None:
        """Look once in a beat, from when everything has started until cancelled."""
        self._seen = self._marks()
        await asyncio.wait({started})
        while True:
            await asyncio.sleep(BEAT)
            if (marks := self._marks()) != self._seen:
                self._wait_for([name for name, _ in self.told.plan.crew()])
                if not await self._broker_again():
                    continue
                try:
                    self._wait_for(await asyncio.to_thread(self.told.renew))
                except (psycopg2.Error, StoreError, BrokerAway, OSError, ValueError) as error:
                    log.warning("the servers cannot be told new passwords yet: %s", error)
                    continue
                self._seen = marks
                await self._all_again()

    async def _broker_again(self) -> bool:
        """Start our Kafka again if its controller has a new password; False: it is not up yet.

        It reads that one at its start alone. The administrator then comes in by it.
        """
        return not self.told.is_late_controller() or await self._again("kafka")

    async def _all_again(self) -> None:
        while self.waiting:
            name, *others = self.waiting
            await self._again(name)
            self._wait_for(others)

    async def _again(self, name: str) -> bool:
        """Start a part again; whether it is up before our patience ends."""
        self.part(name).start_again(REASON)
        for _ in range(round(PATIENCE_S / LOOK)):
            if not self.told.is_news_to(name) and self.part(name).state is State.UP:
                return True
            await asyncio.sleep(LOOK)
        return False

    def _wait_for(self, names: Sequence[str]) -> None:
        self.waiting = names
        self.changed()

    def _marks(self) -> tuple[int, ...]:
        secrets = self.told.plan.installation.secrets
        files = (secrets / "passwords.json", secrets / "kafka.json")
        return tuple(file.stat().st_mtime_ns for file in files if file.exists())
