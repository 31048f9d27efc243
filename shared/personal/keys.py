"""密钥 (keys): one per subject, made once, wrapped by the master key, destroyed for ever.

A key has three states: never made, live, destroyed. A destroyed key is never made again. So nobody
can read what was sealed with it, in whatever copy: in records, on topics, in backups.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.personal.key_database import postgres_key_store
from shared.personal.key_store import Erasure, KeyStore, Link, Wrapped
from shared.personal.master import Master, MasterFile, MasterKey

KEY_BYTES = 64
CACHE_LIFE_S = 5.0
CACHE_SIZE = 20_000


class KeyState(StrEnum):
    """密钥状态: the three states of a subject's key."""

    NEVER_MADE = "never-made"
    LIVE = "live"
    DESTROYED = "destroyed"


class KeyDestroyed(Exception):
    """The subject was erased. Nothing can be sealed or opened for it."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"the key of {subject} is destroyed")
        self.subject = subject


class KeyNeverMade(Exception):
    """Text is sealed with a key that was made in another store, or after this backup."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"the key of {subject} was never made in this key store")
        self.subject = subject


class MasterKeyWrong(Exception):
    """The key store belongs to another master key than the one in the file."""

    def __init__(self) -> None:
        super().__init__("the key store was wrapped by another master key; see KEYS_MASTER_FILE")


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """密钥: the key of one subject, 64 bytes for AES-256-SIV. A destroyed key has no bytes."""

    subject: str
    material: bytes | None = field(repr=False)

    @property
    def state(self) -> KeyState:
        """Live or destroyed. A key that was never made has no SubjectKey."""
        return KeyState.DESTROYED if self.material is None else KeyState.LIVE


class Keys:
    """The keys of all subjects. A process keeps what it has read for at most five seconds."""

    def __init__(
        self,
        store: KeyStore,
        master: Master,
        *,
        clock: Callable[[], float] = time.monotonic,
        cache_size: int = CACHE_SIZE,
    ) -> None:
        self.master = master
        self._store = store
        self._checked = False
        self._cache = _Cache(clock, cache_size)

    def key_for(self, subject: str) -> bytes:
        """The subject's key, made if there was none. Raises KeyDestroyed, KeysUnavailable."""
        kept = self._cache.take((subject,)) or self.keys_for([subject])
        material = kept[subject].material
        if material is None:
            raise KeyDestroyed(subject)
        return material

    def keys_for(self, subjects: Collection[str]) -> Mapping[str, SubjectKey]:
        """A key for each subject, made where there never was one. Destroyed ones stay destroyed.

        If several processes make the same key at the same time, all get the one stored first.
        """
        found = dict(self.find(subjects))
        if missing := sorted(set(subjects) - found.keys()):
            self._store.put({subject: self._new_key(subject) for subject in missing})
            found |= self._load(missing)
        return found

    def find(self, subjects: Collection[str], *, fresh: bool = False) -> Mapping[str, SubjectKey]:
        """The keys that were ever made. A subject without one is absent.

        `fresh`: read the store and not the cache.
        """
        wanted = set(subjects)
        found = {} if fresh else self._cache.take(wanted)
        if missing := wanted - found.keys():
            found |= self._load(missing)
        return found

    def state(self, subject: str) -> KeyState:
        """The state of the subject's key, read from the store."""
        key = self.find([subject], fresh=True).get(subject)
        return KeyState.NEVER_MADE if key is None else key.state

    def link(self, links: Collection[Link]) -> Collection[str]:
        """Note that subjects belong to customers, whose erasure destroys their keys too.

        A customer may be another subject, whose own customer is known or will be. A link stays for
        ever. Returns the subjects whose keys this destroyed: their customer was erased before.
        """
        destroyed = self._checked_store().link(links) if links else ()
        self._cache.drop(destroyed)
        return destroyed

    def links(self, customer: str) -> Sequence[Link]:
        """What `destroy` would reach beside the customer, and through whom; in order of streams."""
        return sorted(self._checked_store().links(customer))

    def destroy(self, customer: str, false: Collection[Link] = ()) -> Sequence[str]:
        """删除: destroy the keys of a customer and of all linked subjects. Returns the subjects.

        `false` links lead nowhere. Other processes may still use these keys from their caches for
        five seconds.
        """
        destroyed = self._checked_store().destroy(customer, false=false)
        self._cache.drop(destroyed)
        return sorted(destroyed)

    def erasures(self) -> Sequence[Erasure]:
        """Every erasure so far. Keep this list apart from the backups: a restore needs it."""
        return self._checked_store().erasures()

    def apply_erasures(
        self,
        erasures: Iterable[Erasure],
        false: Callable[[Collection[Link]], Collection[Link]] = lambda _: (),
    ) -> None:
        """Erase again, after a restore and before the start, with all linked subjects.

        `false` says which of the links that are not on the list lead nowhere.
        """
        for erasure in erasures:
            known = {(subject, erasure.customer) for subject in erasure.subjects}
            doubted = false([each for each in self.links(erasure.customer) if each not in known])
            self._store.link(known, doubted)
            self._store.destroy(erasure.customer, erasure.erased_at, doubted)
            self._cache.drop(erasure.subjects)

    def _load(self, subjects: Collection[str]) -> dict[str, SubjectKey]:
        since = self._cache.now()
        rows = self._checked_store().load(subjects)
        keys = {subject: self._unwrap(subject, wrapped) for subject, wrapped in rows.items()}
        self._cache.keep(keys, since)
        return keys

    def _checked_store(self) -> KeyStore:
        """The key store, after a check that it has the same master key as this process.

        Without the check, a wrong master key would be noticed only after it had wrapped new keys.
        """
        if not self._checked:
            values = [check_value(each) for each in self.master.now().all]
            if self._store.check(values[0]) not in values:
                raise MasterKeyWrong
            self._checked = True
        return self._store

    def _new_key(self, subject: str) -> bytes:
        """A new key, wrapped."""
        return wrapped(self.master.now(), subject, secrets.token_bytes(KEY_BYTES))

    def _unwrap(self, subject: str, wrapped: Wrapped) -> SubjectKey:
        if wrapped is None:
            return SubjectKey(subject, None)
        return SubjectKey(subject, unwrapped(self.master.now(), subject, wrapped))


