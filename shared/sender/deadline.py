"""时限 (the deadline): whoever is on the other side, a try ends in bounded time.

A time-out of a socket holds for each read. Who sends one byte now and then passes it for ever; so
the connection is cut at the end of the whole time.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer

EACH_S = 10.0
"""Seconds for each read and write."""
WHOLE_S = 25.0
"""Seconds for a whole try."""


class Overdue(OSError):
    """The whole time has run out."""


@contextmanager
def cut_after(seconds: float, connected: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Cut the connection after so many seconds. Raises Overdue for what fails because of it."""
    passed = False

    def cut() -> None:
        nonlocal passed
        passed = True
        if (there := connected()) is not None:
            with suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if passed:
            raise Overdue from error
        raise
    finally:
        timer.cancel()
    if passed:  # an answer that was cut off can look like a whole one
        raise Overdue
