"""钥匙圈 (the key ring): which key proves which record, as far as a process knows.

The key is a function of room, partition and seq: the latest key whose first seq is not greater.
Records before the first key of a partition carry no proof. Each row is wrapped together with its
place, so that nobody who can write to a table can move a key to other seqs.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.log import logger
from shared.personal.master import Master, MasterKey
from shared.proof.mac import (
    ID_BYTES,
    ProofKey,
    ProvedRecord,
    UnknownKey,
    Unproved,
    check_proof,
)

ANNOUNCED = -1
"""In place of a partition: the key is made, and will begin somewhere."""
_WRAPPING_BYTES = 64

log = logger(__name__)


class ProofRow(NamedTuple):
    """From which seq on a key proves the records of one partition of a room."""

    room: str
    partition: int
    n: int
    """The keys of a room are numbered from 1."""
    first_seq: int
    key_id: bytes
    wrapped: bytes
    """The key's secret, wrapped by the master key together with all of the above."""


class ProofWrapper:
    """Wraps keys of proofs by the master key."""

    def __init__(self, master: Master) -> None:
        self._master = master

    def row(self, room: str, partition: int, n: int, first_seq: int, key: ProofKey) -> ProofRow:
        """The row that says from where on the key proves."""
        bound = _bound(room, partition, n, first_seq, key.id)
        wrapped = _wrapper(self._master.now()).encrypt(key.secret, bound)
        return ProofRow(room, partition, n, first_seq, key.id, wrapped)

    def key(self, row: ProofRow) -> ProofKey | None:
        """The key of a row; None if no master key has wrapped the row as it stands."""
        bound = _bound(row.room, row.partition, row.n, row.first_seq, row.key_id)
        for master in self._master.now().all:
            with suppress(InvalidTag, ValueError):
                return ProofKey(row.key_id, _wrapper(master).decrypt(row.wrapped, bound))
        return None

    def is_present(self, row: ProofRow) -> bool:
        """Whether the master key of now has wrapped the row, and not a former one."""
        return ProofWrapper(MasterKey(self._master.now().secret)).key(row) is not None


@cache
def _wrapper(master: MasterKey) -> AESSIV:
    return AESSIV(master.derive("wrap proof keys", _WRAPPING_BYTES))


def _bound(room: str, partition: int, n: int, first_seq: int, key_id: bytes) -> list[bytes]:
    return [room.encode(), b"%d/%d/%d" % (partition, n, first_seq), key_id]


class _Begun(NamedTuple):
    n: int
    first_seq: int
    key: ProofKey


class KeyRing:
    """钥匙圈: grows, and never forgets a key. Threads may add while others look."""

    def __init__(self, master: Master) -> None:
        self._wrapper = ProofWrapper(master)
        self._seen: dict[ProofRow, ProofKey | None] = {}
        self._begun: Mapping[tuple[str, int], Sequence[_Begun]] = {}
        """By room and partition, the latest first."""
        self._announced: Mapping[tuple[str, bytes], ProofKey] = {}
        self._adding = Lock()

    def add(self, rows: Iterable[ProofRow]) -> None:
        """Take in the rows that are new. One that cannot be unwrapped is logged and left out."""
        with self._adding:
            new = [row for row in rows if row not in self._seen]
            for row in new:
                self._seen[row] = self._wrapper.key(row)
                if self._seen[row] is None:
                    place = {"room": row.room, "partition": row.partition}
                    log.error("a proof key cannot be unwrapped", **place)
            if new:
                self._index()

    def key_at(self, room: str, partition: int, seq: int) -> ProofKey | None:
        """The key that proves this seq; None before the first key."""
        for begun in self._begun.get((room, partition), ()):
            if begun.first_seq <= seq:
                return begun.key
        return None

    def newest(self, room: str, partition: int) -> int:
        """The number of the partition's latest key; 0 before the first."""
        begun = self._begun.get((room, partition), ())
        return begun[0].n if begun else 0

    def knows(self, key_id: bytes) -> bool:
        """Whether there is such a key."""
        return any(key is not None and key.id == key_id for key in self._seen.copy().values())

    def check(self, room: str, record: ProvedRecord, said: bytes | None) -> None:
        """Raise Unproved unless `said` proves the record, or it needs no proof. See UnknownKey."""
        key = self.key_at(room, record.partition, record.seq)
        if said is None:
            if key is not None:
                raise Unproved("proof: it carries none")
            return
        named = said[:ID_BYTES]
        if key is None or key.id != named:
            key = self._about_to_begin(room, record.partition, named)
        check_proof(key, record, said)

    def _about_to_begin(self, room: str, partition: int, named: bytes) -> ProofKey:
        """A key that is announced, and of which the first seq here is not known yet."""
        key = self._announced.get((room, named))
        if key is None:
            raise UnknownKey("proof: by a key that is not known")
        if any(each.key.id == named for each in self._begun.get((room, partition), ())):
            raise Unproved("proof: by a key that does not prove this seq")
        return key

    def _index(self) -> None:
        begun: dict[tuple[str, int], list[_Begun]] = {}
        announced: dict[tuple[str, bytes], ProofKey] = {}
        for row, key in self._seen.items():
            if key is not None and row.partition == ANNOUNCED:
                announced[row.room, row.key_id] = key
            elif key is not None:
                place = (row.room, row.partition)
                begun.setdefault(place, []).append(_Begun(row.n, row.first_seq, key))
        self._begun = {
            place: sorted(each, key=lambda one: one.n, reverse=True)
            for place, each in begun.items()
        }
        self._announced = announced
