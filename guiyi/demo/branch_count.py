"""另算 (counting again): what the months came to, from the journals and the letters alone."""

import time
from collections.abc import Iterable, Sequence
from itertools import chain

from guiyi.access import Access
from guiyi.demo.journals import journals
from guiyi.demo.post import Letters
from guiyi.demo.proof import Gauges
from guiyi.demo.screen import Screen
from guiyi.recount import notices, verdict
from guiyi.speech import say

SENT_SECONDS = 60.0
LOOK = 0.5
SHOWN = 10
"""Of what differs, so much is shown."""


class Recount:
    """另算: of one installation, once nobody does anything any more."""

    def __init__(self, access: Access, gauges: Gauges, screen: Screen, letters: Letters) -> None:
        self._access, self._gauges, self._screen = access, gauges, screen
        self._letters = letters
        self.records = self._heard_of_all_notices()
        self.every = [*chain.from_iterable(self.records.values())]

    def agreeing(self) -> dict[str, bool]:
        """By what was counted, whether it agrees; what does not is shown."""
        records = self.records
        return {
            "balanced": self._agrees("balanced", verdict.unbalanced(records)),
            "report_agrees": self._agrees("report", self._reports()),
            "stocktake_agrees": self._agrees("stocktake", verdict.stocktake_differs(records)),
            "claims_agree": self._agrees("claims", verdict.claims_differ(records)),
            "notices_agree": self._agrees(
                "notices", notices.differing(self.every, self._letters.texts)
            ),
        }

    def _reports(self) -> Iterable[str]:
        """Of every month that was closed."""
        token, closed = self._access.token(), self._closed()
        for store, period in closed:
            shown = self._access.get("inventory", f"/v1/consumption/{store}/{period}", token)
            yield from verdict.report_differs(self.records, shown)
        if not closed:
            yield "no month was closed"

    def _closed(self) -> Sequence[tuple[str, str]]:
        closings = [each for each in self.records["inventory"] if each.type == "PeriodClosed"]
        return [(each.data["store"], each.data["period"]) for each in closings]

    def _heard_of_all_notices(self) -> verdict.Records:
        """The records, once nothing waits to be sent any more, or no longer than a minute."""
        limit = time.monotonic() + SENT_SECONDS
        while any(self._owed(room) for room in self._gauges.rooms) and time.monotonic() < limit:
            time.sleep(LOOK)
        self._gauges.calm(lambda _now: None)
        return journals(self._gauges.settings)

    def _owed(self, room: str) -> int:
        """How many notices a room has not sent yet."""
        asked, sent = (self._gauges.facts_of(room, f"Notice{each}") for each in ("Asked", "Sent"))
        return asked - sent

    def _agrees(self, what: str, differing: Iterable[str]) -> bool:
        odd = [*differing]
        self._screen.note("demo.agrees" if not odd else "demo.differs", what=say(f"demo.{what}"))
        for each in odd[:SHOWN]:
            self._screen.note("demo.odd", what=each)
        return not odd
