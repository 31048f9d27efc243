"""A whole stack for tests of the supervisor, with stand-ins for the programs of the rooms."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from guiyi.stack.installation import PROJECT, Installation
from guiyi.stack.status import PartStatus
from tests.state_folder import state_folder

T = TypeVar("T")
S = TypeVar("S", bound="Standing")

LONG = 90.0


def until(true: Callable[[], T], what: str, seconds: float = LONG) -> T:
    """Wait until the condition is true; the value that it then has.

    Who waits long looks less often: looking takes the time of those who are waited for.
    """
    began = time.monotonic()
    while not (found := true()):
        waited = time.monotonic() - began
        assert waited < seconds, f"after {seconds:.0f} s still not: {what}"
        time.sleep(min(0.05 + waited / 20, 0.5))
    return found


class Standing:
    """A supervisor that runs as a process of its own, with one state folder."""

    def __init__(self, folder: Path) -> None:
        self.installation = Installation(folder)
        self.supervisor: subprocess.Popen[bytes] | None = None

    def up(self) -> "Standing":
        """Start the supervisor and wait until all parts are up."""
        line = [sys.executable, "-m", "tests.stack.standing", str(self.installation.folder)]
        self.supervisor = subprocess.Popen(line, cwd=PROJECT, start_new_session=True)
        until(lambda: self.state() == "ready", "the stack is ready")
        return self

    def state(self) -> str:
        """The status that the present supervisor has written."""
        assert self.supervisor is not None
        assert self.supervisor.poll() is None, "the supervisor ended"
        status = self.installation.status() or {}
        return str(status["state"]) if status.get("pid") == self.supervisor.pid else ""

    def part(self, name: str) -> PartStatus:
        """What status.json says of one part."""
        status = self.installation.status()
        assert status is not None
        return next(part for part in status["parts"] if part["name"] == name)

    def pids(self) -> dict[str, int | None]:
        """The process id of every part; None if it does not run."""
        status = self.installation.status()
        assert status is not None
        return {part["name"]: part["pid"] for part in status["parts"]}

    def everybody(self) -> list[psutil.Process]:
        """Every process below the supervisor now."""
        assert self.supervisor is not None
        return psutil.Process(self.supervisor.pid).children(recursive=True)

    def get(self, name: str, path: str) -> str:
        """Send a GET to a stand-in; its answer."""
        url = f"http://127.0.0.1:{self.part(name)['port']}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())

    def told(self, name: str) -> dict[str, str]:
        """The environment that a stand-in was started with."""
        found: dict[str, str] = json.loads(self.get(name, "/told"))
        return found

    def send(self, number: signal.Signals, *, wait: bool = True) -> int | None:
        """Send a signal to the supervisor; its exit code if this waits for its end."""
        assert self.supervisor is not None
        self.supervisor.send_signal(number)
        return self.supervisor.wait(LONG) if wait else None


def standing() -> AbstractContextManager[Standing]:
    """A state folder for several supervisors in turn, with stand-ins for the rooms."""
    return standing_as(Standing)


@contextmanager
def standing_as(kind: Callable[[Path], S]) -> Iterator[S]:
    """A state folder for several supervisors in turn. At the end no process is left."""
    with state_folder() as folder:
        made = kind(folder)
        try:
            yield made
        finally:
            if made.supervisor is not None and made.supervisor.poll() is None:
                with suppress(psutil.Error):
                    left = made.everybody()
                    made.supervisor.kill()
                    psutil.wait_procs(left, timeout=30)
                made.supervisor.wait(30)


@pytest.fixture
def fresh() -> Iterator[Standing]:
    """A state folder for this test alone."""
    with standing() as made:
        yield made


@pytest.fixture(scope="module")
def stack() -> Iterator[Standing]:
    """A stack that tests share. Each test leaves it with every part up."""
    with standing() as made:
        yield made.up()
