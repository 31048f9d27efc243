"""世代 (generations) as a consumer meets them: records of a room whose record was set back.

A cursor remembers the generation of its last record. If a later generation begins behind the
cursor, nothing is lost. If it begins before, the consumer has taken facts that the room no longer
has: the new ones have their seqs and would be taken for copies. So nothing more is taken of that
source, until somebody lets the consumer begin with the new generation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic

from shared.consumers.cursors import Cursor, CursorVerdict, N, Source, judge
from shared.envelope import Generation


@dataclass(slots=True)
class Sifted(Generic[N]):
    """What may be taken of some records."""

    going: list[N] = field(default_factory=list)
    ended: list[N] = field(default_factory=list)
    """They follow the cursor, but are of an earlier generation: the room no longer has them."""
    left_behind: dict[Source, Generation] = field(default_factory=dict)
    """The sources that stand still, and the generation that has left them behind."""


def sift(cursors: Mapping[Source, Cursor], records: Iterable[N]) -> Sifted[N]:
    """Tell the records of what the cursors have taken from those of another generation."""
    begun = {source: cursor for source, cursor in cursors.items() if cursor.seq}
    at = {source: (cursor.generation, cursor.seq) for source, cursor in begun.items()}
    sifted = Sifted[N]()
    sifted.left_behind = {s: cursor.next for s, cursor in begun.items() if cursor.next.id}
    for record in records:
        source, now = record.source, record.generation
        taken, seq = at.get(source, ("", 0))
        if now.id > taken and now.first_seq <= seq:
            sifted.left_behind.setdefault(source, now)
        if source in sifted.left_behind:
            continue
        if now.id < taken and record.seq > seq:
            sifted.ended.append(record)
            continue
        sifted.going.append(record)
        if judge(seq, record.prev, record.seq) is CursorVerdict.APPLY:
            at[source] = (now.id, record.seq)
    return sifted
