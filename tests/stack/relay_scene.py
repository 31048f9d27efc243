"""The fixture of tests of relays, on real servers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.config import Settings
from tests.relaying import Scene, relays


@pytest.fixture
def scene(
    clean_kafka: str, make_database: Callable[..., Settings], tmp_path: Path
) -> Iterator[Scene]:
    settings = make_database("intake")
    assert settings.kafka_bootstrap == clean_kafka
    with relays(settings, tmp_path) as start:
        yield Scene(settings, start)
