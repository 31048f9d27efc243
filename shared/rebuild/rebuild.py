"""重建 (rebuild): a view built once more from the journal's beginning, and compared with the live.

The live rows and cursors are copied out in one short transaction; then the journal is read from
offset 0 to where those cursors stood, folded by the view's own `project`, copied into a table
beside, and compared row by row. What is parked is not compared; what was discarded is left out.
Each record is compared with the room's own: the journal is not believed.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg2
from sqlalchemy.engine import make_url

from shared.config import Settings
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import ParkedKeys
from shared.consumers.garbage import Garbage
from shared.consumers.replay import FACTS, from_record
from shared.kafka_access import KafkaAccess
from shared.proof.check import Proofs, proofs_of
from shared.rebuild.comparison import SAMPLES, Comparison, Live
from shared.rebuild.topic import CHUNK, JournalReader, LeftOut
from shared.record import interventions
from shared.record.database import RawConnection, translating_errors
from shared.record.interventions import Because
from shared.room import Room
from shared.view import View
from shared.views.fold import Fold

Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """重建结果: what came of it."""

    view: str
    version: int
    facts: int
    rows: int
    differing: int
    not_compared: int
    """Rows that are parked in the live view."""
    samples: Sequence[str]
    """Keys of some rows that differ."""
    seconds: float
    garbage: int = 0
    """Records on its topics that no relay wrote; they are left, and should be looked into."""
    unproved: int = 0
    """Of these, so many look like a fact, but no key of ours proves them."""
    not_recorded: int = 0
    """Records of the journal that are not what the room has recorded; left out as well."""
    false_records: Sequence[str] = ()
    """Some of them, each as TOPIC/PARTITION/OFFSET."""
    moved: Sequence[str] = ()
    """Cursors of the view that somebody moved, each as TOPIC/PARTITION. A swap puts them right."""
    swapped: bool = False

    @property
    def equal(self) -> bool:
        """Whether the rebuilt view is the live one."""
        return self.differing == 0 and not self.moved


def rebuild(
    room: Room,
    settings: Settings,
    view_name: str,
    *,
    swap: bool = False,
    say: Say = lambda _done, _of: None,
    because: Because | None = None,
) -> Rebuilt:
    """Rebuild a view and compare; with `swap` the rebuilt rows take the place of the live ones.

    `say(done, of)` tells of facts as they are read. `because`: the ledger has the swap in the same
    transaction. KeyError: the room has no such view.
    """
    view = room.view(view_name)
    with connected(settings.worker_url) as connection, closing(proofs_of(settings)) as proofs:
        work = Rebuild(connection, room.name, view, proofs.begun())
        try:
            return work.run(settings.kafka, swap=swap, say=say, because=because)
        finally:
            work.end()


class Rebuild:
    """重建: one run of it over its own connection. Raises RebuildRuns if another one is at it."""

    def __init__(
        self, connection: RawConnection, room: str, view: View, proofs: Proofs | None = None
    ) -> None:
        self._room, self._view = room, view
        self._left_out = LeftOut(Garbage(proofs))
        self._tables = Comparison(connection, room, view)
        self._tables.alone()

    def run(
        self, kafka: KafkaAccess, *, swap: bool, say: Say, because: Because | None = None
    ) -> Rebuilt:
        """Build beside, compare, and swap if that is asked for."""
        begun = time.monotonic()
        live = self._tables.snapshot()
        done = self._build(kafka, live, say)
        differing, samples = self._tables.differing(live.parks)
        rows = self._tables.count()
        if swap:
            self._swap(live, because)
        return Rebuilt(
            view=self._view.NAME,
            version=self._view.VERSION,
            facts=done,
            rows=rows,
            differing=differing,
            not_compared=len(live.parks.rows),
            samples=samples,
            seconds=time.monotonic() - begun,
            garbage=self._left_out.garbage.counts.total(),
            unproved=self._left_out.garbage.unproved.total(),
            not_recorded=len(self._left_out.differing),
            false_records=list(self._left_out.differing)[:SAMPLES],
            moved=[f"{source.topic}/{source.partition}" for source in sorted(live.moved)],
            swapped=swap,
        )

    def end(self) -> None:
        """Drop what the rebuild has left beside the view, and let another one begin."""
        self._tables.clear()
        self._tables.let_others()

    def _build(self, kafka: KafkaAccess, live: Live, say: Say) -> int:
        """Read the journal up to the live cursors and fill the table beside; how many facts."""
        total, done = sum(cursor.seq for cursor in live.at.values()), 0
        with closing(JournalReader(kafka, self._left_out, self._tables.not_recorded)) as reader:
            for source, cursor in sorted(live.at.items()):
                fold = Fold(self._view, ParkedKeys(left_out=live.parks.left_out))
                for chunk in reader.read(source, cursor):
                    _fold(fold, chunk)
                    done += len(chunk)
                    say(done, total)
                self._tables.fill(fold.state, fold.seqs)
        return done

    def _swap(self, live: Live, because: Because | None) -> None:
        """Bring the rebuilt rows to where the cursors are now, and write what differs.

        If something was parked, retried or discarded meanwhile, the rebuilt rows of its partition
        know nothing of it: they are folded once more, from the record.
        """
        now = self._tables.hold()
        for source, cursor in now.at.items():
            after = live.seq(source)
            if live.parks.of(source.partition) != now.parks.of(source.partition):
                self._tables.empty(source.partition)
                after = 0
            self._read_on(source, after, cursor.seq, now.parks)
        self._tables.put_right({source: now.at[source] for source in now.moved})
        if because is not None:
            what = f"{self._view.NAME} answers from the rows built anew"
            interventions.note(self._tables.db, "rebuild", what, because)
        self._tables.replace(now.parks)

    def _read_on(self, source: Source, after: int, until: int, parks: ParkedKeys) -> None:
        """Fold the facts behind `after`, from the record."""
        db, anew = self._tables.db, self._tables.anew
        known = ParkedKeys(left_out=parks.left_out)  # what fails stays parked for what follows
        while lines := db.query(FACTS, (source.partition, after, until, CHUNK)):
            fold = Fold(self._view, known)
            records = [from_record(self._room, line) for line in lines]
            touches = [t for record in records if (t := fold.touch(record)) is not None]
            places = {place for touch in touches for place in touch.places}
            before = anew.load(db, places)
            fold.state.update(before.rows)
            fold.seqs.update(before.seqs)
            for touch in touches:
                fold.apply(touch)
            anew.write(db, {place: fold.state[place] for place in fold.changed}, fold.seqs)
            after = records[-1].seq


def _fold(fold: Fold, records: Sequence[ConsumerRecord]) -> None:
    for record in records:
        if (touch := fold.touch(record)) is not None:
            fold.apply(touch)


@contextmanager
def connected(url: str) -> Iterator[RawConnection]:
    """A connection without the limits of a command: copying a view may take long."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with translating_errors(), closing(psycopg2.connect(plain, connect_timeout=5)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET timezone = UTC; SET lock_timeout = '30s'")
        connection.commit()
        yield connection
