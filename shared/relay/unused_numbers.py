"""空号 (unused numbers): seqs of no fact, because somebody moved a counter.

They can be told from facts that were deleted: every stream of the partition still has all of its
facts. What lies before a fact is declared void, and the fact behind it follows the one before it.
What lies behind the last fact is free again.
"""

from collections.abc import Collection, Sequence
from typing import TypeAlias

from shared.record.transaction import DatabaseTransaction

Numbers: TypeAlias = tuple[int, int]
"""The first and the last of some numbers."""

_GAPS = """
SELECT r.before + 1, r.first - 1 FROM (
    SELECT first, coalesce(max(last) OVER (
        ORDER BY first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS before
    FROM (
        SELECT seq, seq FROM record.facts WHERE partition = %(partition)s
        UNION ALL
        SELECT first_seq, last_seq FROM record.void_numbers WHERE partition = %(partition)s
    ) AS known (first, last)
) AS r
WHERE r.first > r.before + 1
AND r.first <= (SELECT max(seq) FROM record.facts WHERE partition = %(partition)s)
ORDER BY 1
"""
_IS_WHOLE = """
SELECT NOT EXISTS (
    SELECT FROM record.heads AS h LEFT JOIN (
        SELECT stream, count(*) AS facts FROM record.facts WHERE partition = %(partition)s
        GROUP BY stream
    ) AS f USING (stream)
    WHERE h.partition = %(partition)s AND h.version <> coalesce(f.facts, 0)
)
"""
_VOID = "INSERT INTO record.void_numbers (partition, first_seq, last_seq) VALUES (%s, %s, %s)"
_FREE = "UPDATE record.counters SET seq = %s WHERE partition = %s AND seq = %s"


def gaps(owner: DatabaseTransaction, partition: int) -> Sequence[Numbers]:
    """The numbers before facts of the partition that no fact has, without those that are void."""
    return [(first, last) for first, last in owner.query(_GAPS, {"partition": partition})]


def is_whole(owner: DatabaseTransaction, partition: int) -> bool:
    """Whether every stream of the partition has as many facts as it was given."""
    ((whole,),) = owner.query(_IS_WHOLE, {"partition": partition})
    return bool(whole)


def first_lacking(numbers: Sequence[Numbers], found: Collection[int]) -> int | None:
    """The first of the numbers that was not found."""
    for first, last in numbers:
        seq = first
        while seq in found:
            seq += 1
        if seq <= last:
            return seq
    return None


def settle(
    owner: DatabaseTransaction, partition: int, end: int, numbers: Sequence[Numbers]
) -> bool:
    """Declare them void, or free those behind `end`. False if the counter has moved meanwhile."""
    for first, last in numbers:
        if last < end:
            owner.execute(_VOID, (partition, first, last))
        elif not owner.execute(_FREE, (end, partition, last)):
            return False
    return True
