"""同时 (together): several play at once, by one clock that goes on when nobody is busy any more."""

from collections.abc import Callable
from datetime import datetime
from threading import Condition

LOOK = 1.0
"""How often whoever waits looks whether it has to go on waiting."""


class Stopped(Exception):
    """Somebody else failed or was interrupted; what is left is not played."""


class Together:
    """同时: so many play; `go_on` lets time go by until a moment at least, and is called by one."""

    def __init__(
        self, players: int, now: Callable[[], datetime], go_on: Callable[[datetime], None]
    ) -> None:
        self._players, self._now, self._go_on = players, now, go_on
        self._wanted: list[datetime] = []
        self._changed = Condition()
        self._is_stopped = False

    def reach(self, moment: datetime) -> None:
        """Wait until then: everybody else has done what comes before. Raises Stopped."""
        with self._changed:
            self._wanted.append(moment)
            while not self._is_stopped and moment > self._now():
                # Whose moment has come is busy, whether or not they have noticed it yet.
                waiting = [each for each in self._wanted if each > self._now()]
                if len(waiting) == self._players:
                    self._go_on(min(waiting))
                    self._changed.notify_all()
                else:
                    self._changed.wait(LOOK)
            self._wanted.remove(moment)
            if self._is_stopped:
                raise Stopped

    def leave(self) -> None:
        """One of them has come to the end: nobody waits for them."""
        with self._changed:
            self._players -= 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Whoever waits, or would, is told to stop."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
