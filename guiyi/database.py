"""数据库 (the database of a room), opened with its worker's login for the time of one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from shared.config import Settings
from shared.record.database import engine


@contextmanager
def worker_database(settings: Settings) -> Iterator[Engine]:
    """An engine with one connection; it is closed at the end."""
    database = engine(settings.worker_url, pool=1)
    try:
        yield database
    finally:
        database.dispose()
