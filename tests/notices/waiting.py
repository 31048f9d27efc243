"""Waiting for a condition, for a bounded time."""

import time
from collections.abc import Callable

LONGEST_S = 20.0


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; fail if it does not."""
    end = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
