"""重放 (replay): facts of the room's own record, as if they came from its journal."""

from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.envelope import Stored
from shared.record.queries import STORED
from shared.record.statements import ResultRow
from shared.topics import journal_topic

STREAM = f"""
SELECT {STORED}, NULL::bytea
FROM record.facts AS f WHERE stream = %s AND seq < %s ORDER BY version
"""  # noqa: S608 - the names of our own columns
FACTS = f"""
SELECT {STORED}, NULL::bytea
FROM record.facts AS f WHERE partition = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
"""  # noqa: S608 - the names of our own columns


def from_record(room: str, line: ResultRow) -> ConsumerRecord:
    """A fact as it stands in the record, as if it came from the journal."""
    fact = Stored(*line)
    return ConsumerRecord(Source(journal_topic(room), fact.partition, room), 0, fact.seq - 1, fact)
