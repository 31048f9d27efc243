"""密钥库 (the key store): the wrapped keys, their subjects, and which of them are destroyed.

It is a database of its own with its own roles and its own backups. So no backup of a record brings
a destroyed key back. `MemoryKeyStore` behaves in the same way.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol, TypeAlias, TypeVar

from psycopg2 import errors
from sqlalchemy import Engine

from shared.record import transaction
from shared.record.database import engine
from shared.record.statements import columns
from shared.record.store import Unavailable
from shared.record.transaction import DatabaseTransaction

T = TypeVar("T")

_CHUNK = 5_000
_LINKS = 4_160_271_859_202
"""An advisory lock of the key store; see `lock_links`."""

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


@dataclass(frozen=True, slots=True)
class PostgresKeyStore:
    """The key store on PostgreSQL, with the tables of `key_schema.py`."""

    engine: Engine

    def check(self, value: bytes) -> bytes:
        """As KeyStore.check."""
        with key_transaction(self.engine) as db:
            db.execute(
                "insert into keys.master (value) values (%s) on conflict do nothing", (value,)
            )
            return bytes(db.query("select value from keys.master")[0][0])

    def load(self, subjects: Collection[str]) -> Mapping[str, Wrapped]:
        """As KeyStore.load."""
        found: dict[str, Wrapped] = {}
        with key_transaction(self.engine) as db:
            for chunk in _chunks(sorted(subjects)):
                for subject, wrapped in db.query(_LOAD, (chunk,)):
                    found[subject] = None if wrapped is None else bytes(wrapped)
        return found

    def put(self, wrapped: Mapping[str, bytes]) -> None:
        """As KeyStore.put. Sorted, so that two processes with the same keys do not deadlock."""
        with key_transaction(self.engine) as db:
            for chunk in _chunks(sorted(wrapped)):
                db.execute(_PUT, (chunk, [wrapped[subject] for subject in chunk]))

    def link(self, links: Collection[Link]) -> Collection[str]:
        """As KeyStore.link."""
        with key_transaction(self.engine) as db:
            lock_links(db)
            for chunk in _chunks(sorted(links)):
                db.execute(_LINK, columns(chunk, 2))
            whose = sorted({customer for _, customer in links})
            erased = [customer for (customer,) in db.query(_DESTROYED, (whose,))]
            return [subject for customer in erased for subject in _destroy(db, customer)]

    def destroy(self, customer: str, at: datetime | None = None) -> Collection[str]:
        """As KeyStore.destroy."""
        with key_transaction(self.engine) as db:
            lock_links(db)
            db.execute(_ERASE, (customer, at))
            return _destroy(db, customer)

    def erasures(self) -> Sequence[Erasure]:
        """As KeyStore.erasures."""
        with key_transaction(self.engine) as db:
            found = db.query(_ERASURES)
        return [Erasure(customer, at, tuple(sorted(reached))) for customer, at, reached in found]


def postgres_key_store(url: str) -> PostgresKeyStore:
    """The key store at KEYS_URL. Connects at first use."""
    return PostgresKeyStore(engine(url, pool=2, overflow=2))


@contextmanager
def key_transaction(store: Engine) -> Iterator[DatabaseTransaction]:
    """A transaction of the key store. Raises KeysUnavailable."""
    try:
        with transaction.transaction(store) as made:
            yield made
    except Unavailable as error:
        raise KeysUnavailable(f"the key store is away: {error}") from error
    except (errors.InvalidSchemaName, errors.UndefinedTable) as error:
        raise KeysUnavailable("the key store has no tables yet: create_keys_schema") from error


def lock_links(db: DatabaseTransaction) -> None:
    """Wait for others who link or erase. Otherwise an erasure could miss a new link."""
    db.query("select pg_advisory_xact_lock(%s)", (_LINKS,))


def _destroy(db: DatabaseTransaction, customer: str) -> list[str]:
    subjects = sorted(subject for (subject,) in db.query(_REACHED, (customer,)))
    for chunk in _chunks(subjects):
        db.execute(_DESTROY, (chunk,))
    return subjects


def _chunks(items: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), _CHUNK):
        yield list(items[start : start + _CHUNK])


_LOAD = "select subject, wrapped from keys.key where subject = any(%s::text[])"
_PUT = """
insert into keys.key (subject, wrapped)
select * from unnest(%s::text[], %s::bytea[]) on conflict do nothing
"""
_LINK = """
insert into keys.link (subject, customer)
select * from unnest(%s::text[], %s::text[]) on conflict do nothing
"""
_ERASE = """
insert into keys.erasure (customer, erased_at)
values (%s, coalesce(%s, clock_timestamp())) on conflict do nothing
"""
_DESTROYED = """
select subject from keys.key
where subject = any(%s::text[]) and state = 'destroyed' order by subject
"""
_REACHED = """
with recursive reached (subject) as (
  select %s::text collate "C"
  union select link.subject from keys.link join reached on link.customer = reached.subject
)
select subject from reached
"""
_DESTROY = """
insert into keys.key (subject, wrapped, state, destroyed_at)
select subject, null, 'destroyed', clock_timestamp() from unnest(%s::text[]) as subject
on conflict (subject) do update
  set wrapped = null, state = 'destroyed', destroyed_at = excluded.destroyed_at
  where key.state = 'live'
"""
_ERASURES = """
with recursive reached (customer, subject) as (
  select customer, customer from keys.erasure
  union select reached.customer, link.subject
  from keys.link join reached on link.customer = reached.subject
)
select customer, erased_at, array_agg(subject)
from reached join keys.erasure using (customer) group by customer, erased_at order by customer
"""
