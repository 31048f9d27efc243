"""投影 (projection): the consumer of a room's journal; it fills its views and its look-up.

A batch is one transaction: the rows it touches are loaded, folded in memory with the views' own
`project`, and written with the cursors. There is one statement for all cursors, one for what the
record holds, one for all parked keys and one for all rows to load, because statements cost more
than transactions. If anything fails, each view takes the batch alone, and so does the look-up; it
does so too if it has a text to open. Thus one that fails or waits holds back no other.

A record that is not what the room's record holds at its place is not taken. From then on its
partition is also read from the record, because the true fact may never come by the journal. A
consumer whose cursor names no fact of the record takes nothing of that partition.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

from sqlalchemy import Engine

from shared.consumers import cursors, dead_letters
from shared.consumers.consumer import BatchOutcome, StaleConsumer, take_one_by_one
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursor_news import telling
from shared.consumers.cursors import Advance, Cursor, Source
from shared.consumers.dead_letters import DeadLetterKind, describe
from shared.consumers.lookup import CONSUMER as LOOK_UP
from shared.consumers.lookup_consumer import LookUp
from shared.consumers.replay import BrokenCursor, broken_cursors, doubts, facts_after
from shared.log import logger
from shared.record.statements import Statement
from shared.record.store import StoreError
from shared.record.transaction import DatabaseTransaction, transaction
from shared.topics import journal_topic
from shared.view import View
from shared.views.fold import Fold, changes, fed
from shared.views.table import load_rows, view_table

RUNBOOK = "docs/runbooks/cursor.md"
CAUGHT_UP = 1_000
"""Facts of one partition that are taken from the record at once."""

log = logger(__name__)


def consumer_name(view: View) -> str:
    """The name of a view version's consumer."""
    return f"view/{view.NAME}@{view.VERSION}"


class Projection:
    """投影: the consumer of some views of one room, and of its look-up."""

    def __init__(
        self, engine: Engine, room: str, views: Sequence[View], look_up: LookUp | None = None
    ) -> None:
        self._views = {consumer_name(view): view for view in views}
        self._look_up = look_up
        self._engine = engine
        self._room = room
        self._doubted: set[Source] = set()
        """Sources on which something came that the record does not hold."""
        self.broken: Sequence[BrokenCursor] = ()
        """The cursors that named no fact of the record when `check` looked; they stand still."""

    @property
    def topics(self) -> Sequence[str]:
        """As Consumer.topics: none once every view was dropped."""
        return (journal_topic(self._room),) if self.names else ()

    @property
    def names(self) -> Sequence[str]:
        """As Consumer.names: one for each view version, and the look-up's."""
        return [*self._views, *((LOOK_UP,) if self._look_up else ())]

    def take(self, records: Sequence[ConsumerRecord]) -> Mapping[str, BatchOutcome]:
        """As Consumer.take. Only what fails when it is taken alone is parked."""
        apart = self._look_up if self._look_up and self._look_up.goes_alone(records) else None
        together = self._views if apart or not self._look_up else [*self._views, LOOK_UP]
        try:
            taken = self._take(list(together), records)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a view, or a row the database does not take
            log.warning("views take a batch one by one", error=error)
            apart = self._look_up
            taken = {name: self._take_alone(name, records) for name in list(self._views)}
        return {**taken, **(apart.take(records) if apart else {})}

    def catch_up(self) -> Mapping[str, BatchOutcome]:
        """Take from the record what did not come by the journal, or could not be opened."""
        taken: defaultdict[str, BatchOutcome] = defaultdict(BatchOutcome)

        def add(outcomes: Mapping[str, BatchOutcome]) -> None:
            for name, outcome in outcomes.items():
                taken[name].and_then(outcome)

        for source in sorted(self._doubted if self._views else ()):
            with transaction(self._engine) as db:
                at = cursors.lock_all(db, self._views, {source})
                stopped = doubts(db, at, ()).stopped
                lows = [at[name][source].seq for name in at if (name, source) not in stopped]
                records = facts_after(db, source, min(lows), CAUGHT_UP) if lows else ()
            if records:
                add(self.take(records))
        if self._look_up:
            add(self._look_up.catch_up(CAUGHT_UP))
        return taken

    def waits(self) -> Sequence[str]:
        """What waits for something, in words, while the rest goes on."""
        return [
            *(f"{each}, is moved, and stands still; see {RUNBOOK}" for each in self.broken),
            *(self._look_up.waits() if self._look_up else ()),
        ]

    def check(self) -> None:
        """Look which cursors name no fact of the record, be it that nothing comes for them."""
        with transaction(self._engine) as db:
            found = broken_cursors(db, self._room, self.names)
        for each in set(found) - set(self.broken):
            log.error("a cursor is not what the record holds", cursor=str(each), see=RUNBOOK)
        self.broken = found

    def _take_alone(self, name: str, records: Sequence[ConsumerRecord]) -> BatchOutcome:
        """One view takes the records in a transaction of its own."""
        try:
            return take_one_by_one(records, partial(self._one, name), partial(self._one, name))
        except StaleConsumer as error:
            log.error("a view is built no more", view=name, reason=str(error))  # noqa: TRY400
            self._views.pop(name, None)
            return BatchOutcome()

    def _one(
        self, name: str, records: Sequence[ConsumerRecord], error: Exception | None = None
    ) -> BatchOutcome:
        return self._take([name], records, error)[name]

    def _take(
        self,
        names: Sequence[str],
        records: Sequence[ConsumerRecord],
        failed: Exception | None = None,
    ) -> Mapping[str, BatchOutcome]:
        """These consumers take the records. `failed`: why the rows of these facts are parked."""
        views = [name for name in names if name != LOOK_UP]
        with transaction(self._engine) as db:
            held = cursors.lock_all(db, names, {record.source for record in records})
            for name in views:
                _check_stands(db, self._views[name], held[name])
            false, stopped = doubts(db, held, _untaken(held, records))
            advances = _walked(held, records, false, stopped)
            self._doubted |= {r.source for each in advances.values() for r in each.refused}
            partitions = {record.source.partition for record in records}
            parks = dead_letters.parked_keys_of(db, views, partitions)
            folds = {name: Fold(self._views[name], parks[name]) for name in views}
            if failed is None:
                applied = {name: advances[name].applied for name in views}
                db.execute_last(_folded(db, folds, applied))
            else:
                for name in views:
                    _give_up(folds[name], advances[name].applied, describe(failed))
            moved = {name: advances[name].cursors for name in names}
            db.execute_last([*cursors.saving(moved), *telling(moved)])
            taken = {name: BatchOutcome.of(advances[name]) for name in names}
            for name in views:
                self._park(db, name, folds[name], taken[name])
            return taken

    def _park(self, db: DatabaseTransaction, name: str, fold: Fold, outcome: BatchOutcome) -> None:
        """Park what one view could not fold."""
        failures = list(fold.failures)
        for failure in fold.failures:
            if failure.kind is DeadLetterKind.STREAM:
                # Every row that the stream has fed before is parked as well.
                failures += fed(db, self._room, fold.view, failure)
        outcome.unknown = fold.unknown
        outcome.parked = dead_letters.park(db, name, failures)


