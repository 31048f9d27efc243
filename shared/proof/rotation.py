"""换证明密钥 (rotation): a new key proves what a room records from now on.

The key is announced before any record carries its proof, so no reader ever meets a key that it
cannot ask for. It begins between two facts of each partition. What was recorded before keeps its
key, and so its bytes, for ever.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Engine

from shared.personal.master import Master
from shared.proof.key_ring import ANNOUNCED, ProofRow, ProofWrapper
from shared.proof.mac import ProofKey, new_key
from shared.proof.store import ProofStore, copied, copy, keep, kept, next_seqs, rewrap
from shared.record.transaction import transaction


def begin_key(store: ProofStore, master: Master, *, only_first: bool = False) -> Sequence[ProofRow]:
    """Let a new key begin behind the last fact of each partition. Returns what was added.

    `only_first`: do nothing if the room has a key already. The room's numbers must be settled: its
    gate is open, or it has no fact yet. Raises KeysUnavailable, Unavailable.
    """
    if only_first and _begun(store.room, store.rows()):
        return ()
    key, wrapper = new_key(), ProofWrapper(master)
    announced = _announce(store, key, wrapper)
    with transaction(store.database) as db:
        firsts = next_seqs(db)
        begun = _begun(store.room, copied(db))
        if any(row.n >= announced.n for row in begun) or (only_first and begun):
            return ()  # another process was faster
        rows = [wrapper.row(store.room, at, announced.n, first, key) for at, first in firsts]
        copy(db, [announced, *rows])
    keep(store.keys, rows)
    return rows


def _announce(store: ProofStore, key: ProofKey, wrapper: ProofWrapper) -> ProofRow:
    """Make the key known under a number that no other key of the room has."""
    while True:
        number = 1 + max((row.n for row in store.rows() if row.room == store.room), default=0)
        announced = wrapper.row(store.room, ANNOUNCED, number, 0, key)
        keep(store.keys, [announced])
        if announced in kept(store.keys):
            return announced


def _begun(room: str, rows: Iterable[ProofRow]) -> Sequence[ProofRow]:
    return [row for row in rows if row.room == room and row.partition != ANNOUNCED]


def rewrap_proofs(owner: Engine, master: Master) -> int:
    """Wrap every proof key of the key store by the present master key, as the store's owner.

    The rooms copy what was wrapped anew when they next look. Returns how many rows.
    """
    wrapper = ProofWrapper(master)
    late = [row for row in kept(owner) if not wrapper.is_present(row)]
    made = [wrapper.row(*row[:4], key) for row in late if (key := wrapper.key(row)) is not None]
    rewrap(owner, made)
    return len(made)
