"""密钥库的表 (the tables of the key store): made by its owner, with the rights of its users."""

from psycopg2 import sql

from shared.personal.key_store import key_transaction, lock_links
from shared.record.database import engine

# The row of a destroyed key stays for ever. It keeps the key from being made again. Rows are
# vacuumed at once, because a dead row version still holds the wrapped key.
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


def create_keys_schema(owner_url: str, runtime_role: str | None = None) -> None:
    """Make the tables of the key store if they are not there. A second call changes nothing.

    `runtime_role` is the role of KEYS_URL if that is not the owner. It may read, make and destroy
    keys, and delete nothing. Raises KeysUnavailable.
    """
    owner = engine(owner_url, pool=1)
    try:
        with key_transaction(owner) as db:
            lock_links(db)
            db.execute(_SCHEMA)
            if runtime_role is not None:
                role = sql.Identifier(runtime_role).as_string(db.connection)
                db.execute(_GRANTS.format(role=role))
    finally:
        owner.dispose()
