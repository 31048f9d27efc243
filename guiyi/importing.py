"""旧单导入 (legacy import): another desk's history, row by row, into the record of intake.

Every row is one command whose id says which row it is, so an import is repeated, resumed and
continued by running it again: what the record has is left out. Nothing is kept outside the record.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import TypeAlias

from guiyi.import_map import Map
from guiyi.import_rejects import Rejects
from guiyi.import_rows import Bad, Entry, LegacyFile, reference
from services.intake.legacy import ImportLegacyEntry
from shared.decider import Asked, Reason, Refused, reason
from shared.handle import Answer, Desk, Order, handle_all
from shared.keys import KeysUnavailable
from shared.store import CommandKnown, Conflict, GateClosed, Store, Unavailable

BATCH = 500
"""Rows of one append."""
TRIES = 5
PATIENCE_S = 60.0
"""How long a record that does not answer is waited for before the import gives up."""
STATES = 200
"""How many different states are counted one by one."""
AHEAD = timedelta(minutes=4)
"""How far ahead of the record's clock a time may lie; the record itself refuses five minutes."""


class Outcome(Enum):
    """What became of a good row that was not refused."""

    ADDED = auto()
    KNOWN = auto()


Take: TypeAlias = Callable[[Sequence[Entry]], Sequence[Outcome | Refused]]
"""Takes a batch of rows into a record, or only looks what that would do."""


@dataclass(slots=True)
class Tally:
    """清点: what has become of the rows so far."""

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


Watch: TypeAlias = Callable[[Tally, LegacyFile], None]


class ImportStopped(Exception):
    """The record did not answer for too long; running the import again goes on from here."""

    def __init__(self, tally: Tally, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.tally = tally


def run(
    legacy: LegacyFile, take: Take, rejects: Rejects | None, watch: Watch, latest: datetime
) -> Tally:
    """Take every row of the file, in its order; what is bad goes to the rejects.

    Raises ImportStopped; what was taken by then is in the record.
    """
    tally = Tally()
    sheet = _Sheet(legacy, rejects, tally)
    for entries in _batches(legacy, sheet, latest):
        try:
            outcomes = take(entries)
        except (Unavailable, GateClosed, Conflict, CommandKnown, KeysUnavailable) as error:
            raise ImportStopped(tally, error) from error
        for entry, outcome in zip(entries, outcomes, strict=True):
            sheet.note(entry, outcome)
        sheet.flush()
        watch(tally, legacy)
    watch(tally, legacy)
    return tally


def into(desk: Desk, legacy_map: Map, *, patience: float = PATIENCE_S) -> Take:
    """Take rows into the record: one append a batch, what is known already left out."""

    def take(entries: Sequence[Entry]) -> Sequence[Outcome | Refused]:
        deadline, conflicts, wait = time.monotonic() + patience, 0, 0.1
        while True:
            try:
                return _append(desk, legacy_map, entries)
            except (Conflict, CommandKnown):
                conflicts += 1
                if conflicts == TRIES:
                    raise
            except (Unavailable, GateClosed, KeysUnavailable):
                if time.monotonic() + wait > deadline:
                    raise
                time.sleep(wait)
                wait = min(wait * 2, 5.0)

    return take


def looking(store: Store | None) -> Take:
    """Look only: which rows the record has. Without a record none."""

    def take(entries: Sequence[Entry]) -> Sequence[Outcome | Refused]:
        known = store.read((), [entry.id for entry in entries]).known if store else {}
        return [Outcome.KNOWN if entry.id in known else Outcome.ADDED for entry in entries]

    return take


def latest(store: Store | None) -> datetime:
    """The latest moment a row may claim, by the record's clock if there is a record."""
    return (store.now() if store else datetime.now(UTC)) + AHEAD


def order(entry: Entry, legacy_map: Map) -> Order:
    """The command that imports a row."""
    number = reference(legacy_map.source, entry.case)
    command = ImportLegacyEntry(
        source=legacy_map.source,
        row=entry.row,
        number=entry.case,
        state=entry.activity,
        is_open=entry.is_open,
        original=entry.original,
        personal=entry.personal,
    )
    asked = Asked(
        home=f"legacy-{number}",
        actor=f"import:{legacy_map.source}",
        roles=frozenset(),
        at=entry.at,
        branch=legacy_map.branch,
        ticket=number,
    )
    return Order(entry.id, command, asked)


def _append(desk: Desk, legacy_map: Map, entries: Sequence[Entry]) -> Sequence[Outcome | Refused]:
    # Asked first and alone: a row that is known costs no reading of its ticket's whole history.
    known = desk.store.read((), [entry.id for entry in entries]).known
    fresh = [entry for entry in entries if entry.id not in known]
    outcomes: dict[int, Outcome | Refused] = {}
    if fresh:
        orders = [order(entry, legacy_map) for entry in fresh]
        with desk.store.transaction() as transaction:
            answers = handle_all(desk, orders, transaction)
        outcomes = {
            entry.row: _outcome(answer) for entry, answer in zip(fresh, answers, strict=True)
        }
    return [outcomes.get(entry.row, Outcome.KNOWN) for entry in entries]


def _outcome(answer: Answer | Refused) -> Outcome | Refused:
    match answer:
        case Refused():
            return answer
        case Answer(facts=facts, repeated=repeated):
            return Outcome.ADDED if facts and not repeated else Outcome.KNOWN


def _batches(legacy: LegacyFile, sheet: "_Sheet", until: datetime) -> Iterator[Sequence[Entry]]:
    batch: list[Entry] = []
    for each in legacy.rows():
        match each:
            case Bad(row, code, numbers, values):
                sheet.reject(row, [Reason(code, numbers)], values)
            case Entry() if each.at > until:
                future = reason("time-in-future", text=each.at.isoformat())
                sheet.reject(each.row, [future], sheet.values(each))
            case Entry():
                batch.append(each)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass(slots=True)
class _Sheet:
    """The counts, and the file of rejects, as one row after the other is noted."""

    legacy: LegacyFile
    rejects: Rejects | None
    tally: Tally

    def note(self, entry: Entry, outcome: Outcome | Refused) -> None:
        match outcome:
            case Refused(reasons=reasons):
                self.reject(entry.row, reasons, self.values(entry))
                return
            case Outcome.ADDED:
                self.tally.added += 1
            case Outcome.KNOWN:
                self.tally.known += 1
        self.tally.rows += 1
        self.tally.tickets += self.legacy.is_new(entry.case)
        states = self.tally.states
        if entry.activity in states or len(states) < STATES:
            states[entry.activity] = states.get(entry.activity, 0) + 1
            if entry.is_open:
                self.tally.open_states.add(entry.activity)

    def reject(self, row: int, reasons: Sequence[Reason], values: Sequence[str]) -> None:
        self.tally.rows += 1
        self.tally.rejected += 1
        for each in reasons:
            self.tally.reasons[each.code] = self.tally.reasons.get(each.code, 0) + 1
        if self.rejects is not None:
            self.rejects.write(row, reasons, values)

    def values(self, entry: Entry) -> Sequence[str]:
        known = {**entry.original, **entry.personal}
        return [known.get(name, "") for name in self.legacy.header]

    def flush(self) -> None:
        if self.rejects is not None:
            self.rejects.flush()
