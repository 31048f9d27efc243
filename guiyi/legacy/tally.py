"""清点 (the tally): what became of every row, counted; bad rows are written to a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from guiyi.legacy.rows import Entry, LegacyFile
from guiyi.tables.rejects import ROW, Rejects
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
    """Rows read: those added, known and rejected together."""
    tickets: int = 0
    added: int = 0
    """Rows of which at least one step is new."""
    known: int = 0
    rejected: int = 0
    facts: int = 0
    """Steps that were added."""
    headings: int = 0
    """Headings that stood again among the rows; they are no rows."""
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

    parts: dict[int, list[Outcome | Refused]] = field(default_factory=dict)
    """What became of the steps of rows that are not complete yet."""

    def note(self, entry: Entry, outcome: Outcome | Refused) -> None:
        """Count a step of a good row, by what became of it; with its last step the row counts."""
        self.tally.facts += outcome is Outcome.ADDED
        if entry.steps == 1:
            self._row(entry, [outcome])
            return
        told = self.parts.setdefault(entry.row, [])
        told.append(outcome)
        if len(told) == entry.steps:
            self._row(entry, self.parts.pop(entry.row))

    def _row(self, entry: Entry, outcomes: Sequence[Outcome | Refused]) -> None:
        refused = [each for each in outcomes if isinstance(each, Refused)]
        if refused:
            self.reject(entry.row, entry.line, refused[0].reasons, self.values(entry))
            return
        if Outcome.ADDED in outcomes:
            self.tally.added += 1
        else:
            self.tally.known += 1
        self.tally.rows += 1
        self.tally.tickets += self.legacy.identities.is_new(entry.case)
        states = self.tally.states
        if entry.activity in states or len(states) < STATES:
            states[entry.activity] = states.get(entry.activity, 0) + 1
            if entry.is_open:
                self.tally.open_states.add(entry.activity)

    def reject(self, row: int, line: int, reasons: Sequence[Reason], values: Sequence[str]) -> None:
        """Count a row that is bad or was refused, and write it to the rejects."""
        self.tally.rows += 1
        self.tally.rejected += 1
        for each in reasons:
            self.tally.reasons[each.code] = self.tally.reasons.get(each.code, 0) + 1
        if self.rejects is not None:
            self.rejects.write(row, line, reasons, values)

    def values(self, entry: Entry) -> Sequence[str]:
        """A row as it stands in the file."""
        known = {**entry.original, **entry.personal, ROW: str(entry.row)}
        return [known.get(name, "") for name in self.legacy.header]

    def flush(self) -> None:
        """Bring the rejects to the disk's cache, so that a killed run leaves them readable."""
        if self.rejects is not None:
            self.rejects.flush()
