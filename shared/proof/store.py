"""证明密钥库 (the store of proof keys): wrapped keys in the key store, and a copy in each room.

The key store has them all and keeps them for ever. The copy in a room's database is read together
with its facts, so that a relay always knows which key proves them; and a process of the room can
begin while the key store is away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from shared.config import Settings
from shared.personal.key_database import keys_engine, keys_transaction
from shared.proof.key_ring import ProofRow
from shared.record.database import engine
from shared.record.statements import columns
from shared.record.transaction import DatabaseTransaction, transaction

_WIDTH = len(ProofRow._fields)
_KEPT = "SELECT room, partition, n, first_seq, key_id, wrapped FROM keys.proof"
_KEEP = """
INSERT INTO keys.proof (room, partition, n, first_seq, key_id, wrapped)
SELECT * FROM unnest(%s::text[], %s::int4[], %s::int4[], %s::int8[], %s::bytea[], %s::bytea[])
ON CONFLICT DO NOTHING
"""
_REWRAP = """
UPDATE keys.proof AS k SET wrapped = n.wrapped
FROM unnest(%s::text[], %s::int4[], %s::int4[], %s::int8[], %s::bytea[], %s::bytea[])
    AS n (room, partition, n, first_seq, key_id, wrapped)
WHERE (k.room, k.partition, k.n, k.key_id) = (n.room, n.partition, n.n, n.key_id)
"""
_COPIED = "SELECT room, partition, n, first_seq, key_id, wrapped FROM record.proofs"
_COPY = (
    "SELECT record.keep_proofs(%s, %s::int4[], %s::int4[], %s::int8[], %s::bytea[], %s::bytea[])"
)
_NEXT = "SELECT partition, first_seq FROM record.next_seqs() ORDER BY partition"


def kept(store: Engine) -> Sequence[ProofRow]:
    """Every row of the key store. Raises KeysUnavailable."""
    with keys_transaction(store) as db:
        return [ProofRow(*row) for row in db.query(_KEPT)]


def keep(store: Engine, rows: Iterable[ProofRow]) -> None:
    """Add rows to the key store; those that it has stay. Raises KeysUnavailable."""
    with keys_transaction(store) as db:
        db.execute(_KEEP, columns(sorted(rows), _WIDTH))


def rewrap(owner: Engine, rows: Iterable[ProofRow]) -> None:
    """Write rows that were wrapped anew, as the owner of the key store."""
    with keys_transaction(owner) as db:
        db.execute(_REWRAP, columns(sorted(rows), _WIDTH))


def copied(db: DatabaseTransaction) -> Sequence[ProofRow]:
    """Every row of the copy in a room's database."""
    return [ProofRow(*row) for row in db.query(_COPIED)]


def copy(db: DatabaseTransaction, rows: Iterable[ProofRow]) -> None:
    """Add rows to the copy; one that was wrapped anew takes the place of what it was."""
    db.query(_COPY, columns(sorted(rows), _WIDTH))


def next_seqs(db: DatabaseTransaction) -> Sequence[tuple[int, int]]:
    """Each partition of the room and its next seq. No fact is recorded before the end of this."""
    return [(partition, seq) for partition, seq in db.query(_NEXT)]


@dataclass(frozen=True, slots=True)
class ProofStore:
    """证明密钥库: of one room, over the key store and the room's database."""

    room: str
    database: Engine
    keys: Engine

    def rows(self) -> Sequence[ProofRow]:
        """Every row, after key store and copy have got what they lack. Raises KeysUnavailable.

        The copy lacks rows if the room's database was restored. The key store lacks rows of the
        room if a rotation was stopped half-way.
        """
        theirs = kept(self.keys)
        with transaction(self.database) as db:
            ours = copied(db)
            if missing := set(theirs) - set(ours):
                copy(db, missing)
        known = {row[:3] for row in theirs}
        unknown = [row for row in ours if row.room == self.room and row[:3] not in known]
        if unknown:
            keep(self.keys, unknown)
        return [*theirs, *unknown]

    def copied(self) -> Sequence[ProofRow]:
        """The rows that the room's database has."""
        with transaction(self.database) as db:
            return copied(db)

    def is_settled(self) -> bool:
        """Whether the gate is open: no fact of the journal waits to be put back."""
        with transaction(self.database) as db:
            return bool(db.query("SELECT record.is_open()")[0][0])

    def close(self) -> None:
        """Close the connections."""
        self.database.dispose()
        self.keys.dispose()


def proof_store(settings: Settings) -> ProofStore:
    """The store of a room, as its relay or, where only that is known, its worker.

    A worker reads the keys, and brings store and copy together; it begins none. Connects at first
    use.
    """
    database = engine(settings.relay_url or settings.worker_url, pool=1)
    return ProofStore(
        settings.room, database, keys_engine(settings.keys_relay_url or settings.keys_worker_url)
    )
