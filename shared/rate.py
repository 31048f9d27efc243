"""速率 (rates): how often each of many may do something, with room for a burst."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

REMEMBERED = 10_000
"""Of how many it is known what they have left; the one who was away longest is forgotten first."""


class Rates:
    """速率: so many each second for each key, and at first as many as `burst`."""

    def __init__(
        self, per_s: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> bool:
        """Whether there is one more for the key now; it is taken then."""
        now = self._clock()
        left, since = self._left.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_s)
        is_there = left >= 1
        self._left[key] = left - is_there, now
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return is_there
