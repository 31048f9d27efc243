"""密钥库 (the key store): where wrapped keys lie, whose they are, and which are destroyed.

It is a database of its own with roles of its own, backed up apart from the records, so that no
backup of a record ever brings a destroyed key back. `MemoryShelf` keeps the same promises.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Protocol, TypeAlias

from psycopg2 import errors, sql
from sqlalchemy import Engine

from shared.record import transaction
from shared.record.database import engine
from shared.record.statements import columns
from shared.record.store import Unavailable
from shared.record.transaction import DatabaseTransaction

_CHUNK = 5_000
_LINKS = 4_160_271_859_202
"""An advisory lock of the key store; see `_lock`."""

Wrapped: TypeAlias = bytes | None
"""A key wrapped by the master key; None once it is destroyed."""
Link: TypeAlias = tuple[str, str]
"""A subject, and the customer it turned out to be about; or another subject of that customer."""


class KeysUnavailable(Unavailable):
    """The key store cannot be reached, did not answer in time, or has no tables yet."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """删除: a customer whose keys were destroyed, and the subjects that were destroyed with it."""

    customer: str
    erased_at: datetime
    subjects: tuple[str, ...]
    """All subjects linked to it, directly or through others; sorted, the customer among them."""


class Shelf(Protocol):
    """What a key store keeps; it never sees an unwrapped key."""

    def check(self, value: bytes) -> bytes:
        """The check value of the master key this shelf belongs to; the first one asked stays."""

    def load(self, subjects: Collection[str]) -> Mapping[str, Wrapped]:
        """The keys that were ever made; a subject without one is absent."""

    def put(self, wrapped: Mapping[str, bytes]) -> None:
        """Keep these keys where there was never one; every other stays as it is."""

    def link(self, links: Collection[Link]) -> Collection[str]:
        """Remember whose the subjects are; answer those destroyed because he is erased already."""

    def destroy(self, customer: str, at: datetime | None = None) -> Collection[str]:
        """Destroy the keys of the customer and all its linked subjects; answer these subjects."""

    def erasures(self) -> Sequence[Erasure]:
        """Every erasure, by customer."""


@dataclass(slots=True)
class MemoryShelf:
    """The key store of unit tests."""

    _check: bytes | None = None
    _keys: dict[str, Wrapped] = field(default_factory=dict, repr=False)
    _links: set[Link] = field(default_factory=set)
    _erased: dict[str, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def check(self, value: bytes) -> bytes:
        """As Shelf.check."""
        with self._lock:
            self._check = self._check or value
            return self._check

    def load(self, subjects: Collection[str]) -> Mapping[str, Wrapped]:
        """As Shelf.load."""
        with self._lock:
            return {subject: self._keys[subject] for subject in subjects if subject in self._keys}

    def put(self, wrapped: Mapping[str, bytes]) -> None:
        """As Shelf.put."""
        with self._lock:
            self._keys = {**wrapped, **self._keys}

    def link(self, links: Collection[Link]) -> Collection[str]:
        """As Shelf.link."""
        with self._lock:
            self._links.update(links)
            whose = sorted({customer for _, customer in links})
            erased = [customer for customer in whose if self._keys.get(customer, b"") is None]
            return [subject for customer in erased for subject in self._destroy(customer)]

    def destroy(self, customer: str, at: datetime | None = None) -> Collection[str]:
        """As Shelf.destroy."""
        with self._lock:
            self._erased.setdefault(customer, at or datetime.now(UTC))
            return self._destroy(customer)

    def erasures(self) -> Sequence[Erasure]:
        """As Shelf.erasures."""
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
class PostgresShelf:
    """The key store on PostgreSQL; what it needs stands in `create_keys_schema`."""

    engine: Engine

    def check(self, value: bytes) -> bytes:
        """As Shelf.check."""
        with _transaction(self.engine) as db:
            db.execute(
                "insert into keys.master (value) values (%s) on conflict do nothing", (value,)
            )
            return bytes(db.query("select value from keys.master")[0][0])

    def load(self, subjects: Collection[str]) -> Mapping[str, Wrapped]:
        """As Shelf.load."""
        found: dict[str, Wrapped] = {}
        with _transaction(self.engine) as db:
            for chunk in _chunks(sorted(subjects)):
                for subject, wrapped in db.query(_LOAD, (chunk,)):
                    found[subject] = None if wrapped is None else bytes(wrapped)
        return found

    def put(self, wrapped: Mapping[str, bytes]) -> None:
        """As Shelf.put. In sorted order, so that two who make the same keys cannot deadlock."""
        with _transaction(self.engine) as db:
            for chunk in _chunks(sorted(wrapped)):
                db.execute(_PUT, (chunk, [wrapped[subject] for subject in chunk]))

    def link(self, links: Collection[Link]) -> Collection[str]:
        """As Shelf.link."""
        with _transaction(self.engine) as db:
            _lock(db)
            for chunk in _chunks(sorted(links)):
                db.execute(_LINK, columns(chunk, 2))
            whose = sorted({customer for _, customer in links})
            erased = [customer for (customer,) in db.query(_DESTROYED, (whose,))]
            return [subject for customer in erased for subject in _destroy(db, customer)]

    def destroy(self, customer: str, at: datetime | None = None) -> Collection[str]:
        """As Shelf.destroy."""
        with _transaction(self.engine) as db:
            _lock(db)
            db.execute(_ERASE, (customer, at))
            return _destroy(db, customer)

    def erasures(self) -> Sequence[Erasure]:
        """As Shelf.erasures."""
        with _transaction(self.engine) as db:
            found = db.query(_ERASURES)
        return [Erasure(customer, at, tuple(sorted(reached))) for customer, at, reached in found]


def postgres_shelf(url: str) -> PostgresShelf:
    """The key store at KEYS_URL; connects when first asked."""
    return PostgresShelf(engine(url, pool=2, overflow=2))


def create_keys_schema(owner_url: str, runtime_role: str | None = None) -> None:
    """Make the tables of the key store if they are not there; again changes nothing.

    `runtime_role` is the role of KEYS_URL, where that is not the owner: it may read, make and
    destroy keys, and delete nothing. Raises KeysUnavailable.
    """
    owner = engine(owner_url, pool=1)
    try:
        with _transaction(owner) as db:
            _lock(db)
            db.execute(_SCHEMA)
            if runtime_role is not None:
                role = sql.Identifier(runtime_role).as_string(db.connection)
                db.execute(_GRANTS.format(role=role))
    finally:
        owner.dispose()


@contextmanager
def _transaction(store: Engine) -> Iterator[DatabaseTransaction]:
    try:
        with transaction.transaction(store) as made:
            yield made
    except Unavailable as error:
        raise KeysUnavailable(f"the key store is away: {error}") from error
    except (errors.InvalidSchemaName, errors.UndefinedTable) as error:
        raise KeysUnavailable("the key store has no tables yet: create_keys_schema") from error


def _lock(db: DatabaseTransaction) -> None:
    """Who links and who erases wait for one another, else a link slips past an erasure."""
    db.query("select pg_advisory_xact_lock(%s)", (_LINKS,))


def _destroy(db: DatabaseTransaction, customer: str) -> list[str]:
    subjects = sorted(subject for (subject,) in db.query(_REACHED, (customer,)))
    for chunk in _chunks(subjects):
        db.execute(_DESTROY, (chunk,))
    return subjects


def _chunks(items: Sequence[Any]) -> Iterator[list[Any]]:
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

# A destroyed key leaves a row behind for ever: that row is what keeps it from being made again.
# Rows are vacuumed at once, because a dead row version still holds the wrapped key.
_SCHEMA = """
create schema if not exists keys;
create table if not exists keys.master (
  one boolean primary key default true check (one),
  value bytea not null
);
create table if not exists keys.key (
  subject text collate "C" primary key,
  wrapped bytea,
  state text not null default 'live' check (state in ('live', 'destroyed')),
  made_at timestamptz not null default clock_timestamp(),
  destroyed_at timestamptz,
  check ((state = 'live') = (wrapped is not null)),
  check ((state = 'destroyed') = (destroyed_at is not null))
) with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
create table if not exists keys.link (
  subject text collate "C",
  customer text collate "C",
  primary key (customer, subject)
);
create table if not exists keys.erasure (
  customer text collate "C" primary key,
  erased_at timestamptz not null
);
create or replace function keys.keep() returns trigger language plpgsql as $$
begin
  if tg_op <> 'UPDATE' or old.state = 'destroyed' or new.state <> 'destroyed'
    or new.subject <> old.subject then
    raise exception 'a key is made once and destroyed once' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create or replace trigger keep before update or delete on keys.key
  for each row execute function keys.keep();
create or replace trigger keep_all before truncate on keys.key
  for each statement execute function keys.keep();
"""
_GRANTS = """
grant usage on schema keys to {role};
grant select, insert on keys.master, keys.link, keys.erasure to {role};
grant select, insert, update on keys.key to {role};
"""
