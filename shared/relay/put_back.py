"""放回 (putting back): what the plan of a restoration names is written into the record."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import psycopg2

from shared import envelope
from shared.broker.reader import FetchedRecord, OffsetRange, Reader
from shared.envelope import ReceivedRecord, Stored
from shared.proof.check import Proofs
from shared.record.database import is_away
from shared.record.transaction import DatabaseTransaction
from shared.relay.lost import PlannedFact
from shared.relay.restore_plan import PartitionPlan, RestorePlan, own_facts
from shared.topics import TopicPartition

# The end of a partition was deleted. Its numbers are free again, but only for the same facts.
_SET_BACK = """
DELETE FROM record.gate;
SELECT FROM record.counters WHERE partition = %(partition)s FOR UPDATE;
UPDATE record.heads AS h SET version =
    coalesce((SELECT max(f.version) FROM record.facts AS f WHERE f.stream = h.stream), 0)
    WHERE h.partition = %(partition)s AND h.stream = ANY (%(streams)s);
UPDATE record.counters SET seq = %(end)s
    WHERE partition = %(partition)s AND seq = %(counter)s;
"""
_PUT_BACK = (
    "SELECT record.keep_generations(%s, %s::int8[], %s::text[]);"
    " SELECT record.restore_facts(%s, %s::int8[], %s::timestamptz[], %s, %s::int8[], %s::uuid[],"
    " %s::uuid[], %s::int4[], %s, %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[])"
)

_VOID_AGAIN = """
INSERT INTO record.void_numbers (partition, first_seq, last_seq) VALUES (%s, %s, %s)
ON CONFLICT (partition, first_seq) DO NOTHING;
UPDATE record.counters SET seq = %s WHERE partition = %s AND seq = %s;
"""
_PUT_AMONG = """
DELETE FROM record.gate;
SELECT FROM record.counters WHERE partition = %s FOR UPDATE;
INSERT INTO record.facts (
    partition, seq, recorded_at, stream, version, fact_id, command_id, n, type, ticket,
    previous_hash, hash, body, public
) SELECT %s, f.* FROM unnest(
    %s::int8[], %s::timestamptz[], %s::text[], %s::int8[], %s::uuid[], %s::uuid[], %s::int4[],
    %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[]
) AS f
"""


class RecordRefuses(Exception):
    """The database took a fact for wrong that the plan took for right."""


@dataclass(slots=True)
class PuttingBack:
    """放回: one run of it, over a connection of the owner. Raises RecordRefuses."""

    room: str
    plan: RestorePlan
    reader: Reader
    owner: DatabaseTransaction
    proofs: Proofs
    say: Callable[[int], None]
    counts: dict[int, int] = field(default_factory=dict)

    def run(self) -> Mapping[int, int]:
        """Put back what is planned. Copies may stand in any order, so read as often as needed."""
        among = self._put_among()
        for number, each in self.plan.partitions.items():
            if each.facts and each.end < each.counter:
                self._set_back(number, each)
        left, before = sum(len(self._left(number)) for number in self.plan.partitions), None
        while left and left != before:
            before = left
            spans = {p: s for p, s in self.plan.spans.items() if self._left(p[1])}
            for spot, records in self.reader.read(spans, lambda: None):
                number = spot[1]
                found = (arrived for _, arrived in self._proved(spot, records))
                for run in self._runs(number, self._next(number, found)):
                    self._put_back(number, run)
            left = sum(len(self._left(number)) for number in self.plan.partitions)
        return Counter(self.counts) + among

    def _put_among(self) -> Counter[int]:
        """Put back what was deleted from the middle."""
        lost = {
            spot: {fact.offset for fact in self.plan.partitions[spot[1]].lost}
            for spot in self.plan.spans
        }
        spans = {s: OffsetRange(min(at), max(at) + 1) for s, at in lost.items() if at}
        counts: Counter[int] = Counter()
        for spot, records in self.reader.read(spans, lambda: None):
            found = self._proved(spot, records)
            if facts := [each.stored for record, each in found if record.offset in lost[spot]]:
                self._run(_PUT_AMONG, (spot[1], spot[1], *_columns(facts)))
                counts[spot[1]] += len(facts)
                self.say(len(facts))
        return counts

    def _proved(
        self, spot: TopicPartition, records: Iterable[FetchedRecord]
    ) -> Iterator[tuple[FetchedRecord, ReceivedRecord]]:
        return own_facts(self.room, spot, records, self.proofs, [])

    def _left(self, number: int) -> Sequence[PlannedFact]:
        return self.plan.partitions[number].facts[self.counts.get(number, 0) :]

    def _next(self, number: int, facts: Iterable[ReceivedRecord]) -> Sequence[ReceivedRecord]:
        """Those that are the next of the plan."""
        expected = iter(self._left(number))
        wanted, found = next(expected, None), []
        for arrived in facts:
            place = (arrived.stored.seq, arrived.stored.hash)
            if wanted is not None and place == (wanted.seq, wanted.hash):
                found.append(arrived)
                wanted = next(expected, None)
        return found

    def _set_back(self, number: int, planned: PartitionPlan) -> None:
        streams = sorted({fact.stream for fact in planned.facts})
        values = {"partition": number, "end": planned.end, "counter": planned.counter}
        self._run(_SET_BACK, {**values, "streams": streams})

    def _runs(
        self, number: int, arrived: Sequence[ReceivedRecord]
    ) -> Iterator[Sequence[ReceivedRecord]]:
        """Facts without void numbers between them; those before each run are void again."""
        void = {last + 1: (first, last) for first, last in self.plan.partitions[number].void}
        begins = [n for n, each in enumerate(arrived) if each.stored.seq in void]
        for begin, end in pairwise(sorted({0, *begins, len(arrived)})):
            if (numbers := void.get(arrived[begin].stored.seq)) is not None:
                first, last = numbers
                self._run(_VOID_AGAIN, (number, first, last, last, number, first - 1))
            yield arrived[begin:end]

    def _put_back(self, number: int, arrived: Sequence[ReceivedRecord]) -> None:
        if not arrived:
            return
        begun = sorted({each.generation for each in arrived if each.generation.id})
        firsts, ids = [each.first_seq for each in begun], [each.id for each in begun]
        facts = [each.stored for each in arrived]
        self._run(_PUT_BACK, (number, firsts, ids, number, *_columns(facts)))
        self.counts[number] = self.counts.get(number, 0) + len(facts)
        self.say(len(facts))

    def _run(self, statement: str, values: Mapping[str, object] | Sequence[object]) -> None:
        try:
            self.owner.execute(statement, values)
        except psycopg2.Error as error:
            if is_away(error):
                raise
            raise RecordRefuses(error.diag.message_primary or str(error).strip()) from error
        except ValueError as error:  # what no text of a database can hold, such as NUL
            raise RecordRefuses(str(error)) from error


def _columns(facts: Sequence[Stored]) -> Sequence[Sequence[object]]:
    """The facts as columns of their table, without the partition."""
    heads = [envelope.head(stored.body) for stored in facts]
    # Stream and type are taken from the bytes, because only the bytes are hashed.
    return (
        [stored.seq for stored in facts],
        [stored.recorded_at for stored in facts],
        [head.stream for head in heads],
        [head.version for head in heads],
        [str(head.id) for head in heads],
        [str(head.command) for head in heads],
        [head.n for head in heads],
        [head.type for head in heads],
        [head.ticket for head in heads],
        [stored.previous_hash for stored in facts],
        [stored.hash for stored in facts],
        [stored.body for stored in facts],
        [stored.public for stored in facts],
    )
