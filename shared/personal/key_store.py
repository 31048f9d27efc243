"""密钥库 (the key store): the wrapped keys, their subjects, and which of them are destroyed.

It is a database of its own with its own roles and its own backups. So no backup of a record brings
a destroyed key back. `MemoryKeyStore` behaves in the same way.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol, TypeAlias

from shared.record.store import Unavailable

Wrapped: TypeAlias = bytes | None
"""A key wrapped by the master key. None if it is destroyed."""
Link: TypeAlias = tuple[str, str]
"""A subject, and the customer to whom it belongs, or another subject of that customer."""


class KeysUnavailable(Unavailable):
    """The key store cannot be reached, did not answer in time, or has no tables yet."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """删除: a customer whose keys were destroyed, and the subjects destroyed with them."""

    customer: str
    erased_at: datetime
    subjects: tuple[str, ...]
    """All subjects linked to the customer, directly or through others, and the customer. Sorted."""


class KeyStore(Protocol):
    """The interface of a key store. It never sees an unwrapped key."""

    def check(self, value: bytes) -> bytes:
        """The check value of the master key of this store. The first value that is given stays."""

    def load(self, subjects: Collection[str]) -> Mapping[str, Wrapped]:
        """The keys that were ever made. A subject without one is absent."""

    def put(self, wrapped: Mapping[str, bytes]) -> None:
        """Store these keys for subjects that never had one. Other keys stay as they are."""

    def link(self, links: Collection[Link]) -> Collection[str]:
        """Store the links. Returns the subjects destroyed because their customer is erased."""

    def destroy(self, customer: str, at: datetime | None = None) -> Collection[str]:
        """Destroy the keys of the customer and of all linked subjects. Returns the subjects."""

    def erasures(self) -> Sequence[Erasure]:
        """Every erasure, by customer."""


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

    def link(self, links: Collection[Link]) -> Collection[str]:
        """As KeyStore.link."""
        with self._lock:
            self._links.update(links)
            whose = sorted({customer for _, customer in links})
            erased = [customer for customer in whose if self._keys.get(customer, b"") is None]
            return [subject for customer in erased for subject in self._destroy(customer)]

    def destroy(self, customer: str, at: datetime | None = None) -> Collection[str]:
        """As KeyStore.destroy."""
        with self._lock:
            self._erased.setdefault(customer, at or datetime.now(UTC))
            return self._destroy(customer)

    def erasures(self) -> Sequence[Erasure]:
        """As KeyStore.erasures."""
        with self._lock:
            return [
                Erasure(customer, at, tuple(self._subjects(customer)))
                for customer, at in sorted(self._erased.items())
            ]

    def _subjects(self, customer: str) -> list[str]:
        reached, ahead = {customer}, {customer}
        while ahead:
            ahead = {subject for subject, whose in self._links if whose in ahead} - reached
            reached |= ahead
        return sorted(reached)

    def _destroy(self, customer: str) -> list[str]:
        subjects = self._subjects(customer)
        self._keys.update(dict.fromkeys(subjects))
        return subjects
