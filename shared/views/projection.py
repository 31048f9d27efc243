"""投影 (projection): the consumer of a room's journal; it fills its views and its look-up.

A batch is one transaction: the rows it touches are loaded, folded in memory with the views' own
`project`, and written with the cursors. There is one statement for all cursors, one for all parked
keys and one for all rows to load, because statements cost more than transactions. If anything
fails, each view takes the batch alone, and so does the look-up. Thus one that fails holds back no
other. While a database or the key store is away, all of them wait.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from sqlalchemy import Engine

from shared.consumers import cursors, dead_letters
from shared.consumers.consumer import BatchOutcome, StaleConsumer, take_one_by_one
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursor_news import telling
from shared.consumers.cursors import Cursor, Source
from shared.consumers.dead_letters import DeadLetterKind, describe
from shared.consumers.lookup import CONSUMER as LOOK_UP
from shared.consumers.lookup_consumer import LookUp
from shared.log import logger
from shared.record.statements import Statement
from shared.record.store import StoreError
from shared.record.transaction import DatabaseTransaction, transaction
from shared.topics import journal_topic
from shared.view import View
from shared.views.fold import Fold, changes, fed
from shared.views.table import load_rows, view_table

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
        try:
            return self._take(list(self._views), records, look_up=self._look_up)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a view, or a row the database does not take
            log.warning("views take a batch one by one", error=error)
        taken = {name: self._take_alone(name, records) for name in list(self._views)}
        return {**taken, **(self._look_up.take(records) if self._look_up else {})}

    def _take_alone(self, name: str, records: Sequence[ConsumerRecord]) -> BatchOutcome:
        """One view takes the records in a transaction of its own."""
        try:
            return take_one_by_one(records, partial(self._one, name), partial(self._one, name))
        except StaleConsumer as error:
            log.error("a view is built no more", view=name, reason=str(error))  # noqa: TRY400
            del self._views[name]
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
        look_up: LookUp | None = None,
    ) -> Mapping[str, BatchOutcome]:
        """These views take the records. `failed`: why the rows of these facts are parked."""
        opened = look_up.opened(records) if look_up else None
        everybody = [*names, LOOK_UP] if look_up else names
        with transaction(self._engine) as db:
            held = cursors.lock_all(db, everybody, {record.source for record in records})
            for name in names:
                _check_stands(db, self._views[name], held[name])
            advances = {name: cursors.advance(held[name], records) for name in everybody}
            partitions = {record.source.partition for record in records}
            parks = dead_letters.parked_keys_of(db, names, partitions)
            folds = {name: Fold(self._views[name], parks[name]) for name in names}
            if failed is None:
                applied = {name: advances[name].applied for name in names}
                db.execute_last(_folded(db, folds, applied))
            else:
                for name in names:
                    _give_up(folds[name], advances[name].applied, describe(failed))
            moved = {name: advances[name].cursors for name in everybody}
            db.execute_last([*cursors.saving(moved), *telling(moved)])
            taken = {name: self._outcome(db, name, folds[name], advances[name]) for name in names}
            if look_up and opened:
                taken[LOOK_UP] = look_up.add(db, opened, advances[LOOK_UP])
            return taken

    def _outcome(
        self,
        db: DatabaseTransaction,
        name: str,
        fold: Fold,
        advance: cursors.Advance[ConsumerRecord],
    ) -> BatchOutcome:
        """What became of the records for one view; what failed is parked."""
        failures = list(fold.failures)
        for failure in fold.failures:
            if failure.kind is DeadLetterKind.STREAM:
                # Every row that the stream has fed before is parked as well.
                failures += fed(db, self._room, fold.view, failure)
        outcome = BatchOutcome.of(advance)
        outcome.unknown = fold.unknown
        outcome.parked = dead_letters.park(db, name, failures)
        return outcome


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
        fold.state.update(before[table])
        for touch in touched[name]:
            fold.apply(touch)
        yield from table.writing(changes(fold, before[table]))


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
