"""舞台 (the stage): a stack of the demo's own in a folder of its own; both are gone afterwards.

The supervisor is tied to this process, so not even a kill -9 leaves a process behind. Only a stack
that the user wants to keep is released.
"""

import fcntl
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from guiyi.access import Access
from guiyi.demo.screen import Screen
from guiyi.play.people import ONLOOKER
from guiyi.rooms import ROOMS
from guiyi.stack.databases import KEYS, logins
from guiyi.stack.installation import Installation
from guiyi.stack.plan import KAFKA, STORY_CLOCK, kafka_login, kafka_prefix
from guiyi.stack.run import Run, end
from guiyi.stack.status import PartStatus, Status
from shared.config import DATABASE_SECURITY

PREFIX = "guiyi-demo-"
LOCK = "demo.lock"
UP_SECONDS = 180.0
BACK_SECONDS = 90.0
LOOK = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TOLD = (
    *KAFKA,
    *("PARTITIONS", "POLICY_DIR", "KEYS_URL", *DATABASE_SECURITY),
    *("KEYS_MASTER_FILE", "TOKEN_PUBLIC_KEY_FILE", "GUIYI_TOKEN", "GUIYI_STATE"),
    *("FIRST_OPERATORS", "TOKEN_PREVIOUS_KEY_FILE", "TOKEN_HOURS"),
    STORY_CLOCK,
    *(f"{login.upper()}_URL" for room in (KEYS, *ROOMS) for login in logins(room)),
    *(f"{room.upper()}_WEB_URL" for room in ROOMS),
    *(each for who in ("KAFKA_ADMIN", *map(kafka_prefix, ROOMS)) for each in kafka_login(who)),
)
"""Settings of other installations. The demo ignores them, whatever the shell exports."""


class StateInUse(Exception):
    """The folder named for the demo holds something already."""


class NotBack(Exception):
    """A process that was killed did not come back in time."""


@dataclass(slots=True)
class Stage:
    """舞台: a stack that runs."""

    access: Access
    seconds: float
    """How long it took to get ready."""
    kept: bool = False

    @property
    def installation(self) -> Installation:
        """Its folder, its secrets, its ports."""
        return self.access.installation

    def part(self, name: str) -> PartStatus:
        """What the supervisor says of one process."""
        told: Status = self.installation.status() or {"parts": []}
        return next(each for each in told["parts"] if each["name"] == name)

    def kill(self, name: str) -> int:
        """SIGKILL to one process; its id."""
        pid = self.part(name)["pid"]
        assert pid is not None, f"{name} runs"
        os.kill(pid, signal.SIGKILL)
        return pid

    def back(self, name: str, killed: int) -> int:
        """Wait until a killed process is up again as another one; its new id. Raises NotBack."""
        limit = time.monotonic() + BACK_SECONDS
        while time.monotonic() < limit:
            part = self.part(name)
            if part["state"] == "up" and part["pid"] not in (None, killed):
                return int(part["pid"])
            time.sleep(LOOK)
        raise NotBack(name)


@contextmanager
def stage(folder: Path | None, screen: Screen, *, keep: bool) -> Iterator[Stage]:
    """Start a throw-away stack. With `keep` it outlives this process, unless `kept` is False.

    Its clock is one for stories: a month goes by in the demo.

    Raises StateInUse, and what Run.begin raises.
    """
    for name in [name for name in os.environ if name in TOLD or name.endswith("_PORT")]:
        del os.environ[name]
    os.environ[STORY_CLOCK] = "1"
    with _interruptible():
        _sweep()
        state = _own_folder(folder)
        run = Run(state, relays=1, workers=1, quiet=True)
        run.console = screen.console
        made: Stage | None = None
        try:
            # Whoever interrupts it from here on leaves no folder: its name is known before it is.
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _held(state / LOCK):
                made = _begun(run, keep=keep)
                _listen(_interrupt)  # the start had set its own handlers
                yield made
        finally:
            if made is None or not made.kept:
                _clear(run.installation)


def _begun(run: Run, *, keep: bool) -> Stage:
    try:
        seconds = run.begin(detach=keep, seconds=UP_SECONDS)
    except SystemExit:
        raise KeyboardInterrupt from None
    access = Access(run.installation, run.installation.environment(), ONLOOKER.id)
    return Stage(access, seconds, kept=keep)


def check_folder(folder: Path | None) -> None:
    """Raise StateInUse if the demo may not fill and remove the folder."""
    if folder is not None and folder.exists() and (folder.is_file() or any(folder.iterdir())):
        raise StateInUse(str(folder))


def _own_folder(folder: Path | None) -> Path:
    """The folder that was named, or a new name."""
    check_folder(folder)
    if folder is None:
        return Path(tempfile.gettempdir()) / f"{PREFIX}{secrets.token_hex(8)}"
    return folder.absolute()


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Mark the folder as a running demo's. A stack that is kept belongs to the user afterwards."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _sweep() -> None:
    """Remove the folder of a demo that was killed: its processes died with it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.lstat().st_uid != os.getuid() or Installation(folder).supervisor():
                continue
            with (folder / LOCK).open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Every signal that asks this process to end stops the demo in order."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    _listen(_interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in SIGNALS:
        signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _listen(signal.SIG_IGN)  # once is enough; each step that follows has a time limit
    raise KeyboardInterrupt


def _clear(installation: Installation) -> None:
    """End every process and remove the folder; signals are ignored meanwhile."""
    _listen(signal.SIG_IGN)
    end(installation)
    shutil.rmtree(installation.folder, ignore_errors=True)
