"""比较 (the comparison): a view's rows as they stand, as they stood, and as they are rebuilt.

Three tables beside the live one: its copy of one moment, the rebuilt rows, the keys that differ.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from shared.consumers import cursors, dead_letters
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Cursor, Source
from shared.consumers.dead_letters import ParkedKeys
from shared.consumers.replay import differing, doubts
from shared.rebuild.copy_text import Lines
from shared.record.database import RawConnection
from shared.record.statements import Values, columns
from shared.record.transaction import DatabaseTransaction
from shared.view import RowKey, View
from shared.views.projection import consumer_name
from shared.views.table import PARTITION, SEQ, ViewTable, view_table

SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Live:
    """The live view at one moment: where its cursors stood, what was parked."""

    at: Mapping[Source, Cursor]
    """A cursor that somebody moved stands here where the record ends."""
    parks: ParkedKeys
    moved: Mapping[Source, Cursor]
    """The cursors that name no fact of the record, as they are."""

    def seq(self, source: Source) -> int:
        """How far it had come on a source."""
        return self.at[source].seq if source in self.at else 0


class RebuildRuns(Exception):
    """The same view is being rebuilt already."""


_HEAD = """
SELECT seq, hash, recorded_at FROM record.facts WHERE partition = %s ORDER BY seq DESC LIMIT 1
"""
_ALONE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"


class Comparison:
    """比较: the tables of one rebuild, over its own connection."""

    def __init__(self, connection: RawConnection, room: str, view: View) -> None:
        self.db = DatabaseTransaction(connection, patient=True)
        self.anew = view_table(view).beside("rebuilt")
        self._connection = connection
        self._room = room
        self._consumer = consumer_name(view)
        self._live = view_table(view)
        self._copy = self._live.beside("live")
        self._keys = self._live.beside("differing")

    def alone(self) -> None:
        """Lock out other rebuilds of the view as long as the connection lasts."""
        ((mine,),) = self.db.query(_ALONE, (f"guiyi-rebuild/{self._live.name}",))
        if not mine:
            raise RebuildRuns(f"another rebuild of {self._live.name} is running")
        self._connection.commit()

    def let_others(self) -> None:
        """Let another rebuild of the view begin."""
        self.db.query("SELECT pg_advisory_unlock_all()")
        self._connection.commit()

    def clear(self) -> None:
        """Drop what a rebuild, this one or one that was killed, has left beside the view."""
        self._connection.rollback()
        self._as_owner()
        for table in (self._copy, self.anew, self._keys):
            self.db.execute(f"DROP TABLE IF EXISTS {table.full_name}")
        self._connection.commit()

    def snapshot(self) -> Live:
        """Copy rows, cursors and what is parked, all of one moment; nothing stays locked."""
        self.clear()
        self.db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        at = cursors.read(self.db, self._consumer)
        found = self._look(at)
        self._as_owner()
        live, copy, anew = (t.full_name for t in (self._live, self._copy, self.anew))
        self.db.execute(f"CREATE UNLOGGED TABLE {copy} AS TABLE {live}")
        self.db.execute(f"CREATE UNLOGGED TABLE {anew} (LIKE {live})")
        self._connection.commit()
        return found

    def not_recorded(self, records: Sequence[ConsumerRecord]) -> Collection[ConsumerRecord]:
        """Those of the journal's records that are not what the room's own record holds."""
        found = differing(self.db, records)
        self._connection.commit()
        return found

    def fill(self, found: Mapping[RowKey, object], seqs: Mapping[RowKey, int]) -> None:
        """Copy a partition's rows into the table beside."""
        self._as_owner()
        names = ", ".join(self.anew.written)
        rows = ((place, row) for place, row in found.items() if row is not None)
        lines = (self.anew.line(place, seqs[place], row) for place, row in rows)
        with self._connection.cursor() as cursor:
            into = f"COPY {self.anew.full_name} ({names}) FROM STDIN"
            cursor.copy_expert(into, Lines(lines), 1 << 16)
        self._connection.commit()

    def count(self) -> int:
        """How many rows are rebuilt."""
        ((rows,),) = self.db.query(f"SELECT count(*) FROM {self.anew.full_name}")  # noqa: S608
        return int(rows)

    def differing(self, parks: ParkedKeys) -> tuple[int, Sequence[str]]:
        """How many rows are not as they stood, and the keys of some; parked rows are left out."""
        values, table = self._held(parks), self._differing(self._copy)
        ((count,),) = self.db.query(f"SELECT count(*) FROM {table}", values)  # noqa: S608
        keys = ", ".join(f'd."{name}"::text' for name in self._live.key)
        some = f"SELECT {keys} FROM {table} ORDER BY 1 LIMIT {SAMPLES}"  # noqa: S608
        samples = ["/".join(line) for line in self.db.query(some, values)]
        return int(count), samples

    def hold(self) -> Live:
        """Hold the view's cursors; the rebuilt table can be written to by its key from now on."""
        self._as_owner()
        key = ", ".join(self._live.key_columns)
        self.db.execute(f"ALTER TABLE {self.anew.full_name} ADD PRIMARY KEY ({key})")
        self.db.execute("SET LOCAL ROLE NONE")
        return self._look(
            cursors.lock(self.db, self._consumer, cursors.read(self.db, self._consumer))
        )

    def put_right(self, moved: Mapping[Source, Cursor]) -> None:
        """Set cursors that were moved to where the rebuilt rows stand."""
        cursors.save(self.db, self._consumer, moved)

    def empty(self, partition: int) -> None:
        """Remove a partition's rebuilt rows; the view's cursors are held."""
        self._as_owner()
        self.db.execute(f"DELETE FROM {self.anew.full_name} WHERE {PARTITION} = %s", (partition,))  # noqa: S608
        self.db.execute("SET LOCAL ROLE NONE")

    def replace(self, parks: ParkedKeys) -> None:
        """Write what differs into the live table, and let its cursors go."""
        values = self._held(parks)
        same = " AND ".join(f"t.{name} = d.{name}" for name in self._live.key_columns)
        differing = self._differing(self._live)
        into, anew, keys = (t.full_name for t in (self._live, self.anew, self._keys))
        self._as_owner()
        self.db.execute(f"CREATE UNLOGGED TABLE {keys} AS SELECT * FROM {differing}", values)  # noqa: S608
        self.db.execute(f"DELETE FROM {into} AS t USING {keys} AS d WHERE {same}")  # noqa: S608
        self.db.execute(
            f"INSERT INTO {into} SELECT t.* FROM {anew} AS t JOIN {keys} AS d ON {same}"  # noqa: S608
        )
        self._connection.commit()

    def _look(self, at: Mapping[Source, Cursor]) -> Live:
        stopped = doubts(self.db, {self._consumer: at}, ()).stopped
        moved = {source: at[source] for _, source in stopped}
        ends = {source: self._end(source) for source in moved}
        parks = dead_letters.parked_keys(self.db, self._consumer, {each.partition for each in at})
        return Live({**at, **ends}, parks, moved)

    def _end(self, source: Source) -> Cursor:
        """A cursor that has taken all of the record."""
        for seq, own, recorded_at in self.db.query(_HEAD, (source.partition,)):
            return Cursor(seq, bytes(own), recorded_at=recorded_at)
        return Cursor()

    def _differing(self, table: ViewTable) -> str:
        names, here = self._live.key_columns, self._live.places
        key, places = ", ".join(names), ", ".join(f"k.{name}" for name in names)
        either = ", ".join(f"coalesce(l.{name}, r.{name})" for name in names)
        ours, theirs = (
            ", ".join(f"{side}.{name}" for name in table.written if name != SEQ) for side in "lr"
        )
        return (
            f"(SELECT {key} FROM {table.full_name} AS l FULL JOIN {self.anew.full_name} AS r"  # noqa: S608
            f" USING ({key}) WHERE (({ours}) IS DISTINCT FROM ({theirs})"
            f" OR l.{SEQ} > r.{SEQ})"
            f" AND NOT EXISTS (SELECT FROM {here} WHERE ({places}) = ({either}))) AS d"
        )

    def _held(self, parks: ParkedKeys) -> Values:
        lines = [
            self._live.key_line((partition, self._live.read_key(text)))
            for partition, text in sorted(parks.rows)
        ]
        return columns(lines, len(self._live.key) + 1)

    def _as_owner(self) -> None:
        self.db.execute(f'SET LOCAL ROLE "{self._room}_views"')
