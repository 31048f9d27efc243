"""投影 (projecting): facts of the room's own journal folded into the rows of one view version.

Load the rows a batch touches, fold in memory with the view's own `project`, write what changed and
the cursor in one transaction. The same fold serves a rebuild and a retry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from shared.consumers import cursors, dead_letters
from shared.consumers.consumer import BatchOutcome, StaleConsumer, take_one_by_one
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Cursor, Source
from shared.consumers.dead_letters import DeadLetterKind, Failure, ParkedKeys, describe, key_text
from shared.consumers.replay import STREAM, from_record
from shared.events.reading import UnknownType
from shared.log import logger
from shared.record.transaction import DatabaseTransaction, transaction
from shared.topics import journal_topic
from shared.view import Key, Recorded, RowKey, View
from shared.views.table import view_table

log = logger(__name__)

UNREAD = "a fact of its stream could not be read"


def consumer_name(view: View) -> str:
    """The name of a view version's consumer."""
    return f"view/{view.NAME}@{view.VERSION}"


@dataclass(frozen=True, slots=True)
class Touch:
    """A fact and the rows it changes."""

    told: Recorded
    keys: Sequence[Key]


@dataclass(slots=True)
class Fold:
    """折叠: rows being folded in memory. Parks what fails and goes on with the rest."""

    view: View
    parks: ParkedKeys
    state: dict[RowKey, Any] = field(default_factory=dict)
    changed: set[RowKey] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)
    unknown: int = 0

    def touch(self, record: ConsumerRecord) -> Touch | None:
        """Which rows the fact changes; None if there is nothing to fold."""
        stored = record.stored
        if self.parks.leaves_out(stored.partition, stored.seq):
            return None
        try:
            told = record.recorded()
            keys = list(dict.fromkeys(self.view.keys(told)))
        except UnknownType:
            self.unknown += 1
            return None
        except Exception as error:  # noqa: BLE001 - whatever a fact or a view raises parks it
            self._park_stream(record, describe(error))
            return None
        if (unread := self.parks.streams.get((stored.partition, stored.stream))) is not None:
            for key in keys:
                self.park_row((stored.partition, key), told, UNREAD, seq=unread)
            return None
        return Touch(told, keys) if keys else None

    def apply(self, touch: Touch) -> None:
        """Fold the fact into its rows, which are loaded already."""
        told = touch.told
        for key in touch.keys:
            place = (told.partition, key)
            if self.parks.holds(place) or self.parks.leaves_out(told.partition, told.seq, key):
                continue
            try:
                after = self._alone(key, self.state.get(place), told)
            except Exception as error:  # noqa: BLE001 - as above
                self.park_row(place, told, describe(error))
                continue
            self.state[place] = after
            self.changed.add(place)

    def _alone(self, key: Key, row: Any, told: Recorded) -> Any:
        """Project; what fails is tried once more, so that only what fails again is parked."""
        try:
            return self.view.project(key, row, told)
        except Exception:  # noqa: BLE001 - as above
            return self.view.project(key, row, told)

    def park_row(
        self, place: RowKey, told: Recorded, reason: str, *, seq: int | None = None
    ) -> None:
        """Park a row, unless it is parked already, for this fact or the one at `seq`."""
        if not self.parks.holds(place):
            partition, text = place[0], key_text(place[1])
            at = told.seq if seq is None else seq
            self.parks.rows.add((partition, text))
            self.failures.append(
                Failure(DeadLetterKind.ROW, text, partition, at, told.room, told.stream, reason)
            )

    def _park_stream(self, record: ConsumerRecord, reason: str) -> None:
        stored = record.stored
        named = (stored.partition, stored.stream)
        if named not in self.parks.streams:
            self.parks.streams[named] = stored.seq
            self.failures.append(
                Failure(
                    DeadLetterKind.STREAM,
                    stored.stream,
                    stored.partition,
                    stored.seq,
                    record.source.room,
                    stored.stream,
                    reason,
                )
            )


