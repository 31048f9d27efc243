"""密钥库 (the key store): the wrapped keys, their subjects, and which of them are destroyed.

It is a database of its own with its own roles and its own backups. So no backup of a record brings
a destroyed key back. `MemoryKeyStore` behaves in the same way.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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

    def link(self, links: Collection[Link], false: Collection[Link] = ()) -> Collection[str]:
        """Store the links. Returns the subjects destroyed because their customer is erased.

        `false`: as in `destroy`.
        """

    def links(self, customer: str) -> Collection[Link]:
        """The links by which an erasure of the customer would reach other subjects."""

    def destroy(
        self, customer: str, at: datetime | None = None, false: Collection[Link] = ()
    ) -> Collection[str]:
        """Destroy the keys of the customer and of all linked subjects. Returns the subjects.

        `false`: links that lead nowhere, because nothing that was recorded says so.
        """

    def erasures(self) -> Sequence[Erasure]:
        """Every erasure, by customer. A linked subject that still lives is not part of it."""
