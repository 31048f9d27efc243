"""游标消息 (news of cursors): a worker tells the web how far its views are, at each commit.

A query that waits for its view is woken by the news and does not ask the database all the time.
News may get lost, so a query that waits also asks the database now and then. PostgreSQL lets only
one transaction with a NOTIFY commit at a time. This costs nothing here, because a worker commits
one batch after the other anyway.
"""

import json
import os
import select
from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Condition, Event, Thread

from shared.consumers.cursors import Cursor, Source, side_by_side
from shared.log import logger
from shared.record.database import Connections, RawConnection
from shared.record.statements import Statement
from shared.record.store import Position
from shared.record.transaction import each_committed

CHANNEL = "guiyi_cursors"
_LONGEST = 7_900
"""Bytes. PostgreSQL refuses a longer message. Such news is not sent."""
_AWAY_PAUSE_S = 1.0

log = logger(__name__)


def telling(consumers: Mapping[str, Mapping[Source, Cursor]]) -> Iterator[Statement]:
    """What tells, once it is committed, how far these consumers are on one topic.

    Consumers that are equally far are told together.
    """
    equal: dict[str, list[str]] = {}
    for names, cursors in side_by_side(consumers):
        at = json.dumps({source.partition: cursor.seq for source, cursor in cursors.items()})
        equal.setdefault(at, []).extend(names)
    for at, names in equal.items():
        news = f'{{"names": {json.dumps(names)}, "at": {at}}}'
        if len(news) <= _LONGEST:
            yield "SELECT pg_notify(%s, %s)", (CHANNEL, news)


class CursorNews:
    """游标消息: what was heard in one process, by a thread of its own."""

    def __init__(self, url: str) -> None:
        self._connections = Connections(url, 1)
        self._heard: dict[tuple[str, int], int] = {}
        """The seq of each consumer's cursor, by its name and the partition."""
        self._came = Condition()
        self._ended = Event()
        self._hear_end, self._tell_end = os.pipe()
        self._thread = Thread(target=self._run, name="cursor-news", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        self._ended.set()
        os.write(self._tell_end, b"!")
        self._thread.join(timeout=5)
        self._connections.close()
        os.close(self._hear_end)
        os.close(self._tell_end)

    def is_following(self, consumer: str, positions: Iterable[Position]) -> bool:
        """Whether it has news of this consumer from each of these partitions."""
        return all((consumer, each.partition) in self._heard for each in positions)

    def wait(self, consumer: str, positions: Sequence[Position], seconds: float) -> bool:
        """Wait until the consumer holds the positions. False: that was not heard in time."""
        with self._came:
            return self._came.wait_for(lambda: self._holds(consumer, positions), seconds)

    def _holds(self, consumer: str, positions: Iterable[Position]) -> bool:
        return all(
            self._heard.get((consumer, each.partition), -1) >= each.seq for each in positions
        )

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                with each_committed(self._connections) as db:
                    db.execute(f"LISTEN {CHANNEL}")
                    self._listen(db.connection)
            except Exception as error:  # noqa: BLE001 - without this thread old news would count for ever
                log.warning("no news of cursors, trying again", error=error)
                # A server that died may come back with cursors that are not so far.
                self._heard = {}
                self._ended.wait(_AWAY_PAUSE_S)

    def _listen(self, connection: RawConnection) -> None:
        waiting = select.poll()
        for descriptor in (connection.fileno(), self._hear_end):
            waiting.register(descriptor, select.POLLIN)
        while not self._ended.is_set():
            waiting.poll()
            connection.poll()
            if connection.notifies:
                with self._came:
                    for each in connection.notifies:
                        self._note(each.payload)
                    self._came.notify_all()
                connection.notifies.clear()

    def _note(self, news: str) -> None:
        told = json.loads(news)
        for name in told["names"]:
            for partition, seq in told["at"].items():
                self._heard[name, int(partition)] = seq
