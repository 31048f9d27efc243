"""Alembic's environment for the database of any room; `shared.record.migrations` calls it."""

from alembic import context
from sqlalchemy import Connection

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="record")
context.run_migrations()
