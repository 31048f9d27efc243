"""安装核对 (schema gate): no request is taken before the database was compared with the program.

Schema, room and partition count are compared at every start. While the database is away nothing
can be compared: the process answers 503 and tries again in a thread of its own.
"""

import threading
from collections.abc import Callable, Sequence

from shared import log
from shared.record.schema import SchemaDiffers
from shared.record.store import Unavailable

LOG = log.logger("http")
PAUSE_S = 1.0
LEAVE_S = 5.0


class SchemaGate:
    """安装核对: `check` raises SchemaDiffers or Unavailable; `end` ends a running process."""

    def __init__(
        self, check: Callable[[], None], end: Callable[[], None], *, pause: float = PAUSE_S
    ) -> None:
        self.is_known = False
        """Whether the database was compared and fits this program."""
        self.differs: SchemaDiffers | None = None
        self._check, self._end, self._pause = check, end, pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schema-gate", daemon=True)

    def begin(self) -> None:
        """Compare now, or as soon as the database answers. Raises SchemaDiffers."""
        if not self._ask():
            self._thread.start()

    def close(self) -> None:
        """Stop trying."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(LEAVE_S)

    def unready(self) -> Sequence[str]:
        """Why the room takes no requests yet; empty if it does."""
        return [] if self.is_known else ["the database was not compared with this program yet"]

    def _ask(self) -> bool:
        try:
            self._check()
        except Unavailable as error:
            LOG.warning("not compared yet, trying again", reason=str(error))
            return False
        self.is_known = True
        return True

    def _run(self) -> None:
        while not self._over.wait(self._pause):
            try:
                if self._ask():
                    return
            except SchemaDiffers as error:
                self.differs = error
                self._end()
                return
