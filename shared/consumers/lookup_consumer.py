"""查找的消费者 (the consumer of the look-up): fills its table from the room's own journal.

It also tells the key store whose each stream is. What it opens and tells comes only from facts in
their turn that stand in the room's own record: a link to an erased customer destroys a key.
Without the key store it alone waits, and later catches up from the record.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from threading import Lock

from sqlalchemy import Engine

from shared.consumers import cursors, dead_letters, lookup
from shared.consumers.consumer import BatchOutcome
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind, Failure
from shared.consumers.lookup import CONSUMER, LookUpEntry, Opener, entries, links
from shared.consumers.replay import STREAM, doubts, facts_after, from_record
from shared.events.reading import UnknownType
from shared.log import logger
from shared.personal.digest import Digester
from shared.personal.key_store import KeysUnavailable
from shared.personal.keys import Keys
from shared.record.store import Conflict
from shared.record.transaction import DatabaseTransaction, transaction
from shared.topics import journal_topic
from shared.view import Recorded

log = logger(__name__)
FORGET_EACH_S = 60
"""How often the key store is asked for erasures that another room made."""
_NOT_FORGOTTEN = """
SELECT e.subject FROM unnest(%s::text[]) AS e (subject)
WHERE NOT EXISTS (SELECT FROM lookup.forgotten AS f WHERE f.subject = e.subject)
"""


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
    """查找: the consumer that fills the table, and tells the key store whose each stream is.

    One thread calls `take`, another one `catch_up`.
    """

    def __init__(self, engine: Engine, room: str, keys: Keys) -> None:
        self.name = CONSUMER
        self.names = (CONSUMER,)
        self.topics: Collection[str] = (journal_topic(room),)
        self._engine, self._keys = engine, keys
        self._digester, self._opener = Digester(keys.master), Opener(keys)
        self._behind: dict[Source, int] = {}
        """Sources of records that were put off, and how often that was done."""
        self._counting = Lock()
        self._forget_at = 0.0

    def take(self, records: Sequence[ConsumerRecord]) -> Mapping[str, BatchOutcome]:
        """As Consumer.take; nothing came of the records if the key store is away."""
        if self._behind:
            self._put_off(records)
            return {}
        try:
            return {self.name: self._take(records)}
        except KeysUnavailable as error:
            log.warning("the look-up waits for the key store", error=error)
            self._put_off(records)
            return {}

    def goes_alone(self, records: Sequence[ConsumerRecord]) -> bool:
        """Whether the key store must be asked, which nobody else waits for."""
        return bool(self._behind) or any(map(_has_to_open, records))

    def waits(self) -> Sequence[str]:
        """What it waits for, in words."""
        if not self._behind:
            return []
        count = f"{len(self._behind)} partitions"
        return [f"the look-up waits for the key store on {count}; see docs/runbooks/lag.md"]

    def catch_up(self, limit: int) -> Mapping[str, BatchOutcome]:
        """Take from the record what was put off, of each source at most so many facts."""
        taken = BatchOutcome()
        try:
            self._forget_erased()
            for source, times in sorted(self._behind.items()):
                taken.and_then(self._catch_up(source, times, limit))
        except KeysUnavailable:
            log.debug("the key store is still away")
        return {self.name: taken}

    def _forget_erased(self) -> None:
        """Take out what was erased elsewhere: a link that another room has heard of since.

        Asked once a minute. Raises KeysUnavailable.
        """
        if time.monotonic() < self._forget_at:
            return
        erased = sorted({subject for each in self._keys.erasures() for subject in each.subjects})
        with transaction(self._engine) as db:
            if new := [subject for (subject,) in db.query(_NOT_FORGOTTEN, (erased,))]:
                lookup.forget(db, new)
        self._forget_at = time.monotonic() + FORGET_EACH_S

    def _catch_up(self, source: Source, times: int, limit: int) -> BatchOutcome:
        with transaction(self._engine) as db:
            at = cursors.lock(db, self.name, {source})[source]
            records = facts_after(db, source, at.seq, limit)
        taken = self._take(records) if records else BatchOutcome()
        with self._counting:
            # What was put off before the record was read to its end is taken now.
            if len(records) < limit and self._behind.get(source) == times:
                del self._behind[source]
        return taken

    def _put_off(self, records: Sequence[ConsumerRecord]) -> None:
        with self._counting:
            for source in {record.source for record in records}:
                self._behind[source] = self._behind.get(source, 0) + 1

    def _take(self, records: Sequence[ConsumerRecord]) -> BatchOutcome:
        """Open what is new and true, then write it. Raises KeysUnavailable: nothing is half-done.

        The keys are asked between two transactions, because they are elsewhere.
        """
        sources = {record.source for record in records}
        with transaction(self._engine) as db:
            at = cursors.lock(db, self.name, sources)
            false, stopped = doubts(db, {self.name: at}, records)
            going = [record for record in records if (self.name, record.source) not in stopped]
            walked = cursors.advance(at, going, false)
        opened = self._opened(walked.applied)
        with transaction(self._engine) as db:
            if cursors.lock(db, self.name, sources) != at:
                raise Conflict("another worker has moved the cursors of the look-up")
            db.execute_last(cursors.saving({self.name: walked.cursors}))
            return self._add(db, opened, walked)

    def _opened(self, records: Sequence[ConsumerRecord]) -> OpenedRecords:
        """What the facts hold for the table.

        Whose their streams are is known to the key store by then. Raises KeysUnavailable.
        """
        told, unread = _read(records)
        self._keys.find({subject for each in told for subject in lookup.subjects(each)})
        found = {e for each in told for e in entries(each, self._digester, self._opener)}
        # Before the cursor moves, and again if it then does not move: a link that is known stays.
        gone = self._keys.link({link for each in told for link in links(each)})
        return OpenedRecords(found, gone, unread)

    def _add(
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
            opened = self._opened([from_record(parked.room, line) for line in lines])
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


def _has_to_open(record: ConsumerRecord) -> bool:
    """Whether it names texts or an owner, or cannot be read."""
    try:
        told = record.recorded()
    except Exception:  # noqa: BLE001 - told and parked when it is taken
        return True
    return any(chain(lookup.subjects(told), links(told)))


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
