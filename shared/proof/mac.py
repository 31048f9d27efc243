"""验证码 (the MAC): what a record's header `proof` holds, and over what it is made.

The header is the id of the key and an HMAC-SHA-256 over topic, partition, key, seq, `prev` and
value. All of these depend only on the stored fact and its place, so a copy has the same proof.
"""

import secrets
import struct
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from shared.envelope import BrokenFact

HEADER = "proof"
ID_BYTES = 8
KEY_BYTES = 32
_PLACE = struct.Struct(">HiqqI")


class Unproved(BrokenFact):
    """A record whose proof lacks or is wrong: no relay of ours wrote it there."""


class UnknownKey(Unproved):
    """A record's proof names a key that this process does not know."""


@dataclass(frozen=True, slots=True)
class ProofKey:
    """证明密钥: made at random, and kept for ever."""

    id: bytes
    secret: bytes = field(repr=False)
    begun: HMAC = field(init=False, repr=False, compare=False)
    """An HMAC with the key in it. It is copied for each record, which costs less than a new one.

    It is the one of cryptography: that of the standard library costs twice as much for a record.
    """

    def __post_init__(self) -> None:
        object.__setattr__(self, "begun", HMAC(self.secret, SHA256()))


class ProvedRecord(NamedTuple):
    """What a proof is made over."""

    topic: str
    partition: int
    key: bytes
    seq: int
    prev: int
    value: bytes


def new_key() -> ProofKey:
    """A key that nobody has had before."""
    return ProofKey(secrets.token_bytes(ID_BYTES), secrets.token_bytes(KEY_BYTES))


def proof_of(key: ProofKey, record: ProvedRecord) -> bytes:
    """The value of the header `proof`."""
    return prove(key, *record)


def prove(  # noqa: PLR0913, PLR0917 - as ProvedRecord, which a relay need not make for each
    key: ProofKey, topic: str, partition: int, record_key: bytes, seq: int, prev: int, value: bytes
) -> bytes:
    """As proof_of. A relay asks for it once for each record, so it is written to cost little."""
    name = topic.encode()
    made = key.begun.copy()
    made.update(_PLACE.pack(len(name), partition, seq, prev, len(record_key)) + name + record_key)
    made.update(value)
    return key.id + made.finalize()


def check_proof(key: ProofKey, record: ProvedRecord, said: bytes) -> None:
    """Raise Unproved unless this is the record's proof by this key."""
    if not compare_digest(said, proof_of(key, record)):
        raise Unproved("proof: it is not that of this record at this place")
