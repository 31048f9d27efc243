"""The room of dispatch, whole and in memory, for the stories told over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.dispatch.app import room
from shared.http.memory_views import MemoryViews
from shared.personal.keys import memory_keys
from shared.record.memory import Memory
from tests.dispatch.desk import Dispatch
from tests.shared.http_desk import web_desk


@pytest.fixture
def dispatch(tmp_path: Path) -> Iterator[Dispatch]:
    """A desk on which nothing has happened yet."""
    store, keys = Memory("dispatch"), memory_keys()
    views = MemoryViews(store, keys)
    with web_desk(room, tmp_path, store, views=views) as desk:
        yield Dispatch(desk, views)
