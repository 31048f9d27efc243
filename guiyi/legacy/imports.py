"""旧单导入 (legacy import): another handler's history, row by row, into the record of intake.

Every row is one command, and its id says which row it is. So an import is repeated, resumed or
continued by running it again: rows that the record has are left out. Nothing is kept outside the
record.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TypeAlias

from guiyi.legacy.mapping import read_map
from guiyi.legacy.notices import Notice, notices
from guiyi.legacy.order import Direction, Twins
from guiyi.legacy.preview import Preview
from guiyi.legacy.rows import Bad, Entry, LegacyFile, open_legacy
from guiyi.legacy.takers import Take, into, latest, looking
from guiyi.legacy.tally import Tally, TallySheet
from guiyi.tables.rejects import Rejects, texts_of
from services.intake import legacy as legacy_decider
from shared.chain import ChainBroken
from shared.config import Settings
from shared.decider import Reason, Refused, reason
from shared.handle import Handler
from shared.personal.key_store import KeysUnavailable
from shared.personal.keys import open_keys
from shared.record.notification import Notifier
from shared.record.postgres import Record
from shared.record.schema import check_schema
from shared.record.store import CommandKnown, Conflict, GateClosed, Store, Unavailable

BATCH = 1_500
"""Rows of one append."""
WINDOW = 10_000
"""Rows that are read ahead, so that the rows of a ticket go into one append if possible."""
TEXTS = (
    Path(__file__).with_name("import.toml"),
    Path(legacy_decider.__file__).with_name("texts.toml"),
)
"""Why a row is rejected: our own sentences and those of the paper that decides."""

Watch: TypeAlias = Callable[[Tally, LegacyFile], None]


class ImportStopped(Exception):
    """The import ended before the file did. Run it again, and it goes on from there."""

    def __init__(self, tally: Tally, reason: str) -> None:
        super().__init__(reason)
        self.tally = tally


class RecordAway(Exception):
    """There is no record to import into: nothing runs, or not where the settings say."""


def import_legacy(  # noqa: PLR0913 - where, what, by which map, and who watches
    settings: Settings | None,
    file: Path,
    mapping: Path,
    rejects: Path,
    *,
    dry_run: bool = False,
    watch: Watch = lambda _tally, _legacy: None,
    tell: Callable[[Sequence[Notice]], None] = lambda _notices: None,
    preview: Preview | None = None,
) -> Tally:
    """Import a file by a map. Without settings only a dry run is possible.

    Raises Unusable, RecordAway, SchemaDiffers before anything is imported, ImportStopped after.
    """
    legacy_map = preview.map if preview else read_map(mapping)
    with ExitStack() as stack:
        legacy = stack.enter_context(open_legacy(file, legacy_map))
        handler, wake = desk(settings, stack) if settings else (None, lambda: None)
        store = handler.store if handler else None
        tell(notices(legacy, store))
        if dry_run:
            take = preview.watching(looking(handler, legacy_map)) if preview else None
            return run(legacy, take or looking(handler, legacy_map), None, watch, store)
        if handler is None:
            raise RecordAway("no settings")
        bad = Rejects(rejects, legacy.header, legacy.table.delimiter, texts_of(*TEXTS))
        stack.enter_context(bad)
        return run(legacy, into(handler, legacy_map, wake=wake), bad, watch, store)


def desk(settings: Settings, stack: ExitStack) -> tuple[Handler, Callable[[], None]]:
    """Where intake's commands are decided, and what wakes its relay. Raises RecordAway."""
    try:
        check_schema(settings.runtime_url, settings.room, settings.partitions)
    except Unavailable as error:
        raise RecordAway(str(error)) from error
    record = Record(settings.runtime_url, settings.room, settings.partitions, pool=2)
    stack.callback(record.close)
    waker = Notifier(settings.runtime_url)
    stack.callback(waker.close)
    keys = open_keys(settings.keys_url, settings.master_key_file)
    return Handler(record, {"legacy": legacy_decider}, keys), waker.wake


_STOPPING = (Unavailable, GateClosed, Conflict, CommandKnown, ChainBroken, KeysUnavailable)


def run(
    legacy: LegacyFile, take: Take, rejects: Rejects | None, watch: Watch, store: Store | None
) -> Tally:
    """Take every row of the file, in its order; bad rows go to the rejects.

    Raises ImportStopped; what was taken by then is in the record.
    """
    tally = Tally()
    sheet = TallySheet(legacy, rejects, tally)
    for entries in _batches(legacy, sheet, store):
        try:
            outcomes = take(entries)
        except _STOPPING as error:
            raise ImportStopped(tally, f"{type(error).__name__}: {error}") from error
        for entry, outcome in zip(entries, outcomes, strict=True):
            sheet.note(entry, outcome)
        sheet.flush()
        watch(tally, legacy)
    tally.headings = legacy.table.headings
    watch(tally, legacy)
    if legacy.table.cut_short is not None:
        raise ImportStopped(tally, f"the file is cut off: {legacy.table.cut_short}")
    return tally


def _batches(
    legacy: LegacyFile, sheet: TallySheet, store: Store | None
) -> Iterator[Sequence[Entry]]:
    """The good rows in batches. Rows of one ticket that are near each other go together.

    An append reads the whole history of every ticket that it touches. So it is better to touch a
    ticket once with twenty rows than twenty times. Each ticket's rows keep the order of
    the file, or the opposite one if the newest row stands first.
    """
    direction, twins = Direction(legacy.map), Twins(store, legacy.map)
    good = _good(legacy, sheet, latest(store))
    while window := list(islice(good, WINDOW)):
        tickets: dict[str, list[Entry]] = {}
        for entry in direction.upwards(twins.settle(window)):
            tickets.setdefault(entry.case, []).append(entry)
        together = chain.from_iterable(tickets.values())
        while batch := list(islice(together, BATCH)):
            yield batch


def _good(legacy: LegacyFile, sheet: TallySheet, until: datetime) -> Iterator[Entry]:
    for each in legacy.rows():
        match each:
            case Bad(row, line, code, numbers, values):
                sheet.reject(row, line, [Reason(code, numbers)], values)
            case Entry() if each.at > until:
                future = reason("time-in-future", text=each.at.isoformat())
                sheet.note(each, Refused(future))
            case Entry():
                yield each
