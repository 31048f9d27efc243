"""单据视图的重建 (rebuilding a view over documents): from the milestones' topics.

A stream's milestones of all topics have one partition, so a partition at a time is read: the newest
document that can be read says the rows. A stream that is parked in the live view is not compared.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.consumers.cursors import Cursor, Source
from shared.consumers.dead_letters import Parks
from shared.rebuild.comparison import Live, Rebuild, Say
from shared.rebuild.topic import read_topic
from shared.view import DocumentView, Place
from shared.views.document_projection import Reading, document_of, read
from shared.views.table import SOURCE, ViewTable


class DocumentRebuild(Rebuild):
    """重建 of a view over documents of other rooms."""

    def __init__(self, connection: Any, room: str, view: DocumentView) -> None:
        super().__init__(connection, room, view)
        self._view = view

    def _build(self, bootstrap: str, live: Live, say: Say) -> int:
        """As Rebuild._build; what was discarded is left out by stream and seq."""
        left_out = {(key, seq) for key, seq in self._rows.all(_LEFT_OUT, (self._consumer,))}
        self._as_owner()
        self._rows.do(f"CREATE UNLOGGED TABLE {self._anew.versions} (LIKE {self._live.versions})")
        self._connection.commit()
        total, done, read_to = sum(cursor.seq for cursor in live.at.values()), 0, 0
        for partition in sorted({source.partition for source in live.at}):
            newest: dict[str, Reading] = {}
            for source in sorted(each for each in live.at if each.partition == partition):
                for chunk in read_topic(bootstrap, source, live.at[source], self._garbage):
                    for record in chunk:
                        self._look(newest, Reading(document_of(record), None), left_out)
                    done += len(chunk)
                    say(read_to + chunk[-1].seq, total)
                read_to += live.at[source].seq
            self._fill(_rows(newest))
            versions = ((source, each.document.version) for source, each in newest.items())
            self._as_owner()
            self._copy_in(self._anew.versions, versions)
            self._connection.commit()
        return done

    def _look(
        self, newest: dict[str, Reading], came: Reading, left_out: set[tuple[str, int]]
    ) -> None:
        document = came.document
        known = newest.get(document.source)
        if known is not None and document.version <= known.document.version:
            return
        if (document.source, document.seq) in left_out:
            return
        if (reading := read(self._view, document)).rows is not None:
            newest[document.source] = reading

    def _catch_up(self, live: Live, held: Mapping[Source, Cursor], parks: Parks) -> None:  # noqa: ARG002
        """What came since was shown by the same function: those streams keep their live rows."""
        self._as_owner()
        into, anew = self._live, self._anew
        newer = (
            f"(SELECT {SOURCE} FROM {into.versions} AS v"  # noqa: S608
            f" LEFT JOIN {anew.versions} AS a USING ({SOURCE})"
            " WHERE v.version > coalesce(a.version, 0))"
        )
        self._rows.do(f"DELETE FROM {anew.full_name} WHERE {SOURCE} IN {newer}")  # noqa: S608
        self._rows.do(
            f"INSERT INTO {anew.full_name}"  # noqa: S608
            f" SELECT * FROM {into.full_name} WHERE {SOURCE} IN {newer}"
        )
        self._rows.do(
            f"INSERT INTO {into.versions} AS v SELECT * FROM {anew.versions}"  # noqa: S608
            f" ON CONFLICT ({SOURCE}) DO UPDATE SET version = excluded.version"
            " WHERE v.version < excluded.version"
        )

    def _differing(self, table: ViewTable) -> str:
        columns = ", ".join(self._quoted)
        return (
            f"(SELECT {columns} FROM {table.full_name} AS l"  # noqa: S608
            f" FULL JOIN {self._anew.full_name} AS r USING ({columns})"
            f" WHERE (l.*) IS DISTINCT FROM (r.*) AND {SOURCE} <> ALL (%s)) AS d"
        )

    def _held(self, parks: Parks) -> Sequence[Any]:
        return ([source for _, source in sorted(parks.streams)],)


_LEFT_OUT = """
SELECT key, seq FROM worker.parked
WHERE consumer = %s AND kind = 'stream' AND discarded_at IS NOT NULL
"""


def _rows(newest: Mapping[str, Reading]) -> dict[Place, Any]:
    return {place: row for each in newest.values() for place, row in (each.rows or {}).items()}
