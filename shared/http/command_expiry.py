"""命令过期 (expiry of idempotency keys): rows of old commands are deleted once an hour."""

from datetime import timedelta
from typing import Protocol

from shared import log
from shared.http.periodic import Periodic
from shared.record.store import StoreError

LOG = log.logger("http")
PAUSE_S = 3600.0


class Remembers(Protocol):
    """A record that can delete rows of old commands."""

    def forget_commands(self, keep: timedelta, limit: int = ...) -> int:
        """Delete rows of commands older than `keep`; how many were deleted."""


class CommandExpiry(Periodic):
    """命令过期: a failure is tried again an hour later."""

    def __init__(self, record: Remembers, keep: timedelta, *, pause: float = PAUSE_S) -> None:
        super().__init__(self._forget, pause, "command-expiry")
        self._record, self._keep = record, keep

    def _forget(self) -> None:
        try:
            gone = self._record.forget_commands(self._keep)
        except StoreError as error:
            LOG.warning("commands are not forgotten yet", reason=type(error).__name__)
        else:
            LOG.info("commands forgotten", rows=gone)
