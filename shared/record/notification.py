"""唤醒 (waking the relays): told that facts were committed, they need not wait for their next look.

The word is sent outside the append's transaction: inside, its lock would let only one append commit
at a time. It may be lost; the relays look by themselves as well.
"""

from contextlib import suppress
from threading import Event, Thread

from shared.record.database import Connections, RawConnection
from shared.record.statements import execute
from shared.record.store import Unavailable
from shared.record.transaction import each_committed

CHANNEL = "guiyi_facts"
_PAUSE = 0.002
"""Words closer together than this are one word."""
_AWAY_PAUSE = 1.0


def notify(connection: RawConnection) -> None:
    """Tell the room's relays of committed facts, on a connection that is between transactions."""
    automatic = connection.autocommit
    connection.autocommit = True
    try:
        # Nobody waits for this word to reach the disk.
        execute(connection, f"BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {CHANNEL}; COMMIT")
    finally:
        if not connection.closed:
            connection.autocommit = automatic


class Notifier:
    """唤醒: tells the relays from a thread of its own, so that no command waits for it or fails."""

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
        """Tell nobody any more."""
        self._ended.set()
        self._asked.set()
        self._thread.join(timeout=5)
        self._connections.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._asked.wait()
            self._asked.clear()
            pause = _AWAY_PAUSE
            with suppress(Unavailable):
                self._tell()
                pause = _PAUSE
            self._ended.wait(pause)

    def _tell(self) -> None:
        with each_committed(self._connections) as db:
            notify(db.connection)
