"""A store whose clock the story turns, and whose technician holds parts of an open note."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from services.inventory.app import room
from tests.inventory.closing.months import Clocked
from tests.inventory.desk import Inventory
from tests.inventory.example import AT
from tests.memory_keys import memory_keys
from tests.memory_views import MemoryViews
from tests.shared.http_desk import web_desk


@pytest.fixture
def clock() -> list[datetime]:
    return [AT]


@pytest.fixture
def store(tmp_path: Path, clock: list[datetime]) -> Iterator[Inventory]:
    """A store whose parts a technician drew for a note that is open."""
    record, keys = Clocked(clock), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, tmp_path, record, views=views, clock=lambda: clock[0]) as desk:
        made = Inventory(desk, views)
        made.issued()
        yield made
