"""缺失 (lost facts): deleted from the middle of a record, and still on the journal.

Whatever stands on the journal at a seq that the record lacks, only one fact can be right: the next
fact of its stream follows its hash, or it is the last one that the stream has given a version to.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from shared import envelope
from shared.envelope import FIRST, ZERO_HASH, Generation, Stored
from shared.record.transaction import DatabaseTransaction

_AROUND = """
SELECT h.stream, h.version, f.version, f.previous_hash, f.hash
FROM record.heads AS h LEFT JOIN record.facts AS f USING (stream)
WHERE h.stream = ANY (%s)
"""
_CHUNK = 1_000
_HEADS = """
SELECT DISTINCT ON (f.stream) f.stream, f.version, f.hash FROM record.facts AS f
WHERE f.stream = ANY (%s) ORDER BY f.stream, f.version DESC
"""


class PlannedFact(NamedTuple):
    """A fact of the journal that the record lacks."""

    seq: int
    offset: int
    stream: str
    version: int
    type: str
    actor: str
    previous_hash: bytes
    hash: bytes
    """Also of the place, the time and all bytes. So it tells two facts apart."""
    generation: Generation = FIRST
    before: int = -1
    """The seq of the fact before it, as the journal says: numbers between the two are void."""


def planned_fact(
    offset: int, stored: Stored, generation: Generation = FIRST, before: int = -1
) -> PlannedFact:
    """A fact of the journal, about to be put back."""
    head = envelope.head(stored.body)
    return PlannedFact(
        stored.seq,
        offset,
        stored.stream,
        head.version,
        stored.type,
        head.actor,
        stored.previous_hash,
        stored.hash,
        generation,
        before,
    )


def proved(owner: DatabaseTransaction, lost: Iterable[PlannedFact]) -> Sequence[PlannedFact]:
    """Those of the facts that the chains of the record prove to be its own."""
    places: dict[tuple[str, int], dict[bytes, PlannedFact]] = {}
    for fact in lost:
        if "\0" not in fact.stream:
            places.setdefault((fact.stream, fact.version), {}).setdefault(fact.hash, fact)
    heads, chain = _around(owner, sorted({stream for stream, _ in places}))
    found: list[PlannedFact] = []
    for stream, version in sorted(places, reverse=True):  # what follows a fact proves it
        several = places[stream, version]
        if (after := chain.get((stream, version + 1))) is not None:
            fits = [each for each in several.values() if each.hash == after[0]]
        else:
            is_last = version == heads.get(stream) and len(several) == 1
            fits = list(several.values()) if is_last else []
        for fact in fits:
            chain[stream, version] = (fact.previous_hash, fact.hash)
            found.append(fact)
    return sorted(fact for fact in found if _follows(fact, chain))


def _follows(fact: PlannedFact, chain: Mapping[tuple[str, int], tuple[bytes, bytes]]) -> bool:
    if fact.version == 1:
        return fact.previous_hash == ZERO_HASH
    before = chain.get((fact.stream, fact.version - 1))
    return before is not None and fact.previous_hash == before[1]


def _around(
    owner: DatabaseTransaction, streams: Sequence[str]
) -> tuple[dict[str, int], dict[tuple[str, int], tuple[bytes, bytes]]]:
    """The last version that each stream has given, and the hashes of what stands in the record."""
    heads: dict[str, int] = {}
    chain: dict[tuple[str, int], tuple[bytes, bytes]] = {}
    for stream, head, version, previous, own in owner.query(_AROUND, (list(streams),)):
        heads[stream] = head
        if version is not None:
            chain[stream, version] = (bytes(previous), bytes(own))
    return heads, chain


def heads_of(owner: DatabaseTransaction, streams: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    """The last version and hash of each of these streams, of which the record has facts."""
    named = [stream for stream in streams if "\0" not in stream]
    found: dict[str, tuple[int, bytes]] = {}
    for first in range(0, len(named), _CHUNK):
        rows = owner.query(_HEADS, (named[first : first + _CHUNK],))
        found |= {stream: (version, own) for stream, version, own in rows}
    return found
