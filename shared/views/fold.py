"""折叠 (the fold): facts of the room's own journal folded in memory into the rows of one view.

The same fold serves the worker's batches, a rebuild and a retry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.dead_letters import (
    DeadLetterKind,
    Failure,
    ParkedKeys,
    describe,
    key_text,
    unread,
)
from shared.consumers.replay import STREAM, from_record
from shared.events.reading import UnknownType
from shared.record.transaction import DatabaseTransaction
from shared.view import Key, Recorded, RowKey, View, ViewRow

UNREAD = "a fact of its stream could not be read"


@dataclass(frozen=True, slots=True)
class Touch:
    """A fact and the rows it changes."""

    told: Recorded
    keys: Sequence[Key]

    @property
    def places(self) -> Iterable[RowKey]:
        """Where these rows stand."""
        return [(self.told.partition, key) for key in self.keys]


@dataclass(slots=True)
class Fold:
    """折叠: the rows of one view in memory. A row that fails is parked; the others go on."""

    view: View
    parks: ParkedKeys
    state: dict[RowKey, object] = field(default_factory=dict)
    seqs: dict[RowKey, int] = field(default_factory=dict)
    """The last fact of each row: it is not folded into the row again."""
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
            self._park_stream(record, error)
            return None
        if (unread_seq := self.parks.streams.get((stored.partition, stored.stream))) is not None:
            for key in keys:
                self.park_row((stored.partition, key), told, UNREAD, seq=unread_seq)
            return None
        return Touch(told, keys) if keys else None

    def apply(self, touch: Touch) -> None:
        """Fold the fact into its rows, which must be loaded."""
        told = touch.told
        for key in touch.keys:
            place = (told.partition, key)
            if told.seq <= self.seqs.get(place, 0):
                continue
            if self.parks.holds(place) or self.parks.leaves_out(told.partition, told.seq, key):
                continue
            try:
                after = self._alone(key, self.state.get(place), told)
            except Exception as error:  # noqa: BLE001 - as above
                self.park_row(place, told, describe(error))
                continue
            self.state[place] = after
            self.seqs[place] = told.seq
            self.changed.add(place)

    def _alone(self, key: Key, row: ViewRow, told: Recorded) -> ViewRow:
        """Project; try a second time if it fails. Only what fails twice is parked."""
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

    def _park_stream(self, record: ConsumerRecord, error: Exception) -> None:
        stored = record.stored
        named = (stored.partition, stored.stream)
        if named not in self.parks.streams:
            self.parks.streams[named] = stored.seq
            self.failures.append(unread(record, error))


def changes(fold: Fold, before: Mapping[RowKey, object]) -> dict[RowKey, object]:
    """The rows to write: those that have changed, and None for those that are gone."""
    return {place: row for place in fold.changed if (row := fold.state[place]) != before.get(place)}


def fed(db: DatabaseTransaction, room: str, view: View, failure: Failure) -> Iterable[Failure]:
    """The rows that a stream fed before its fact that cannot be read, as failures of their own."""
    found: dict[str, None] = {}
    for line in db.query(STREAM, (failure.stream, failure.seq)):
        fold = Fold(view, ParkedKeys())
        touch = fold.touch(from_record(room, line))
        found.update(dict.fromkeys(key_text(key) for key in touch.keys) if touch else {})
    for key in found:
        yield replace(failure, kind=DeadLetterKind.ROW, key=key, reason=UNREAD)