class Projection:
    """投影: the consumer of one view version."""

    def __init__(self, engine: Engine, room: str, view: View) -> None:
        self.name = consumer_name(view)
        self.topics: Sequence[str] = (journal_topic(room),)
        self.view = view
        self._engine = engine
        self._room = room
        self._table = view_table(view)

    def take(self, records: Sequence[ConsumerRecord]) -> BatchOutcome:
        """As Consumer.take. Only what fails when it is taken alone is parked."""
        try:
            return take_one_by_one(
                records, self._take, lambda alone, error: self._take(alone, describe(error))
            )
        except StaleConsumer as error:
            log.error("a view is built no more", view=self.name, reason=str(error))  # noqa: TRY400
            self.topics = ()
            return BatchOutcome()

    def _take(self, records: Sequence[ConsumerRecord], failed: str | None = None) -> BatchOutcome:
        with transaction(self._engine) as db:
            at = cursors.lock(db, self.name, {record.source for record in records})
            check_stands(db, self.view, at)
            walked = cursors.advance(at, records)
            cursors.save(db, self.name, walked.cursors)
            parks = dead_letters.parked_keys(db, self.name, {source.partition for source in at})
            fold = Fold(self.view, parks)
            if failed is None:
                self._fold(db, fold, walked.applied)
            else:
                self._give_up(fold, walked.applied, failed)
            failures = [*fold.failures, *self._fed(db, fold)]
            taken = BatchOutcome.of(walked)
            taken.unknown = fold.unknown
            taken.parked = dead_letters.park(db, self.name, failures)
            return taken

    def _fold(self, db: DatabaseTransaction, fold: Fold, records: Sequence[ConsumerRecord]) -> None:
        touches = [touch for record in records if (touch := fold.touch(record)) is not None]
        places = {(touch.told.partition, key) for touch in touches for key in touch.keys}
        before = self._table.load(db, places)
        fold.state.update(before)
        for touch in touches:
            fold.apply(touch)
        self._table.write(db, changes(fold, before))

    def _give_up(self, fold: Fold, records: Sequence[ConsumerRecord], reason: str) -> None:
        """Park every row of a fact whose rows cannot be written."""
        for record in records:
            if (touch := fold.touch(record)) is not None:
                for key in touch.keys:
                    fold.park_row((touch.told.partition, key), touch.told, reason)

    def _fed(self, db: DatabaseTransaction, fold: Fold) -> Iterable[Failure]:
        """Every row that a stream has fed whose fact could not be read: it is parked as well."""
        for failure in fold.failures:
            if failure.kind is DeadLetterKind.STREAM:
                yield from fed(db, self._room, self.view, failure)


_STANDS = "SELECT to_regclass(%s) IS NOT NULL"


def check_stands(db: DatabaseTransaction, view: View, at: Mapping[Source, Cursor]) -> None:
    """Raise Stale if the view's table was dropped, and with it the cursors. Asked with them held.

    Else a worker that still runs an old version would take all of it for holes.
    """
    table = view_table(view).full_name
    if any(not cursor.seq for cursor in at.values()) and db.query(_STANDS, (table,)) != [(True,)]:
        raise StaleConsumer(
            f"{table} was dropped: a newer version of the view answers; this program is older"
            " than that, start the newer one"
        )


def changes(fold: Fold, before: Mapping[RowKey, Any]) -> dict[RowKey, Any]:
    """The rows to write: what became another, and None for what was there and is no more."""
    return {place: row for place in fold.changed if (row := fold.state[place]) != before.get(place)}


def fed(db: DatabaseTransaction, room: str, view: View, failure: Failure) -> Iterable[Failure]:
    """The rows that a stream fed before its fact that cannot be read, as failures of their own."""
    found: dict[str, None] = {}
    for line in db.query(STREAM, (failure.stream, failure.seq)):
        fold = Fold(view, ParkedKeys())
        touch = fold.touch(from_record(room, line))
        found.update(dict.fromkeys(key_text(key) for key in touch.keys) if touch else {})
    for key in found:
        yield Failure(
            DeadLetterKind.ROW,
            key,
            failure.partition,
            failure.seq,
            failure.room,
            failure.stream,
            UNREAD,
        )
