"""密钥 (keys): one per subject, made once, opened by the master key, destroyed for ever.

A key has three states: never made, live, destroyed. A destroyed key is never made again, so what
was sealed with it stays closed wherever its copies lie: in records, on topics, in backups.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.personal.key_store import (
    Erasure,
    KeysUnavailable,
    Link,
    MemoryShelf,
    Shelf,
    Wrapped,
    create_keys_schema,
    postgres_shelf,
)
from shared.personal.master import MasterKey, make_master_key, read_master_key

__all__ = [
    "Erasure",
    "KeyDestroyed",
    "KeyNeverMade",
    "KeyState",
    "Keys",
    "KeysUnavailable",
    "MasterKeyWrong",
    "SubjectKey",
    "create_keys_schema",
    "make_master_key",
    "memory_keys",
    "open_keys",
]

KEY_BYTES = 64
CACHE_LIFE_S = 5.0
CACHE_SIZE = 20_000


class KeyState(StrEnum):
    """密钥状态: the three states of a subject's key."""

    NEVER_MADE = "never-made"
    LIVE = "live"
    DESTROYED = "destroyed"


class KeyDestroyed(Exception):
    """The subject was erased; nothing is sealed or opened for it any more."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"the key of {subject} is destroyed")
        self.subject = subject


class KeyNeverMade(Exception):
    """Something is sealed with a key this store never made: another store, or an old backup."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"the key of {subject} was never made in this key store")
        self.subject = subject


class MasterKeyWrong(Exception):
    """The key store belongs to another master key than the one in the file."""

    def __init__(self) -> None:
        super().__init__("the key store was wrapped by another master key; see KEYS_MASTER_FILE")


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """密钥: of one subject; AES-256-SIV takes 64 bytes. No bytes once it is destroyed."""

    subject: str
    material: bytes | None = field(repr=False)

    @property
    def state(self) -> KeyState:
        """Live or destroyed; what was never made is no Key."""
        return KeyState.DESTROYED if self.material is None else KeyState.LIVE


