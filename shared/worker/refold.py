"""重折 (refold): parked rows are folded anew from the record, up to the cursor of their view.

The cursor never moves for it.
"""

from sqlalchemy import Engine

from shared.consumers import cursors, dead_letters
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind, ParkedKeys, key_text
from shared.consumers.replay import FACTS, STREAM, from_record
from shared.record.transaction import DatabaseTransaction, transaction
from shared.topics import journal_topic
from shared.view import Key, View
from shared.views.fold import Fold, Touch, fed
from shared.views.projection import consumer_name
from shared.views.table import view_table

CHUNK = 1_000
_END = 2**62


def refold(
    engine: Engine, room: str, view: View, partition: int, *, without: DeadLetter | None = None
) -> None:
    """Fold every parked row of a view on a partition anew; those that fold leave the list.

    Most of the record is read while the worker goes on; only its last part with the cursor held.
    `without`: the line of the list that is discarded by this, in the same transaction.
    """
    for last in (False, False, True):
        anew = _Refold(room, view, partition, without)
        with transaction(engine) as db:
            anew.begin(db)
            known = cursors.read(db, anew.consumer).get(anew.source, cursors.Cursor())
            anew.read_on(db, known.seq)
        with transaction(engine) as db:
            held = cursors.lock(db, anew.consumer, {anew.source})[anew.source]
            if last or anew.is_whole(db):
                anew.read_on(db, held.seq)
                anew.write(db)
                return


class _Refold:
    """The parked rows of one view on one partition, folded from the record's beginning."""

    def __init__(self, room: str, view: View, partition: int, without: DeadLetter | None) -> None:
        self.consumer = consumer_name(view)
        self.source = Source(journal_topic(room), partition, room)
        self._view = view
        self._without = without
        self._at = 0
        self._wanted: set[Key] = set()
        self._streams: set[str] = set()
        self._fold = Fold(view, ParkedKeys())

    def begin(self, db: DatabaseTransaction) -> None:
        """Read what is parked now."""
        known = dead_letters.parked_keys(db, self.consumer, [self.source.partition])
        self._fold.parks.left_out = known.left_out
        if (line := self._without) is not None:
            key = line.key if line.kind is DeadLetterKind.ROW else ""
            self._fold.parks.left_out.add((line.partition, line.seq, key))
        self._streams = {stream for _, stream in known.streams}
        self._wanted = self._parked(db, known)

    def is_whole(self, db: DatabaseTransaction) -> bool:
        """Whether nothing was parked since. Asked with the cursor held."""
        known = dead_letters.parked_keys(db, self.consumer, [self.source.partition])
        return self._parked(db, known) <= self._wanted

    def read_on(self, db: DatabaseTransaction, until: int) -> None:
        """Fold the facts up to here into the rows that are wanted."""
        while lines := db.query(FACTS, (self.source.partition, self._at, until, CHUNK)):
            for line in lines:
                record = from_record(self.source.room, line)
                if (touch := self._fold.touch(record)) is not None:
                    keys = [key for key in touch.keys if key in self._wanted]
                    self._fold.apply(Touch(touch.told, keys))
                self._at = record.seq

    def write(self, db: DatabaseTransaction) -> None:
        """Write the rows that fold, and take them from the list with the streams that read."""
        failed = {f.key for f in self._fold.failures if f.kind is DeadLetterKind.ROW}
        unread = [f for f in self._fold.failures if f.kind is DeadLetterKind.STREAM]
        for failure in unread:
            failed |= {f.key for f in fed(db, self.source.room, self._view, failure)}
        healed = [key for key in self._wanted if key_text(key) not in failed]
        partition, state = self.source.partition, self._fold.state
        view_table(self._view).write(
            db, {(partition, key): state.get((partition, key)) for key in healed}, self._fold.seqs
        )
        streams = self._streams - {failure.stream for failure in unread}
        named = [
            *((DeadLetterKind.ROW, key_text(key)) for key in healed),
            *((DeadLetterKind.STREAM, stream) for stream in streams),
        ]
        if self._without is not None:
            dead_letters.give_up(db, self._without.id)
        dead_letters.unpark(db, self.consumer, partition, named)

    def _parked(self, db: DatabaseTransaction, known: ParkedKeys) -> set[Key]:
        """Every row that is parked, and every row that a parked stream feeds."""
        table = view_table(self._view)
        found = {table.read_key(text) for _, text in known.rows}
        for _, stream in known.streams:
            for line in db.query(STREAM, (stream, _END)):
                touch = Fold(self._view, ParkedKeys()).touch(from_record(self.source.room, line))
                found |= set(touch.keys) if touch else set()
        return found
