"""查找的消费者 (the consumer of the look-up): fills its table from the room's own journal.

It also tells the key store whose each stream is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from shared.consumers import cursors, dead_letters, lookup
from shared.consumers.consumer import BatchOutcome
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind, Failure
from shared.consumers.lookup import CONSUMER, LookUpEntry, Opener, entries, links
from shared.consumers.replay import STREAM, from_record
from shared.events.reading import UnknownType
from shared.log import logger
from shared.personal.digest import Digester
from shared.personal.keys import Keys
from shared.record.transaction import DatabaseTransaction, transaction
from shared.topics import journal_topic
from shared.view import Recorded

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedRecords:
    """What some records hold for the table."""

    found: Collection[LookUpEntry]
    gone: Collection[str]
    """Subjects that are erased already, as the records show."""
    unread: Mapping[ConsumerRecord, Exception]
    """Why a record could not be read."""

    def write(self, db: DatabaseTransaction) -> None:
        """Write what was found; take out what turns out to be erased already."""
        lookup.add(db, self.found)
        if self.gone:
            lookup.forget(db, self.gone)

    def failures(self, records: Sequence[ConsumerRecord]) -> Sequence[Failure]:
        """What is parked of those of the records that could not be read."""
        return [dead_letters.unread(record, self.unread[record]) for record in records]


class LookUp:
    """查找: the consumer that fills the table, and tells the key store whose each stream is."""

    def __init__(self, engine: Engine, room: str, keys: Keys) -> None:
        self.name = CONSUMER
        self.names = (CONSUMER,)
        self.topics: Collection[str] = (journal_topic(room),)
        self._engine, self._keys = engine, keys
        self._digester, self._opener = Digester(keys.master), Opener(keys)

    def take(self, records: Sequence[ConsumerRecord]) -> Mapping[str, BatchOutcome]:
        """As Consumer.take. Raises KeysUnavailable too; then nothing is half-done."""
        opened = self.opened(records)
        with transaction(self._engine) as db:
            at = cursors.lock(db, self.name, {record.source for record in records})
            walked = cursors.advance(at, records)
            db.execute_last(cursors.saving({self.name: walked.cursors}))
            return {self.name: self.add(db, opened, walked)}

    def opened(self, records: Sequence[ConsumerRecord]) -> OpenedRecords:
        """What the records hold for the table. Asked before a transaction: the keys are elsewhere.

        Whose their streams are is known to the key store by then. Raises KeysUnavailable.
        """
        told, unread = _read(records)
        self._keys.find({subject for each in told for subject in lookup.subjects(each)})
        found = {e for each in told for e in entries(each, self._digester, self._opener)}
        # Before the cursor moves, and again if it then does not move: a link that is known stays.
        gone = self._keys.link({link for each in told for link in links(each)})
        return OpenedRecords(found, gone, unread)

    def add(
        self,
        db: DatabaseTransaction,
        opened: OpenedRecords,
        walked: cursors.Advance[ConsumerRecord],
    ) -> BatchOutcome:
        """Write what the records hold, in a transaction that holds this consumer's cursors.

        The stream of a fact that cannot be read is parked. Otherwise what it says about its owner
        would be lost, to an erasure too. The other facts of the stream are taken all the same.
        """
        opened.write(db)
        unread = [record for record in walked.applied if record in opened.unread]
        taken = BatchOutcome.of(walked)
        taken.unknown = sum(isinstance(error, UnknownType) for error in opened.unread.values())
        taken.parked = dead_letters.park(db, self.name, opened.failures(unread))
        return taken

    def again(self, parked: DeadLetter, *, give_up: bool = False) -> None:
        """Read a parked stream anew, up to the cursor; it stays parked if that still fails.

        `give_up`: the fact it is parked for counts no more; there may be others behind it. Raises
        KeysUnavailable, Unavailable.
        """
        source = Source(journal_topic(parked.room), parked.partition, parked.room)
        with transaction(self._engine) as db:
            # Held, so that the consumer parks nothing behind what is read here.
            at = cursors.lock(db, self.name, {source})[source]
            if give_up:
                dead_letters.give_up(db, parked.id)
            lines = db.query(STREAM, (parked.stream, at.seq + 1))
            opened = self.opened([from_record(parked.room, line) for line in lines])
            opened.write(db)
            dead_letters.unpark(
                db, self.name, parked.partition, [(DeadLetterKind.STREAM, parked.stream)]
            )
            known = dead_letters.parked_keys(db, self.name, [parked.partition])
            left = [
                record
                for record in opened.unread
                if not known.leaves_out(parked.partition, record.seq)
            ]
            dead_letters.park(db, self.name, opened.failures(left[:1]))


def _read(
    records: Sequence[ConsumerRecord],
) -> tuple[list[Recorded], dict[ConsumerRecord, Exception]]:
    """The facts, and why those cannot be read that this program cannot read."""
    told, unread = [], {}
    for record in records:
        try:
            told.append(record.recorded())
        except Exception as error:  # noqa: BLE001 - whatever keeps one fact from being read
            log.warning("not read", place=record.place, reason=type(error).__name__)
            unread[record] = error
    return told, unread
