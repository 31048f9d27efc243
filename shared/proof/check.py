"""验真 (checking proofs): what a reader of topics asks, with the keys that it knows by now.

A key that is not known may be a new one, so the keys are read again: at most once for all records
that arrived together, however many of them are forged.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from shared.config import Settings
from shared.log import logger
from shared.personal.key_store import KeysUnavailable
from shared.personal.master import MasterFile
from shared.proof.key_ring import KeyRing, ProofRow
from shared.proof.mac import ID_BYTES, ProvedRecord, UnknownKey
from shared.proof.store import proof_store
from shared.record.store import Unavailable

REFRESH_S = 10.0

log = logger(__name__)


class KeySource(Protocol):
    """Where the keys come from; see ProofStore."""

    def rows(self) -> Sequence[ProofRow]:
        """Every row that there is now. Raises Unavailable."""

    def copied(self) -> Sequence[ProofRow]:
        """The rows that the room's own database has."""

    def close(self) -> None:
        """Close the connections."""


class ReadAgain(Exception):
    """Records were refused whose key could not be asked for. The next start reads them again."""


@dataclass(slots=True)
class Proofs:
    """验真: of one reader. One thread checks; another one may call `refresh_now_and_then`."""

    ring: KeyRing
    source: KeySource
    clock: Callable[[], float] = time.monotonic
    _arrived: float = 0.0
    _asked: float = -REFRESH_S
    _doubted: set[bytes] = field(default_factory=set)
    """Keys that could not be asked for. What they prove was refused."""

    def begun(self) -> "Proofs":
        """Read the keys; if the key store is away, those that the room has copied count for now.

        Raises Unavailable.
        """
        try:
            self.refresh()
        except KeysUnavailable as error:
            log.warning("the proof keys that the room has copied count for now", error=error)
            self.ring.add(self.source.copied())
        return self

    def close(self) -> None:
        """Close the connections of the source."""
        self.source.close()

    def arrived(self) -> None:
        """Records have arrived just now."""
        self._arrived = self.clock()

    def check(self, room: str, record: ProvedRecord, said: bytes | None) -> None:
        """Raise Unproved unless `said` proves the record, or it needs no proof."""
        try:
            self.ring.check(room, record, said)
        except UnknownKey:
            if self._asked >= self._arrived:
                raise
            try:
                self.refresh()
            except Unavailable:
                self._doubted.add((said or b"")[:ID_BYTES])
                self._asked = self.clock()
                raise UnknownKey("proof: by a key that cannot be asked for now") from None
            self.ring.check(room, record, said)

    def refresh(self) -> None:
        """Read the keys again. Raises Unavailable."""
        now = self.clock()
        self.ring.add(self.source.rows())
        self._asked = now

    def refresh_now_and_then(self) -> None:
        """Read the keys again if it is time. Raises ReadAgain if what was refused may be proved."""
        if self.clock() < self._asked + REFRESH_S:
            return
        with suppress(Unavailable):
            self.refresh()
            if any(map(self.ring.knows, self._doubted)):
                raise ReadAgain("records were refused while the key store was away")
            self._doubted.clear()


def proofs_of(settings: Settings) -> Proofs:
    """For a process of the room, to be closed; connects when it begins. MasterKeyUnusable."""
    return Proofs(KeyRing(MasterFile(settings.master_key_file)), proof_store(settings))
