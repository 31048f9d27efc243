"""Keys in memory, for stories that need no database."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from shared.personal.key_store import Erasure, Link, Wrapped
from shared.personal.keys import Keys
from shared.personal.master import MasterKey


@dataclass(slots=True)
class MemoryKeyStore:
    """The key store of unit tests."""

    _check: bytes | None = None
    _keys: dict[str, Wrapped] = field(default_factory=dict, repr=False)
    _links: set[Link] = field(default_factory=set)
    _erased: dict[str, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def check(self, value: bytes) -> bytes:
        """As KeyStore.check."""
        with self._lock:
            self._check = self._check or value
            return self._check

    def load(self, subjects: Collection[str]) -> Mapping[str, Wrapped]:
        """As KeyStore.load."""
        with self._lock:
            return {subject: self._keys[subject] for subject in subjects if subject in self._keys}

    def put(self, wrapped: Mapping[str, bytes]) -> None:
        """As KeyStore.put."""
        with self._lock:
            self._keys = {**wrapped, **self._keys}

    def link(self, links: Collection[Link], false: Collection[Link] = ()) -> Collection[str]:
        """As KeyStore.link."""
        with self._lock:
            self._links.update(links)
            gone = {subject for subject, whose in links if self._keys.get(whose, b"") is None}
            return self._destroy(gone, false)

    def links(self, customer: str) -> Collection[Link]:
        """As KeyStore.links."""
        with self._lock:
            reached = self._subjects({customer})
            return [link for link in self._links if link[1] in reached]

    def destroy(
        self, customer: str, at: datetime | None = None, false: Collection[Link] = ()
    ) -> Collection[str]:
        """As KeyStore.destroy."""
        with self._lock:
            self._erased.setdefault(customer, at or datetime.now(UTC))
            return self._destroy({customer}, false)

    def erasures(self) -> Sequence[Erasure]:
        """As KeyStore.erasures."""
        with self._lock:
            return [
                Erasure(customer, at, tuple(self._gone(customer)))
                for customer, at in sorted(self._erased.items())
            ]

    def _gone(self, customer: str) -> list[str]:
        reached = self._subjects({customer})
        return [subject for subject in reached if self._keys.get(subject, b"") is None]

    def _subjects(self, whose: Collection[str], false: Collection[Link] = ()) -> list[str]:
        reached, ahead, true = {*whose}, {*whose}, self._links.difference(false)
        while ahead:
            ahead = {subject for subject, owner in true if owner in ahead} - reached
            reached |= ahead
        return sorted(reached)

    def _destroy(self, whose: Collection[str], false: Collection[Link] = ()) -> list[str]:
        subjects = self._subjects(whose, false)
        self._keys.update(dict.fromkeys(subjects))
        return subjects


def memory_keys(master: MasterKey | None = None) -> Keys:
    """Keys in memory, for unit tests."""
    return Keys(MemoryKeyStore(), master or MasterKey(secrets.token_bytes(32)))
