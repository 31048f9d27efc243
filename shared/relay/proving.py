"""证明 (proving) in a relay: its keys before it compares topics, and the first key of its room."""

from collections.abc import Callable

from shared.config import Settings
from shared.log import logger
from shared.personal.key_store import KeysUnavailable
from shared.personal.master import MasterFile
from shared.proof.check import Proofs
from shared.proof.key_ring import KeyRing
from shared.proof.rotation import begin_key
from shared.proof.store import proof_store
from shared.record.transaction import transaction

_STATE = """
SELECT record.is_open(), EXISTS (SELECT FROM record.counters AS c WHERE c.seq > 0),
    EXISTS (SELECT FROM record.proofs AS p WHERE p.room = %s AND p.partition >= 0)
"""

log = logger("relay")


class Proving:
    """证明: of one session of a relay."""

    def __init__(self, settings: Settings) -> None:
        self._master = MasterFile(settings.master_key_file)
        self._store = proof_store(settings)
        self._has_begun = False
        self.proofs = Proofs(KeyRing(self._master), self._store)

    def close(self) -> None:
        """Close the connections."""
        self._store.close()

    def prepare(self, is_new: Callable[[], bool]) -> None:
        """Know the keys, before topics are compared; a room without any fact gets its first.

        `is_new`: whether nothing stands on its topics either. A room whose record may have been
        set back needs the key store: its copy of the keys was set back as well. Raises
        KeysUnavailable, Unavailable.
        """
        is_open, has_facts, has_key = self._state()
        try:
            self.proofs.refresh()
        except KeysUnavailable:
            if not (is_open and has_key):
                raise
            self.proofs.begun()
        _, _, has_key = self._state()
        if not has_key and not has_facts and is_new():
            self._begin_first()

    def begin_with_open_gate(self) -> None:
        """The numbers are settled: a room without a key gets its first, before it sends more."""
        if not self._has_begun:
            _, _, has_key = self._state()
            if not has_key:
                self._begin_first()
            self._has_begun = True

    def _begin_first(self) -> None:
        begun = begin_key(self._store, self._master, only_first=True)
        self.proofs.refresh()
        log.info("the first proof key begins", at={row.partition: row.first_seq for row in begun})

    def _state(self) -> tuple[bool, bool, bool]:
        """Whether the gate is open, the record has facts, and the room has a proof key."""
        with transaction(self._store.database) as db:
            ((is_open, has_facts, has_key),) = db.query(_STATE, (self._store.room,))
            return is_open, has_facts, has_key
