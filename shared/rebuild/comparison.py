"""重建的步骤 (how a view is rebuilt): beside the live one, caught up, compared, put in its place.

What is the same for every kind of view; how its rows are made anew, each kind says itself.
"""

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.consumers import cursors, dead_letters
from shared.consumers.cursors import Cursor, Source
from shared.consumers.dead_letters import Parks
from shared.rebuild.copy_text import Lines
from shared.record.transaction import Rows, columns
from shared.view import Place, ReadModel
from shared.views.projection import consumer_name
from shared.views.table import PARTITION, ViewTable, view_table

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
        parks = dead_letters.parks(self._rows, self._consumer, {source.partition for source in at})
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
        parks = dead_letters.parks(self._rows, self._consumer, {each.partition for each in held})
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
