"""A whole local stack to be measured: started as a user does, and removed."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guiyi.lag import room_lags
from guiyi.rooms import ROOMS, wiring
from guiyi.stack.installation import PROJECT, Installation
from shared.config import read

GUIYI = (sys.executable, "-c", "from guiyi.cli import main; main()")
UP_S, DOWN_S = 400.0, 120.0
LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that runs."""

    installation: Installation
    intake: str
    """Where intake answers."""
    seconds: float
    """From the start of `guiyi up` to its end: everything is ready."""

    def verb(self, *words: str) -> list[str]:
        """The command line of a verb for this stack."""
        return [*GUIYI, *words, "--json", "--state", str(self.installation.folder)]

    def wait_for_views(self, seconds: float) -> None:
        """Wait until every consumer of every room has taken every fact."""
        until = time.monotonic() + seconds
        told = self.installation.environment()
        for name in ROOMS:
            settings = read(name, told)
            while any(each.facts for each in room_lags(wiring(name), settings)):
                if time.monotonic() > until:
                    raise TimeoutError(f"{name} is still behind after {seconds:.0f} s")
                time.sleep(LOOK_S)


@contextmanager
def stack() -> Iterator[Stack]:
    """A stack in a folder of its own. Both are removed at the end."""
    with tempfile.TemporaryDirectory(prefix="guiyi-bench-") as folder:
        where = ["--state", folder]
        began = time.monotonic()
        try:
            up = [*GUIYI, "up", "--detach", "--json", *where]
            told = subprocess.run(up, check=True, capture_output=True, timeout=UP_S, cwd=PROJECT)
            took = time.monotonic() - began
            intake = json.loads(told.stdout)["addresses"]["intake"]
            yield Stack(Installation(Path(folder)), intake, took)
        finally:
            down = [*GUIYI, "down", "--json", *where]
            subprocess.run(down, check=True, capture_output=True, timeout=DOWN_S, cwd=PROJECT)
