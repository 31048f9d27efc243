"""重建 (rebuild): a view built once more from the journal's beginning, and compared with the live.

The live rows and cursors are copied out in one short transaction; then the topics are read from
offset 0 to where those cursors stood, folded by the view's own `project` or `rows_of`, copied into
a table beside, and compared row by row. What is parked is not compared; what was discarded is left
out.
"""

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from sqlalchemy.engine import make_url

from shared.config import Settings
from shared.record.database import told
from shared.room import Room
from shared.view import ReadModel, View, is_of_documents, is_of_journal
from shared.views.copying import Lines
from shared.views.journal import CHUNK, read_topic
from shared.views.projecting import FACTS, Fold, consumer_name, from_record
from shared.views.rows import Rows, columns
from shared.views.table import PARTITION, Place, ViewTable, view_table
from shared.worker import cursor as cursors
from shared.worker import parking
from shared.worker.cursor import Cursor, Source
from shared.worker.incoming import Incoming
from shared.worker.parking import Parks

SAMPLES = 10


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
    swapped: bool = False

    @property
    def equal(self) -> bool:
        """Whether the rebuilt view is the live one."""
        return self.differing == 0


@dataclass(slots=True)
class Live:
    """The live view as it was at one moment."""

    at: Mapping[Source, Cursor]
    parks: Parks

    def seq(self, source: Source) -> int:
        """How far it had come on a source."""
        return self.at[source].seq if source in self.at else 0


class RebuildRuns(Exception):
    """The same view is being rebuilt already."""


_ALONE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"

Say = Callable[[int, int], None]


def rebuild(
    room: Room,
    settings: Settings,
    view_name: str,
    *,
    swap: bool = False,
    say: Say = lambda _done, _of: None,
) -> Rebuilt:
    """Rebuild a view and compare; with `swap` the rebuilt rows take the place of the live ones.

    `say(done, of)` tells of facts as they are read. KeyError: the room has no such view.
    """
    view = room.view(view_name)
    with connected(settings.worker_url) as connection:
        work = _work(connection, room.name, view)
        work.alone()
        try:
            return work.run(settings.kafka_bootstrap, swap=swap, say=say)
        finally:
            work.clear()


def _work(connection: Any, room: str, view: ReadModel) -> "Rebuild":
    if is_of_documents(view):
        from shared.views.rebuild_documents import DocumentRebuild

        return DocumentRebuild(connection, room, view)
    assert is_of_journal(view)
    return JournalRebuild(connection, room, view)


