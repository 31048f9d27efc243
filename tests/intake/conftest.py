"""Fixtures of the stories of intake."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.intake.app import room
from tests.intake.desk import Intake
from tests.shared.http_desk import web_desk


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    with web_desk(room, tmp_path) as desk:
        yield Intake(desk)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """People and no papers, for stories after which there are none either."""
    with web_desk(room, tmp_path_factory.mktemp("desk")) as desk:
        yield Intake(desk).staffed()
