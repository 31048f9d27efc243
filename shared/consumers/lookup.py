"""查找 (the look-up): which streams speak of a phone number or a name, told without opening them.

A consumer of its own fills a table of digests. It is no view: nothing proves it, it can be emptied
and refilled from the journal, and what was erased leaves it at once and does not come back.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Engine

from shared.consumers import cursors, dead_letters
from shared.consumers.consumer import BatchOutcome
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind, Failure, describe
from shared.consumers.replay import STREAM, from_record
from shared.events.meaning import LookedUp, LookUpKind, OwnedBy
from shared.events.reading import UnknownType
from shared.events.values import Sealed
from shared.log import logger
from shared.personal.digest import Digester
from shared.personal.fields import marked
from shared.personal.key_store import Link
from shared.personal.keys import KeyDestroyed, KeyNeverMade, Keys
from shared.personal.seal import SealBroken, unseal
from shared.record.statements import columns
from shared.record.transaction import DatabaseTransaction, transaction
from shared.topics import journal_topic
from shared.view import Recorded

CONSUMER = "lookup"
LIMIT = 200

log = logger(__name__)


class LookUpEntry(NamedTuple):
    """One line of the table: a stream holds such a text of such a subject."""

    kind: LookUpKind
    digest: bytes
    stream: str
    subject: str


@dataclass(frozen=True, slots=True)
class Opener:
    """开封: opens texts for the table, and says nothing about those that do not open."""

    keys: Keys

    def __call__(self, sealed: Sealed) -> str | None:
        """The text; None for an erased subject, and for what this key store cannot open."""
        try:
            return unseal(sealed, self.keys)
        except KeyDestroyed:
            return None
        except (KeyNeverMade, SealBroken) as error:
            log.warning("not opened", subject=sealed.subject, reason=str(error))
            return None


def entries(
    told: Recorded, digester: Digester, opener: Callable[[Sealed], str | None]
) -> Iterator[LookUpEntry]:
    """What a fact adds to the table: its phone numbers and names, not its addresses."""
    for mark, key, sealed in marked(told.fact, LookedUp):
        if not isinstance(sealed, Sealed) or (kind := mark.kind_of(key)) is None:
            continue
        if (text := opener(sealed)) is None:
            continue
        for digest in digester.digests(kind, text):
            yield LookUpEntry(kind, digest, told.stream, sealed.subject)


def _subjects(told: Recorded) -> Iterator[str]:
    """Whose keys open what `entries` looks at."""
    for _, _, sealed in marked(told.fact, LookedUp):
        if isinstance(sealed, Sealed):
            yield sealed.subject


def links(told: Recorded) -> Iterator[Link]:
    """Whose the fact's stream is, if the fact says so: erasing them erases it too."""
    for mark, _, number in marked(told.fact, OwnedBy):
        if (owner := mark.stream(number)) != told.stream:
            yield told.stream, owner


def find(
    db: DatabaseTransaction,
    kind: LookUpKind,
    text: str,
    digester: Digester,
    *,
    limit: int = LIMIT,
) -> Sequence[str]:
    """The streams that hold such a number or name now or held it once, by name."""
    digests = sorted(digester.digests(kind, text))
    return [stream for (stream,) in db.query(_FIND, (kind, digests, limit))]


def forget(db: DatabaseTransaction, subjects: Collection[str]) -> None:
    """删除: what the table holds of erased subjects, for good; to be done after their keys.

    A consumer that still opened something of theirs writes it before, or never.
    """
    db.query("SELECT pg_advisory_xact_lock(%s)", (_FORGETTING,))
    db.execute(_REMEMBER_FORGOTTEN, (sorted(subjects),))
    db.execute("DELETE FROM lookup.entries WHERE subject = ANY (%s::text[])", (sorted(subjects),))


def refill(db: DatabaseTransaction) -> None:
    """Empty the table; the consumer fills it from the journal's beginning at its next start.

    In the order of `take`, cursors first, so that the two wait for one another and no longer.
    """
    db.execute("DELETE FROM worker.cursors WHERE consumer = %s", (CONSUMER,))
    db.execute(
        "DELETE FROM worker.parked WHERE consumer = %s AND discarded_at IS NULL", (CONSUMER,)
    )
    db.execute("DELETE FROM lookup.entries")


