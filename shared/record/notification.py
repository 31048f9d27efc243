"""唤醒 (notification of the relays): a relay that is told of new facts need not poll for them.

The notification is sent outside the transaction of the append. Inside, the lock of NOTIFY would
allow only one commit at a time. It may be lost, because the relays poll as well.
"""

from contextlib import suppress
from threading import Event, Thread

from shared.record.database import Connections
from shared.record.store import Unavailable
from shared.record.transaction import each_committed

CHANNEL = "guiyi_facts"
_NOTIFY = f"BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {CHANNEL}; COMMIT"
"""It does not wait for the disk, which a notification need not reach."""
_PAUSE = 0.002
"""Seconds between two notifications. Commits in between share the next one."""
_AWAY_PAUSE = 1.0


class Notifier:
    """唤醒: notifies the relays from a thread of its own. No command waits for it or fails."""

    def __init__(self, url: str) -> None:
        self._connections = Connections(url, 1)
        self._asked = Event()
        self._ended = Event()
        self._thread = Thread(target=self._run, name="waker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Facts were committed. Returns at once."""
        self._asked.set()

    def close(self) -> None:
        """Stop the thread."""
        self._ended.set()
        self._asked.set()
        self._thread.join(timeout=5)
        self._connections.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._asked.wait()
            self._asked.clear()
            pause = _AWAY_PAUSE
            with suppress(Unavailable), each_committed(self._connections) as db:
                db.execute(_NOTIFY)
                pause = _PAUSE
            self._ended.wait(pause)
