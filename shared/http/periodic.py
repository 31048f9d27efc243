"""定期 (periodic work): done again and again by a thread of its own, for as long as a web runs."""

import threading
from collections.abc import Callable

LEAVE_S = 5.0


class Periodic:
    """定期: `work` is called every `pause` seconds. It must not raise."""

    def __init__(self, work: Callable[[], None], pause: float, name: str) -> None:
        self._work, self._pause = work, pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def begin(self) -> None:
        """Start."""
        self._thread.start()

    def close(self) -> None:
        """End; work that has begun may finish."""
        self._over.set()
        self._thread.join(LEAVE_S)

    def _run(self) -> None:
        while not self._over.wait(self._pause):
            self._work()
