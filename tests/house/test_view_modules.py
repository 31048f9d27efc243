"""Every read model that a room has in its files is filled: it stands among the room's views."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from guiyi.rooms import ROOMS, wiring

PROJECT = Path(__file__).parents[2]


def read_models(room: str) -> Iterator[str]:
    """The modules with a function that makes rows."""
    for file in sorted((PROJECT / "services" / room).rglob("*.py")):
        made = import_module(".".join(file.relative_to(PROJECT).with_suffix("").parts))
        if callable(getattr(made, "project", None)) and hasattr(made, "Row"):
            yield made.__name__.removesuffix(".__init__")


@pytest.mark.parametrize("room", ROOMS)
def test_no_read_model_is_left_out_of_its_room(room: str) -> None:
    filled = {getattr(view, "__name__", view.NAME) for view in wiring(room).views}
    found = list(read_models(room))
    assert found
    assert [name for name in found if name not in filled] == []