class Keys:
    """The keys of all subjects, as one process sees them: at most five seconds old."""

    def __init__(
        self,
        shelf: Shelf,
        master: MasterKey,
        *,
        clock: Callable[[], float] = time.monotonic,
        cache_size: int = CACHE_SIZE,
    ) -> None:
        self.master = master
        self._shelf = shelf
        self._wrapper = AESSIV(master.derive("wrap subject keys", KEY_BYTES))
        self._checked = False
        self._cache = _Cache(clock, cache_size)

    def key_for(self, subject: str) -> bytes:
        """The subject's key, made if it never was. Raises KeyDestroyed, KeysUnavailable."""
        material = self.keys_for([subject])[subject].material
        if material is None:
            raise KeyDestroyed(subject)
        return material

    def keys_for(self, subjects: Collection[str]) -> Mapping[str, SubjectKey]:
        """A key for each subject, made where there never was one; the destroyed stay destroyed.

        Whoever else makes the same key at the same time: all get the one that was kept first.
        """
        found = dict(self.find(subjects))
        if missing := sorted(set(subjects) - found.keys()):
            fresh = {subject: secrets.token_bytes(KEY_BYTES) for subject in missing}
            self._shelf.put({subject: self._wrap(subject, key) for subject, key in fresh.items()})
            found |= self._load(missing)
        return found

    def find(self, subjects: Collection[str], *, fresh: bool = False) -> Mapping[str, SubjectKey]:
        """The keys that were ever made; a subject whose key never was is absent.

        `fresh` asks the store itself, past the cache.
        """
        wanted = set(subjects)
        found = {} if fresh else self._cache.take(wanted)
        if missing := wanted - found.keys():
            found |= self._load(missing)
        return found

    def state(self, subject: str) -> KeyState:
        """Which of the three states the subject's key is in, by the store itself."""
        key = self.find([subject], fresh=True).get(subject)
        return KeyState.NEVER_MADE if key is None else key.state

    def link(self, subject: str, customer: str) -> None:
        """Note that the subject is this customer: erasing the customer destroys its key too.

        The customer may be another subject, whose customer is known or will be.
        """
        self.link_all([(subject, customer)])

    def link_all(self, links: Collection[Link]) -> Collection[str]:
        """Note many links at once; answers the subjects that this destroyed.

        A link stays for ever; one to an erased customer destroys.
        """
        destroyed = self._checked_shelf().link(links) if links else ()
        self._cache.drop(destroyed)
        return destroyed

    def destroy(self, customer: str) -> Sequence[str]:
        """删除: destroy the keys of a customer and of all linked subjects; answers these.

        Other processes may still open them from their caches for five seconds.
        """
        destroyed = self._checked_shelf().destroy(customer)
        self._cache.drop(destroyed)
        return sorted(destroyed)

    def erasures(self) -> Sequence[Erasure]:
        """Every erasure so far; kept apart from the store's backups, it is what heals a restore."""
        return self._checked_shelf().erasures()

    def apply_erasures(self, erasures: Iterable[Erasure]) -> None:
        """After a restore, before start: erase again what had been erased, its links included."""
        for erasure in erasures:
            self.link_all([(subject, erasure.customer) for subject in erasure.subjects])
            self._shelf.destroy(erasure.customer, erasure.erased_at)
            self._cache.drop(erasure.subjects)

    def _load(self, subjects: Collection[str]) -> dict[str, SubjectKey]:
        since = self._cache.now()
        rows = self._checked_shelf().load(subjects)
        keys = {subject: self._unwrap(subject, wrapped) for subject, wrapped in rows.items()}
        self._cache.keep(keys, since)
        return keys

    def _checked_shelf(self) -> Shelf:
        """The shelf, once it is known that its keys and ours have the same master.

        Otherwise a wrong file would go unnoticed until it had wrapped new keys of its own.
        """
        if not self._checked:
            value = self.master.derive("check of the key store")
            if self._shelf.check(value) != value:
                raise MasterKeyWrong
            self._checked = True
        return self._shelf

    def _wrap(self, subject: str, material: bytes) -> bytes:
        return self._wrapper.encrypt(material, [subject.encode()])

    def _unwrap(self, subject: str, wrapped: Wrapped) -> SubjectKey:
        if wrapped is None:
            return SubjectKey(subject, None)
        try:
            return SubjectKey(subject, self._wrapper.decrypt(wrapped, [subject.encode()]))
        except InvalidTag:
            raise MasterKeyWrong from None


class _Cache:
    """Keys as last seen; the least recently used leave first, and none stays beyond its life."""

    def __init__(self, clock: Callable[[], float], size: int) -> None:
        self.now = clock
        self._size = size
        self._kept: OrderedDict[str, tuple[float, SubjectKey]] = OrderedDict()
        self._lock = Lock()

    def take(self, subjects: Iterable[str]) -> dict[str, SubjectKey]:
        oldest, found = self.now() - CACHE_LIFE_S, {}
        with self._lock:
            for subject in subjects:
                if (entry := self._kept.get(subject)) is None:
                    continue
                if entry[0] < oldest:
                    del self._kept[subject]
                    continue
                self._kept.move_to_end(subject)
                found[subject] = entry[1]
        return found

    def keep(self, keys: Mapping[str, SubjectKey], since: float) -> None:
        with self._lock:
            for subject, key in keys.items():
                self._kept[subject] = (since, key)
                self._kept.move_to_end(subject)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def drop(self, subjects: Iterable[str]) -> None:
        with self._lock:
            for subject in subjects:
                self._kept.pop(subject, None)


def open_keys(url: str, master_file: Path) -> Keys:
    """The keys over KEYS_URL, with the master key of KEYS_MASTER_FILE. Connects when first asked.

    Raises MasterKeyUnusable.
    """
    return Keys(postgres_shelf(url), read_master_key(master_file))


def memory_keys(master: MasterKey | None = None) -> Keys:
    """Keys that end with the process, for unit tests."""
    return Keys(MemoryShelf(), master or MasterKey(secrets.token_bytes(32)))
