"""命令过期 (expiry of idempotency keys): rows of old commands are deleted once an hour."""

import threading
from datetime import timedelta
from typing import Protocol

from shared import log
from shared.record.store import StoreError

LOG = log.logger("http")
PAUSE_S = 3600.0
LEAVE_S = 5.0


class Remembers(Protocol):
    """A record that can delete rows of old commands."""

    def forget_commands(self, keep: timedelta, limit: int = ...) -> int:
        """Delete rows of commands older than `keep`; how many were deleted."""


class CommandExpiry:
    """命令过期: runs hourly in a thread of its own; a failure is tried again an hour later."""

    def __init__(self, record: Remembers, keep: timedelta, *, pause: float = PAUSE_S) -> None:
        self._record, self._keep, self._pause = record, keep, pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="command-expiry", daemon=True)

    def begin(self) -> None:
        """Start."""
        self._thread.start()

    def close(self) -> None:
        """End; a deletion that has begun may finish."""
        self._over.set()
        self._thread.join(LEAVE_S)

    def _run(self) -> None:
        while not self._over.wait(self._pause):
            try:
                gone = self._record.forget_commands(self._keep)
            except StoreError as error:
                LOG.warning("commands are not forgotten yet", reason=type(error).__name__)
            else:
                LOG.info("commands forgotten", rows=gone)
