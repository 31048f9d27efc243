"""清点 (the tally): what became of every row, counted; bad rows are written to a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from guiyi.legacy.rows import Entry, LegacyFile
from guiyi.tables.rejects import Rejects
from shared.decider import Reason, Refused

STATES = 200
"""At most so many different states are counted separately."""


class Outcome(Enum):
    """What became of a good row that was not refused."""

    ADDED = auto()
    KNOWN = auto()


@dataclass(slots=True)
class Tally:
    """清点: what became of the rows so far."""

    rows: int = 0
    tickets: int = 0
    added: int = 0
    known: int = 0
    rejected: int = 0
    states: dict[str, int] = field(default_factory=dict)
    """Good rows by the other desk's state."""
    open_states: set[str] = field(default_factory=set)
    reasons: dict[str, int] = field(default_factory=dict)
    """Rejected rows by the code of what is wrong with them."""


@dataclass(slots=True)
class TallySheet:
    """The counts and the file of rejects; both grow row by row."""

    legacy: LegacyFile
    rejects: Rejects | None
    tally: Tally

    def note(self, entry: Entry, outcome: Outcome | Refused) -> None:
        """Count a good row, by what became of it."""
        match outcome:
            case Refused(reasons=reasons):
                self.reject(entry.row, reasons, self.values(entry))
                return
            case Outcome.ADDED:
                self.tally.added += 1
            case Outcome.KNOWN:
                self.tally.known += 1
        self.tally.rows += 1
        self.tally.tickets += self.legacy.identities.is_new(entry.case)
        states = self.tally.states
        if entry.activity in states or len(states) < STATES:
            states[entry.activity] = states.get(entry.activity, 0) + 1
            if entry.is_open:
                self.tally.open_states.add(entry.activity)

    def reject(self, row: int, reasons: Sequence[Reason], values: Sequence[str]) -> None:
        """Count a row that is bad or was refused, and write it to the rejects."""
        self.tally.rows += 1
        self.tally.rejected += 1
        for each in reasons:
            self.tally.reasons[each.code] = self.tally.reasons.get(each.code, 0) + 1
        if self.rejects is not None:
            self.rejects.write(row, reasons, values)

    def values(self, entry: Entry) -> Sequence[str]:
        """A row as it stands in the file."""
        known = {**entry.original, **entry.personal}
        return [known.get(name, "") for name in self.legacy.header]

    def flush(self) -> None:
        """Bring the rejects to the disk's cache, so that a killed run leaves them readable."""
        if self.rejects is not None:
            self.rejects.flush()