def check_value(master: MasterKey) -> bytes:
    """By it a key store knows its master key."""
    return master.derive("check of the key store")


def wrapped(master: MasterKey, subject: str, material: bytes) -> bytes:
    """A subject's key, wrapped by the present master key."""
    return _wrapper(master).encrypt(material, [subject.encode()])


def unwrapped(master: MasterKey, subject: str, wrapped: bytes) -> bytes:
    """A subject's key, whichever of the master keys has wrapped it. Raises MasterKeyWrong."""
    for each in master.all:
        with suppress(InvalidTag):
            return _wrapper(each).decrypt(wrapped, [subject.encode()])
    raise MasterKeyWrong


@cache
def _wrapper(master: MasterKey) -> AESSIV:
    return AESSIV(master.derive("wrap subject keys", KEY_BYTES))


class _Cache:
    """Keys as last read. The least recently used leave first, and none stays too long."""

    def __init__(self, clock: Callable[[], float], size: int) -> None:
        self.now = clock
        self._size = size
        self._kept: OrderedDict[str, tuple[float, SubjectKey]] = OrderedDict()
        self._lock = Lock()

    def take(self, subjects: Iterable[str]) -> dict[str, SubjectKey]:
        oldest, found = self.now() - CACHE_LIFE_S, {}
        with self._lock:
            for subject in subjects:
                entry = self._kept.get(subject)
                if entry is not None and entry[0] >= oldest:
                    self._kept.move_to_end(subject)  # as the one used last
                    found[subject] = entry[1]
                elif entry is not None:
                    del self._kept[subject]
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
    """The keys at KEYS_URL, with the master key of KEYS_MASTER_FILE. Connects at first use.

    Raises MasterKeyUnusable.
    """
    return Keys(postgres_key_store(url), MasterFile(master_file))
