"""A relay as a process, for tests that kill it. GUIYI_ROOM names its room."""

import os
from pathlib import Path
from typing import Any

from shared import config
from shared.relay.entrypoint import serve
from shared.room import Room


def no_front() -> Any:
    raise NotImplementedError


if __name__ == "__main__":
    name = os.environ["GUIYI_ROOM"]
    room = Room(name, "试", {}, (), (), (), no_front, Path("texts.toml"))
    serve(room, config.read(name))
