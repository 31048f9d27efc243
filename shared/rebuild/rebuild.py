"""重建 (rebuild): a view built once more from the journal's beginning, and compared with the live.

The live rows and cursors are copied out in one short transaction; then the topics are read from
offset 0 to where those cursors stood, folded by the view's own `project` or `rows_of`, copied into
a table beside, and compared row by row. What is parked is not compared; what was discarded is left
out.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
from sqlalchemy.engine import make_url

from shared.config import Settings
from shared.consumers.consumer_record import Incoming
from shared.consumers.cursors import Cursor, Source
from shared.consumers.dead_letters import Parks
from shared.consumers.replay import FACTS, from_record
from shared.rebuild.comparison import Live, Rebuild, Rebuilt, Say
from shared.rebuild.documents import DocumentRebuild
from shared.rebuild.topic import CHUNK, read_topic
from shared.record.database import told
from shared.room import Room
from shared.view import ReadModel, View, is_of_documents, is_of_journal
from shared.views.projection import Fold

SAMPLES = 10


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


def _work(connection: Any, room: str, view: ReadModel) -> Rebuild:
    if is_of_documents(view):
        return DocumentRebuild(connection, room, view)
    assert is_of_journal(view)
    return JournalRebuild(connection, room, view)


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
