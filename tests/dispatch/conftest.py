"""The room of dispatch, whole and in memory, for the stories told over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.dispatch.app import room
from tests.dispatch.desk import Dispatch, Record
from tests.dispatch.job import LATER
from tests.memory_keys import memory_keys
from tests.memory_views import MemoryViews
from tests.shared.http_desk import web_desk


@pytest.fixture
def dispatch(tmp_path: Path) -> Iterator[Dispatch]:
    """A desk on which nothing has happened yet, on the day of the visit."""
    store, keys = Record(), memory_keys()
    views = MemoryViews(store, keys)
    with web_desk(room, tmp_path, store, views=views, clock=lambda: LATER) as desk:
        yield Dispatch(desk, views, store)
