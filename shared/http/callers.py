"""办事人 (callers): no caller takes all places of a web process, nor asks without end."""

from collections import Counter

from shared.decider import reason
from shared.http.problem import Problem
from shared.limits import Limits
from shared.rate import Rates

BURST_S = 10
"""Seconds over which the requests of a caller are averaged."""
_SOON = {"Retry-After": "1"}


class Callers:
    """办事人: how many requests of each caller are on their way, and how many came."""

    def __init__(self, limits: Limits) -> None:
        self._at_once = limits.caller_at_once
        self._rates = Rates(limits.caller_per_s, limits.caller_per_s * BURST_S)
        self._inside = Counter[str]()

    def enter(self, caller: str) -> None:
        """A request of the caller begins. Raises Problem if there are too many."""
        if self._inside[caller] >= self._at_once:
            raise _too_many(self._at_once)
        if not self._rates.take(caller):
            raise Problem(429, "request", reason("too-often"), headers=_SOON)
        self._inside[caller] += 1

    def leave(self, caller: str) -> None:
        """It has ended."""
        self._inside[caller] -= 1
        if not self._inside[caller]:
            del self._inside[caller]


class Strangers:
    """陌生人: who asks without a token, by the address that they ask from."""

    def __init__(self, limits: Limits) -> None:
        self._rates = Rates(limits.stranger_per_s, limits.stranger_per_s * BURST_S)

    def enter(self, address: str | None) -> None:
        """A request of a stranger begins. Raises Problem if the address asks too often."""
        if not self._rates.take(address):
            raise Problem(429, "request", reason("too-often"), headers=_SOON)


def _too_many(limit: int) -> Problem:
    return Problem(429, "request", reason("too-many-at-once", limit=limit), headers=_SOON)
