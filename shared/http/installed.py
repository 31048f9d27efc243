"""安装核对 (the installation's check): no command is taken before the database is known as ours.

Schema, room and partition count are compared at every start. While the database is away nothing
can be compared: the process answers 503 and goes on asking, in a thread of its own.
"""

import threading
from collections.abc import Callable, Sequence

from shared import log
from shared.record.migrations import SchemaDiffers
from shared.record.store import Unavailable

LOG = log.logger("http")
PAUSE_S = 1.0
LEAVE_S = 5.0


class Installed:
    """安装核对: `check` raises SchemaDiffers or Unavailable; `end` is called if it differs late."""

    def __init__(
        self, check: Callable[[], None], end: Callable[[], None], *, pause: float = PAUSE_S
    ) -> None:
        self.is_known = False
        """Whether the database was compared and is the one this program is made for."""
        self.differs: SchemaDiffers | None = None
        self._check, self._end, self._pause = check, end, pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="installed", daemon=True)

    def begin(self) -> None:
        """Compare now, or as soon as the database answers. Raises SchemaDiffers."""
        if not self._ask():
            self._thread.start()

    def close(self) -> None:
        """Ask no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(LEAVE_S)

    def unready(self) -> Sequence[str]:
        """Why the room takes nothing yet, if it does not."""
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
