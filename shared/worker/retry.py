"""复原 (healing): parked work tried again, or given up, by an operator's word.

A row is folded anew as a whole, from the record up to its view's cursor; the cursor never moves for
it. A document is looked at again in its newest state. What is given up is left out for ever.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial

from sqlalchemy import Engine

from shared.config import Settings
from shared.consumers import cursors, dead_letters
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind, ParkedKeys, key_text
from shared.consumers.lookup import CONSUMER as LOOK_UP
from shared.consumers.lookup import LookUp
from shared.consumers.replay import FACTS, STREAM, from_record
from shared.handle import Handler
from shared.personal.keys import open_keys
from shared.policy import CORE, Core
from shared.policy.source import read
from shared.record.database import engine as make_engine
from shared.record.migrations import check_schema
from shared.record.notification import Notifier
from shared.record.postgres import Record
from shared.record.transaction import DatabaseTransaction, transaction
from shared.room import Room
from shared.topics import journal_topic
from shared.view import Key, View
from shared.views.fold import Fold, Touch, fed
from shared.views.projection import consumer_name
from shared.views.table import view_table
from shared.worker.reactions import Reactions
from shared.worker.timers import Timers

CHUNK = 1_000


class VersionRetired(Exception):
    """The line is of a view version that this program does not have: its id, its consumer."""


class NotAlone(Exception):
    """This row stands or falls with another line of the list; the message names it."""


@dataclass(frozen=True, slots=True)
class RetryOutcome:
    """What became of one line of the list."""

    parked: DeadLetter
    healed: bool


class DeadLetterQueue:
    """复原: the list of a room's parked work, and what may be done with it.

    Raises SchemaDiffers where the database is not the one this program is made for, Unavailable.
    """

    def __init__(self, room: Room, settings: Settings) -> None:
        check_schema(settings.worker_url, room.name, settings.partitions)
        self._room = room
        self._engine = make_engine(settings.worker_url, pool=2)
        self._waker = Notifier(settings.worker_url)
        keys = open_keys(settings.keys_url, settings.master_key_file)
        record = Record(settings.worker_url, room.name, settings.partitions, pool=1)
        handler, wake = Handler(record, room.papers, keys), self._waker.wake
        self._look_up = LookUp(self._engine, room.name, keys)
        policy = cache(partial(read, settings.policy_dir / CORE, Core))
        reactions, timers = room.reactions, room.timers
        self._reactions = Reactions(self._engine, handler, reactions, appended=wake, policy=policy)
        self._timers = Timers(self._engine, handler, timers, appended=wake, policy=policy)

    def close(self) -> None:
        """Close its connections."""
        self._waker.close()
        self._engine.dispose()

    def listed(self, *, discarded: bool = False) -> Sequence[DeadLetter]:
        """What is parked, oldest first; with `discarded` also what was given up."""
        with transaction(self._engine) as db:
            return dead_letters.listed(db, discarded=discarded)

    def shown(self, parked_id: int) -> DeadLetter:
        """One line of the list. KeyError if there is none."""
        with transaction(self._engine) as db:
            return dead_letters.one(db, parked_id)

    def retry(self, parked_id: int) -> RetryOutcome:
        """Try it again now. KeyError if there is none, Retired."""
        return self._retry(self.shown(parked_id))

    def retry_all(self) -> Sequence[RetryOutcome]:
        """Try everything that is parked again, once; but what is of retired views."""
        return [self._retry(found) for found in self.listed() if self._has(found)]

    def discard(self, parked_id: int) -> DeadLetter:
        """Give it up for ever; what it stopped goes on without it. KeyError, NotAlone, Retired."""
        found = self.shown(parked_id)
        if found.discarded_at is None:
            with transaction(self._engine) as db:
                self._alone(db, found)
                if found.kind not in (DeadLetterKind.ROW, DeadLetterKind.STREAM):
                    dead_letters.give_up(db, parked_id)
            if found.kind in (DeadLetterKind.ROW, DeadLetterKind.STREAM):
                self._leave_out(found)
        return self.shown(parked_id)

    def _retry(self, found: DeadLetter) -> RetryOutcome:
        if found.discarded_at is not None:
            return RetryOutcome(found, healed=False)
        if self._stands(found):
            self._again(found)
        return RetryOutcome(found, healed=not self._stands(found))

    def _stands(self, found: DeadLetter) -> bool:
        with transaction(self._engine) as db:
            return dead_letters.is_parked(db, found)

    def _again(self, found: DeadLetter) -> None:
        match found.kind:
            case DeadLetterKind.STREAM if found.consumer == LOOK_UP:
                self._look_up.again(found)
            case DeadLetterKind.ROW | DeadLetterKind.STREAM:
                refold(self._engine, self._room.name, self._view(found), found.partition)
            case DeadLetterKind.DOCUMENT:
                self._reactions.again(found.room, found.stream, found.details["reactions"])
            case DeadLetterKind.REACTION | DeadLetterKind.COMMAND:
                self._reactions.again(found.room, found.stream, [found.details["reaction"]])
            case DeadLetterKind.TIMER:
                self._timers.again(found)

    def _leave_out(self, found: DeadLetter) -> None:
        if found.consumer == LOOK_UP:
            self._look_up.again(found, give_up=True)
            return
        view = self._view(found)
        refold(self._engine, self._room.name, view, found.partition, without=found)

    def _alone(self, db: DatabaseTransaction, found: DeadLetter) -> None:
        here = (found.partition, found.seq)
        if found.kind is DeadLetterKind.ROW:
            for other in dead_letters.listed(db, found.consumer):
                if other.kind is DeadLetterKind.STREAM and (other.partition, other.seq) == here:
                    raise NotAlone(
                        f"the row is parked because a fact of {other.stream} cannot be read:"
                        f" discard {other.id}, which gives up that fact"
                    )

    def _has(self, found: DeadLetter) -> bool:
        kept = {LOOK_UP, *(consumer_name(view) for view in self._room.views)}
        return (
            found.kind not in (DeadLetterKind.ROW, DeadLetterKind.STREAM) or found.consumer in kept
        )

    def _view(self, found: DeadLetter) -> View:
        for view in self._room.views:
            if consumer_name(view) == found.consumer:
                return view
        raise VersionRetired(found.id, found.consumer)


@contextmanager
def dead_letter_queue(room: Room, settings: Settings) -> Iterator[DeadLetterQueue]:
    """A healer for a while."""
    made = DeadLetterQueue(room, settings)
    try:
        yield made
    finally:
        made.close()


def refold(
    engine: Engine, room: str, view: View, partition: int, *, without: DeadLetter | None = None
) -> None:
    """Fold every parked row of a view on a partition anew; those that fold stand again.

    Most of the record is read beside the worker; only the last of it with the cursor held.
    `without`: the line of the list that is given up by this, in the same transaction.
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
        """Learn what is parked now."""
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
            db, {(partition, key): state.get((partition, key)) for key in healed}
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


_END = 2**62
