"""旧单导入 (legacy import): another desk's history, row by row, into the record of intake.

Every row is one command whose id says which row it is, so an import is repeated, resumed and
continued by running it again: what the record has is left out. Nothing is kept outside the record.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from itertools import chain, islice
from pathlib import Path
from typing import TypeAlias

from guiyi.legacy.mapping import Map, read_map
from guiyi.legacy.rejects import Rejects, texts_of
from guiyi.legacy.rows import Bad, Entry, LegacyFile, open_legacy, reference
from services.intake import legacy as legacy_decider
from services.intake.legacy import ImportLegacyEntry
from shared.config import Settings
from shared.decider import Asked, Reason, Refused, reason
from shared.handle import Answer, Desk, Order, handle_all
from shared.personal.keys import KeysUnavailable, open_keys
from shared.record.migrate import check_schema
from shared.record.postgres import Record
from shared.record.store import CommandKnown, Conflict, GateClosed, Store, Unavailable
from shared.relay.wake import Waker

BATCH = 500
"""Rows of one append."""
WINDOW = 10_000
"""Rows that are read ahead, so that a ticket's rows go into one append where they can."""
TRIES = 5
PATIENCE_S = 60.0
"""How long a record that does not answer is waited for before the import gives up."""
STATES = 200
"""How many different states are counted one by one."""
ROOM_TEXTS = (Path(legacy_decider.__file__).with_name("texts.toml"),)
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
    """It ended before the file did; running the import again goes on from here."""

    def __init__(self, tally: Tally, reason: str) -> None:
        super().__init__(reason)
        self.tally = tally


class RecordAway(Exception):
    """There is no record to import into: nothing runs, or not where the settings say."""


def import_legacy(
    settings: Settings | None,
    file: Path,
    mapping: Path,
    rejects: Path,
    *,
    dry_run: bool = False,
    watch: Watch = lambda _tally, _legacy: None,
) -> Tally:
    """Import a file by a map; without settings it can only be looked at (`dry_run`).

    Raises MapError, RecordAway, SchemaDiffers before anything is imported, ImportStopped after.
    """
    legacy_map = read_map(mapping)
    with ExitStack() as stack:
        legacy = stack.enter_context(open_legacy(file, legacy_map))
        desk, wake = _desk(settings, stack) if settings else (None, lambda: None)
        if dry_run:
            store = desk.store if desk else None
            return run(legacy, looking(store), None, watch, latest(store))
        if desk is None:
            raise RecordAway("no settings")
        bad = Rejects(rejects, legacy.header, legacy_map.delimiter, texts_of(*ROOM_TEXTS))
        stack.enter_context(bad)
        take = into(desk, legacy_map, wake=wake)
        return run(legacy, take, bad, watch, latest(desk.store))


def _desk(settings: Settings, stack: ExitStack) -> tuple[Desk, Callable[[], None]]:
    try:
        check_schema(settings.runtime_url, settings.room, settings.partitions)
    except Unavailable as error:
        raise RecordAway(str(error)) from error
    record = Record(settings.runtime_url, settings.room, settings.partitions, pool=1)
    stack.callback(record.close)
    waker = Waker(settings.runtime_url)
    stack.callback(waker.close)
    keys = open_keys(settings.keys_url, settings.master_key_file)
    return Desk(record, {"legacy": legacy_decider}, keys), waker.wake


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
            raise ImportStopped(tally, f"{type(error).__name__}: {error}") from error
        for entry, outcome in zip(entries, outcomes, strict=True):
            sheet.note(entry, outcome)
        sheet.flush()
        watch(tally, legacy)
    watch(tally, legacy)
    if legacy.cut_short is not None:
        raise ImportStopped(tally, f"the file is cut off: {legacy.cut_short}")
    return tally


def into(
    desk: Desk,
    legacy_map: Map,
    *,
    wake: Callable[[], None] = lambda: None,
    patience: float = PATIENCE_S,
) -> Take:
    """Take rows into the record: one append a batch, what is known already left out."""
    seek = True

    def take(entries: Sequence[Entry]) -> Sequence[Outcome | Refused]:
        nonlocal seek
        deadline, conflicts, wait = time.monotonic() + patience, 0, 0.1
        while True:
            try:
                outcomes = _append(desk, legacy_map, entries, seek=seek)
            except (Conflict, CommandKnown):
                conflicts += 1
                if conflicts == TRIES:
                    raise
            except (Unavailable, GateClosed, KeysUnavailable):
                if time.monotonic() + wait > deadline:
                    raise
                time.sleep(wait)
                wait = min(wait * 2, 5.0)
            else:
                # Where one row was known the next may be: then it pays to ask for them first.
                seek = Outcome.KNOWN in outcomes
                wake()
                return outcomes

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


def _append(
    desk: Desk, legacy_map: Map, entries: Sequence[Entry], *, seek: bool
) -> Sequence[Outcome | Refused]:
    """One append. `seek`: first ask which rows are known; their tickets are not read for them."""
    known = desk.store.read((), [entry.id for entry in entries]).known if seek else {}
    fresh = [entry for entry in entries if entry.id not in known]
    outcomes: dict[int, Outcome | Refused] = {}
    if fresh:
        orders = [order(entry, legacy_map) for entry in fresh]
        with desk.store.transaction() as transaction:
            answers = handle_all(desk, orders, transaction)
        for entry, answer in zip(fresh, answers, strict=True):
            outcomes[entry.row] = _outcome(answer)
    return [outcomes.get(entry.row, Outcome.KNOWN) for entry in entries]


def _outcome(answer: Answer | Refused) -> Outcome | Refused:
    match answer:
        case Refused():
            return answer
        case Answer(facts=facts, repeated=repeated):
            return Outcome.ADDED if facts and not repeated else Outcome.KNOWN


def _batches(legacy: LegacyFile, sheet: "_Sheet", until: datetime) -> Iterator[Sequence[Entry]]:
    """The good rows in batches; those of one ticket that stand near each other come together.

    An append reads the whole history of every ticket it touches, so a ticket is better touched
    once with twenty rows than twenty times. Each ticket's rows keep the order of the file.
    """
    good = _good(legacy, sheet, until)
    while window := list(islice(good, WINDOW)):
        tickets: dict[str, list[Entry]] = {}
        for entry in window:
            tickets.setdefault(entry.case, []).append(entry)
        together = chain.from_iterable(tickets.values())
        while batch := list(islice(together, BATCH)):
            yield batch


def _good(legacy: LegacyFile, sheet: "_Sheet", until: datetime) -> Iterator[Entry]:
    for each in legacy.rows():
        match each:
            case Bad(row, code, numbers, values):
                sheet.reject(row, [Reason(code, numbers)], values)
            case Entry() if each.at > until:
                future = reason("time-in-future", text=each.at.isoformat())
                sheet.reject(each.row, [future], sheet.values(each))
            case Entry():
                yield each


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
