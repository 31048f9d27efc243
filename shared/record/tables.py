"""表 (the tables of a room's record), for SQLAlchemy Core. They are made by deploy/migrations."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import OID

metadata = MetaData(schema="record")
_MOMENT = DateTime(timezone=True)

facts = Table(
    "facts",
    metadata,
    Column("recorded_at", _MOMENT, nullable=False),
    Column("seq", BigInteger, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("partition", Integer, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("fact_id", Uuid, nullable=False),
    Column("command_id", Uuid, nullable=False),
    Column("stream", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("ticket", Text),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("public", LargeBinary),
)

heads = Table(
    "heads",
    metadata,
    Column("version", BigInteger, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("stream", Text, primary_key=True),
)

counters = Table(
    "counters",
    metadata,
    Column("seq", BigInteger, nullable=False),
    Column("recorded_at", _MOMENT, nullable=False),
    Column("partition", Integer, primary_key=True),
)

commands = Table(
    "commands",
    metadata,
    Column("created_at", _MOMENT, nullable=False),
    Column("command_id", Uuid, primary_key=True),
    Column("body_mac", LargeBinary, nullable=False),
)

numbers = Table(
    "numbers",
    metadata,
    Column("day", Date, primary_key=True),
    Column("branch", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)

gate = Table(
    "gate",
    metadata,
    Column("started_at", _MOMENT, nullable=False),
    Column("table_oid", OID, nullable=False),
    Column("database_oid", OID, nullable=False),
)

installation = Table(
    "installation",
    metadata,
    Column("room", Text, nullable=False),
    Column("partitions", Integer, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
)