@dataclass(frozen=True, slots=True)
class OpenedRecords:
    """What some records hold for the table."""

    found: Collection[LookUpEntry]
    gone: Collection[str]
    """Subjects that are erased already, as the records show."""
    unread: Mapping[ConsumerRecord, Exception]
    """Why a record could not be read."""


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
        with transaction(self._engine, durable=False) as db:
            at = cursors.lock(db, self.name, {record.source for record in records})
            walked = cursors.advance(at, records)
            db.execute_last(cursors.saving({self.name: walked.cursors}))
            return {self.name: self.add(db, opened, walked)}

    def opened(self, records: Sequence[ConsumerRecord]) -> "OpenedRecords":
        """What the records hold for the table. Asked before a transaction: the keys are elsewhere.

        Whose their streams are is known to the key store by then. Raises KeysUnavailable.
        """
        told, unread = _read(records)
        return OpenedRecords(*self._opened(told), unread)

    def add(
        self,
        db: DatabaseTransaction,
        opened: "OpenedRecords",
        walked: cursors.Advance[ConsumerRecord],
    ) -> BatchOutcome:
        """Write what the records hold, in a transaction that holds this consumer's cursors.

        The stream of a fact that cannot be read is parked. Otherwise what it says about its owner
        would be lost, to an erasure too. The other facts of the stream are taken all the same.
        """
        _add(db, opened.found)
        _forget_linked(db, opened.gone)
        unread = opened.unread
        failures = [_failure(each, unread[each]) for each in walked.applied if each in unread]
        taken = BatchOutcome.of(walked)
        taken.unknown = sum(isinstance(error, UnknownType) for error in unread.values())
        taken.parked = dead_letters.park(db, self.name, failures)
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
            told, unread = _read([from_record(parked.room, line) for line in lines])
            found, gone = self._opened(told)
            _add(db, found)
            _forget_linked(db, gone)
            dead_letters.unpark(
                db, self.name, parked.partition, [(DeadLetterKind.STREAM, parked.stream)]
            )
            known = dead_letters.parked_keys(db, self.name, [parked.partition])
            left = [each for each in unread if not known.leaves_out(parked.partition, each.seq)]
            dead_letters.park(db, self.name, [_failure(each, unread[each]) for each in left[:1]])

    def _opened(self, told: Sequence[Recorded]) -> tuple[set[LookUpEntry], Collection[str]]:
        """What the facts add to the table, and whom they say to be erased already.

        Their links are known to the key store by then.
        """
        self._keys.find({subject for each in told for subject in _subjects(each)})
        found = {e for each in told for e in entries(each, self._digester, self._opener)}
        # Before the cursor moves, and again if it then does not: a link that is known stays.
        gone = self._keys.link({link for each in told for link in links(each)})
        return found, gone


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


def _failure(record: ConsumerRecord, error: Exception) -> Failure:
    stored = record.stored
    return Failure(
        DeadLetterKind.STREAM,
        stored.stream,
        stored.partition,
        stored.seq,
        record.source.room,
        stored.stream,
        describe(error),
    )


def _add(db: DatabaseTransaction, found: Collection[LookUpEntry]) -> None:
    if found:
        # Shared with other consumers, not with `forget`: either it sees these rows, or we see
        # what is to be forgotten.
        db.query("SELECT pg_advisory_xact_lock_shared(%s)", (_FORGETTING,))
        db.execute(_ADD, columns(sorted(found), 4))


def _forget_linked(db: DatabaseTransaction, subjects: Collection[str]) -> None:
    """Whose it is came to be known only after his erasure: what was found of it goes too."""
    if subjects:
        forget(db, subjects)


_FORGETTING = 4_160_271_859_203
"""An advisory lock of a room's database; see `forget`."""
_FIND = """
SELECT DISTINCT stream FROM lookup.entries
WHERE kind = %s AND digest = ANY (%s::bytea[]) ORDER BY stream LIMIT %s
"""
_REMEMBER_FORGOTTEN = """
INSERT INTO lookup.forgotten (subject) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING
"""
_ADD = """
INSERT INTO lookup.entries (kind, digest, stream, subject)
SELECT e.kind, e.digest, e.stream, e.subject
FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[]) AS e (kind, digest, stream, subject)
WHERE NOT EXISTS (SELECT FROM lookup.forgotten AS f WHERE f.subject = e.subject)
ON CONFLICT DO NOTHING
"""
