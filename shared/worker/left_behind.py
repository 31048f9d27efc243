"""落后世代 (left behind): sources whose room has begun a generation before the cursor.

The reactions stand still there, are named, and can be let begin with the new generation.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from shared.consumers.cursors import Source
from shared.record.transaction import DatabaseTransaction
from shared.worker.reactions import CONSUMER

RUNBOOK = "docs/runbooks/cursor.md"

_STANDING = """
SELECT topic, partition, room, seq, next_generation, next_first_seq FROM worker.cursors
WHERE consumer = %s AND next_generation <> ''
ORDER BY topic COLLATE "C", partition, room COLLATE "C"
"""
_LOCK = """
SELECT partition, next_generation, next_first_seq FROM worker.cursors
WHERE consumer = %s AND room = %s ORDER BY topic COLLATE "C", partition FOR NO KEY UPDATE
"""
_DROP = """
DELETE FROM worker.documents
WHERE room = %s AND partition = %s AND seq >= %s AND generation < %s RETURNING stream
"""
_UNPARK = """
DELETE FROM worker.parked WHERE consumer = %s AND partition = %s AND room = %s AND stream = ANY (%s)
AND discarded_at IS NULL
"""
_FROM_0 = """
UPDATE worker.cursors SET seq = 0, hash = '', next_offset = 0, seen_offset = 0, generation = '',
    next_generation = '', next_first_seq = 0
WHERE consumer = %s AND room = %s AND partition = %s
"""
_CLOSE_GAPS = "DELETE FROM worker.holes WHERE consumer = %s AND room = %s AND partition = %s"
_NOTE = """
INSERT INTO worker.begun_generations (
    consumer, room, partition, generation, first_seq, actor, reason, documents
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """What was done to one partition."""

    partition: int
    first_seq: int
    """Facts of the sending room from here on were of a time that is gone."""
    generation: str
    documents: Sequence[str]
    """The streams whose document came with such a fact. Look at what was noted of them."""


class LeftBehind:
    """落后世代: what stands still in the room, as last read from its database."""

    def __init__(self) -> None:
        self._lines: Sequence[tuple[Source, int, str, int]] = ()

    @property
    def sources(self) -> Collection[Source]:
        """The sources that stand still."""
        return [source for source, *_ in self._lines]

    def look(self, db: DatabaseTransaction) -> None:
        """Read them."""
        self._lines = [
            (Source(topic, partition, room), seq, generation, first_seq)
            for topic, partition, room, seq, generation, first_seq in db.query(
                _STANDING, (CONSUMER,)
            )
        ]

    def waits(self) -> Sequence[str]:
        """What stands still, in words."""
        return [
            f"{CONSUMER} on {source.topic}/{source.partition} of {source.room}, cursor {seq}:"
            f" the record of {source.room} was set back, and its generation {generation} begins at"
            f" {first_seq}; it stands still; see {RUNBOOK}"
            for source, seq, generation, first_seq in self._lines
        ]


def begin_generation(
    db: DatabaseTransaction, sender: str, actor: str, reason: str
) -> Sequence[Begun]:
    """Let the reactions begin with the generation of the sender that has left them behind.

    The partitions are read from their beginning: what was taken and is still there is known, and
    documents of facts that are gone make room for what the sender has instead.
    """
    lowest: dict[int, tuple[int, str]] = {}
    for partition, generation, first_seq in db.query(_LOCK, (CONSUMER, sender)):
        if generation:
            other = lowest.get(partition, (first_seq, generation))
            lowest[partition] = (min(first_seq, other[0]), max(generation, other[1]))
    return [
        _begin(db, sender, Begun(partition, first, generation, ()), actor, reason)
        for partition, (first, generation) in sorted(lowest.items())
    ]


def _begin(db: DatabaseTransaction, sender: str, begun: Begun, actor: str, reason: str) -> Begun:
    partition, first, generation = begun.partition, begun.first_seq, begun.generation
    dropped = db.query(_DROP, (sender, partition, first, generation))
    documents = sorted(stream for (stream,) in dropped)
    db.execute(_UNPARK, (CONSUMER, partition, sender, documents))
    db.execute(_FROM_0, (CONSUMER, sender, partition))
    db.execute(_CLOSE_GAPS, (CONSUMER, sender, partition))
    said = (CONSUMER, sender, partition, generation, first, actor, reason, documents)
    db.execute(_NOTE, said)
    return Begun(partition, first, generation, documents)
