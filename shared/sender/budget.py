"""额度 (the budget): how much one address was sent on a local day, whoever it belongs to.

It is counted by the address itself, so that one person with several papers is one person. What is
kept is a digest, in memory alone.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.notices.outbox import Row
from shared.sender.due import Outbox

LONGEST_DAY = timedelta(hours=26)
"""The longest local day, with an hour to spare."""


class Budget:
    """额度: by address, of the days that may still be today somewhere."""

    def __init__(self, outbox: Outbox, opened: Callable[[Row], str | None]) -> None:
        self._outbox = outbox
        self._opened = opened
        self._sent: dict[tuple[str, int], tuple[datetime, str]] = {}
        """By number and try: when, and the digest of the address."""
        self._known_to: datetime | None = None

    def spent(self, address: str, day_began: datetime) -> int:
        """How many notices the address was sent since then."""
        self._learn()
        digest = _digest(address)
        return sum(at >= day_began and to == digest for at, to in self._sent.values())

    def spend(self, number: str, attempt: int, address: str) -> None:
        """One more was sent just now: the outbox may not say so yet."""
        self._sent[number, attempt] = (self._outbox.now(), _digest(address))

    def _learn(self) -> None:
        """Count what others have sent, or this process before its start."""
        oldest = self._outbox.now() - LONGEST_DAY
        self._sent = {each: sent for each, sent in self._sent.items() if sent[0] >= oldest}
        since = max(oldest, self._known_to) if self._known_to is not None else oldest
        for row in self._outbox.sent_since(since):
            assert row.sent_at is not None
            self._known_to = row.sent_at
            place = (row.number, row.attempts)
            if place not in self._sent and (address := self._opened(row)) is not None:
                self._sent[place] = (row.sent_at, _digest(address))


def _digest(address: str) -> str:
    return hashlib.sha256("".join(address.split()).casefold().encode()).hexdigest()
