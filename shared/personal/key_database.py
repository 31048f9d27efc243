"""密钥库的数据库 (the database of the key store): its tables, and the key store on PostgreSQL."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from psycopg2 import errors
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from shared.log import logger
from shared.personal.key_store import Erasure, KeysUnavailable, Link, Wrapped
from shared.record import transaction
from shared.record.database import engine
from shared.record.statements import columns
from shared.record.store import Unavailable
from shared.record.transaction import DatabaseTransaction

CLEARS = 180_000
"""From this version of the server on statistics are cleared; a role may do so much and no more."""
log = logger("keys")
_LINKS = 4_160_271_859_202
"""The key of an advisory lock; see `_lock_links`."""


@dataclass(frozen=True, slots=True)
class PostgresKeyStore:
    """The key store on PostgreSQL, with the tables of `create_keys_schema`."""

    engine: Engine

    def check(self, value: bytes) -> bytes:
        """As KeyStore.check."""
        with keys_transaction(self.engine) as db:
            db.execute(
                "insert into keys.master (value) values (%s) on conflict do nothing", (value,)
            )
            ((kept,),) = db.query("select value from keys.master")
            return bytes(kept)

    def load(self, subjects: Collection[str]) -> Mapping[str, Wrapped]:
        """As KeyStore.load."""
        with keys_transaction(self.engine) as db:
            return dict(db.query(_LOAD, (sorted(subjects),)))

    def put(self, wrapped: Mapping[str, bytes]) -> None:
        """As KeyStore.put. Sorted, so that two processes with the same keys do not deadlock."""
        with keys_transaction(self.engine) as db:
            db.execute(_PUT, columns(sorted(wrapped.items()), 2))

    def link(self, links: Collection[Link], false: Collection[Link] = ()) -> Collection[str]:
        """As KeyStore.link."""
        with keys_transaction(self.engine) as db:
            _lock_links(db)
            db.execute(_LINK, columns(sorted(links), 2))
            whose = sorted({customer for _, customer in links})
            erased = [customer for (customer,) in db.query(_DESTROYED, (whose,))]
            # From the subjects on, because other links of the customer were judged when it was
            # erased.
            reached = [subject for subject, customer in links if customer in erased]
            gone = _destroy(db, reached, false)
        if gone.are_new:
            self._wipe()
        return gone.subjects

    def links(self, customer: str) -> Collection[Link]:
        """As KeyStore.links."""
        with keys_transaction(self.engine) as db:
            return [(subject, owner) for subject, owner in db.query(_LEADING_TO, (customer,))]

    def destroy(
        self, customer: str, at: datetime | None = None, false: Collection[Link] = ()
    ) -> Collection[str]:
        """As KeyStore.destroy."""
        with keys_transaction(self.engine) as db:
            _lock_links(db)
            db.execute(_ERASE, (customer, at))
            destroyed = _destroy(db, [customer], false)
        self._wipe()
        return destroyed.subjects

    def _wipe(self) -> None:
        """Write the table anew, so that no dead row of it keeps a destroyed key on the disk.

        What is refused or takes too long is done by the next erasure, and logged: the key is
        destroyed all the same. The checkpoint lets go of the log in which the key was written.
        """
        for order in ("vacuum (full) keys.key", "checkpoint"):
            try:
                with self.engine.connect() as connection:
                    alone = connection.execution_options(isolation_level="AUTOCOMMIT")
                    alone.exec_driver_sql(order)
            except DBAPIError as error:
                log.warning("remains of a key", order=order, reason=type(error.orig).__name__)

    def erasures(self) -> Sequence[Erasure]:
        """As KeyStore.erasures."""
        with keys_transaction(self.engine) as db:
            found = db.query(_ERASURES)
        return [Erasure(customer, at, tuple(sorted(reached))) for customer, at, reached in found]


def postgres_key_store(url: str) -> PostgresKeyStore:
    """The key store at KEYS_URL. Connects at first use."""
    return PostgresKeyStore(keys_engine(url))


def keys_engine(url: str) -> Engine:
    """An engine for KEYS_URL. Connects at first use."""
    return engine(url, pool=2, overflow=2)


def create_keys_schema(owner_url: str) -> None:
    """Make the tables of the key store if they are not there. A second call changes nothing.

    `keys_runtime` may read and make keys; `keys_worker` may also link and destroy them, and
    `keys_relay` has the proof keys alone. They delete nothing. `keys_sender` reads keys, and keeps
    what each address was sent today. Raises KeysUnavailable.
    """
    owner = engine(owner_url, pool=1)
    try:
        with keys_transaction(owner) as db:
            _lock_links(db)
            db.execute(_SCHEMA)
            ((version,),) = db.query("select current_setting('server_version_num')::int4")
            clears = version >= CLEARS
            if clears:
                db.execute(_CLEAR)
            db.execute(_GRANTS)
            if clears:
                db.execute(_MAINTAIN)
    finally:
        owner.dispose()


@contextmanager
def keys_transaction(store: Engine) -> Iterator[DatabaseTransaction]:
    """A transaction of the key store. Raises KeysUnavailable."""
    try:
        with transaction.transaction(store) as made:
            yield made
    except Unavailable as error:
        raise KeysUnavailable(f"the key store is away: {error}") from error
    except (errors.InvalidSchemaName, errors.UndefinedTable) as error:
        raise KeysUnavailable("the key store has no tables yet: create_keys_schema") from error


def _lock_links(db: DatabaseTransaction) -> None:
    """Wait for others who link or erase. Otherwise an erasure could miss a new link."""
    db.query("select pg_advisory_xact_lock(%s)", (_LINKS,))


@dataclass(frozen=True, slots=True)
class _Destroyed:
    subjects: Sequence[str]
    are_new: bool
    """Whether one of them was not destroyed before."""


def _destroy(
    db: DatabaseTransaction, whose: Collection[str], false: Collection[Link] = ()
) -> _Destroyed:
    values = (*columns(sorted(false), 2), sorted(whose))
    subjects = sorted(subject for (subject,) in db.query(_REACHED, values))
    return _Destroyed(subjects, bool(db.query(_DESTROY, (subjects,))))


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
with recursive doubted (subject, customer) as materialized (
  select * from unnest(%s::text[], %s::text[])
), reached (subject) as (
  select unnest(%s::text[]) collate "C"
  union select link.subject from keys.link join reached on link.customer = reached.subject
  where (link.subject, link.customer) not in (select subject, customer from doubted)
)
select subject from reached
"""
_LEADING_TO = """
with recursive linked (subject, customer) as (
  select subject, customer from keys.link where customer = %s
  union select link.subject, link.customer
  from keys.link join linked on link.customer = linked.subject
)
select subject, customer from linked
"""
_DESTROY = """
insert into keys.key (subject, wrapped, state, destroyed_at)
select subject, null, 'destroyed', clock_timestamp() from unnest(%s::text[]) as subject
on conflict (subject) do update
  set wrapped = null, state = 'destroyed', destroyed_at = excluded.destroyed_at
  where key.state = 'live'
returning subject
"""
_ERASURES = """
with recursive reached (customer, subject) as (
  select customer, customer from keys.erasure
  union select reached.customer, link.subject
  from keys.link join reached on link.customer = reached.subject
)
select customer, erased_at, array_agg(subject)
from reached join keys.erasure using (customer) join keys.key using (subject)
where key.state = 'destroyed' group by customer, erased_at order by customer
"""

