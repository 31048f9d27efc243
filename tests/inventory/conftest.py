"""Fixtures of the stories of inventory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.inventory.app import room
from tests.inventory.desk import Inventory
from tests.inventory.example import (
    AT,
)
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import web_desk


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    store, keys = Memory("inventory"), memory_keys()
    views = MemoryViews(store, keys)
    with web_desk(room, tmp_path, store, views=views, clock=lambda: AT) as desk:
        yield Inventory(desk, views)
