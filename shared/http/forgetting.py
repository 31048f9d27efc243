"""遗忘 (forgetting): remembered commands leave when nobody can be repeating them any more."""

import threading
from datetime import timedelta
from typing import Protocol

from shared import log
from shared.record.store import StoreError

LOG = log.logger("http")
PAUSE_S = 3600.0
LEAVE_S = 5.0


class Remembers(Protocol):
    """The part of a record that is asked here."""

    def forget_commands(self, keep: timedelta, limit: int = ...) -> int:
        """Rows of commands older than `keep` leave; how many did."""


class Forgetting:
    """遗忘: once an hour, in a thread of its own; what fails is tried at the next hour."""

    def __init__(self, record: Remembers, keep: timedelta, *, pause: float = PAUSE_S) -> None:
        self._record, self._keep, self._pause = record, keep, pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forgetting", daemon=True)

    def begin(self) -> None:
        """Start."""
        self._thread.start()

    def close(self) -> None:
        """End; what is under way may finish."""
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
