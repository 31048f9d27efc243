"""预览 (preview): the first tickets as the list would show them, before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from guiyi.legacy.mapping import Map
from guiyi.legacy.rows import Entry, reference
from guiyi.legacy.takers import Take
from guiyi.legacy.tally import Outcome
from shared.decider import Refused

TICKETS = 10
HIDDEN = "●●●"
"""What stands for a value that will be sealed."""


@dataclass(slots=True)
class Previewed:
    """预览的单据: a ticket as its rows so far have made it."""

    ticket: str
    steps: int
    received_at: datetime
    newest_at: datetime
    state: str
    is_open: bool
    listed: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Preview:
    """预览: looks at the rows on their way, and keeps the first tickets."""

    map: Map
    tickets: dict[str, Previewed] = field(default_factory=dict)

    def watching(self, take: Take) -> Take:
        """The same, with a look at every row."""

        def watched(entries: Sequence[Entry]) -> Sequence[Outcome | Refused]:
            for entry in entries:
                self._note(entry)
            return take(entries)

        return watched

    def _note(self, entry: Entry) -> None:
        shown = self.tickets.get(entry.case)
        if shown is None:
            if len(self.tickets) == TICKETS:
                return
            number = reference(self.map.source, entry.case)
            shown = Previewed(number, 0, entry.at, entry.at, entry.activity, entry.is_open)
            self.tickets[entry.case] = shown
        shown.steps += 1
        shown.received_at = min(shown.received_at, entry.at)
        is_newer = entry.at >= shown.newest_at
        if is_newer:
            shown.newest_at = entry.at
            shown.state, shown.is_open = entry.activity, entry.is_open
        for meaning, column in self.map.columns.listed.items():
            value = HIDDEN if column in entry.personal else entry.original.get(column, "").strip()
            if value and (is_newer or meaning not in shown.listed):
                shown.listed[meaning] = value