def _walked(
    held: Mapping[str, Mapping[Source, Cursor]],
    records: Sequence[ConsumerRecord],
    false: Collection[ConsumerRecord],
    stopped: Collection[tuple[str, Source]],
) -> dict[str, Advance[ConsumerRecord]]:
    """What becomes of the records for each consumer; none are for where it stands still.

    Consumers that stand side by side are given one and the same answer, which nobody changes.
    """
    still = {name for name, _ in stopped}
    walked = {
        name: cursors.advance(
            held[name], [each for each in records if (name, each.source) not in stopped], false
        )
        for name in still
    }
    for names, at in cursors.side_by_side({n: at for n, at in held.items() if n not in still}):
        walked |= dict.fromkeys(names, cursors.advance(at, records, false))
    return walked


def _untaken(
    held: Mapping[str, Mapping[Source, Cursor]], records: Sequence[ConsumerRecord]
) -> Sequence[ConsumerRecord]:
    """The records that some consumer has not taken yet."""
    lowest: dict[Source, int] = {}
    for at in held.values():
        for source, cursor in at.items():
            lowest[source] = min(cursor.seq, lowest.get(source, cursor.seq))
    return [record for record in records if record.seq > lowest[record.source]]


def _folded(
    db: DatabaseTransaction,
    folds: Mapping[str, Fold],
    applied: Mapping[str, Sequence[ConsumerRecord]],
) -> Iterator[Statement]:
    """Load the rows that all folds touch at once, and fold; what writes the rows that changed."""
    touched = {
        name: [touch for each in applied[name] if (touch := fold.touch(each)) is not None]
        for name, fold in folds.items()
    }
    tables = {name: view_table(fold.view) for name, fold in folds.items() if touched[name]}
    before = load_rows(
        db,
        {
            table: {place for touch in touched[name] for place in touch.places}
            for name, table in tables.items()
        },
    )
    for name, table in tables.items():
        fold = folds[name]
        fold.state.update(before[table].rows)
        fold.seqs.update(before[table].seqs)
        for touch in touched[name]:
            fold.apply(touch)
        yield from table.writing(changes(fold, before[table].rows), fold.seqs)


def _give_up(fold: Fold, records: Sequence[ConsumerRecord], reason: str) -> None:
    """Park every row of a fact whose rows cannot be written."""
    for record in records:
        if (touch := fold.touch(record)) is not None:
            for place in touch.places:
                fold.park_row(place, touch.told, reason)


_STANDS = "SELECT to_regclass(%s) IS NOT NULL"


def _check_stands(db: DatabaseTransaction, view: View, at: Mapping[Source, Cursor]) -> None:
    """Raise StaleConsumer if the view's table was dropped, and with it the cursors.

    Asked with the cursors held. Else a worker that still runs an old version would take all of the
    journal for missing.
    """
    table = view_table(view).full_name
    if any(not cursor.seq for cursor in at.values()) and db.query(_STANDS, (table,)) != [(True,)]:
        raise StaleConsumer(
            f"{table} was dropped: a newer version of the view answers; this program is older"
            " than that, start the newer one"
        )
