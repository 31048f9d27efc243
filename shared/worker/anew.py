"""从头再读 (reading anew): a consumer takes a partition from its beginning, as somebody asked.

For the look-up and the reactions: what they take twice changes nothing. The rows of a view are
built again by a rebuild instead.
"""

from collections.abc import Collection, Sequence

from shared.consumers.cursors import Source
from shared.consumers.lookup import CONSUMER as LOOK_UP
from shared.record.transaction import DatabaseTransaction
from shared.topics import TopicPartition
from shared.worker.reactions import CONSUMER as REACTIONS

CONSUMERS = (LOOK_UP, REACTIONS)
"""Those that can be let read anew."""

_STOOD = """
SELECT room, seq FROM worker.cursors WHERE consumer = %s AND topic = %s AND partition = %s
ORDER BY room COLLATE "C" FOR UPDATE
"""
_BEGIN = """
UPDATE worker.cursors SET seq = 0, hash = '', next_offset = 0, seen_offset = 0
WHERE consumer = %s AND topic = %s AND partition = %s
"""
_STANDING = "SELECT topic, partition, room, consumer, seq > 0 FROM worker.cursors"


class ReadAnew(Exception):
    """Somebody has set a cursor to 0. The next start reads from there."""


def begin_anew(
    db: DatabaseTransaction, consumer: str, topic: str, partition: int
) -> Sequence[tuple[str, int]]:
    """Set the consumer's cursors of a partition to 0; the rooms, and where they stood."""
    stood = [(room, seq) for room, seq in db.query(_STOOD, (consumer, topic, partition))]
    db.execute(_BEGIN, (consumer, topic, partition))
    return stood


class AnewWatch:
    """Notices a cursor that is set to 0 while the worker runs: the record it wants has passed."""

    def __init__(self) -> None:
        self._begun: frozenset[tuple[str, Source]] = frozenset()
        """Cursors that had taken something. One that has taken nothing yet stands at 0 too."""

    def look(self, db: DatabaseTransaction, spots: Collection[TopicPartition]) -> None:
        """Raise ReadAnew if one of these partitions is to be read from its beginning."""
        found = {(name, Source(*place)): begun for *place, name, begun in db.query(_STANDING)}
        before, self._begun = self._begun, frozenset(each for each in found if found[each])
        for name, source in before & (found.keys() - self._begun):
            if (source.topic, source.partition) in spots:
                raise ReadAnew(f"{name} reads {source.topic}/{source.partition} from its beginning")