class Rebuild(ABC):
    """重建: one run of it over its own connection; what differs by kind of view is abstract."""

    def __init__(self, connection: Any, room: str, view: ReadModel) -> None:
        self._connection = connection
        self._rows = Rows(connection, watched=False)
        self._room, self._named = room, view
        self._garbage: Counter[str] = Counter()
        self._consumer = consumer_name(view)
        self._live = view_table(view)
        self._copy = self._live.beside("live")
        self._anew = self._live.beside("rebuilt")
        self._keys = self._live.beside("differing")

    def run(self, bootstrap: str, *, swap: bool, say: Say) -> Rebuilt:
        """Build beside, compare, and swap if that is asked for."""
        begun = time.monotonic()
        live = self._snapshot()
        done = self._build(bootstrap, live, say)
        differing, samples = self._compare(self._copy, live.parks)
        ((rows,),) = self._rows.all(f"SELECT count(*) FROM {self._anew.full_name}")  # noqa: S608
        if swap:
            self._swap(live)
        return Rebuilt(
            view=self._named.NAME,
            version=self._named.VERSION,
            facts=done,
            rows=int(rows),
            differing=differing,
            not_compared=len(live.parks.rows),
            samples=samples,
            seconds=time.monotonic() - begun,
            garbage=self._garbage.total(),
            swapped=swap,
        )

    def alone(self) -> None:
        """Keep other rebuilds of the view away as long as the connection lasts."""
        ((mine,),) = self._rows.all(_ALONE, (f"guiyi-rebuild/{self._live.name}",))
        if not mine:
            raise RebuildRuns(f"another rebuild of {self._named.NAME} is running")
        self._connection.commit()

    @abstractmethod
    def _build(self, bootstrap: str, live: Live, say: Say) -> int:
        """Read the topics up to the live view's cursors and fill the table beside; how many."""

    @abstractmethod
    def _catch_up(self, live: Live, held: Mapping[Source, Cursor], parks: Parks) -> None:
        """Bring the rebuilt rows to where the cursors are now, which are held."""

    def clear(self) -> None:
        """Drop what a rebuild, this one or one that was killed, has left beside the view."""
        self._connection.rollback()
        self._as_owner()
        for table in (self._copy, self._anew, self._keys):
            self._rows.do(f"DROP TABLE IF EXISTS {table.full_name}")
            self._rows.do(f"DROP TABLE IF EXISTS {table.versions}")
        self._connection.commit()

    def _snapshot(self) -> Live:
        """Rows, cursors and what is parked at one moment, copied out and let go of."""
        self.clear()
        self._rows.do("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        at = cursors.read(self._rows, self._consumer)
        parks = parking.parks(self._rows, self._consumer, {source.partition for source in at})
        self._as_owner()
        live, copy, anew = (t.full_name for t in (self._live, self._copy, self._anew))
        self._rows.do(f"CREATE UNLOGGED TABLE {copy} AS TABLE {live}")
        self._rows.do(f"CREATE UNLOGGED TABLE {anew} (LIKE {live})")
        self._connection.commit()
        return Live(at, parks)

    def _fill(self, found: Mapping[Place, Any]) -> None:
        """Copy a partition's rows into the table beside."""
        self._as_owner()
        names = ", ".join([PARTITION, *(f'"{part.name}"' for part in self._anew.parts)])
        lines = (self._anew.line_at(at, row) for at, row in found.items() if row is not None)
        self._copy_in(f"{self._anew.full_name} ({names})", lines)
        self._connection.commit()

    def _copy_in(self, into: str, lines: Iterator[tuple[Any, ...]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {into} FROM STDIN", Lines(lines), 1 << 16)

    def _compare(self, table: ViewTable, parks: Parks) -> tuple[int, Sequence[str]]:
        """How many rows of a table are not as rebuilt, and the keys of some; the parked aside."""
        values = self._held(parks)
        ((count,),) = self._rows.all(f"SELECT count(*) FROM {self._differing(table)}", values)  # noqa: S608
        keys = ", ".join(f'd."{name}"::text' for name in self._live.key)
        some = f"SELECT {keys} FROM {self._differing(table)} ORDER BY 1 LIMIT {SAMPLES}"  # noqa: S608
        samples = ["/".join(line) for line in self._rows.all(some, values)]
        return int(count), samples

    def _differing(self, table: ViewTable) -> str:
        key = ", ".join([PARTITION, *(f'"{name}"' for name in self._live.key)])
        arrays = ", ".join(
            ["%s::int4[]", *(f"%s::{self._live.stored(name)}[]" for name in self._live.key)]
        )
        return (
            f"(SELECT {key} FROM {table.full_name} AS l FULL JOIN {self._anew.full_name} AS r"  # noqa: S608
            f" USING ({key}) WHERE (l.*) IS DISTINCT FROM (r.*) AND NOT EXISTS ("
            f"SELECT FROM unnest({arrays}) AS h ({key})"
            f" WHERE ({', '.join(f'h.{name}' for name in self._quoted)})"
            f" = ({', '.join(f'coalesce(l.{n}, r.{n})' for n in self._quoted)}))) AS d"
        )

    @property
    def _quoted(self) -> Sequence[str]:
        return [PARTITION, *(f'"{name}"' for name in self._live.key)]

    def _held(self, parks: Parks) -> Sequence[Any]:
        lines = [
            self._live.key_line((partition, self._live.read_key(text)))
            for partition, text in sorted(parks.rows)
        ]
        return columns(lines, len(self._live.key) + 1)

    def _swap(self, live: Live) -> None:
        """Bring the rebuilt rows to where the cursors are now, and write what differs."""
        self._as_owner()
        key = ", ".join(self._quoted)
        self._rows.do(f"ALTER TABLE {self._anew.full_name} ADD PRIMARY KEY ({key})")
        self._rows.do("SET LOCAL ROLE NONE")
        held = cursors.lock(self._rows, self._consumer, cursors.read(self._rows, self._consumer))
        parks = parking.parks(self._rows, self._consumer, {each.partition for each in held})
        self._catch_up(live, held, parks)
        values = self._held(parks)
        same = " AND ".join(f"t.{name} = d.{name}" for name in self._quoted)
        differing = self._differing(self._live)
        into, anew, keys = (t.full_name for t in (self._live, self._anew, self._keys))
        self._as_owner()
        self._rows.do(f"CREATE UNLOGGED TABLE {keys} AS SELECT * FROM {differing}", values)  # noqa: S608
        self._rows.do(f"DELETE FROM {into} AS t USING {keys} AS d WHERE {same}")  # noqa: S608
        self._rows.do(f"INSERT INTO {into} SELECT t.* FROM {anew} AS t JOIN {keys} AS d ON {same}")  # noqa: S608
        self._connection.commit()

    def _as_owner(self) -> None:
        self._rows.do(f'SET LOCAL ROLE "{self._room}_views"')


class JournalRebuild(Rebuild):
    """重建 of a view over the room's own journal."""

    def __init__(self, connection: Any, room: str, view: View) -> None:
        super().__init__(connection, room, view)
        self._view = view

    def _build(self, bootstrap: str, live: Live, say: Say) -> int:
        total, done = sum(cursor.seq for cursor in live.at.values()), 0
        for source, cursor in sorted(live.at.items()):
            fold = Fold(self._view, Parks(left_out=live.parks.left_out))
            for chunk in read_topic(bootstrap, source, cursor, self._garbage):
                _fold(fold, chunk)
                done += len(chunk)
                say(done, total)
            self._fill(fold.state)
        return done

    def _catch_up(self, live: Live, held: Mapping[Source, Cursor], parks: Parks) -> None:
        for source, cursor in held.items():
            self._read_on(source, live.seq(source), cursor.seq, parks)

    def _read_on(self, source: Source, after: int, until: int, parks: Parks) -> None:
        while lines := self._rows.all(FACTS, (source.partition, after, until, CHUNK)):
            fold = Fold(self._view, Parks(left_out=parks.left_out))
            records = [from_record(self._room, line) for line in lines]
            touches = [t for record in records if (t := fold.touch(record)) is not None]
            places = {(touch.told.partition, key) for touch in touches for key in touch.keys}
            fold.state.update(self._anew.load(self._rows, places))
            for touch in touches:
                fold.apply(touch)
            self._anew.write(self._rows, {place: fold.state[place] for place in fold.changed})
            after = records[-1].seq


def _fold(fold: Fold, records: Sequence[Incoming]) -> None:
    for record in records:
        if (touch := fold.touch(record)) is not None:
            fold.apply(touch)


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection without the limits of a command: copying a view may take long."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with told(), closing(psycopg2.connect(plain, connect_timeout=5)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET timezone = UTC; SET lock_timeout = '30s'")
        connection.commit()
        yield connection