# What an older program let the server collect about the keys.
_CLEAR = "select pg_clear_attribute_stats('keys', 'key', 'wrapped', false)"
# The row of a destroyed key stays for ever. It keeps the key from being made again. A dead row
# version still holds the wrapped key, so an erasure writes the table anew, and the server vacuums
# it soon. Statistics hold copies of values, so there are none of the keys.
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
alter table keys.key alter column wrapped set statistics 0;
create table if not exists keys.link (
  subject text collate "C",
  customer text collate "C",
  primary key (customer, subject)
);
create table if not exists keys.erasure (
  customer text collate "C" primary key,
  erased_at timestamptz not null
);
create table if not exists keys.proof (
  room text collate "C",
  partition int,
  n int,
  first_seq bigint not null,
  key_id bytea not null,
  wrapped bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  primary key (room, partition, n)
);
create table if not exists keys.told (
  number text collate "C",
  attempt int,
  address bytea not null,
  at timestamptz not null,
  primary key (number, attempt)
);
create index if not exists told_address on keys.told (address, at);
create or replace function keys.keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.state = 'live' and new.state = 'live' and new.subject = old.subject
    and new.made_at = old.made_at
    and current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
    return new;  -- the owner wraps it by a new master key
  end if;
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
# Until logins were apart, one of them could do all.
_GRANTS = """
revoke all on all tables in schema keys from keys_runtime, keys_relay, keys_worker, keys_sender;
grant usage on schema keys to keys_runtime, keys_relay, keys_worker, keys_sender;
grant select, insert on keys.master, keys.key to keys_runtime, keys_worker;
grant select, insert on keys.master to keys_sender;
grant select on keys.key to keys_sender;
grant select, insert, delete on keys.told to keys_sender;
grant select, insert on keys.link, keys.erasure to keys_worker;
grant update on keys.key to keys_worker;
grant select, insert on keys.proof to keys_relay, keys_worker;
"""
_MAINTAIN = "grant maintain on keys.key to keys_worker"
