"""A relay as a process, for tests that kill it. GUIYI_ROOM names its room."""

import os
from pathlib import Path
from typing import Any

from shared import config
from shared.relay import apart, assignment, session
from shared.relay.entrypoint import serve
from shared.room import Room

RETRY_S = 3.0
"""A relay tries what was refused again after so long here, because tests wait for that."""


def no_front() -> Any:
    raise NotImplementedError


def relay() -> None:
    """Relay for the room until told to stop."""
    name = os.environ["GUIYI_ROOM"]
    for module in (apart, assignment, session):
        vars(module)["RETRY_S"] = RETRY_S
    serve(Room(name, "试", {}, (), (), (), no_front, Path("texts.toml")), config.read(name))
